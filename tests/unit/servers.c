/* servers.c - the unit tests of servers/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

static suite_fn *const suites[] = {
	NULL,
};

int main(void)
{
	return runner_main("servers", suites);
}
