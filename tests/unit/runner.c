/* runner.c - see runner.h. */
#include "tests/unit/runner.h"

#include <stdlib.h>

/* Only against a hang: no test may depend on how fast the machine is. */
#define TIMEOUT_S "60"

int runner_main(const char *layer, suite_fn *const *suites)
{
	SRunner *runner;
	int failed;

	setenv("CK_DEFAULT_TIMEOUT", TIMEOUT_S, 0);
	runner = srunner_create(suite_create(layer));
	for (; *suites != NULL; suites++)
		srunner_add_suite(runner, (*suites)());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
