/* suites.h - every unit test's suite, by layer; test files include it. */
#ifndef TESTS_UNIT_SUITES_H
#define TESTS_UNIT_SUITES_H

#include <check.h>

/* common: add  Suite *MODULE_suite(void);  sorted */
Suite *MODULE_suite(void);
Suite *buf_suite(void);
Suite *error_suite(void);
Suite *fd_suite(void);
Suite *fields_suite(void);
Suite *histogram_suite(void);
Suite *histogram_json_suite(void);
Suite *json_escape_suite(void);
Suite *log_suite(void);
Suite *markup_suite(void);
Suite *number_suite(void);
Suite *problems_suite(void);
Suite *queue_threads_suite(void);
Suite *recover_suite(void);
Suite *utf8_suite(void);

/* queues */
Suite *overdue_suite(void);
Suite *payload_suite(void);
Suite *queue_suite(void);
Suite *region_suite(void);
Suite *ring_suite(void);
Suite *ticket_suite(void);
Suite *tools_suite(void);
Suite *wake_suite(void);

/* portmap */
Suite *address_suite(void);
Suite *board_suite(void);
Suite *cgroup_suite(void);
Suite *cpus_suite(void);
Suite *deaths_suite(void);
Suite *group_suite(void);
Suite *holder_suite(void);
Suite *kernel_suite(void);
Suite *listen_suite(void);
Suite *listen_unix_suite(void);
Suite *plan_suite(void);
Suite *plan_errors_suite(void);
Suite *plan_json_suite(void);
Suite *plan_property_suite(void);
Suite *ports_suite(void);
Suite *preflight_suite(void);
Suite *range_suite(void);
Suite *seal_suite(void);
Suite *steer_suite(void);

/* load */
Suite *compare_suite(void);
Suite *html_plot_suite(void);
Suite *html_suite(void);
Suite *html_text_suite(void);
Suite *load_conn_suite(void);
Suite *load_drive_suite(void);
Suite *load_engine_faults_suite(void);
Suite *load_engine_net_suite(void);
Suite *load_engine_open_suite(void);
Suite *load_engine_suite(void);
Suite *load_pace_suite(void);
Suite *load_record_suite(void);
Suite *load_stats_suite(void);
Suite *report_check_suite(void);
Suite *report_compare_suite(void);
Suite *report_merge_suite(void);
Suite *report_suite(void);
Suite *report_warn_suite(void);
Suite *request_suite(void);
Suite *response_suite(void);
Suite *threshold_suite(void);
Suite *url_suite(void);

/* work */
Suite *chunk_suite(void);
Suite *collector_suite(void);
Suite *csv_suite(void);
Suite *feeder_suite(void);
Suite *file_holder_suite(void);
Suite *gen_command_suite(void);
Suite *gen_csv_suite(void);
Suite *gen_json_suite(void);
Suite *gen_lines_suite(void);
Suite *gen_list_suite(void);
Suite *gen_module_suite(void);
Suite *generator_suite(void);
Suite *gunzip_suite(void);
Suite *json_check_suite(void);
Suite *module_suite(void);
Suite *progress_suite(void);
Suite *results_suite(void);
Suite *results_crash_suite(void);
Suite *results_print_suite(void);
Suite *results_read_suite(void);
Suite *results_write_suite(void);
Suite *toolbox_suite(void);
Suite *toolbox_chunk_suite(void);
Suite *toolbox_finish_suite(void);
Suite *toolbox_unfinished_suite(void);
Suite *worker_loop_suite(void);

/* servers */
Suite *accept_suite(void);
Suite *accesslog_suite(void);
Suite *accesslog_conn_suite(void);
Suite *accesslog_line_suite(void);
Suite *admission_suite(void);
Suite *api_suite(void);
Suite *api_host_suite(void);
Suite *api_queues_suite(void);
Suite *api_results_suite(void);
Suite *api_status_suite(void);
Suite *app_suite(void);
Suite *app_module_suite(void);
Suite *byterange_suite(void);
Suite *conditional_suite(void);
Suite *counts_suite(void);
Suite *deadlines_suite(void);
Suite *drain_suite(void);
Suite *echo_suite(void);
Suite *encoding_suite(void);
Suite *farewell_room_suite(void);
Suite *farewell_suite(void);
Suite *guard_suite(void);
Suite *hangup_suite(void);
Suite *hello_suite(void);
Suite *http_date_suite(void);
Suite *jobs_suite(void);
Suite *json_text_suite(void);
Suite *limits_suite(void);
Suite *listing_suite(void);
Suite *listing_page_suite(void);
Suite *loop_suite(void);
Suite *loop_limits_suite(void);
Suite *mime_suite(void);
Suite *multipart_suite(void);
Suite *peer_suite(void);
Suite *query_suite(void);
Suite *root_suite(void);
Suite *root_open_suite(void);
Suite *root_race_suite(void);
Suite *send_suite(void);
Suite *static_suite(void);
Suite *static_cache_suite(void);
Suite *static_settings_suite(void);
Suite *target_suite(void);
Suite *wire_suite(void);
Suite *wire_recv_suite(void);

/* launcher */
Suite *backoff_suite(void);
Suite *config_data_suite(void);
Suite *config_suite(void);
Suite *expand_suite(void);
Suite *forkserver_wire_suite(void);
Suite *lines_suite(void);
Suite *load_args_suite(void);
Suite *load_board_suite(void);
Suite *load_check_suite(void);
Suite *load_cores_suite(void);
Suite *load_instance_suite(void);
Suite *load_layout_suite(void);
Suite *load_output_suite(void);
Suite *load_sample_suite(void);
Suite *load_rounds_suite(void);
Suite *load_setup_suite(void);
Suite *load_show_suite(void);
Suite *load_stop_suite(void);
Suite *load_values_suite(void);
Suite *manual_suite(void);
Suite *memory_suite(void);
Suite *print_suite(void);
Suite *printer_suite(void);
Suite *results_show_suite(void);
Suite *rundir_suite(void);
Suite *state_suite(void);
Suite *table_load_suite(void);
Suite *table_work_suite(void);
Suite *text_suite(void);
Suite *work_spec_suite(void);

#endif
