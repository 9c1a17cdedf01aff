/* suites.h - the end-to-end suites, a file each. */
#ifndef TESTS_E2E_SUITES_H
#define TESTS_E2E_SUITES_H

#include <check.h>

Suite *accesslog_suite(void);
Suite *apps_suite(void);
Suite *bad_input_suite(void);
Suite *bad_store_suite(void);
Suite *cli_suite(void);
Suite *control_suite(void);
Suite *examples_suite(void);
Suite *folder_suite(void);
Suite *heritage_suite(void);
Suite *kills_suite(void);
Suite *load_cli_suite(void);
Suite *load_suite(void);
Suite *mischief_suite(void);
Suite *module_new_suite(void);
Suite *modules_suite(void);
Suite *orphans_suite(void);
Suite *output_suite(void);
Suite *ports_suite(void);
Suite *radio_suite(void);
Suite *refusals_suite(void);
Suite *results_suite(void);
Suite *run_suite(void);
Suite *shared_suite(void);
Suite *status_suite(void);
Suite *stop_suite(void);
Suite *supervise_suite(void);
Suite *work_suite(void);

#endif
