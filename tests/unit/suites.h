/* suites.h - every unit test's suite, by layer; test files include it. */
#ifndef TESTS_UNIT_SUITES_H
#define TESTS_UNIT_SUITES_H

#include <check.h>

/* common: add  Suite *MODULE_suite(void);  sorted */

/* queues */

/* portmap */

/* servers */

/* launcher */

#endif
