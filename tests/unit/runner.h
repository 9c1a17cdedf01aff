/* runner.h - run a layer's suites, print the counts, give the exit status.
 *
 * CK_RUN_SUITE, CK_RUN_CASE and CK_FORK=no of Check work as ever.
 */
#ifndef TESTS_UNIT_RUNNER_H
#define TESTS_UNIT_RUNNER_H

#include <check.h>

typedef Suite *suite_fn(void);

/* suites ends with NULL. For main(): returns EXIT_SUCCESS or EXIT_FAILURE. */
int runner_main(const char *layer, suite_fn *const *suites);

#endif
