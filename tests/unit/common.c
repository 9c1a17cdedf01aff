/* common.c - the unit tests of common/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

static suite_fn *const suites[] = {
	NULL,
};

int main(void)
{
	return runner_main("common", suites);
}
