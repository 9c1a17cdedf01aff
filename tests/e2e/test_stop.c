/* test_stop.c - every way to end, and what becomes of requests under way. */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/load.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Under load ---------------------------------------------------------------- */

static const struct {
	const char *(*make)(const char *more);
	const char *more;
} loaded[] = {
	{ layout_three, "" },
	{ layout_three, "\"START_METHOD\": \"spawn\"," },
	{ layout_shared, "" },
	{ layout_unix, "" },
};

/* Also those who come while it stops: refused, or let in and answered. */
START_TEST(a_stop_under_load_cuts_no_reply)
{
	struct instance *in =
		instance_start(&(struct start) { .config = loaded[_i].make(loaded[_i].more) });
	struct load_counts counts;
	struct layout layout;
	struct load *load;

	layout_read(instance_get(in, "/api/status"), &layout);
	load = load_new(layout_urls(&layout), layout.count, 72 / (unsigned)layout.count);
	load_turn(load, 300);
	ck_assert_uint_eq(load_counts(load).refused, 0);
	instance_signal(in, SIGTERM);
	load_let_end(load);
	await_doing(load_turn(load, 10), load_left(load) == 0);
	instance_expect_end(in, 0);
	counts = load_counts(load);
	ck_assert_uint_gt(counts.answered, LAYOUT_SERVERS * 4);
	ck_assert_uint_eq(counts.reset, 0);
	ck_assert_uint_eq(counts.cut, 0);
	ck_assert_uint_eq(counts.wrong, 0);
	ck_assert(counts.raced == 0 || load_stalled_ms(load) > 50);
	ck_assert_uint_eq(counts.sent, counts.answered + counts.raced);
	load_free(load);
}
END_TEST

/* A connection by hand ------------------------------------------------------ */

static void send_text(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All until the peer closes; NULL when it resets. */
static const char *read_to_end(int fd)
{
	char *text = keep(calloc(1, 65536));
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && await_readable(&fd, 1, await_deadline(AWAIT_MS)) == 0) {
		n = recv(fd, text + len, 65535 - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	return n == 0 ? text : NULL;
}

#define HEAD "GET / HTTP/1.1\r\nHost: x\r\n"

START_TEST(an_idle_connection_is_closed_in_good_order)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	AUTO_CLOSE int silent = harness_connect(0, 11000);
	AUTO_CLOSE int used = harness_connect(0, 11000);
	const char *reply;
	char first;

	send_text(used, HEAD "\r\n");
	ck_assert_int_eq(await_readable(&used, 1, await_deadline(AWAIT_MS)), 0);
	ck_assert_int_eq(recv(used, &first, 1, MSG_PEEK), 1);
	instance_signal(in, SIGTERM);
	reply = read_to_end(silent);
	ck_assert_ptr_nonnull(reply);
	ck_assert_str_eq(reply, "");
	reply = read_to_end(used);
	ck_assert_ptr_nonnull(reply);
	ck_assert_ptr_nonnull(strstr(reply, "200 OK"));
	instance_expect_end(in, 0);
}
END_TEST

START_TEST(a_request_that_began_before_the_stop_is_answered)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	AUTO_CLOSE int idle = harness_connect(0, 11000);
	AUTO_CLOSE int fd = harness_connect(0, 11000);
	const char *reply;

	send_text(fd, HEAD);
	await(json_integer_value(json_object_get(
		      json_array_get(instance_get(in, "/api/servers"), 0), "connections")) == 2);
	instance_signal(in, SIGTERM);
	ck_assert_str_eq(read_to_end(idle), ""); /* the drain is well under way */
	send_text(fd, "\r\n");
	reply = read_to_end(fd);
	ck_assert_ptr_nonnull(reply);
	ck_assert_ptr_nonnull(strstr(reply, "200 OK"));
	instance_expect_end(in, 0);
}
END_TEST

#define WAITING 300 /* more than a worker accepts at once */

START_TEST(connections_that_wait_in_the_backlog_are_answered)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	pid_t pid = instance_kill_worker(in, 0, SIGSTOP);
	int fds[WAITING];

	for (int i = 0; i < WAITING; i++) {
		fds[i] = harness_connect(0, 11000);
		send_text(fds[i], HEAD "\r\n");
	}
	instance_signal(in, SIGTERM);
	await(instance_worker_is(in, 0, "draining"));
	kill(pid, SIGCONT);
	for (int i = 0; i < WAITING; i++) {
		const char *reply = read_to_end(fds[i]);

		ck_assert_msg(reply != NULL, "connection %d was reset", i);
		ck_assert_ptr_nonnull(strstr(reply, "200 OK"));
		close(fds[i]);
	}
	instance_expect_end(in, 0);
}
END_TEST

START_TEST(a_request_that_never_ends_has_drain_ms)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_one("'drain_ms': 200,") });
	AUTO_CLOSE int fd = harness_connect(0, 11000);

	send_text(fd, HEAD);
	await(json_integer_value(json_object_get(
		      json_array_get(instance_get(in, "/api/servers"), 0), "connections")) == 1);
	instance_stop(in);
	ck_assert_ptr_nonnull(
		strstr(instance_err(in), "1 request was not finished within 200 ms: cut"));
}
END_TEST

/* Signals ------------------------------------------------------------------- */

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };

START_TEST(each_signal_that_asks_for_a_stop_gets_it)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });

	instance_signal(in, stop_signals[_i]);
	instance_expect_end(in, 0);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "stopped"));
}
END_TEST

static void ignore_hup(void)
{
	signal(SIGHUP, SIG_IGN);
}

static void ignore_int(void)
{
	signal(SIGINT, SIG_IGN);
}

static const struct {
	int signal;
	void (*prepare)(void);
} ignored[] = { { SIGHUP, ignore_hup }, { SIGINT, ignore_int } };

START_TEST(what_nohup_has_it_ignore_is_ignored)
{
	struct instance *in = instance_start(
		&(struct start) { .config = layout_one(""), .prepare = ignored[_i].prepare });
	const char *said;
	pid_t pid;

	said = keep_printf("SIG%s is ignored", sigabbrev_np(ignored[_i].signal));
	ck_assert_msg(strstr(instance_err(in), said) != NULL, "%s", instance_err(in));
	instance_signal(in, ignored[_i].signal);
	pid = instance_kill_worker(in, 0, SIGKILL);
	/* It would not come back in a stop. */
	await(instance_worker_is(in, 0, "ready") && instance_worker_number(in, 0, "pid") != pid);
	instance_stop(in);
}
END_TEST

START_TEST(a_second_signal_kills_what_is_left)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_three("'drain_ms': 600000,") });
	AUTO_CLOSE int fd = harness_connect(0, 14000);

	send_text(fd, HEAD);
	await(instance_worker_number(in, 1, "pid") > 0);
	instance_signal(in, SIGTERM);
	await(instance_worker_is(in, 0, "down")); /* one has gone by itself */
	ck_assert(instance_worker_is(in, 1, "draining"));
	/* The first moments are an echo of the first signal: see manager.c. */
	await((instance_signal(in, SIGINT), strstr(instance_err(in), "second signal") != NULL));
	instance_expect_end(in, 1);
}
END_TEST

START_TEST(a_worker_that_does_not_stop_is_killed_after_drain_ms)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_three("'drain_ms': 100,") });

	instance_kill_worker(in, 1, SIGSTOP);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 1);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "worker-1"));
	ck_assert_ptr_nonnull(strstr(instance_err(in), "did not stop within 100 ms: killed"));
}
END_TEST

START_TEST(a_stop_during_a_backoff_does_not_wait_for_it)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });

	instance_push_into_backoff(in, 0, 1000);
	instance_stop(in);
	ck_assert_ptr_null(strstr(instance_err(in), "killed\n"));
}
END_TEST

START_TEST(a_stop_right_after_the_start_is_a_stop)
{
	struct instance *in = instance_launch(&(struct start) { .config = layout_three("") });
	struct kernel_pids children = { .count = 0 };

	await_doing(kernel_children(in->pid, &children), children.count > 0);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 0);
}
END_TEST

static void lead_a_group(void)
{
	setpgid(0, 0);
}

static bool is_zombie(pid_t pid)
{
	const char *state = kernel_status_field(pid, "State");

	return state != NULL && state[0] == 'Z';
}

/* As by timeout(1) and "kill -- -PGID"; the manager is the last to look. */
START_TEST(a_stop_of_the_whole_group_is_no_death_of_the_workers)
{
	struct instance *in = instance_start(
		&(struct start) { .config = layout_three(""), .prepare = lead_a_group });
	pid_t workers[3];

	for (int i = 0; i < 3; i++)
		workers[i] = (pid_t)instance_worker_number(in, i, "pid");
	instance_signal(in, SIGSTOP);
	ck_assert_int_eq(kill(-in->pid, SIGTERM), 0);
	for (int i = 0; i < 3; i++)
		await(is_zombie(workers[i]));
	instance_signal(in, SIGCONT);
	instance_expect_end(in, 0);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "stopping: SIGTERM"));
	ck_assert_ptr_null(strstr(instance_err(in), "died"));
	ck_assert_ptr_null(strstr(instance_err(in), "started again"));
	ck_assert_ptr_null(strstr(instance_err(in), "warning"));
}
END_TEST

START_TEST(a_worker_that_drained_by_itself_did_not_die)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	pid_t pid = instance_kill_worker(in, 0, SIGTERM);

	await(instance_worker_is_new(in, 0, pid));
	ck_assert_ptr_nonnull(strstr(instance_err(in), "drained after SIGTERM; started again"));
	ck_assert_ptr_null(strstr(instance_err(in), "died"));
	ck_assert_ptr_null(strstr(instance_err(in), "warning"));
	instance_stop(in);
}
END_TEST

/* eisen stop ---------------------------------------------------------------- */

START_TEST(eisen_stop_returns_when_it_is_gone)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });
	struct outcome outcome;

	command_run(&(struct command) { .args = { "stop", "--run-dir", in->run_dir } }, &outcome);
	ck_assert_msg(outcome.status == 0, "eisen stop: %s", outcome.err);
	/* It is gone already: nobody has to wait. */
	ck_assert_int_eq(await_readable(&in->pid_fd, 1, await_deadline(0) + 1000000), 0);
	instance_expect_end(in, 0);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "asked over the control socket"));
}
END_TEST

START_TEST(eisen_stop_says_when_it_takes_too_long)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_one("'drain_ms': 600000,") });
	AUTO_CLOSE int fd = harness_connect(0, 11000);
	struct outcome outcome;

	send_text(fd, HEAD);
	await(json_integer_value(json_object_get(
		      json_array_get(instance_get(in, "/api/servers"), 0), "connections")) == 1);
	command_run(&(struct command) { .args = { "stop", "--run-dir", in->run_dir, "--timeout",
						  "0" } },
		    &outcome);
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "did not end within 0 s"));
	send_text(fd, "\r\n");
	ck_assert_ptr_nonnull(read_to_end(fd));
	instance_expect_end(in, 0);
}
END_TEST

Suite *stop_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *load = harness_case(suite, "load"), *signals = harness_case(suite, "signals");
	TCase *command = harness_case(suite, "command");

	tcase_add_loop_test(load, a_stop_under_load_cuts_no_reply, 0, ARRAY_SIZE(loaded));
	tcase_add_test(load, an_idle_connection_is_closed_in_good_order);
	tcase_add_test(load, a_request_that_began_before_the_stop_is_answered);
	tcase_add_test(load, connections_that_wait_in_the_backlog_are_answered);
	tcase_add_test(load, a_request_that_never_ends_has_drain_ms);
	tcase_add_loop_test(signals, each_signal_that_asks_for_a_stop_gets_it, 0,
			    ARRAY_SIZE(stop_signals));
	tcase_add_loop_test(signals, what_nohup_has_it_ignore_is_ignored, 0, ARRAY_SIZE(ignored));
	tcase_add_test(signals, a_second_signal_kills_what_is_left);
	tcase_add_test(signals, a_worker_that_does_not_stop_is_killed_after_drain_ms);
	tcase_add_test(signals, a_stop_during_a_backoff_does_not_wait_for_it);
	tcase_add_test(signals, a_stop_right_after_the_start_is_a_stop);
	tcase_add_test(signals, a_stop_of_the_whole_group_is_no_death_of_the_workers);
	tcase_add_test(signals, a_worker_that_drained_by_itself_did_not_die);
	tcase_add_test(command, eisen_stop_returns_when_it_is_gone);
	tcase_add_test(command, eisen_stop_says_when_it_takes_too_long);
	return suite;
}
