/* load.c - the unit tests of load/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	compare_suite,
	html_plot_suite,
	html_suite,
	html_text_suite,
	load_conn_suite,
	load_drive_suite,
	load_engine_faults_suite,
	load_engine_net_suite,
	load_engine_open_suite,
	load_engine_suite,
	load_pace_suite,
	load_record_suite,
	load_stats_suite,
	report_check_suite,
	report_compare_suite,
	report_merge_suite,
	report_suite,
	report_warn_suite,
	request_suite,
	response_suite,
	threshold_suite,
	url_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("load", suites);
}
