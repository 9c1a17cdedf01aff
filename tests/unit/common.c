/* common.c - the unit tests of common/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	buf_suite,
	error_suite,
	fd_suite,
	fields_suite,
	histogram_suite,
	histogram_json_suite,
	json_escape_suite,
	log_suite,
	markup_suite,
	number_suite,
	problems_suite,
	utf8_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("common", suites);
}
