/* load.c - the unit tests of load/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	load_stats_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("load", suites);
}
