/* test_report.c - a run as a document: sums, shares, what is not known. */
#include "load/report.h"

#include "common/cc.h"
#include "common/clock.h"
#include "load/report_json.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct report_fixture fixture;

static void closed_loop(void)
{
	report_fixture_init(&fixture, 0);
}

static void release(void)
{
	report_fixture_release(&fixture);
}

static json_t *at(const json_t *report, const char *path)
{
	json_t *value = report_fixture_at(report, path);

	ck_assert_msg(value != NULL, "there is no %s", path);
	return value;
}

#define assert_number(report, path, want) \
	ck_assert_double_eq_tol(report_fixture_number((report), (path)), (want), 1e-9)

START_TEST(each_port_has_its_row)
{
	json_auto_t *report = report_fixture_make(&fixture);

	ck_assert_uint_eq(json_array_size(at(report, "ports")), 3);
	ck_assert_str_eq(json_string_value(at(report, "ports/1/url")), "http://127.0.0.1:11001/");
	ck_assert_str_eq(json_string_value(at(report, "ports/2/group")), "green");
	assert_number(report, "ports/1/workers/0", 1);
	assert_number(report, "ports/1/requests", 400);
	assert_number(report, "ports/1/answered", 450);
	assert_number(report, "ports/1/server_requests", 450);
	assert_number(report, "ports/1/rate", 200);
	assert_number(report, "ports/1/status/2xx", 400);
	assert_number(report, "ports/1/latency_ns/max", 2e6);
	assert_number(report, "ports/1/latency_ns/mean", 2e6);
}
END_TEST

START_TEST(a_group_is_the_sum_of_its_ports_and_the_total_that_of_all)
{
	json_auto_t *report = report_fixture_make(&fixture);

	assert_number(report, "groups/0/ports", 2);
	assert_number(report, "groups/0/requests", 1000);
	assert_number(report, "groups/0/latency_ns/mean", 1.4e6);
	assert_number(report, "groups/1/requests", 1000);
	assert_number(report, "total/requests", 2000);
	assert_number(report, "total/answered", 2150);
	assert_number(report, "total/rate", 1000);
	assert_number(report, "total/bytes", 200000);
	assert_number(report, "total/connects", 6);
	assert_number(report, "total/latency_ns/min", 1e6);
	assert_number(report, "total/latency_ns/mean", 2.2e6);
	assert_number(report, "total/latency_ns/max", 3e6);
	ck_assert_double_eq_tol(report_fixture_number(report, "total/latency_ns/p50"), 2e6, 2e3);
	ck_assert_double_eq_tol(report_fixture_number(report, "total/latency_ns/p99.99"), 3e6, 3e3);
}
END_TEST

START_TEST(each_error_is_counted_by_its_name)
{
	json_auto_t *report = NULL;

	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		fixture.stats.targets[0].counts.errors[i] = 1u << i;
	fixture.stats.targets[1].counts.errors[LOAD_ERROR_TIMEOUT] = 1000;
	fixture.stats.targets[0].counts.classes[5] = 7;
	fixture.stats.targets[0].counts.classes[0] = 9;
	report = report_fixture_make(&fixture);
	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		char path[64];

		snprintf(path, sizeof(path), "ports/0/errors/%s",
			 load_error_name((enum load_error)i));
		assert_number(report, path, 1u << i);
	}
	assert_number(report, "total/errors/total", (1u << LOAD_ERROR_COUNT) - 1 + 1000);
	assert_number(report, "groups/0/errors/timeout", (1u << LOAD_ERROR_TIMEOUT) + 1000);
	assert_number(report, "total/status/5xx", 7);
	assert_number(report, "total/status/other", 9);
}
END_TEST

START_TEST(a_worker_has_its_ports_counts_and_its_processor_time)
{
	json_auto_t *report = report_fixture_make(&fixture);

	assert_number(report, "workers/2/START_SEQUENCE_NUM", 2);
	assert_number(report, "workers/2/requests", 1000);
	assert_number(report, "workers/2/latency_ns/max", 3e6);
	assert_number(report, "workers/2/cpu_s", 0.1);
	assert_number(report, "workers/2/cpu_us_per_request", 100);
	assert_number(report, "workers/2/cpu/1", 0.5);
	assert_number(report, "workers/2/rss_bytes", 12288);
	assert_number(report, "server_cpu_us_per_request", 100);
	assert_number(report, "imbalance", 1000 / (2000 / 3.0));
}
END_TEST

START_TEST(workers_of_a_shared_port_share_its_requests_as_their_servers_counted)
{
	static const int both[] = { 0, 1 };
	json_auto_t *report = NULL;

	for (int i = 0; i < 2; i++) {
		fixture.ports[i].workers = both;
		fixture.ports[i].worker_count = 2;
	}
	fixture.workers[0].server_requests = 825;
	fixture.workers[1].server_requests = 275;
	fixture.workers[0].cpu_ns = fixture.workers[1].cpu_ns = 150 * CLOCK_NS_PER_MS;
	report = report_fixture_make(&fixture);
	ck_assert(json_is_null(at(report, "workers/0/requests")));
	ck_assert(json_is_null(at(report, "workers/0/status")));
	ck_assert(json_is_null(at(report, "workers/0/histogram")));
	assert_number(report, "workers/2/requests", 1000);
	assert_number(report, "workers/0/cpu_us_per_request", 200);
	assert_number(report, "workers/1/cpu_us_per_request", 600);
	assert_number(report, "imbalance", 1000 / (2000 / 3.0));
	assert_number(report, "ports/0/requests", 600);
}
END_TEST

START_TEST(a_worker_without_a_port_is_no_part_of_the_imbalance)
{
	json_auto_t *report = NULL;

	fixture.ports[1].workers = fixture.ports[0].workers;
	report = report_fixture_make(&fixture);
	assert_number(report, "workers/0/requests", 1000);
	assert_number(report, "workers/1/requests", 0);
	ck_assert(json_is_null(at(report, "workers/1/cpu_us_per_request")));
	assert_number(report, "imbalance", 1);
}
END_TEST

START_TEST(processor_time_that_is_not_known_is_null)
{
	json_auto_t *report = NULL;

	fixture.workers[1].cpu_ns = 0;
	report = report_fixture_make(&fixture);
	ck_assert(json_is_null(at(report, "workers/1/cpu_s")));
	ck_assert(json_is_null(at(report, "workers/1/cpu_us_per_request")));
	assert_number(report, "workers/0/cpu_us_per_request", 100);
	ck_assert(json_is_null(at(report, "server_cpu_us_per_request")));
}
END_TEST

START_TEST(a_server_that_is_not_ours_has_no_workers)
{
	json_auto_t *report = NULL;

	fixture.input.worker_count = 0;
	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++) {
		fixture.ports[i].worker_count = 0;
		fixture.ports[i].counted = false;
	}
	report = report_fixture_make(&fixture);
	ck_assert_uint_eq(json_array_size(at(report, "workers")), 0);
	ck_assert(json_is_null(at(report, "ports/0/server_requests")));
	ck_assert(json_is_null(at(report, "server_cpu_us_per_request")));
	ck_assert(json_is_null(at(report, "imbalance")));
	assert_number(report, "total/requests", 2000);
}
END_TEST

START_TEST(an_open_loop_has_the_service_time_and_how_late_the_engine_was)
{
	json_auto_t *report = NULL, *closed = report_fixture_make(&fixture);

	report_fixture_release(&fixture);
	report_fixture_init(&fixture, 1000);
	report = report_fixture_make(&fixture);
	ck_assert_str_eq(json_string_value(at(report, "settings/mode")), "open");
	assert_number(report, "settings/rate", 1000);
	assert_number(report, "service/latency_ns/max", 5e5);
	assert_number(report, "groups/1/service/latency_ns/max", 5e5);
	assert_number(report, "engine/late_ns/max", 1000);
	ck_assert_str_eq(json_string_value(at(closed, "settings/mode")), "closed");
	ck_assert(json_is_null(at(closed, "settings/rate")));
	ck_assert(json_is_null(at(closed, "service")));
	ck_assert(json_is_null(at(closed, "engine/late_ns")));
}
END_TEST

START_TEST(intervals_after_an_early_end_are_left_out)
{
	json_auto_t *report = NULL;

	fixture.stats.measured_ns = 1100 * CLOCK_NS_PER_MS;
	fixture.stats.intervals[3] = (struct load_interval) { 0 };
	fixture.input.interrupted = true;
	report = report_fixture_make(&fixture);
	ck_assert_uint_eq(json_array_size(at(report, "over_time/requests")), 3);
	ck_assert_uint_eq(json_array_size(at(report, "over_time/errors")), 3);
	assert_number(report, "measured_s", 1.1);
	ck_assert(json_is_true(at(report, "interrupted")));
}
END_TEST

START_TEST(of_many_paths_the_first_are_named_and_all_are_counted)
{
	const char *paths[REPORT_PATHS_MAX + 1];
	json_auto_t *report = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		paths[i] = "/x";
	fixture.input.paths = paths;
	fixture.input.path_count = ARRAY_SIZE(paths);
	report = report_fixture_make(&fixture);
	ck_assert_uint_eq(json_array_size(at(report, "settings/paths")), REPORT_PATHS_MAX);
	assert_number(report, "settings/path_count", REPORT_PATHS_MAX + 1);
}
END_TEST

START_TEST(nothing_measured_is_zeros_and_nulls)
{
	struct report_fixture none;
	json_auto_t *report = NULL;

	report_fixture_init(&none, 0);
	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++) {
		histogram_release(&none.stats.targets[i].latency);
		none.stats.targets[i] = (struct load_target_stats) { 0 };
	}
	none.stats.measured_ns = 0;
	report = report_fixture_make(&none);
	assert_number(report, "total/rate", 0);
	assert_number(report, "total/latency_ns/p99", 0);
	ck_assert(json_is_null(at(report, "imbalance")));
	ck_assert(json_is_null(at(report, "engine/cpu_us_per_request")));
	report_fixture_release(&none);
}
END_TEST

START_TEST(texts_of_any_bytes_become_valid_ones)
{
	char *huge = malloc(2 * REPORT_TEXT_MAX);
	json_auto_t *report = NULL;

	ck_assert_ptr_nonnull(huge);
	memset(huge, 'x', 2 * REPORT_TEXT_MAX - 1);
	memcpy(huge + REPORT_TEXT_MAX - 1, "\303\244", 2);
	huge[2 * REPORT_TEXT_MAX - 1] = '\0';
	fixture.input.name = "a\xff\x1b[31m";
	fixture.ports[0].url = huge;
	report = report_fixture_make(&fixture);
	ck_assert_str_eq(json_string_value(at(report, "name")), "a\\xff\\x1b[31m");
	ck_assert_uint_eq(json_string_length(at(report, "ports/0/url")), REPORT_TEXT_MAX - 1);
	free(huge);
}
END_TEST

START_TEST(a_number_of_nothing_is_null_and_a_count_has_an_upper_end)
{
	json_auto_t *nan = report_number(0.0 / (double)fixture.stats.unsent);
	json_auto_t *much = report_count(UINT64_MAX);

	ck_assert(json_is_null(nan));
	ck_assert_uint_eq((uint64_t)json_integer_value(much), REPORT_COUNT_MAX);
}
END_TEST

Suite *report_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("make");

	tcase_add_checked_fixture(tcase, closed_loop, release);
	tcase_add_test(tcase, each_port_has_its_row);
	tcase_add_test(tcase, a_group_is_the_sum_of_its_ports_and_the_total_that_of_all);
	tcase_add_test(tcase, each_error_is_counted_by_its_name);
	tcase_add_test(tcase, a_worker_has_its_ports_counts_and_its_processor_time);
	tcase_add_test(tcase, workers_of_a_shared_port_share_its_requests_as_their_servers_counted);
	tcase_add_test(tcase, a_worker_without_a_port_is_no_part_of_the_imbalance);
	tcase_add_test(tcase, processor_time_that_is_not_known_is_null);
	tcase_add_test(tcase, a_server_that_is_not_ours_has_no_workers);
	tcase_add_test(tcase, an_open_loop_has_the_service_time_and_how_late_the_engine_was);
	tcase_add_test(tcase, intervals_after_an_early_end_are_left_out);
	tcase_add_test(tcase, of_many_paths_the_first_are_named_and_all_are_counted);
	tcase_add_test(tcase, nothing_measured_is_zeros_and_nulls);
	tcase_add_test(tcase, texts_of_any_bytes_become_valid_ones);
	tcase_add_test(tcase, a_number_of_nothing_is_null_and_a_count_has_an_upper_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
