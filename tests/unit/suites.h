/* suites.h - every unit test's suite, by layer; test files include it. */
#ifndef TESTS_UNIT_SUITES_H
#define TESTS_UNIT_SUITES_H

#include <check.h>

/* common: add  Suite *MODULE_suite(void);  sorted */
Suite *fields_suite(void);
Suite *number_suite(void);
Suite *problems_suite(void);
Suite *utf8_suite(void);

/* queues */

/* portmap */
Suite *address_suite(void);
Suite *group_suite(void);
Suite *range_suite(void);

/* servers */

/* launcher */
Suite *config_suite(void);
Suite *expand_suite(void);

#endif
