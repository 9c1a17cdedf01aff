/* launcher.c - the unit tests of launcher/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	config_suite,
	expand_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("launcher", suites);
}
