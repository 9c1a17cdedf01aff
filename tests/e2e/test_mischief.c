/* test_mischief.c - modules that do what they must not: one chunk pays for it,
 * and nobody else.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/printed.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define ROWS 200
#define ROWS_MAX 10
#define TICKETS (ROWS / ROWS_MAX)
#define BAD_ROW 75
#define BAD_TICKET (BAD_ROW / ROWS_MAX)

struct mischief {
	const char *how;
	const char *keys;       /* of the document; NULL: none */
	const char *queue_keys; /* likewise */
	const char *env;
	const char *reason; /* of the dead letter */
	const char *said;   /* besides */
};

static const char *mischief_config(const struct mischief *m)
{
	return keep_config("{%s 'PROCS_MAX': 2, 'ROWS_MAX': %d, 'RESULTS_DICT_PRINT': true,"
			   " 'queues': [{'name': 'mp_input_q', 'max_attempts': 2%s}],"
			   " 'kwargs': {'how': '%s', 'row': %d},"
			   " 'feeders': [{'generator': {'range': [0, %d]}}], 'worker_modules':"
			   " [{'WORKER_PATH': '%s/tests/e2e/modules/mischief.so'}],"
			   " 'status': {'ip': '%s', 'port': %d}}",
			   m->keys != NULL ? m->keys : "", ROWS_MAX,
			   m->queue_keys != NULL ? m->queue_keys : "", m->how, BAD_ROW, ROWS,
			   getenv("EISEN_BUILDDIR"), harness_address(0), HARNESS_STATUS_PORT);
}

static struct instance *launch(const struct mischief *m)
{
	return instance_launch(&(struct start) { .config = mischief_config(m), .env = { m->env } });
}

#define TIMEOUT ", 'chunk_timeout_ms': 1000"
#define TOO_LONG "took longer than 1000 ms"
#define KILLED "longer than the queue's chunk_timeout_ms (1000): killed"
#define SPAWN "'START_METHOD': 'spawn',"
#define SERVER "'START_METHOD': 'forkserver',"
#define MEMORY "'worker_memory_max_mb': 256,"

static const struct mischief mischiefs[] = {
	{ .how = "crash",
	  .reason = "killed by SIGSEGV",
	  .said = "had _TID_7 of mp_input_q: 1 chunk went back" },
	{ .how = "abort", .reason = "killed by SIGABRT", .said = "died after" },
	{ .how = "hang", .queue_keys = TIMEOUT, .reason = TOO_LONG, .said = KILLED },
	{ .how = "spin", .queue_keys = TIMEOUT, .reason = TOO_LONG, .said = KILLED },
	{ .how = "stop", .queue_keys = TIMEOUT, .reason = TOO_LONG, .said = KILLED },
	{ .how = "exit", .reason = "exit status 3", .said = "died after" },
	{ .how = "_exit", .reason = "exit status 4", .said = "died after" },
	{ .how = "exit in a thread", .reason = "exit status 5", .said = "died after" },
	{ .how = "crash", .keys = SPAWN, .reason = "killed by SIGSEGV", .said = "died after" },
	{ .how = "hang", .keys = SPAWN, .queue_keys = TIMEOUT, .reason = TOO_LONG, .said = KILLED },
	{ .how = "exit", .keys = SERVER, .reason = "exit status 3", .said = "died after" },
	{ .how = "crash", .keys = SERVER, .reason = "killed by SIGSEGV", .said = "died after" },
	{ .how = "stop",
	  .keys = SERVER,
	  .queue_keys = TIMEOUT,
	  .reason = TOO_LONG,
	  .said = KILLED },
	{ .how = "balloon",
	  .keys = MEMORY,
	  .reason = "MiB of memory, worker_memory_max_mb is 256",
	  .said = "of memory, worker_memory_max_mb is 256: killed" },
	{ .how = "fail", .reason = "told to", .said = "failed for good" },
	{ .how = "throw away",
	  .reason = "the module did not finish it before the function returned",
	  .said = "mp_input_q, ticket 7: the module did not finish it" },
	{ .how = "throw away and leave",
	  .reason = "the module did not finish it before the function returned",
	  .said = "mp_input_q, ticket 7: the module did not finish it" },
	{ .how = "write past",
	  .env = "EISEN_GUARD_CHUNKS=1",
	  .reason = "killed by SIGSEGV",
	  .said = "died after" },
};

/* "…chunk _TID_7 failed for good after 2 attempts: …REASON". */
static void expect_dead_letter(const struct instance *in, const char *reason)
{
	const char *start = keep_printf("mp_input_q: chunk _TID_%d failed for good after 2 "
					"attempts: ",
					BAD_TICKET);
	const char *at, *found, *end;

	printed_expect_said(in, start);
	at = strstr(instance_err(in), start) + strlen(start);
	end = strchr(at, '\n');
	found = strstr(at, reason);
	ck_assert_msg(found != NULL && end != NULL && found < end, "not \"%s\":\n%s", reason, at);
}

START_TEST(one_chunk_becomes_a_dead_letter_and_the_others_results)
{
	const struct mischief *m = &mischiefs[_i];
	struct instance *in = launch(m);

	instance_expect_end(in, 3);
	printed_expect_sums(instance_out(in), TICKETS, ROWS_MAX, BAD_TICKET);
	expect_dead_letter(in, m->reason);
	printed_expect_said(in, m->said);
	printed_expect_said(in, "19 done + 1 dead");
	printed_expect_said(in, "mp_input_q: 1 chunk failed for good: _TID_7\n");
}
END_TEST

START_TEST(the_reason_is_kept_with_the_results)
{
	struct instance *in =
		launch(&(struct mischief) { .how = "exit", .keys = "'RESULTS_STORE': true," });
	struct outcome outcome;
	const struct command command = { .args = { "results", harness_path("site.json"),
						   "--missing" } };

	instance_expect_end(in, 3);
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 3);
	ck_assert_msg(strstr(outcome.out, "exit status 3") != NULL, "%s", outcome.out);
}
END_TEST

/* Nothing is lost by it: the worker ends between two chunks. */
START_TEST(a_worker_that_leaks_is_started_anew_between_its_chunks)
{
	struct instance *in = launch(&(struct mischief) { .how = "leak", .keys = MEMORY });

	instance_expect_end(in, 0);
	printed_expect_sums(instance_out(in), TICKETS, ROWS_MAX, -1);
	printed_expect_said(in, "started anew when it has finished its chunks");
	printed_expect_said(in, "20 done + 0 dead");
}
END_TEST

START_TEST(a_result_that_is_returned_twice_counts_once)
{
	struct instance *in = launch(&(struct mischief) { .how = "finish twice" });

	instance_expect_end(in, 0);
	printed_expect_sums(instance_out(in), TICKETS, ROWS_MAX, -1);
	printed_expect_said(in, "the chunk was finished before");
}
END_TEST

START_TEST(a_queue_that_no_one_knows_is_told_with_those_there_are)
{
	struct instance *in = instance_launch(&(struct start) {
		.config = keep_config("{'PROCS_MAX': 2, 'kwargs': {'queue': 'nowhere_q'},"
				      " 'queues': [{'name': 'mp_input_q', 'maxsize': 1}],"
				      " 'feeders': [{'generator': {'range': [0, 10000000]}}],"
				      " 'worker_modules': [{'WORKER_PATH':"
				      " '%s/tests/e2e/modules/mischief.so'}],"
				      " 'status': {'ip': '%s', 'port': %d}}",
				      getenv("EISEN_BUILDDIR"), harness_address(0),
				      HARNESS_STATUS_PORT) });

	instance_expect_end(in, 3);
	printed_expect_said(in, "no queue is called \"nowhere_q\"; there are: mp_input_q");
	printed_expect_said(in, "feeder:mp_input_q: all workers are done before it");
	printed_expect_said(in, "all workers are done, though not all work is");
	printed_expect_not_said(in, "next try");
}
END_TEST

/* It waits for somebody to write, and has given nothing yet. */
START_TEST(a_feeder_that_waits_for_rows_does_not_keep_the_run_alive)
{
	struct instance *in;

	ck_assert_int_eq(mkfifo(harness_path("rows"), 0600), 0);
	in = instance_launch(&(struct start) {
		.config = keep_config("{'PROCS_MAX': 1, 'kwargs': {'queue': 'nowhere_q'},"
				      " 'feeders': [{'generator': {'json': '%s'}}],"
				      " 'worker_modules': [{'WORKER_PATH':"
				      " '%s/tests/e2e/modules/mischief.so'}],"
				      " 'status': {'ip': '%s', 'port': %d}}",
				      harness_path("rows"), getenv("EISEN_BUILDDIR"),
				      harness_address(0), HARNESS_STATUS_PORT) });
	instance_expect_end(in, 3);
	printed_expect_said(in, "feeder:mp_input_q: all workers are done before it");
	printed_expect_said(in, "mp_input_q: 0 chunks");
}
END_TEST

/* Never ready ---------------------------------------------------------------- */

static const char *const methods[] = { "fork", "spawn", "forkserver" };

static struct instance *launch_stillborn(const char *keys, const char *generator,
					 const char *module)
{
	return instance_launch(&(struct start) {
		.config = keep_config("{%s 'PROCS_MAX': 2, 'ROWS_MAX': %d,"
				      " 'feeders': [{'generator': %s}], 'worker_modules':"
				      " [{'WORKER_PATH': '%s/tests/e2e/modules/%s.so'}],"
				      " 'status': {'ip': '%s', 'port': %d}}",
				      keys, ROWS_MAX, generator, getenv("EISEN_BUILDDIR"), module,
				      harness_address(0), HARNESS_STATUS_PORT) });
}

START_TEST(a_run_of_work_whose_workers_are_never_ready_ends)
{
	const char *keys = keep_printf("'START_METHOD': '%s',", methods[_i]);
	struct instance *in = launch_stillborn(keys, "{'range': [0, 200]}", "stillborn");

	instance_expect_end(in, 1);
	printed_expect_said(in, ": 5 tries in a row ended before it was ready, the last one: ");
	printed_expect_said(in, strcmp(methods[_i], "forkserver") == 0 ? "the fork server died"
								       : "exit status 7");
	printed_expect_said(in, "/tests/e2e/modules/stillborn.so\n");
	printed_expect_said(in, "mp_input_q: 20 chunks = 20 queued");
	printed_expect_said(in, "mp_input_q: 20 chunks were not done");
}
END_TEST

START_TEST(a_run_of_work_whose_feeder_is_never_ready_ends)
{
	const char *generator = keep_printf("{'module': '%s/tests/e2e/modules/stillborn.so'}",
					    getenv("EISEN_BUILDDIR"));
	struct instance *in = launch_stillborn("", generator, "mischief");

	instance_expect_end(in, 1);
	printed_expect_said(in, "feeder:mp_input_q: 5 tries in a row ended before it was "
				"ready, the last one: exit status 7; generator module: /");
	printed_expect_said(in, "mp_input_q: 0 chunks");
}
END_TEST

START_TEST(who_wants_a_run_to_stay_has_it_go_on_trying)
{
	struct instance *in =
		launch_stillborn("'on_done': 'stay',", "{'range': [0, 200]}", "stillborn");

	/* Two workers, six deaths each, where others have given up. */
	await(files_count_lines(instance_err(in), "next try in") >= 12);
	printed_expect_not_said(in, "tries in a row");
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
}
END_TEST

Suite *mischief_suite(void)
{
	Suite *suite = suite_create("mischief");
	TCase *t = harness_case(suite, "mischief");

	tcase_add_loop_test(t, one_chunk_becomes_a_dead_letter_and_the_others_results, 0,
			    (int)ARRAY_SIZE(mischiefs));
	tcase_add_test(t, the_reason_is_kept_with_the_results);
	tcase_add_test(t, a_worker_that_leaks_is_started_anew_between_its_chunks);
	tcase_add_test(t, a_result_that_is_returned_twice_counts_once);
	tcase_add_test(t, a_feeder_that_waits_for_rows_does_not_keep_the_run_alive);
	tcase_add_test(t, a_queue_that_no_one_knows_is_told_with_those_there_are);
	tcase_add_loop_test(t, a_run_of_work_whose_workers_are_never_ready_ends, 0,
			    ARRAY_SIZE(methods));
	tcase_add_test(t, a_run_of_work_whose_feeder_is_never_ready_ends);
	tcase_add_test(t, who_wants_a_run_to_stay_has_it_go_on_trying);
	return suite;
}
