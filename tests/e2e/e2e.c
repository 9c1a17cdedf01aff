/* e2e.c - the program under test as a whole: real processes, real sockets.
 *
 * Needs EISEN_BUILDDIR (where the program is) and EISEN_SRCDIR. CK_RUN_SUITE
 * and CK_RUN_CASE of Check choose; EISEN_SOAK=1 makes the long ones long.
 * The folders of tests that failed stay, and what their instances said is
 * printed.
 */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <ftw.h>
#include <string.h>

/* Only against a hang: no test may depend on how fast the machine is. */
#define TIMEOUT_S "120"
#define SHOWN_BYTES 6000L

typedef Suite *suite_fn(void);

/* clang-format off */
static suite_fn *const suites[] = {
	accesslog_suite,
	apps_suite,
	bad_input_suite,
	bad_store_suite,
	cli_suite,
	control_suite,
	examples_suite,
	folder_suite,
	heritage_suite,
	kills_suite,
	load_cli_suite,
	load_suite,
	mischief_suite,
	module_new_suite,
	modules_suite,
	orphans_suite,
	output_suite,
	ports_suite,
	radio_suite,
	refusals_suite,
	results_suite,
	run_suite,
	shared_suite,
	status_suite,
	stop_suite,
	supervise_suite,
	work_suite,
};
/* clang-format on */

/* The end of what an instance wrote to stderr. */
static int show_output(const char *path, const struct stat *st ATTR_UNUSED, int type,
		       struct FTW *ftw)
{
	AUTO_FCLOSE FILE *file = NULL;
	char line[1024];

	if (type != FTW_F || strncmp(path + ftw->base, "err-", 4) != 0)
		return 0;
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	printf("--- %s\n", path);
	if (fseek(file, -SHOWN_BYTES, SEEK_END) < 0)
		rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		fputs(line, stdout);
	return 0;
}

int main(void)
{
	SRunner *runner;
	int failed;

	if (!harness_open()) {
		perror("e2e: cannot make a folder for the tests");
		return EXIT_FAILURE;
	}
	setenv("CK_DEFAULT_TIMEOUT", TIMEOUT_S, 0);
	runner = srunner_create(suite_create("e2e"));
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (failed == 0)
		files_remove_tree(harness_root());
	else
		nftw(harness_root(), show_output, 16, FTW_PHYS);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
