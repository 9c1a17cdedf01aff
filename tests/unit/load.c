/* load.c - the unit tests of load/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	compare_suite,
	load_stats_suite,
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
