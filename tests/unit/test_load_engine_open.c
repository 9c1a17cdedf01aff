/* test_load_engine_open.c - open loop: what is due is sent or accounted for. */
#include "common/cc.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/suites.h"

#include <poll.h>

#define MS CLOCK_NS_PER_MS

static struct load_fixture f;
static struct scripted_server server;

static void serve(const struct script *script, double rate)
{
	scripted_server_start(&server, script, NULL);
	load_fixture_init(&f, &server.address);
	f.job.rate = rate;
	f.job.duration_ns = 50 * MS;
	f.job.interval_ns = 5 * MS;
}

/* Every request that was due has become one of these. */
static uint64_t accounted(void)
{
	uint64_t sum = f.stats->unsent;

	for (size_t i = 0; i < f.job.target_count; i++) {
		const struct load_counts *counts = &f.target[i].counts;

		sum += counts->requests + load_counts_errors(counts) -
		       counts->errors[LOAD_ERROR_STATUS];
	}
	return sum;
}

START_TEST(sends_what_is_due_and_no_more)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO }, 2000);
	f.job.connections = 4;
	f.job.close = _i == 1;
	load_fixture_run(&f, NULL);
	scripted_server_end(&server);
	ck_assert_uint_eq(accounted(), 100);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.stats->service[0].count, f.target->counts.requests);
	ck_assert_uint_le(f.stats->late.count, 100);
	load_fixture_release(&f);
}
END_TEST

START_TEST(what_was_due_in_the_warm_up_is_not_measured)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO }, 2000);
	f.job.warm_up_ns = 30 * MS;
	load_fixture_run(&f, NULL);
	scripted_server_end(&server);
	ck_assert_uint_eq(accounted(), 100);
	ck_assert_uint_le(f.target->counts.requests, 100);
	ck_assert_uint_eq(f.target->counts.answered, server.requests);
	ck_assert_uint_le(f.target->counts.answered, 160);
	load_fixture_release(&f);
}
END_TEST

START_TEST(targets_are_taken_in_turn)
{
	static struct scripted_server second;

	serve(&(struct script) { .reply = SCRIPT_HELLO }, 2000);
	scripted_server_start(&second, &(struct script) { .reply = SCRIPT_HELLO }, NULL);
	load_fixture_add(&f, &second.address);
	f.job.connections = 8;
	load_fixture_run(&f, NULL);
	scripted_server_end(&server);
	scripted_server_end(&second);
	ck_assert_uint_eq(accounted(), 100);
	ck_assert_uint_le(f.target[0].counts.requests, 50);
	ck_assert_uint_le(f.target[1].counts.requests, 50);
	ck_assert_uint_eq(f.target[1].counts.requests, second.requests);
	load_fixture_release(&f);
}
END_TEST

/* Until the measured time is over; what is held is let go then. */
static void release_at(struct load_drive *drive, uint64_t when_ns)
{
	uint64_t now_ns;

	while ((now_ns = clock_mono_ns()) < when_ns) {
		struct pollfd p = { .fd = load_drive_fd(drive), .events = POLLIN };

		poll(&p, 1, 1 + (int)((when_ns - now_ns) / MS));
	}
	scripted_server_release(&server);
}

static void stop(void *drive)
{
	load_drive_stop(drive);
}

/* A server that stands still for 30 ms, and a request due each ms: the one that
 * was under way took 30 ms; those that were due meanwhile waited for 29, 28 …
 * before they were sent, 435 ms in all. */
START_TEST(latency_counts_from_when_it_was_due)
{
	struct load_drive *drive;
	const struct histogram *latency, *service;

	serve(&(struct script) { .reply = SCRIPT_HELLO, .holds = true, .stop_after = 40 }, 1000);
	f.job.duration_ns = 60 * CLOCK_NS_PER_S;
	f.job.interval_ns = CLOCK_NS_PER_S;
	drive = load_fixture_start(&f);
	server.stop_arg = drive;
	server.stop = stop;
	release_at(drive, load_fixture_progress(drive).measured_from_ns + 30 * MS);
	load_fixture_finish(&f, drive);
	scripted_server_end(&server);
	latency = &f.target->latency;
	service = &f.stats->service[0];
	ck_assert_uint_ge(latency->max, 29 * MS);
	ck_assert_uint_eq(latency->count, server.requests);
	ck_assert_uint_eq(service->count, server.requests);
	ck_assert(latency->sum - service->sum >= 400 * MS);
	load_fixture_release(&f);
}
END_TEST

/* Due at 0, 1 … 49 ms, and at 50 ms it ends: so long the 49 others have waited. */
START_TEST(what_is_due_and_not_sent_at_the_end_is_said_and_has_waited_until_then)
{
	const struct histogram *latency;
	struct load_drive *drive;

	serve(&(struct script) { .reply = SCRIPT_HELLO, .holds = true }, 1000);
	drive = load_fixture_start(&f);
	release_at(drive, load_fixture_progress(drive).measured_from_ns + 60 * MS);
	load_fixture_finish(&f, drive);
	scripted_server_end(&server);
	ck_assert_uint_ge(f.stats->unsent, 1);
	ck_assert_uint_eq(f.stats->unsent + f.target->counts.requests, 50);
	latency = &f.target->latency;
	ck_assert_uint_eq(latency->count, 50);
	ck_assert_uint_ge(histogram_percentile(latency, 50), 24 * MS);
	ck_assert_uint_ge(histogram_percentile(latency, 99), 48 * MS);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(what_has_waited_too_long_is_dropped)
{
	serve(&(struct script) { 0 }, 2000);
	f.job.timeout_ns = 10 * MS;
	load_fixture_run(&f, NULL);
	scripted_server_end(&server);
	ck_assert_uint_eq(accounted(), 100);
	ck_assert_uint_eq(f.target->counts.requests, 0);
	ck_assert_uint_gt(f.target->counts.errors[LOAD_ERROR_TIMEOUT], server.requests);
	load_fixture_release(&f);
}
END_TEST

/* Asked once and answered, the connection is idle; then the server's extra. */
static void drive_idle(const struct script *script)
{
	struct load_drive *drive;

	serve(script, 0.001);
	f.job.duration_ns = 60 * CLOCK_NS_PER_S;
	f.job.interval_ns = CLOCK_NS_PER_S;
	drive = load_fixture_start(&f);
	while (load_fixture_progress(drive).answered == 0)
		continue;
	scripted_server_release(&server);
	while (server.accepted < 2)
		load_fixture_progress(drive);
	load_drive_stop(drive);
	load_fixture_finish(&f, drive);
	scripted_server_end(&server);
	ck_assert_uint_eq(f.target->counts.requests, 1);
}

START_TEST(bytes_that_nobody_asked_for_are_unexpected)
{
	drive_idle(&(struct script) { .reply = SCRIPT_HELLO, .extra = SCRIPT_HELLO });
	ck_assert_uint_eq(f.target->counts.errors[LOAD_ERROR_UNEXPECTED], 1);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 1);
	load_fixture_release(&f);
}
END_TEST

START_TEST(an_idle_connection_that_is_closed_is_opened_again_without_an_error)
{
	drive_idle(&(struct script) { .reply = SCRIPT_HELLO, .extra_end = SCRIPT_CLOSE });
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(an_idle_connection_that_is_reset_is_an_error)
{
	drive_idle(&(struct script) { .reply = SCRIPT_HELLO, .extra_end = SCRIPT_RESET });
	ck_assert_uint_eq(f.target->counts.errors[LOAD_ERROR_RESET], 1);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 1);
	load_fixture_release(&f);
}
END_TEST

/* Nothing is asked after the first request: 0, 0, 1, 3, 7 and 15 ms, or later. */
START_TEST(a_server_that_closes_idle_connections_is_not_hammered)
{
	struct load_drive *drive;

	serve(&(struct script) { .ends_at_once = true }, 0.001);
	f.job.duration_ns = 60 * CLOCK_NS_PER_S;
	f.job.interval_ns = CLOCK_NS_PER_S;
	drive = load_fixture_start(&f);
	while (server.accepted < 6)
		load_fixture_progress(drive);
	load_drive_stop(drive);
	load_fixture_finish(&f, drive);
	scripted_server_end(&server);
	ck_assert_uint_ge(f.stats->measured_ns, 15 * MS);
	ck_assert_uint_le(load_counts_errors(&f.target->counts), 1);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_stop_counts_what_was_due_until_then)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 200 }, 1000);
	f.job.duration_ns = 60 * CLOCK_NS_PER_S;
	f.job.interval_ns = CLOCK_NS_PER_S;
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_ge(f.stats->late.count, 1);
	ck_assert_uint_lt(f.stats->measured_ns, f.job.duration_ns);
	ck_assert_uint_le(accounted(), f.stats->measured_ns / MS + 1);
	ck_assert_uint_ge(accounted() + 1, f.stats->measured_ns / MS);
	load_fixture_release(&f);
}
END_TEST

Suite *load_engine_open_suite(void)
{
	Suite *suite = suite_create("load_engine_open");
	TCase *tcase = tcase_create("open loop");

	tcase_add_loop_test(tcase, sends_what_is_due_and_no_more, 0, 2);
	tcase_add_test(tcase, what_was_due_in_the_warm_up_is_not_measured);
	tcase_add_test(tcase, targets_are_taken_in_turn);
	tcase_add_test(tcase, latency_counts_from_when_it_was_due);
	tcase_add_test(tcase,
		       what_is_due_and_not_sent_at_the_end_is_said_and_has_waited_until_then);
	tcase_add_test(tcase, what_has_waited_too_long_is_dropped);
	tcase_add_test(tcase, bytes_that_nobody_asked_for_are_unexpected);
	tcase_add_test(tcase, an_idle_connection_that_is_closed_is_opened_again_without_an_error);
	tcase_add_test(tcase, an_idle_connection_that_is_reset_is_an_error);
	tcase_add_test(tcase, a_server_that_closes_idle_connections_is_not_hammered);
	tcase_add_test(tcase, a_stop_counts_what_was_due_until_then);
	suite_add_tcase(suite, tcase);
	return suite;
}
