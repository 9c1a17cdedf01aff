/* queues.c - the unit tests of queues/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	queue_suite,
	region_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("queues", suites);
}
