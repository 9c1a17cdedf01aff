/* test_results.c - what people see of queues, feeders and results: over HTTP
 * and by commands, while the run lasts and when only its file is left.
 *
 * Each number is held against one that comes from elsewhere: what the modules
 * printed, how many processes there are, and the sums that the rows must give.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define ROWS 205
#define ROWS_MAX 10
#define TICKETS 21
#define HEADER "mp_input_q (default)"
#define HELD 3 /* the first ticket that a gate holds */

static const char *config_with(const char *kwargs)
{
	return keep_config("{'PROCS_MAX': 2, 'ROWS_MAX': %d, 'RESULTS_STORE': true,"
			   " 'RESULT_LABEL': 'sums', 'kwargs': {'print': true, %s},"
			   " 'feeders': [{'name': 'numbers', 'generator': {'range': [0, %d]}}],"
			   " 'queues': [{'name': 'mp_input_q', 'max_attempts': 2}],"
			   " 'worker_modules': [{'WORKER_PATH': '%s/tests/e2e/modules/gated.so'}],"
			   " 'status': {'ip': '%s', 'port': %d}}",
			   ROWS_MAX, kwargs, ROWS, getenv("EISEN_BUILDDIR"), harness_address(0),
			   HARNESS_STATUS_PORT);
}

static struct instance *start(const char *kwargs)
{
	return instance_start(
		&(struct start) { .config = config_with(kwargs), .args = { "--stay" } });
}

/* The sum of a ticket's rows. */
static json_int_t sum_of(json_int_t ticket)
{
	json_int_t first = ticket * ROWS_MAX;
	json_int_t last = MIN(first + ROWS_MAX, ROWS);

	return (last * (last - 1) - first * (first - 1)) / 2;
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_integer(value), "no integer: %s", key);
	return json_integer_value(value);
}

static const char *url(const char *path)
{
	return keep_printf("http://%s:%d%s", harness_address(0), HARNESS_STATUS_PORT, path);
}

static void run(const struct instance *in, const char *const *args, struct outcome *ret)
{
	struct command command = { .args = { args[0], "--run-dir", in->run_dir } };

	for (size_t i = 1; args[i] != NULL; i++)
		command.args[i + 2] = args[i];
	command_run(&command, ret);
}

static json_t *json_of(const struct outcome *outcome)
{
	json_t *doc = json_loads(outcome->out, 0, NULL);

	ck_assert_msg(doc != NULL, "no JSON: %s%s", outcome->out, outcome->err);
	return keep_json(doc);
}

/* Pairs of ticket and sum, in order, without the one. */
static void expect_sums(const json_t *items, int without)
{
	json_t *item;
	int ticket = 0;
	size_t i;

	json_array_foreach(items, i, item)
	{
		ticket += ticket == without;
		ck_assert_str_eq(json_string_value(json_array_get(item, 0)),
				 keep_printf("_TID_%d", ticket));
		ck_assert_int_eq(json_integer_value(json_array_get(item, 1)), sum_of(ticket));
		ticket++;
	}
	ck_assert_int_eq(ticket, TICKETS);
}

static const json_t *input_queue(const json_t *queues)
{
	json_t *queue;
	size_t i;

	json_array_foreach(queues, i, queue)
	{
		if (strcmp(json_string_value(json_object_get(queue, "name")), "mp_input_q") == 0)
			return queue;
	}
	ck_abort_msg("no mp_input_q");
}

static size_t printed(const struct instance *in)
{
	return files_count_lines(instance_out(in), "ticket ");
}

static bool is_done(const struct instance *in, json_int_t chunks)
{
	return number(input_queue(instance_get(in, "/api/queues")), "done") == chunks;
}

static int open_gate(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Two workers hold a chunk each at the gate, all before it are printed. */
static void expect_counts(const struct instance *in, const json_t *queue)
{
	ck_assert_int_eq(number(queue, "done"), (json_int_t)printed(in));
	ck_assert_int_eq(number(queue, "leased"), 2);
	ck_assert_int_eq(number(queue, "queued"), TICKETS - HELD - 2);
	ck_assert_int_eq(number(queue, "issued"), TICKETS);
	ck_assert_int_eq(number(queue, "expected"), TICKETS);
	ck_assert_int_eq(number(queue, "difference"), 0);
	ck_assert(json_is_true(json_object_get(queue, "conservation")));
	ck_assert_int_eq(number(json_object_get(queue, "missing"), "count"), 0);
}

START_TEST(queues_agree_with_a_count_from_outside)
{
	const char *gate = harness_path("gate");
	struct outcome outcome;
	struct instance *in;
	const json_t *feeder;
	AUTO_CLOSE int fd = -1;

	ck_assert_int_eq(mkfifo(gate, 0600), 0);
	in = start(keep_printf("'gate': '%s', 'gate_from': %d", gate, HELD));
	await(is_done(in, HELD) &&
	      number(input_queue(instance_get(in, "/api/queues")), "leased") == 2);
	expect_counts(in, input_queue(http_json(url("/api/queues"))));
	expect_counts(in, http_json(url("/api/queues/mp_input_q")));
	expect_counts(in, input_queue(json_object_get(http_json(url("/api/status")), "queues")));
	run(in, (const char *[]) { "queues", "--json", NULL }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	expect_counts(in, input_queue(json_of(&outcome)));
	run(in, (const char *[]) { "queues", NULL }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_ptr_nonnull(strstr(outcome.out, "  running for ")); /* whose they are */
	ck_assert_ptr_nonnull(strstr(outcome.out, "mp_input_q: 21 issued = 16 queued + 2 leased + "
						  "0 kept + 0 finishing + 3 done + 0 dead + "
						  "0 skipped\n"));
	feeder = json_array_get(http_json(url("/api/feeders")), 0);
	ck_assert_str_eq(json_string_value(json_object_get(feeder, "name")), "numbers");
	ck_assert_int_eq(number(feeder, "rows"), ROWS);
	ck_assert_int_eq(number(feeder, "rows_expected"), ROWS);
	ck_assert_str_eq(json_string_value(json_object_get(feeder, "end")), "done");
	run(in, (const char *[]) { "status", NULL }, &outcome);
	ck_assert_ptr_nonnull(strstr(outcome.out, "numbers"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "mp_input_q"));
	ck_assert_int_eq(
		http_status(&(struct http_call) { .url = url("/api/results/mp_input_q/20") }), 202);
	ck_assert_int_eq(
		http_status(&(struct http_call) { .url = url("/api/results/mp_input_q/21") }), 404);
	fd = open_gate(gate);
	await(is_done(in, TICKETS));
	instance_stop(in);
}
END_TEST

/* By pages of four. */
static json_t *all_pages(void)
{
	json_t *all = keep_json(json_array()), *doc, *next;
	const char *path = "/api/results?queue=mp_input_q&limit=4";

	for (int pages = 0; pages < TICKETS; pages++) {
		doc = http_json(url(path));
		ck_assert_int_eq(number(doc, "total"), TICKETS);
		json_array_extend(all, json_object_get(doc, "items"));
		next = json_object_get(doc, "next");
		if (json_is_null(next))
			break;
		path = keep_printf("/api/results?limit=4&after=%lld",
				   (long long)json_integer_value(next));
	}
	return all;
}

START_TEST(results_are_there_by_http_when_the_work_is_done_and_offline_after)
{
	const char *config = harness_path("site.json"), *db = harness_path("site.results.db");
	struct instance *in = start("'say': 1");
	struct outcome outcome;
	const json_t *one;

	await(strstr(instance_err(in), "all work is done") != NULL);
	expect_sums(all_pages(), -1);
	one = http_json(url("/api/results/mp_input_q/_TID_20"));
	ck_assert_int_eq(number(one, "value"), sum_of(20));
	ck_assert_int_eq(number(one, "rows"), 5);
	run(in, (const char *[]) { "results", "--json", NULL }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	expect_sums(json_object_get(json_of(&outcome), HEADER), -1);
	instance_stop(in);
	command_run(&(struct command) { .args = { "results", "--json", config } }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_str_eq(outcome.err, "");
	expect_sums(json_object_get(json_of(&outcome), HEADER), -1);
	command_run(&(struct command) { .args = { "results", "--csv", "--after", "18", db } },
		    &outcome);
	ck_assert_str_eq(outcome.out, keep_printf("queue,ticket,value\r\n" HEADER
						  ",19,%lld\r\n" HEADER ",20,%lld\r\n",
						  (long long)sum_of(19), (long long)sum_of(20)));
	command_run(&(struct command) { .args = { "results", "--missing", db } }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

START_TEST(a_dead_letter_is_told_everywhere)
{
	struct instance *in = start("'fail': 7");
	struct outcome outcome;
	struct http_reply reply;

	await(strstr(instance_err(in), "all work is done") != NULL);
	http_do(&(struct http_call) { .url = url("/api/results/mp_input_q/7") }, &reply);
	ck_assert_int_eq(reply.status, 422);
	ck_assert_ptr_nonnull(strstr(reply.body, "\"reason\":\"told to\""));
	run(in, (const char *[]) { "queues", NULL }, &outcome);
	ck_assert_int_eq(outcome.status, 3);
	ck_assert_ptr_nonnull(strstr(outcome.out, "1 chunk failed for good"));
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
	command_run(
		&(struct command) { .args = { "results", "--json", harness_path("site.json") } },
		&outcome);
	ck_assert_int_eq(outcome.status, 3);
	expect_sums(json_object_get(json_of(&outcome), HEADER), 7);
	ck_assert_str_eq(outcome.err, HEADER ": 1 chunk failed for good\n");
	command_run(
		&(struct command) { .args = { "results", "--missing", harness_path("site.json") } },
		&outcome);
	ck_assert_int_eq(outcome.status, 3);
	ck_assert_str_eq(outcome.out, HEADER " _TID_7 failed for good after 2 attempts: told to\n");
}
END_TEST

/* Killed at the gate: its file says what there should be. */
START_TEST(what_a_killed_run_has_not_done_is_named_offline)
{
	const char *gate = harness_path("gate");
	struct outcome outcome;
	struct instance *in;

	ck_assert_int_eq(mkfifo(gate, 0600), 0);
	in = start(keep_printf("'gate': '%s', 'gate_from': %d", gate, HELD));
	await(is_done(in, HELD));
	run(in, (const char *[]) { "results", NULL }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_ptr_nonnull(strstr(outcome.err, "still writing"));
	ck_assert_uint_eq(files_count_lines(outcome.out, "_TID_"), HELD);
	run(in, (const char *[]) { "results", "--missing", NULL }, &outcome);
	ck_assert_ptr_null(strstr(outcome.out, " missing\n"));
	instance_signal(in, SIGKILL);
	instance_expect_end(in, 128 + SIGKILL);
	command_run(&(struct command) { .args = { "results", harness_path("site.json") } },
		    &outcome);
	ck_assert_int_eq(outcome.status, 3);
	ck_assert_uint_eq(files_count_lines(outcome.out, "_TID_"), HELD);
	ck_assert_msg(strstr(outcome.err, "missing: _TID_3 to _TID_") != NULL ||
			      strstr(outcome.err, "18 of 21 tickets were not given out") != NULL,
		      "%s", outcome.err);
}
END_TEST

START_TEST(a_reader_that_leaves_is_no_failure)
{
	struct instance *in = start("'say': 1");
	struct outcome outcome;
	int ends[2];

	await(strstr(instance_err(in), "all work is done") != NULL);
	instance_stop(in);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	command_run(&(struct command) { .args = { "results", harness_path("site.json") },
					.out_fd = ends[1] },
		    &outcome);
	close(ends[1]);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_str_eq(outcome.err, "");
}
END_TEST

static const struct {
	const char *args[4];
	int status;
	const char *says;
} refusals[] = {
	{ { "results", "nowhere.json" }, 1, "No such file" },
	{ { "results", "--limit", "0" }, 2, "--limit wants" },
	{ { "results", "--after", "x" }, 2, "--after wants" },
	{ { "results", "--json", "--csv" }, 2, "exclude" },
	{ { "results", "--csv", "--missing" }, 2, "--missing" },
	{ { "results", "--run-dir", "x", "y" }, 2, "either" },
	{ { "results", "a", "b" }, 2, "one FILE" },
	{ { "results", "--name", "nobody" }, 1, "name the database" },
	{ { "queues", "nobody" }, 1, "nobody" },
	{ { "queues", "--json", "--watch" }, 2, "exclude" },
	{ { "queues", "--watch=0" }, 2, "1..3600" },
};

START_TEST(what_cannot_be_shown_is_refused_in_words)
{
	struct command command = { .env = { harness_runtime_dir() } };
	struct outcome outcome;

	memcpy(command.args, refusals[_i].args, sizeof(refusals[_i].args));
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, refusals[_i].status);
	ck_assert_msg(strstr(outcome.err, refusals[_i].says) != NULL, "%s", outcome.err);
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

Suite *results_suite(void)
{
	Suite *suite = suite_create("results");
	TCase *t = harness_case(suite, "results");

	tcase_add_test(t, queues_agree_with_a_count_from_outside);
	tcase_add_test(t, results_are_there_by_http_when_the_work_is_done_and_offline_after);
	tcase_add_test(t, a_dead_letter_is_told_everywhere);
	tcase_add_test(t, what_a_killed_run_has_not_done_is_named_offline);
	tcase_add_test(t, a_reader_that_leaves_is_no_failure);
	tcase_add_loop_test(t, what_cannot_be_shown_is_refused_in_words, 0,
			    (int)ARRAY_SIZE(refusals));
	return suite;
}
