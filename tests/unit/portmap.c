/* portmap.c - the unit tests of portmap/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

static suite_fn *const suites[] = {
	range_suite,
	NULL,
};

int main(void)
{
	return runner_main("portmap", suites);
}
