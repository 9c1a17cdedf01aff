/* queues.c - the unit tests of queues/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	overdue_suite,
	payload_suite,
	queue_suite,
	queue_threads_suite,
	recover_suite,
	region_suite,
	ring_suite,
	ticket_suite,
	tools_suite,
	wake_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("queues", suites);
}
