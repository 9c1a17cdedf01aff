/* test_load_record.c - what is counted, by phase and by interval. */
#include "load/job.h"
#include "load/record.h"
#include "tests/unit/suites.h"

static const struct load_target targets[] = { { .group = 0 }, { .group = 1 } };
static struct load_job job;
static struct record record;

/* The measured time is 1000 to 1050, in intervals of 10. */
static void begin(double rate)
{
	job = (struct load_job) {
		.targets = targets,
		.target_count = 2,
		.group_count = 2,
		.rate = rate,
		.duration_ns = 50,
		.interval_ns = 10,
	};
	ck_assert_int_eq(record_init(&record, &job, NULL), 0);
	record_begin(&record, 1000);
}

static void reply(size_t target, uint16_t status, uint64_t due_ns, uint64_t done_ns)
{
	record_reply(&record, target,
		     &(struct record_reply) {
			     .status = status,
			     .body_bytes = 7,
			     .due_ns = due_ns,
			     .sent_ns = due_ns + 1,
			     .done_ns = done_ns,
		     });
}

START_TEST(the_phase_is_that_of_the_time_it_was_due)
{
	const struct load_counts *counts;

	begin(0);
	counts = &record.stats.targets[1].counts;
	reply(1, 200, 999, 1020);
	ck_assert_uint_eq(counts->answered, 1);
	ck_assert_uint_eq(counts->requests, 0);
	ck_assert_uint_eq(record.stats.intervals[2].requests, 0);
	reply(1, 200, 1000, 1021);
	ck_assert_uint_eq(counts->answered, 2);
	ck_assert_uint_eq(counts->requests, 1);
	ck_assert_uint_eq(counts->bytes, 7);
	reply(1, 200, 1050, 1051);
	ck_assert_uint_eq(counts->requests, 1);
	ck_assert_uint_eq(counts->answered, 3);
	ck_assert_uint_eq(record.tally.answered, 3);
	record_error(&record, 1, LOAD_ERROR_CLOSED, 999, 1005);
	record_error(&record, 1, LOAD_ERROR_CLOSED, 1000, 1005);
	ck_assert_uint_eq(counts->errors[LOAD_ERROR_CLOSED], 1);
	ck_assert_uint_eq(record.tally.errors, 2);
	record_unsent(&record, 1, 999, 1050);
	record_unsent(&record, 1, 1000, 1050);
	ck_assert_uint_eq(record.stats.unsent, 1);
	ck_assert_uint_eq(record.stats.targets[1].latency.max, 50);
	ck_assert_uint_eq(record.stats.targets[1].latency.count, counts->requests + 1);
	record_late(&record, 999, 5);
	record_late(&record, 1000, 6);
	ck_assert_uint_eq(record.stats.late.count, 1);
	record_release(&record);
}
END_TEST

START_TEST(intervals_are_by_the_end_and_have_nothing_that_came_later)
{
	const struct load_interval *intervals;

	begin(0);
	intervals = record.stats.intervals;
	reply(0, 200, 1000, 1009);
	reply(0, 200, 1000, 1010);
	reply(0, 500, 1010, 1035);
	reply(0, 200, 1040, 1049);
	reply(0, 200, 1049, 1050);
	record_error(&record, 0, LOAD_ERROR_RESET, 1041, 1049);
	record_error(&record, 0, LOAD_ERROR_TIMEOUT, 1049, 9999);
	reply(0, 200, 1049, 20000);
	ck_assert_uint_eq(intervals[0].requests, 1);
	ck_assert_uint_eq(intervals[1].requests, 1);
	ck_assert_uint_eq(intervals[1].latency_max_ns, 10);
	ck_assert_uint_eq(intervals[2].requests, 0);
	ck_assert_uint_eq(intervals[3].requests, 1);
	ck_assert_uint_eq(intervals[3].errors, 1);
	ck_assert_uint_eq(intervals[4].requests, 1);
	ck_assert_uint_eq(intervals[4].errors, 1);
	ck_assert_uint_eq(record.stats.targets[0].counts.requests, 6);
	record_release(&record);
}
END_TEST

START_TEST(service_time_is_by_group_and_of_an_open_loop)
{
	begin(0);
	reply(1, 200, 1000, 1009);
	ck_assert_uint_eq(record.stats.service[1].count, 0);
	record_release(&record);
	begin(5);
	reply(1, 200, 1000, 1009);
	ck_assert_uint_eq(record.stats.service[0].count, 0);
	ck_assert_uint_eq(record.stats.service[1].max, 8);
	ck_assert_uint_eq(record.stats.targets[1].latency.max, 9);
	record_release(&record);
}
END_TEST

static const struct {
	uint16_t status;
	unsigned class, errors;
} statuses[] = { { 200, 2, 0 }, { 399, 3, 0 }, { 400, 4, 1 },
		 { 599, 5, 1 }, { 600, 0, 1 }, { 999, 0, 1 } };

START_TEST(a_status_of_400_and_above_is_an_error_and_a_request)
{
	const struct load_counts *counts;

	begin(0);
	counts = &record.stats.targets[0].counts;
	reply(0, statuses[_i].status, 1000, 1001);
	ck_assert_uint_eq(counts->requests, 1);
	ck_assert_uint_eq(counts->classes[statuses[_i].class], 1);
	ck_assert_uint_eq(counts->errors[LOAD_ERROR_STATUS], statuses[_i].errors);
	ck_assert_uint_eq(record.tally.errors, statuses[_i].errors);
	ck_assert_uint_eq(record.stats.intervals[0].errors, statuses[_i].errors);
	record_release(&record);
}
END_TEST

START_TEST(connections_are_those_that_are_open)
{
	begin(0);
	record_opened(&record, 0);
	record_opened(&record, 0);
	record_closed(&record);
	ck_assert_uint_eq(record.tally.connections, 1);
	ck_assert_uint_eq(record.stats.targets[0].counts.connects, 2);
	record_release(&record);
}
END_TEST

Suite *load_record_suite(void)
{
	Suite *suite = suite_create("load_record");
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, the_phase_is_that_of_the_time_it_was_due);
	tcase_add_test(tcase, intervals_are_by_the_end_and_have_nothing_that_came_later);
	tcase_add_test(tcase, service_time_is_by_group_and_of_an_open_loop);
	tcase_add_loop_test(tcase, a_status_of_400_and_above_is_an_error_and_a_request, 0,
			    sizeof(statuses) / sizeof(statuses[0]));
	tcase_add_test(tcase, connections_are_those_that_are_open);
	suite_add_tcase(suite, tcase);
	return suite;
}
