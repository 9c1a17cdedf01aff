/* launcher.c - the unit tests of launcher/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	backoff_suite,
	config_data_suite,
	config_suite,
	expand_suite,
	forkserver_wire_suite,
	lines_suite,
	load_args_suite,
	load_board_suite,
	load_check_suite,
	load_cores_suite,
	load_instance_suite,
	load_layout_suite,
	load_output_suite,
	load_rounds_suite,
	load_sample_suite,
	load_setup_suite,
	load_show_suite,
	load_stop_suite,
	load_values_suite,
	manual_suite,
	memory_suite,
	print_suite,
	printer_suite,
	results_show_suite,
	rundir_suite,
	state_suite,
	table_load_suite,
	table_work_suite,
	text_suite,
	work_spec_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("launcher", suites);
}
