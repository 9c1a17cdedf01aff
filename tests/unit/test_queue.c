/* test_queue.c - put, take, commit, and the ends of a lease; one process that
 * plays all parts, each with a handle of its own.
 */
#include "common/clock.h"
#include "common/error.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/region.h"
#include "tests/unit/suites.h"

#include <string.h>

enum { MANAGER = 1, FEEDER, WORKER, OTHER, COLLECTOR, OWNERS };
enum { IN, SECOND, PRINT, QUEUES };

static struct region region;
static struct queues all[OWNERS];

static void setup_with(uint32_t maxsize, uint32_t max_attempts)
{
	const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, maxsize, 2, 64, max_attempts, false },
		{ "batch_1|audio_lg", QUEUE_WORK, maxsize, 2, 64, max_attempts, false },
		{ "mp_print_q", QUEUE_SIDE, 4, 1, 256, 0, true },
	};
	const struct queues_spec spec = { specs, QUEUES, OWNERS - 1 };
	struct error e = { 0 };

	ck_assert_msg(region_create(&region, queues_region_bytes(&spec), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(&all[MANAGER], &region, &spec, &e) == 0, "%s", e.text);
	for (unsigned i = MANAGER + 1; i < OWNERS; i++)
		ck_assert_int_eq(queues_attach(&all[i], &region, i, all[MANAGER].event_fds, &e), 0);
}

static void setup(void)
{
	setup_with(3, 3);
}

static void teardown(void)
{
	for (unsigned i = MANAGER + 1; i < OWNERS; i++) {
		for (int j = 0; j < QUEUES_EVENTS_MAX; j++)
			all[i].event_fds[j] = -1; /* the manager's */
		queues_detach(&all[i]);
	}
	queues_detach(&all[MANAGER]);
	region_detach(&region);
}

/* Steps -------------------------------------------------------------------- */

static bool feed(unsigned queue, const char *text)
{
	struct payload p;
	uint32_t b;

	if (queue_claim(&all[FEEDER], queue, QUEUE_NO_WAIT, &b) != QUEUE_CHUNK)
		return false;
	ck_assert_int_eq(payload_open(&all[FEEDER], b, strlen(text), &p, NULL), 0);
	memcpy(p.at, text, strlen(text));
	payload_set(&all[FEEDER], b, strlen(text), 1);
	ck_assert_int_eq(queue_issue(&all[FEEDER], queue, b, NULL), 0);
	return true;
}

static enum queue_take try_take(unsigned who, unsigned queue, uint32_t *ret)
{
	return queue_take(&all[who], queue, QUEUE_NO_WAIT, ret);
}

static uint32_t take(unsigned who, unsigned queue)
{
	uint32_t b;

	ck_assert_int_eq(try_take(who, queue, &b), QUEUE_CHUNK);
	return b;
}

static void commit(unsigned who, uint32_t job, const char *text)
{
	struct payload p;
	uint32_t r;

	ck_assert_int_eq(queue_claim_result(&all[who], strlen(text), QUEUE_NO_WAIT, &r), 0);
	ck_assert_int_eq(payload_open(&all[who], r, strlen(text), &p, NULL), 0);
	memcpy(p.at, text, strlen(text));
	payload_set(&all[who], r, strlen(text), 1);
	ck_assert_int_eq(queue_commit(&all[who], job, r), 0);
}

static uint32_t take_output(const char *want)
{
	uint32_t job = take(COLLECTOR, all[MANAGER].shared->output);
	struct payload p;

	ck_assert_int_eq(
		payload_read(&all[COLLECTOR], queue_result(&all[COLLECTOR], job), &p, NULL), 0);
	ck_assert_uint_eq(p.bytes, strlen(want));
	ck_assert(memcmp(p.at, want, p.bytes) == 0);
	return job;
}

static struct queue_counts counts(unsigned queue)
{
	struct queue_counts c;

	queues_count(&all[MANAGER], queue, &c);
	ck_assert_uint_eq(c.issued,
			  c.queued + c.leased + c.kept + c.finishing + c.done + c.dead + c.skipped);
	return c;
}

/* All blocks are back where they came from. */
static void expect_all_free(void)
{
	for (unsigned q = 0; q < QUEUES; q++)
		ck_assert_uint_eq(counts(q).free, queues_queue(&all[MANAGER], q)->count);
}

/* Tests -------------------------------------------------------------------- */

START_TEST(a_chunk_goes_round)
{
	uint32_t job;

	ck_assert(feed(IN, "row"));
	ck_assert_uint_eq(counts(IN).queued, 1);
	job = take(WORKER, IN);
	ck_assert_uint_eq(queue_ticket(&all[WORKER], job), 0);
	ck_assert_uint_eq(counts(IN).leased, 1);
	commit(WORKER, job, "result");
	ck_assert_uint_eq(counts(IN).finishing, 1);
	job = take_output("result");
	queue_finish(&all[COLLECTOR], job);
	ck_assert_uint_eq(counts(IN).done, 1);
	expect_all_free();
}
END_TEST

START_TEST(order_is_that_of_tickets_and_the_bound_holds)
{
	int fed = 0;

	while (feed(IN, "x"))
		fed++;
	ck_assert_int_eq(fed, 3 + 2);
	for (int i = 0; i < fed; i++)
		ck_assert_uint_eq(queue_ticket(&all[WORKER], take(WORKER, IN)), (uint64_t)i);
}
END_TEST

START_TEST(stop_comes_when_the_last_lease_has_ended)
{
	uint32_t job, b;

	feed(IN, "x");
	job = take(WORKER, IN);
	queue_close(&all[FEEDER], IN);
	ck_assert_int_eq(try_take(OTHER, IN, &b), QUEUE_EMPTY);
	ck_assert_int_eq(queue_claim(&all[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_STOP);
	ck_assert_int_eq(queue_fail(&all[WORKER], job, "not yet"), 0);
	job = take(OTHER, IN);
	ck_assert_uint_eq(queue_attempts(&all[OTHER], job), 1);
	commit(OTHER, job, "x");
	ck_assert_int_eq(try_take(WORKER, IN, &b), QUEUE_STOP);
	ck_assert_int_eq(try_take(WORKER, SECOND, &b), QUEUE_EMPTY);
}
END_TEST

START_TEST(a_claimed_block_cannot_be_put_behind_a_close)
{
	uint32_t b;

	ck_assert_int_eq(queue_claim(&all[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	queue_close(&all[MANAGER], IN);
	ck_assert_int_eq(queue_issue(&all[FEEDER], IN, b, NULL), -EPIPE);
	queue_abandon(&all[FEEDER], b);
	ck_assert_int_eq(try_take(WORKER, IN, &b), QUEUE_STOP);
	expect_all_free();
}
END_TEST

START_TEST(a_chunk_that_fails_too_often_is_a_dead_letter_with_its_reason)
{
	uint32_t job;

	feed(IN, "poison");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(queue_fail(&all[WORKER], take(WORKER, IN), "bad number"), 0);
	ck_assert_uint_eq(counts(IN).dead, 1);
	ck_assert_uint_eq(counts(IN).retries, 2);
	job = take(COLLECTOR, all[MANAGER].shared->dead);
	ck_assert_str_eq(queue_why(&all[COLLECTOR], job), "bad number");
	queue_finish(&all[COLLECTOR], job);
	ck_assert_uint_eq(counts(IN).dead, 1);
	ck_assert_uint_eq(counts(IN).done, 0);
	expect_all_free();
}
END_TEST

START_TEST(the_first_dead_letters_are_known_by_ticket)
{
	uint64_t tickets[QUEUE_DEAD_NAMED];

	ck_assert_uint_eq(queues_dead_tickets(&all[MANAGER], IN, tickets), 0);
	for (uint64_t i = 0; i < QUEUE_DEAD_NAMED + 2; i++) {
		feed(IN, "a");
		commit(WORKER, take(WORKER, IN), "spoilt");
		queue_finish_dead(&all[COLLECTOR], take_output("spoilt"));
	}
	ck_assert_uint_eq(counts(IN).dead, QUEUE_DEAD_NAMED + 2);
	ck_assert_uint_eq(counts(IN).done, 0);
	ck_assert_uint_eq(queues_dead_tickets(&all[MANAGER], IN, tickets), QUEUE_DEAD_NAMED);
	for (uint64_t i = 0; i < QUEUE_DEAD_NAMED; i++)
		ck_assert_uint_eq(tickets[i], i);
	ck_assert_uint_eq(queues_dead_tickets(&all[MANAGER], SECOND, tickets), 0);
	expect_all_free();
}
END_TEST

START_TEST(a_lease_ends_once)
{
	uint32_t job;

	feed(IN, "x");
	job = take(WORKER, IN);
	commit(WORKER, job, "r");
	ck_assert_int_eq(queue_commit(&all[WORKER], job, BLOCK_NONE), -ESTALE);
	ck_assert_int_eq(queue_fail(&all[WORKER], job, "?"), -ESTALE);
	ck_assert_int_eq(queue_return(&all[WORKER], job), -ESTALE);
	ck_assert_int_eq(queue_keep(&all[WORKER], job, 0), -ESTALE);
	ck_assert_int_eq(queue_commit(&all[OTHER], job, BLOCK_NONE), -ESTALE);
	queue_finish(&all[COLLECTOR], take_output("r"));
	expect_all_free();
}
END_TEST

START_TEST(a_kept_row_outlives_its_process)
{
	uint32_t job, b;

	feed(IN, "radio");
	job = take(WORKER, IN);
	ck_assert_int_eq(queue_keep(&all[WORKER], job, 7), 0);
	queue_close(&all[FEEDER], IN);
	ck_assert_int_eq(try_take(OTHER, IN, &b), QUEUE_STOP);
	queues_recover(&all[MANAGER], WORKER, true, "killed", NULL);
	ck_assert_uint_eq(queue_kept(&all[WORKER], IN, WORKER, 7), job);
	ck_assert_uint_eq(queue_kept(&all[WORKER], IN, WORKER, 8), BLOCK_NONE);
	ck_assert_uint_eq(counts(IN).kept, 1);
	queues_release_kept(&all[MANAGER], WORKER);
	ck_assert_uint_eq(counts(IN).queued, 1);
}
END_TEST

START_TEST(what_the_dead_held_comes_back)
{
	struct queues_recovered done;
	struct queue_lease lease;
	uint32_t job, b;

	feed(IN, "a");
	feed(IN, "b");
	job = take(WORKER, IN);
	queue_begin(&all[WORKER], job);
	take(WORKER, IN); /* not begun: no attempt */
	ck_assert_int_eq(queue_claim(&all[WORKER], SECOND, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	ck_assert_int_eq(queue_claim_result(&all[WORKER], 10, QUEUE_NO_WAIT, &b), 0);
	ck_assert_uint_eq(queues_leases(&all[MANAGER], WORKER, &lease, 1), 2);
	ck_assert_uint_eq(lease.queue, IN);
	ck_assert_uint_eq(lease.ticket, 0);
	queues_recover(&all[MANAGER], WORKER, true, "killed by SIGSEGV", &done);
	ck_assert_uint_eq(queues_leases(&all[MANAGER], WORKER, &lease, 1), 0);
	ck_assert_uint_eq(done.requeued, 2);
	ck_assert_uint_eq(done.freed, 2);
	ck_assert_uint_eq(queue_attempts(&all[OTHER], take(OTHER, IN)), 1);
	ck_assert_uint_eq(queue_attempts(&all[OTHER], take(OTHER, IN)), 0);
}
END_TEST

START_TEST(a_dead_collector_loses_no_result)
{
	uint32_t job;

	feed(IN, "a");
	commit(WORKER, take(WORKER, IN), "result");
	for (int i = 0; i < 5; i++) { /* never an attempt */
		job = take_output("result");
		queues_recover(&all[MANAGER], COLLECTOR, true, "killed", NULL);
		ck_assert_uint_eq(counts(IN).finishing, 1);
	}
	job = take_output("result");
	queue_finish(&all[COLLECTOR], job);
	queues_recover(&all[MANAGER], COLLECTOR, true, "killed", NULL);
	ck_assert_uint_eq(counts(IN).done, 1);
	expect_all_free();
}
END_TEST

START_TEST(a_feeder_knows_what_the_one_before_it_read)
{
	uint64_t ticket, rows;

	queue_resume(&all[FEEDER], IN, &ticket, &rows);
	ck_assert_uint_eq(ticket, 0);
	ck_assert_uint_eq(rows, 0);
	queue_journal(&all[FEEDER], IN, 1000);
	feed(IN, "a");
	ck_assert_int_eq(queue_skip_ticket(&all[FEEDER], IN, 2000), 0);
	queue_journal(&all[FEEDER], IN, 3000); /* and dies before it issues */
	queue_resume(&all[OTHER], IN, &ticket, &rows);
	ck_assert_uint_eq(ticket, 2);
	ck_assert_uint_eq(rows, 2000);
	ck_assert_uint_eq(queue_skipped(&all[OTHER], IN), 1);
	ck_assert_uint_eq(counts(IN).skipped, 1);
}
END_TEST

START_TEST(a_loop_is_told_once)
{
	uint64_t value;
	uint32_t b;
	int fd = queues_event_fd(&all[MANAGER], PRINT);

	ck_assert_int_ge(fd, 0);
	ck_assert(!queue_arm(&all[MANAGER], PRINT));
	ck_assert_int_eq(read(fd, &value, sizeof(value)), -1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(queue_claim(&all[WORKER], PRINT, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
		queue_put(&all[WORKER], PRINT, b);
	}
	ck_assert_int_eq(read(fd, &value, sizeof(value)), sizeof(value));
	ck_assert_uint_eq(value, 1);
	ck_assert(queue_arm(&all[MANAGER], PRINT));
	for (int i = 0; i < 2; i++)
		queue_finish(&all[MANAGER], take(MANAGER, PRINT));
	ck_assert(!queue_arm(&all[MANAGER], PRINT));
	expect_all_free();
}
END_TEST

START_TEST(from_any_of_some_queues)
{
	const unsigned both[] = { IN, SECOND };
	unsigned from;
	uint32_t b;

	feed(SECOND, "x");
	ck_assert_int_eq(queue_take_any(&all[WORKER], both, 2, QUEUE_FOREVER, &from, &b),
			 QUEUE_CHUNK);
	ck_assert_uint_eq(from, SECOND);
	ck_assert_int_eq(queue_take_any(&all[OTHER], both, 2, clock_mono_ns() + 1000000, &from, &b),
			 QUEUE_EMPTY);
	queue_close(&all[FEEDER], IN);
	queue_close(&all[FEEDER], SECOND);
	ck_assert_int_eq(queue_take_any(&all[OTHER], both, 2, QUEUE_NO_WAIT, &from, &b),
			 QUEUE_EMPTY);
	commit(WORKER, 5, "r"); /* block 5: the first of SECOND's */
	ck_assert_int_eq(queue_take_any(&all[OTHER], both, 2, QUEUE_FOREVER, &from, &b),
			 QUEUE_STOP);
}
END_TEST

START_TEST(a_name_finds_its_queue)
{
	ck_assert_int_eq(queues_find(&all[WORKER], "mp_input_q"), IN);
	ck_assert_int_eq(queues_find(&all[WORKER], "mp_input_q (default)"), IN);
	ck_assert_int_eq(queues_find(&all[WORKER], "batch_1|audio_lg"), SECOND);
	ck_assert_int_eq(queues_find(&all[WORKER], "audio_lg"), -1);
	ck_assert_int_eq(queues_find(&all[WORKER], ""), -1);
}
END_TEST

START_TEST(queues_tell_what_they_are_and_what_is_on_its_way_out)
{
	const unsigned output = all[MANAGER].shared->output, dead = all[MANAGER].shared->dead;
	struct queue_about about;
	struct queue_counts c;

	feed(IN, "a");
	feed(SECOND, "b");
	commit(WORKER, take(WORKER, IN), "r");
	commit(WORKER, take(WORKER, SECOND), "r");
	take(COLLECTOR, output);
	queues_about(&all[OTHER], IN, &about);
	ck_assert_str_eq(about.name, "mp_input_q");
	ck_assert_int_eq(about.kind, QUEUE_WORK);
	ck_assert_uint_eq(about.maxsize, 3);
	ck_assert_uint_eq(about.puts, 1);
	ck_assert_uint_eq(about.takes, 1);
	queues_about(&all[OTHER], output, &about);
	ck_assert_str_eq(about.name, "mp_output_q");
	ck_assert_int_eq(about.kind, QUEUE_OUTPUT);
	queues_count(&all[OTHER], output, &c);
	ck_assert_uint_eq(c.queued, 1);
	ck_assert_uint_eq(c.leased, 1);
	queues_count(&all[OTHER], dead, &c);
	ck_assert_uint_eq(c.queued + c.leased, 0);
	queues_about(&all[OTHER], queues_total(&all[OTHER]) - 1, &about);
	ck_assert_str_eq(about.name, "");
}
END_TEST

Suite *queue_suite(void)
{
	Suite *s = suite_create("queue");
	TCase *t = tcase_create("queue");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_chunk_goes_round);
	tcase_add_test(t, order_is_that_of_tickets_and_the_bound_holds);
	tcase_add_test(t, stop_comes_when_the_last_lease_has_ended);
	tcase_add_test(t, a_claimed_block_cannot_be_put_behind_a_close);
	tcase_add_test(t, a_chunk_that_fails_too_often_is_a_dead_letter_with_its_reason);
	tcase_add_test(t, the_first_dead_letters_are_known_by_ticket);
	tcase_add_test(t, a_lease_ends_once);
	tcase_add_test(t, a_kept_row_outlives_its_process);
	tcase_add_test(t, what_the_dead_held_comes_back);
	tcase_add_test(t, a_dead_collector_loses_no_result);
	tcase_add_test(t, a_feeder_knows_what_the_one_before_it_read);
	tcase_add_test(t, a_loop_is_told_once);
	tcase_add_test(t, from_any_of_some_queues);
	tcase_add_test(t, a_name_finds_its_queue);
	tcase_add_test(t, queues_tell_what_they_are_and_what_is_on_its_way_out);
	suite_add_tcase(s, t);
	return s;
}
