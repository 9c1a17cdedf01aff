/* launcher.c - the unit tests of launcher/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("launcher", suites);
}
