/* test_supervise.c - workers that die come back, as what they were. */
#include "tests/e2e/await.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/load.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"
#include "common/number.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define WORKERS 3

static struct instance *start_three(const char *more)
{
	return instance_start(&(struct start) { .config = layout_three(more) });
}

static const json_t *death_of(const struct instance *in, pid_t pid)
{
	const json_t *deaths = instance_get(in, "/api/deaths"), *death;
	size_t i;

	json_array_foreach(deaths, i, death) if (json_integer_value(json_object_get(
							 death, "dead_pid")) == pid) return death;
	return NULL;
}

static long all_requests(const struct instance *in)
{
	const json_t *servers = instance_get(in, "/api/servers"), *server;
	long sum = 0;
	size_t i;

	json_array_foreach(servers, i, server) sum +=
		(long)json_integer_value(json_object_get(server, "requests"));
	return sum;
}

static void expect_same_layout(const struct instance *in, const struct layout *before)
{
	struct layout now;

	layout_read(instance_get(in, "/api/status"), &now);
	ck_assert_uint_eq(now.count, before->count);
	for (size_t i = 0; i < now.count; i++) {
		ck_assert_str_eq(now.servers[i].url, before->servers[i].url);
		ck_assert_int_eq(now.servers[i].slot, before->servers[i].slot);
		ck_assert_int_eq(now.servers[i].core, before->servers[i].core);
		layout_expect_answer(&now.servers[i]);
	}
}

START_TEST(a_killed_worker_comes_back_on_its_ports_and_core)
{
	struct instance *in = start_three("");
	struct layout before;

	layout_read(instance_get(in, "/api/status"), &before);
	for (int slot = 0; slot < WORKERS; slot++) {
		pid_t pid = (pid_t)instance_worker_number(in, slot, "pid");
		const char *affinity = kernel_affinity(pid);

		instance_kill_worker(in, slot, SIGKILL);
		await(instance_worker_is_new(in, slot, pid));
		ck_assert_int_eq(instance_worker_number(in, slot, "restarts"), 1);
		ck_assert_str_eq(kernel_affinity((pid_t)instance_worker_number(in, slot, "pid")),
				 affinity);
	}
	expect_same_layout(in, &before);
}
END_TEST

static void ignore_child_signals(void)
{
	signal(SIGCHLD, SIG_IGN);
}

/* As some shells' traps and some supervisors leave it to their children. */
START_TEST(a_killed_worker_comes_back_though_sigchld_was_ignored_at_the_start)
{
	struct instance *in = instance_start(
		&(struct start) { .config = layout_one(""), .prepare = ignore_child_signals });
	pid_t pid = instance_kill_worker(in, 0, SIGKILL);

	await(instance_worker_is_new(in, 0, pid));
}
END_TEST

START_TEST(a_death_is_listed_with_signal_and_uptime)
{
	struct instance *in = start_three("");
	pid_t pid = instance_kill_worker(in, 1, SIGKILL);
	const json_t *death;

	await((death = death_of(in, pid)) != NULL);
	ck_assert_str_eq(json_string_value(json_object_get(death, "role")), "worker");
	ck_assert_int_eq(json_integer_value(json_object_get(death, "START_SEQUENCE_NUM")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(death, "signal")), "SIGKILL");
	ck_assert(json_is_null(json_object_get(death, "exit_code")));
	ck_assert(json_is_false(json_object_get(death, "planned")));
	ck_assert(json_number_value(json_object_get(death, "uptime_s")) > 0);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "killed by SIGKILL"));
}
END_TEST

START_TEST(the_end_of_a_worker_with_nothing_to_do_is_planned)
{
	struct instance *in = instance_start(&(struct start) {
		.config = keep_config("{'PROCS_MAX': 1, 'status': {'ip': '%s', 'port': %d}}",
				      harness_address(0), HARNESS_STATUS_PORT) });
	const json_t *deaths;

	await(json_array_size(deaths = instance_get(in, "/api/deaths")) == 1);
	ck_assert(json_is_true(json_object_get(json_array_get(deaths, 0), "planned")));
	ck_assert(instance_worker_is(in, 0, "done"));
}
END_TEST

START_TEST(requests_are_counted_on_over_a_death)
{
	struct instance *in = start_three("");
	struct layout layout;
	pid_t pid;

	layout_read(instance_get(in, "/api/status"), &layout);
	for (size_t i = 0; i < layout.count; i++)
		layout_expect_answer(&layout.servers[i]);
	/* A reply is counted when it is out, and the client may be faster. */
	await(all_requests(in) == LAYOUT_SERVERS);
	pid = instance_kill_worker(in, 0, SIGKILL);
	await(instance_worker_is_new(in, 0, pid));
	ck_assert_int_eq(all_requests(in), LAYOUT_SERVERS);
	for (size_t i = 0; i < layout.count; i++)
		layout_expect_answer(&layout.servers[i]);
	await(all_requests(in) == 2L * LAYOUT_SERVERS);
}
END_TEST

START_TEST(a_worker_that_dies_while_it_stops_is_told_and_no_success)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	pid_t pid = instance_kill_worker(in, 0, SIGSTOP);

	instance_signal(in, SIGTERM);
	await(instance_worker_is(in, 0, "draining"));
	kill(pid, SIGKILL);
	instance_expect_end(in, 1);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "died while it stopped: killed by SIGKILL"));
}
END_TEST

START_TEST(the_status_process_comes_back)
{
	struct instance *in = start_three("");
	const char *url =
		keep_printf("http://%s:%d/api/status", harness_address(0), HARNESS_STATUS_PORT);
	struct kernel_pids children;
	pid_t status = 0;

	http_json(url);
	kernel_children(in->pid, &children);
	for (size_t i = 0; i < children.count; i++)
		if (strcmp(kernel_status_field(children.list[i], "Name"), "eisen:status") == 0)
			status = children.list[i];
	ck_assert_int_gt(status, 0);
	kill(status, SIGKILL);
	http_json(url); /* the connection waits for it */
	await(death_of(in, status) != NULL);
	ck_assert_str_eq(json_string_value(json_object_get(death_of(in, status), "role")),
			 "status");
}
END_TEST

/* Of sanitizers: the program's SIGSEGV is the kernel's business. */
static const char *without_segv(const char *name)
{
	const char *options = getenv(name);

	return keep_printf("%s=%s:handle_segv=0", name, options != NULL ? options : "");
}

START_TEST(a_fault_soon_after_ready_means_a_backoff)
{
	struct instance *in = instance_start(&(struct start) {
		.config = layout_three(""),
		.env = { without_segv("ASAN_OPTIONS"), without_segv("TSAN_OPTIONS"),
			 without_segv("UBSAN_OPTIONS") } });
	pid_t pid = instance_kill_worker(in, 2, SIGSEGV);

	await(death_of(in, pid) != NULL);
	ck_assert_str_eq(json_string_value(json_object_get(death_of(in, pid), "signal")),
			 "SIGSEGV");
	instance_push_into_backoff(in, 2, 300);
	ck_assert(instance_worker_is(in, 2, "backoff"));
	ck_assert(json_is_null(json_object_get(instance_worker(in, 2), "pid")));
	ck_assert_ptr_nonnull(strstr(instance_err(in), "next try in"));
	await(instance_worker_is(in, 2, "ready"));
	ck_assert_ptr_null(json_object_get(instance_worker(in, 2), "next_try_s"));
}
END_TEST

START_TEST(a_connection_waits_for_a_worker_in_backoff)
{
	struct instance *in = start_three("");
	struct layout layout;

	layout_read(instance_get(in, "/api/status"), &layout);
	instance_push_into_backoff(in, 0, 300);
	layout_expect_answer(&layout.servers[0]);
	ck_assert_int_eq(layout.servers[0].slot, 0);
}
END_TEST

START_TEST(a_worker_told_to_stop_finishes_and_is_started_again_at_once)
{
	struct instance *in = start_three("");
	struct layout layout;
	struct load *load;
	const json_t *death;
	pid_t pid;

	layout_read(instance_get(in, "/api/status"), &layout);
	load = load_new(layout_urls(&layout), layout.count, 4);
	load_turn(load, 100);
	pid = instance_kill_worker(in, 1, SIGTERM);
	await_doing(load_turn(load, 20), instance_worker_is_new(in, 1, pid));
	load_turn(load, 100);
	load_finish(load);
	ck_assert_uint_eq(load_counts(load).refused, 0);
	ck_assert_uint_eq(load_counts(load).reset, 0);
	ck_assert_uint_eq(load_counts(load).cut, 0);
	ck_assert_uint_eq(load_counts(load).wrong, 0);
	ck_assert(load_counts(load).raced == 0 || load_stalled_ms(load) > 50);
	load_free(load);
	death = death_of(in, pid);
	ck_assert_int_eq(json_integer_value(json_object_get(death, "exit_code")), 0);
	ck_assert_ptr_null(strstr(instance_err(in), "next try in"));
	ck_assert_int_eq(instance_worker_number(in, 1, "restarts"), 1);
}
END_TEST

/* Start ---------------------------------------------------------------------- */

/* The child that was made last, by its pid. */
static pid_t newest_child(int children_fd)
{
	char text[512];
	ssize_t len = pread(children_fd, text, sizeof(text) - 1, 0);
	const char *rest = text;
	uint64_t pid, newest = 0;

	text[len > 0 ? len : 0] = '\0';
	for (; number_take(&rest, &pid); rest += *rest == ' ')
		newest = MAX(newest, pid);
	return (pid_t)newest;
}

/* Stop a worker's process between its fork and its being ready: kill it and
 * catch the next one. Without a pause, since that takes a millisecond or two.
 * False when it was too fast for us. */
static bool catch_start(const struct instance *in, int slot)
{
	AUTO_CLOSE int fd =
		open(keep_printf("/proc/%d/task/%d/children", (int)in->pid, (int)in->pid),
		     O_RDONLY | O_CLOEXEC);
	pid_t before = newest_child(fd), pid;

	instance_kill_worker(in, slot, SIGKILL);
	await_doing(, (pid = newest_child(fd)) > before);
	kill(pid, SIGSTOP);
	if (instance_worker_is(in, slot, "starting"))
		return true;
	kill(pid, SIGCONT);
	return false;
}

START_TEST(a_worker_that_is_not_ready_in_time_is_killed)
{
	struct instance *in = start_three("'START_METHOD': 'spawn', 'start_timeout_ms': 200,");
	int tries = 0;

	while (!catch_start(in, 0)) {
		await(instance_worker_is(in, 0, "ready"));
		ck_assert_int_lt(++tries, 200);
	}
	await(strstr(instance_err(in), "is not ready after 200 ms: killed") != NULL);
	await(instance_worker_is(in, 0, "ready"));
}
END_TEST

START_TEST(a_fork_that_fails_is_tried_again)
{
	struct instance *in = start_three("");
	struct rlimit before, none;

	ck_assert_int_eq(prlimit(in->pid, RLIMIT_NOFILE, NULL, &before), 0);
	none = before;
	none.rlim_cur = 4;
	ck_assert_int_eq(prlimit(in->pid, RLIMIT_NOFILE, &none, NULL), 0);
	instance_kill_worker(in, 0, SIGKILL);
	await(strstr(instance_err(in), "cannot start worker: Too many open files") != NULL);
	ck_assert_int_eq(prlimit(in->pid, RLIMIT_NOFILE, &before, NULL), 0);
	await(instance_worker_is(in, 0, "ready"));
}
END_TEST

/* Until the manager has just started a new worker 0 and sleeps; its pid. */
static pid_t stop_manager_while_starting(const struct instance *in)
{
	pid_t pid = 0;
	bool caught = false;

	while (!caught) {
		pid_t before = instance_kill_worker(in, 0, SIGKILL);

		await_doing(pid = (pid_t)instance_worker_number(in, 0, "pid"),
			    pid != before && pid != 0);
		instance_signal(in, SIGSTOP);
		caught = instance_worker_is(in, 0, "starting");
		if (!caught) {
			instance_signal(in, SIGCONT);
			await(instance_worker_is(in, 0, "ready"));
		}
	}
	return pid;
}

START_TEST(a_worker_that_was_ready_in_time_is_not_killed_for_the_managers_delay)
{
	/* So many that its start takes a moment. */
	struct instance *in = instance_start(&(struct start) {
		.config = keep_config("{'PROCS_MAX': 1, 'START_METHOD': 'spawn', "
				      "'start_timeout_ms': 1000, 'port_groups': {'blue': "
				      "{'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': "
				      "'11000-11999', 'app': {'kind': 'hello'}}}, 'status': "
				      "{'ip': '%s'}}",
				      harness_address(0), harness_address(0)) });
	pid_t pid = stop_manager_while_starting(in);
	uint64_t over = await_deadline(1100);
	const struct http_call call = { .url = keep_printf("http://%s:11000/",
							   harness_address(0)) };

	ck_assert_int_eq(http_status(&call), 200);
	await(await_deadline(0) > over);
	instance_signal(in, SIGCONT);
	await(instance_worker_is(in, 0, "ready"));
	ck_assert_int_eq(instance_worker_number(in, 0, "pid"), pid);
	ck_assert_ptr_null(strstr(instance_err(in), "is not ready after"));
	instance_stop(in);
}
END_TEST

Suite *supervise_suite(void)
{
	Suite *suite = suite_create("supervise");
	TCase *deaths = harness_case(suite, "deaths"), *starts = harness_case(suite, "starts");

	tcase_add_test(deaths, a_killed_worker_comes_back_on_its_ports_and_core);
	tcase_add_test(deaths, a_killed_worker_comes_back_though_sigchld_was_ignored_at_the_start);
	tcase_add_test(deaths, a_death_is_listed_with_signal_and_uptime);
	tcase_add_test(deaths, the_end_of_a_worker_with_nothing_to_do_is_planned);
	tcase_add_test(deaths, requests_are_counted_on_over_a_death);
	tcase_add_test(deaths, a_worker_that_dies_while_it_stops_is_told_and_no_success);
	tcase_add_test(deaths, the_status_process_comes_back);
	tcase_add_test(deaths, a_fault_soon_after_ready_means_a_backoff);
	tcase_add_test(deaths, a_connection_waits_for_a_worker_in_backoff);
	tcase_add_test(deaths, a_worker_told_to_stop_finishes_and_is_started_again_at_once);
	tcase_add_test(starts, a_worker_that_is_not_ready_in_time_is_killed);
	tcase_add_test(starts,
		       a_worker_that_was_ready_in_time_is_not_killed_for_the_managers_delay);
	tcase_add_test(starts, a_fork_that_fails_is_tried_again);
	return suite;
}
