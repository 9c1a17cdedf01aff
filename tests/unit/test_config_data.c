/* test_config_data.c - whole configs and what is said about them.
 *
 * tests/data/bad/NAME.json is broken, NAME.want holds every line that is said
 * about it, in order; tests/data/good/ and examples/ load without an error.
 * The machine is always one of four cores.
 */
#include "common/buf.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "portmap/cpus.h"
#include "portmap/plan.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <string.h>

#define PATH_BYTES 4096

static const char *source_path(const char *folder, const char *name, const char *suffix)
{
	static char path[PATH_BYTES];
	const char *top = getenv("EISEN_SRCDIR");

	snprintf(path, sizeof(path), "%s/%s/%s%s", top != NULL ? top : ".", folder, name, suffix);
	return path;
}

/* What "eisen check" would do and say. */
static char *load(const char *file, bool *ret_ok)
{
	struct problems p = { 0 };
	struct buf said = BUF_INIT(1 << 20);
	struct config *config;
	struct plan *plan = NULL;
	struct cpus cpus;

	ck_assert_int_eq(cpus_detect(&cpus, "core:4 pu:1", "/nonexistent", NULL), 0);
	config = config_load(file, -1, &p);
	if (config != NULL) {
		struct plan_input input;

		config_plan_input(config, &input);
		plan = plan_make(&input, &cpus, &p);
	}
	ck_assert((plan != NULL) == (p.errors == 0));
	*ret_ok = plan != NULL;
	problems_format(&p, NULL, &said);
	problems_release(&p);
	plan_free(plan);
	config_free(config);
	cpus_release(&cpus);
	return buf_take(&said);
}

static int is_json(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

/* The names in folder without ".json"; sorted. */
static size_t list(const char *folder, struct dirent ***ret)
{
	int n = scandir(source_path(folder, "", ""), ret, is_json, alphasort);

	ck_assert_msg(n >= 0, "%s: %s", source_path(folder, "", ""), strerror(errno));
	for (int i = 0; i < n; i++)
		*strrchr((*ret)[i]->d_name, '.') = '\0';
	return (size_t)n;
}

static void list_free(struct dirent **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void check_bad(const char *name, struct buf *failures)
{
	AUTO_BUF struct buf want = BUF_INIT(1 << 20);
	AUTO_FREE char *said = NULL;
	bool ok;

	said = load(source_path("tests/data/bad", name, ".json"), &ok);
	if (ok)
		buf_addf(failures, "%s: loads\n", name);
	if (fd_read_file(source_path("tests/data/bad", name, ".want"), &want, NULL) < 0)
		buf_addf(failures, "%s.want: cannot be read\n", name);
	else if (strcmp(said, buf_text(&want)) != 0)
		buf_addf(failures, "%s: want\n%sgot\n%s", name, buf_text(&want), said);
}

START_TEST(every_broken_config_is_told_exactly_what_is_wrong)
{
	AUTO_BUF struct buf failures = BUF_INIT(1 << 20);
	struct dirent **names;
	size_t count = list("tests/data/bad", &names);

	ck_assert_uint_ge(count, 40);
	for (size_t i = 0; i < count; i++)
		check_bad(names[i]->d_name, &failures);
	list_free(names, count);
	ck_assert_msg(failures.len == 0, "\n%s", buf_text(&failures));
}
END_TEST

static const struct {
	const char *folder;
	size_t at_least;
} fine[] = {
	{ "tests/data/good", 8 },
	{ "examples", 8 },
};

START_TEST(every_fine_config_loads_in_silence)
{
	AUTO_BUF struct buf failures = BUF_INIT(1 << 20);
	struct dirent **names;
	size_t count = list(fine[_i].folder, &names);

	ck_assert_uint_ge(count, fine[_i].at_least);
	for (size_t i = 0; i < count; i++) {
		bool ok;
		AUTO_FREE char *said =
			load(source_path(fine[_i].folder, names[i]->d_name, ".json"), &ok);

		if (!ok || said[0] != '\0')
			buf_addf(&failures, "%s:\n%s", names[i]->d_name, said);
	}
	list_free(names, count);
	ck_assert_msg(failures.len == 0, "\n%s", buf_text(&failures));
}
END_TEST

Suite *config_data_suite(void)
{
	Suite *s = suite_create("config_data");
	TCase *t = tcase_create("config_data");

	tcase_add_test(t, every_broken_config_is_told_exactly_what_is_wrong);
	tcase_add_loop_test(t, every_fine_config_loads_in_silence, 0, ARRAY_SIZE(fine));
	suite_add_tcase(s, t);
	return s;
}
