/* portmap.c - the unit tests of portmap/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	address_suite,
	board_suite,
	cgroup_suite,
	cpus_suite,
	deaths_suite,
	group_suite,
	holder_suite,
	kernel_suite,
	listen_suite,
	listen_unix_suite,
	plan_suite,
	plan_errors_suite,
	plan_json_suite,
	plan_property_suite,
	ports_suite,
	preflight_suite,
	range_suite,
	seal_suite,
	steer_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("portmap", suites);
}
