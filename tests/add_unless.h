/* add_unless.h - tests that need what not every machine has.
 *
 * Why: a test that was not run must not count as passed.
 */
#ifndef TESTS_ADD_UNLESS_H
#define TESTS_ADD_UNLESS_H

#include <check.h>
#include <stdio.h>

/* Add a test, or say why it cannot be run here (why is not NULL). */
#define add_test_unless(why, tcase, test) add_loop_test_unless(why, tcase, test, 0, 1)

/* The same for first <= _i < end. */
#define add_loop_test_unless(why, tcase, test, first, end) \
	do { \
		const char *why_ = (why); \
		if (why_ == NULL) \
			tcase_add_loop_test(tcase, test, first, end); \
		else \
			printf("SKIPPED: %s: %s\n", #test, why_); \
	} while (0)

#endif
