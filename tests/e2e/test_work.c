/* test_work.c - chunked work from a generator to results, whoever dies. */
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

#define ROWS 200
#define ROWS_MAX 10
#define TICKETS (ROWS / ROWS_MAX)

static const char *const methods[] = { "fork", "spawn", "forkserver" };

/* Two workers and a range; more: keys in front, args: kwargs. */
static const char *work_config(const char *more, const char *kwargs)
{
	return keep_config("{%s 'PROCS_MAX': 2, 'ROWS_MAX': %d, 'RESULTS_STORE': true, "
			   "'RESULTS_DICT_PRINT': true,"
			   " 'kwargs': {%s}, 'worker_modules': [{'WORKER_PATH':"
			   " '%s/tests/e2e/modules/gated.so'}],"
			   " 'status': {'ip': '%s', 'port': %d}}",
			   more, ROWS_MAX, kwargs, getenv("EISEN_BUILDDIR"), harness_address(0),
			   HARNESS_STATUS_PORT);
}

static const char *range_feeder(const char *more)
{
	return keep_printf("%s 'feeders': [{'generator': {'range': [0, %d]}}],", more, ROWS);
}

/* The last line that was printed: {"mp_input_q (default)": [["_TID_0", n], …]} */
static json_t *printed_results(const char *out)
{
	const char *line = strstr(out, "{\"mp_input_q");
	json_t *doc;

	ck_assert_msg(line != NULL, "no results in:\n%s", out);
	doc = keep_json(json_loads(line, JSON_DISABLE_EOF_CHECK, NULL));
	return json_object_get(doc, "mp_input_q (default)");
}

/* Each ticket once, in order, with the sum of its rows; without the one. */
static void expect_results(const char *out, int tickets, int without)
{
	json_t *results = printed_results(out), *result;
	int ticket = 0;
	size_t i;

	json_array_foreach(results, i, result)
	{
		char name[32];

		ticket += ticket == without;
		snprintf(name, sizeof(name), "_TID_%d", ticket);
		ck_assert_str_eq(json_string_value(json_array_get(result, 0)), name);
		ck_assert_int_eq(json_integer_value(json_array_get(result, 1)),
				 ticket * ROWS_MAX * ROWS_MAX + ROWS_MAX * (ROWS_MAX - 1) / 2);
		ticket++;
	}
	ck_assert_int_eq(ticket, tickets);
}

static void expect_said(const struct instance *in, const char *text)
{
	ck_assert_msg(strstr(instance_err(in), text) != NULL, "\"%s\" is not in:\n%s", text,
		      instance_err(in));
}

/* A FIFO; opening it for writing lets the workers pass. */
static const char *make_gate(void)
{
	const char *path = harness_path("gate");

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return path;
}

static int open_gate(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The child of that name, "eisen:0"; 0: there is none now. */
static pid_t find_child(const struct instance *in, const char *name)
{
	struct kernel_pids children;

	kernel_children(in->pid, &children);
	for (size_t i = 0; i < children.count; i++) {
		const char *field = kernel_status_field(children.list[i], "Name");

		if (field != NULL && strcmp(field, name) == 0)
			return children.list[i];
	}
	return 0;
}

static void kill_and_await_next(const struct instance *in, const char *name)
{
	pid_t pid, next;

	await((pid = find_child(in, name)) > 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	await((next = find_child(in, name)) > 0 && next != pid);
}

START_TEST(a_range_becomes_results_in_order)
{
	const char *method = keep_printf("'START_METHOD': '%s',", methods[_i]);
	struct instance *in = instance_launch(
		&(struct start) { .config = work_config(range_feeder(method), "'print': true") });

	instance_expect_end(in, 0);
	expect_results(instance_out(in), TICKETS, -1);
	expect_said(in, "20 done");
	for (int i = 0; i < TICKETS; i++) {
		const char *line = keep_printf("ticket %d is ", i), *at;

		at = strstr(instance_out(in), line);
		ck_assert_msg(at != NULL, "not printed: %s", line);
		ck_assert_ptr_null(strstr(at + 1, line));
	}
}
END_TEST

/* Held at the third chunk, with the queue so short that the feeder waits. */
static struct instance *start_gated(const char *more, const char *gate)
{
	const char *queues = "'queues': [{'name': 'mp_input_q', 'maxsize': 1}],";

	return instance_start(&(struct start) {
		.config = work_config(range_feeder(keep_printf("%s %s", more, queues)),
				      keep_printf("'gate': '%s', 'gate_from': 3", gate)) });
}

START_TEST(kills_of_everybody_lose_and_double_nothing)
{
	static const char *const names[] = { "eisen:0",     "eisen:feeder", "eisen:collector",
					     "eisen:1",     "eisen:feeder", "eisen:status",
					     "eisen:feeder" };
	const char *gate = make_gate();
	struct instance *in = start_gated(keep_printf("'START_METHOD': '%s',", methods[_i]), gate);
	AUTO_CLOSE int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		kill_and_await_next(in, names[i]);
	fd = open_gate(gate);
	instance_expect_end(in, 0);
	expect_results(instance_out(in), TICKETS, -1);
}
END_TEST

static const struct {
	const char *key, *attempts, *said;
} breaks[] = {
	{ "crash", "'max_attempts': 2", "after 2 attempts: killed by SIGABRT" },
	{ "exit", "'max_attempts': 1", "after 1 attempt: exit status 0" },
	{ "fail", "'max_attempts': 3", "after 3 attempts: told to" },
};

START_TEST(a_chunk_that_breaks_its_worker_becomes_a_dead_letter)
{
	const char *queues =
		keep_printf("'queues': [{'name': 'mp_input_q', %s}],", breaks[_i].attempts);
	struct instance *in = instance_launch(
		&(struct start) { .config = work_config(range_feeder(queues),
							keep_printf("'%s': 7", breaks[_i].key)) });

	instance_expect_end(in, 3);
	expect_results(instance_out(in), TICKETS, 7);
	expect_said(in, keep_printf("chunk _TID_7 failed for good %s", breaks[_i].said));
	expect_said(in, "19 done + 1 dead");
}
END_TEST

static struct outcome run_again(const char *option)
{
	struct outcome outcome;
	const struct command command = { .args = { "run", harness_path("site.json"), "--run-dir",
						   harness_path("again"), option } };

	command_run(&command, &outcome);
	return outcome;
}

START_TEST(a_stop_midway_finishes_what_is_begun_and_resume_the_rest)
{
	const char *gate = make_gate();
	struct instance *in = start_gated("", gate);
	struct outcome outcome;
	AUTO_CLOSE int fd = -1;

	instance_signal(in, SIGINT);
	await(strstr(instance_err(in), "stopping: SIGINT") != NULL);
	fd = open_gate(gate);
	instance_expect_end(in, 3);
	expect_said(in, "'eisen run --resume' goes on with it");
	ck_assert_ptr_null(strstr(instance_err(in), "did not stop within"));
	outcome = run_again("--resume");
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	expect_results(outcome.out, TICKETS, -1);
	ck_assert_ptr_null(strstr(outcome.err, "+ 0 skipped"));
}
END_TEST

START_TEST(resume_after_all_were_killed_gives_what_an_undisturbed_run_gives)
{
	const char *gate = make_gate();
	struct instance *in = start_gated("", gate);
	struct outcome outcome;
	AUTO_CLOSE int fd = -1;

	instance_signal(in, SIGKILL);
	instance_expect_end(in, 128 + SIGKILL);
	fd = open_gate(gate);
	outcome = run_again("--resume");
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	expect_results(outcome.out, TICKETS, -1);
}
END_TEST

START_TEST(results_of_an_earlier_run_are_not_mixed_into)
{
	struct instance *in =
		instance_launch(&(struct start) { .config = work_config(range_feeder(""), "") });
	struct outcome outcome;

	instance_expect_end(in, 0);
	outcome = run_again(NULL);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "--resume"));
	outcome = run_again("--fresh");
	ck_assert_int_eq(outcome.status, 0);
	expect_results(outcome.out, TICKETS, -1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "20 done + 0 dead + 0 skipped"));
}
END_TEST

START_TEST(a_module_that_cannot_be_loaded_stops_the_start)
{
	const char *config = keep_config(
		"{'WORKER_PATH': '%s/tests/e2e/modules/gated.so', 'WORKER_REF': 'nothing',"
		" 'START_METHOD': '%s', 'status': {'ip': '%s', 'port': %d}}",
		getenv("EISEN_BUILDDIR"), methods[_i], harness_address(0), HARNESS_STATUS_PORT);
	struct instance *in = instance_launch(&(struct start) { .config = config });

	instance_expect_end(in, 1);
	expect_said(in, "has no \"nothing\"");
	ck_assert_ptr_null(strstr(instance_err(in), "next try"));
}
END_TEST

START_TEST(a_module_that_is_not_there_is_told_before_anything_starts)
{
	const char *config = keep_config("{'WORKER_PATH': 'nowhere.so'}");
	struct outcome outcome;
	const struct command command = { .args = { "check", "-" }, .input = config };

	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(
		strstr(outcome.err, "worker_modules[0].WORKER_PATH: no module \"nowhere.so\" in"));
}
END_TEST

START_TEST(a_generator_that_fails_midway_leaves_the_rest_done)
{
	struct instance *in;

	files_write(harness_path("rows.jsonl"), "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n{broken\n");
	in = instance_launch(&(struct start) {
		.config = work_config("'feeders': [{'generator': {'json': 'rows.jsonl'}}],", "") });
	instance_expect_end(in, 3);
	expect_said(in, "feeder:mp_input_q");
	ck_assert_uint_ge(json_array_size(printed_results(instance_out(in))), 1);
}
END_TEST

START_TEST(a_config_and_a_feeder_cannot_both_be_piped_in)
{
	struct outcome outcome;
	const struct command command = {
		.args = { "run", "-", "--run-dir", harness_path("run") },
		.input = work_config("'feeders': [{'generator': {'json': '-'}}],", ""),
	};

	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "feeders[0].generator: the config comes from"));
}
END_TEST

START_TEST(a_feeder_reads_what_is_piped_in)
{
	struct outcome outcome;
	struct command command = { .input = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n" };
	const char *args[] = { "run", harness_path("site.json"), "--run-dir", harness_path("run") };
	const json_t *results;

	memcpy(command.args, args, sizeof(args));
	files_write(args[1], work_config("'feeders': [{'generator': {'json': '-'}}],", ""));
	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	results = printed_results(outcome.out);
	ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(results, 0), 1)), 55);
	ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(results, 1), 1)), 23);
}
END_TEST

/* Done with its chunks, a worker goes on with its servers. */
START_TEST(results_that_cannot_be_printed_are_kept)
{
	AUTO_CLOSE int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const char *command = "they are kept: eisen results ", *at;
	struct outcome outcome;
	char path[200];
	struct instance *in = instance_launch(&(struct start) {
		.config = keep_config("{'PROCS_MAX': 1, 'ROWS_MAX': %d, 'RESULTS_PRINT': true, %s"
				      " 'WORKER_PATH': '%s/tests/e2e/modules/gated.so',"
				      " 'status': {'port': 0}}",
				      ROWS_MAX, range_feeder(""), getenv("EISEN_BUILDDIR")),
		.out_fd = fd });

	instance_expect_end(in, 1);
	expect_said(in, "the results cannot be printed: No space left on device; ");
	at = strstr(instance_err(in), command);
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at + strlen(command), "%199s", path), 1);
	command_run(&(struct command) { .args = { "results", "--json", path } }, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	expect_results(outcome.out, TICKETS, -1);
}
END_TEST

START_TEST(a_stop_ends_what_a_command_has_started)
{
	const char *path = make_gate();
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct instance *in = instance_start(&(struct start) {
		.config = work_config(keep_printf("'feeders': [{'generator': {'command': ['sh', "
						  "'-c', 'exec 9>%s; sleep 1000 & echo x >&9; "
						  "wait']}}],",
						  path),
				      "") });
	char text[8];

	await(read(fd, text, sizeof(text)) > 0);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
	await(read(fd, text, sizeof(text)) == 0); /* nobody has it open any more */
}
END_TEST

START_TEST(servers_go_on_when_the_module_is_done)
{
	const char *group =
		keep_printf("'port_groups': {'blue': {'START_SEQUENCE_NUM': 'all', 'ip': '%s',"
			    " 'ports': '11000-11001', 'app': {'kind': 'hello'}}},",
			    harness_address(0));
	struct instance *in =
		instance_start(&(struct start) { .config = work_config(range_feeder(group), "") });

	await(strstr(instance_err(in), "all work is done") != NULL);
	for (int slot = 0; slot < 2; slot++)
		await(instance_worker_is(in, slot, "done"));
	await(strstr(instance_out(in), "]]}\n") != NULL);
	expect_results(instance_out(in), TICKETS, -1);
	close(harness_connect(0, 11000));
	close(harness_connect(0, 11001));
	instance_stop(in);
}
END_TEST

Suite *work_suite(void)
{
	Suite *suite = suite_create("work");
	TCase *t = harness_case(suite, "work");
	int both = (int)ARRAY_SIZE(methods);

	tcase_add_loop_test(t, a_range_becomes_results_in_order, 0, both);
	tcase_add_loop_test(t, kills_of_everybody_lose_and_double_nothing, 0, both);
	tcase_add_loop_test(t, a_chunk_that_breaks_its_worker_becomes_a_dead_letter, 0,
			    (int)ARRAY_SIZE(breaks));
	tcase_add_test(t, a_stop_midway_finishes_what_is_begun_and_resume_the_rest);
	tcase_add_test(t, resume_after_all_were_killed_gives_what_an_undisturbed_run_gives);
	tcase_add_test(t, results_of_an_earlier_run_are_not_mixed_into);
	tcase_add_loop_test(t, a_module_that_cannot_be_loaded_stops_the_start, 0, both);
	tcase_add_test(t, a_module_that_is_not_there_is_told_before_anything_starts);
	tcase_add_test(t, a_generator_that_fails_midway_leaves_the_rest_done);
	tcase_add_test(t, a_config_and_a_feeder_cannot_both_be_piped_in);
	tcase_add_test(t, a_feeder_reads_what_is_piped_in);
	tcase_add_test(t, results_that_cannot_be_printed_are_kept);
	tcase_add_test(t, a_stop_ends_what_a_command_has_started);
	tcase_add_test(t, servers_go_on_when_the_module_is_done);
	return suite;
}
