/* test_feeder.c - rows into chunks: tickets, growth, restarts, resumes. */
#include "common/error.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/region.h"
#include "tests/unit/suites.h"
#include "work/feeder.h"
#include "work/generator.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static struct region region;
static struct queues manager, worker;
static char spill_dir[] = "/tmp/eisen-feeder-XXXXXX";

static void setup(void)
{
	const struct queue_spec specs[] = { { "mp_input_q", QUEUE_WORK, 4, 2, 64, 0, false } };
	const struct queues_spec spec = { specs, 1, 3 };

	ck_assert(mkdtemp(spill_dir) != NULL);
	ck_assert_int_eq(region_create(&region, queues_region_bytes(&spec), NULL), 0);
	ck_assert_int_eq(queues_create(&manager, &region, &spec, NULL), 0);
	ck_assert_int_eq(queues_attach(&worker, &region, 2, NULL, NULL), 0);
	manager.spill_dir = worker.spill_dir = spill_dir;
}

static void teardown(void)
{
	queues_detach(&worker);
	queues_detach(&manager);
	region_detach(&region);
	ck_assert_int_eq(rmdir(spill_dir), 0); /* nothing is left in it */
}

static struct generator *open_generator(const char *settings)
{
	json_t *json = json_loads(settings, 0, NULL);
	struct generator *g;

	ck_assert_int_eq(generator_open(json, "/", &g, NULL), 0);
	json_decref(json);
	return g;
}

/* In a process of its own, owner 3. */
static pid_t start(const char *settings, uint32_t rows_max, bool restarted)
{
	pid_t pid = fork();
	struct queues qs;
	struct error e = { 0 };

	if (pid != 0)
		return pid;
	if (queues_attach(&qs, &region, 3, NULL, &e) < 0)
		_exit(100);
	qs.spill_dir = spill_dir;
	struct feeder f = { .qs = &qs,
			    .generator = open_generator(settings),
			    .rows_max = rows_max,
			    .restarted = restarted };
	_exit((int)feeder_run(&f, &e));
}

static int wait_for(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The next chunk is ticket with these rows; it is done then. */
static void expect_chunk(uint64_t ticket, const char *rows)
{
	struct payload p;
	uint32_t job;

	ck_assert_int_eq(queue_take(&worker, 0, QUEUE_FOREVER, &job), QUEUE_CHUNK);
	ck_assert_uint_eq(queue_ticket(&worker, job), ticket);
	ck_assert_int_eq(payload_read(&worker, job, &p, NULL), 0);
	ck_assert_uint_eq(p.bytes, strlen(rows));
	ck_assert(memcmp(p.at, rows, p.bytes) == 0);
	payload_close(&p);
	ck_assert_int_eq(queue_commit(&worker, job, BLOCK_NONE), 0);
	ck_assert_int_eq(queue_take(&worker, manager.shared->output, QUEUE_NO_WAIT, &job),
			 QUEUE_CHUNK);
	queue_finish(&worker, job);
}

static void expect_stop(uint64_t tickets)
{
	struct queue_counts c;
	uint32_t job;

	ck_assert_int_eq(queue_take(&worker, 0, QUEUE_FOREVER, &job), QUEUE_STOP);
	queues_count(&manager, 0, &c);
	ck_assert_uint_eq(c.issued, tickets);
	ck_assert_uint_eq(c.expected, tickets);
	ck_assert_uint_eq(c.done + c.skipped, tickets);
}

START_TEST(rows_are_cut_by_their_number)
{
	pid_t pid = start("{\"range\": [1, 8]}", 3, false);

	expect_chunk(0, "1\n2\n3\n");
	expect_chunk(1, "4\n5\n6\n");
	expect_chunk(2, "7\n");
	expect_stop(3);
	ck_assert_int_eq(wait_for(pid), FEEDER_DONE);
}
END_TEST

START_TEST(no_rows_are_no_chunk)
{
	pid_t pid = start("{\"range\": [1, 1]}", 3, false);

	expect_stop(0);
	ck_assert_int_eq(wait_for(pid), FEEDER_DONE);
}
END_TEST

START_TEST(a_full_last_chunk_is_followed_by_no_empty_one)
{
	pid_t pid = start("{\"range\": [1, 7]}", 3, false);

	expect_chunk(0, "1\n2\n3\n");
	expect_chunk(1, "4\n5\n6\n");
	expect_stop(2);
	ck_assert_int_eq(wait_for(pid), FEEDER_DONE);
}
END_TEST

START_TEST(a_chunk_may_be_larger_than_its_block)
{
	char want[21 * 100 + 1] = "";
	pid_t pid = start("{\"range\": [1000000000000, 1000000000100]}", 100, false);

	for (int i = 0; i < 100; i++)
		snprintf(want + strlen(want), 22, "%lld\n", 1000000000000LL + i);
	expect_chunk(0, want);
	expect_stop(1);
	ck_assert_int_eq(wait_for(pid), FEEDER_DONE);
}
END_TEST

/* It is killed while it waits for room, twenty times, and each time one chunk
 * makes room; the queue is never empty. */
START_TEST(a_killed_feeder_is_followed_without_loss_or_repeat)
{
	struct queues_recovered done;
	char rows[64];
	int chunk = 0; /* thirty in twenty lives */

	for (int life = 0; life < 20; life++) {
		pid_t pid = start("{\"range\": [0, 60]}", 2, life > 0);

		for (int i = 0; i < 1 + life % 2; i++, chunk++) {
			snprintf(rows, sizeof(rows), "%d\n%d\n", 2 * chunk, 2 * chunk + 1);
			expect_chunk((uint64_t)chunk, rows);
		}
		kill(pid, SIGKILL);
		wait_for(pid);
		queues_recover(&manager, 3, false, "killed", &done);
	}
	/* The last one may have died between its last chunk and the close. */
	ck_assert_int_eq(wait_for(start("{\"range\": [0, 60]}", 2, true)), FEEDER_DONE);
	expect_stop(30);
}
END_TEST

/* Tickets 0, 2 and 3 of rows 0 .. 7, two each. */
static int in_results(void *arg, uint64_t ticket, bool *ret_stored, uint64_t *ret_rows,
		      struct error *e)
{
	(void)arg;
	(void)e;
	*ret_stored = ticket != 1;
	*ret_rows = 2;
	return 0;
}

START_TEST(what_is_stored_is_passed_by)
{
	struct feeder f = { .qs = &manager,
			    .generator = open_generator("{\"range\": [0, 8]}"),
			    .rows_max = 2,
			    .stored = in_results };
	struct queue_counts c;
	struct error e = { 0 };

	ck_assert_int_eq(feeder_run(&f, &e), FEEDER_DONE);
	generator_close(f.generator);
	expect_chunk(1, "2\n3\n");
	expect_stop(4);
	queues_count(&manager, 0, &c);
	ck_assert_uint_eq(c.skipped, 3);
}
END_TEST

static struct feeder feeder_of(struct generator *g, uint32_t rows_max)
{
	return (struct feeder) { .qs = &manager, .generator = g, .rows_max = rows_max };
}

/* A program's output is gone when it is read: its last rows go in, whatever
 * becomes of it. */
START_TEST(what_cannot_be_read_again_is_put_before_a_failure)
{
	struct feeder f =
		feeder_of(open_generator("{\"command\": [\"sh\", \"-c\", \"seq 3; exit 7\"]}"), 2);
	struct error e = { 0 };

	ck_assert_int_eq(feeder_run(&f, &e), FEEDER_FAILED);
	generator_close(f.generator);
	ck_assert_msg(strstr(e.text, "7") != NULL, "%s", e.text);
	expect_chunk(0, "\"1\"\n\"2\"\n");
	expect_chunk(1, "\"3\"\n");
}
END_TEST

START_TEST(another_input_is_not_gone_on_with)
{
	struct feeder f = feeder_of(open_generator("{\"range\": [0, 2]}"), 2);
	struct error e = { 0 };

	ck_assert_int_eq(feeder_run(&f, &e), FEEDER_DONE);
	generator_close(f.generator);
	f = feeder_of(open_generator("{\"range\": [0, 3]}"), 2);
	ck_assert_int_eq(feeder_run(&f, &e), FEEDER_FAILED);
	generator_close(f.generator);
	ck_assert_msg(strstr(e.text, "its input has changed") != NULL, "%s", e.text);
}
END_TEST

START_TEST(an_interrupted_one_stops_at_a_full_queue)
{
	struct feeder f = { .qs = &manager,
			    .generator = open_generator("{\"range\": [0, 1000]}"),
			    .rows_max = 1 };
	struct error e = { 0 };

	queues_interrupt(&manager);
	ck_assert_int_eq(feeder_run(&f, &e), FEEDER_STOPPED);
	generator_close(f.generator);
	expect_chunk(0, "0\n");
}
END_TEST

Suite *feeder_suite(void)
{
	Suite *s = suite_create("feeder");
	TCase *t = tcase_create("feeder");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rows_are_cut_by_their_number);
	tcase_add_test(t, no_rows_are_no_chunk);
	tcase_add_test(t, a_full_last_chunk_is_followed_by_no_empty_one);
	tcase_add_test(t, a_chunk_may_be_larger_than_its_block);
	tcase_add_test(t, a_killed_feeder_is_followed_without_loss_or_repeat);
	tcase_add_test(t, what_is_stored_is_passed_by);
	tcase_add_test(t, what_cannot_be_read_again_is_put_before_a_failure);
	tcase_add_test(t, another_input_is_not_gone_on_with);
	tcase_add_test(t, an_interrupted_one_stops_at_a_full_queue);
	suite_add_tcase(s, t);
	return s;
}
