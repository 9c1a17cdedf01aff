/* work.c - the unit tests of work/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	chunk_suite,
	collector_suite,
	csv_suite,
	feeder_suite,
	file_holder_suite,
	gen_command_suite,
	gen_csv_suite,
	gen_json_suite,
	gen_lines_suite,
	gen_list_suite,
	gen_module_suite,
	generator_suite,
	gunzip_suite,
	json_check_suite,
	module_suite,
	progress_suite,
	results_suite,
	results_crash_suite,
	results_print_suite,
	results_read_suite,
	results_write_suite,
	toolbox_suite,
	toolbox_chunk_suite,
	toolbox_finish_suite,
	toolbox_unfinished_suite,
	worker_loop_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("work", suites);
}
