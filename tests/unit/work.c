/* work.c - the unit tests of work/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	generator_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("work", suites);
}
