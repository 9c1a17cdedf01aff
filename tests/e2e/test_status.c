/* test_status.c - what the status endpoint shows, and in which words. */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/spawn.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

static struct instance *start_three(void)
{
	return instance_start(&(struct start) { .config = layout_three("") });
}

static const char *status_url(const char *path)
{
	return keep_printf("http://%s:%d%s", harness_address(0), HARNESS_STATUS_PORT, path);
}

/* The schema ---------------------------------------------------------------- */

/* Exactly these members; a type's letter behind each: s string, i integer,
 * n number, b boolean, a array, o object, 0 null. */
static void expect_members(const json_t *object, const char *members)
{
	static const char *const letters = "oasinbb0"; /* by enum json_type */
	char *copy = keep_printf("%s", members), *member;
	size_t count = 0;

	ck_assert(json_is_object(object));
	while ((member = strsep(&copy, " ")) != NULL) {
		char *types = strchr(member, ':');
		const json_t *value;

		*types++ = '\0';
		value = json_object_get(object, member);
		ck_assert_msg(value != NULL, "no member %s", member);
		ck_assert_msg(strchr(types, letters[json_typeof(value)]) != NULL,
			      "%s is of type %c, not %s", member, letters[json_typeof(value)],
			      types);
		count++;
	}
	ck_assert_msg(json_object_size(object) == count, "%zu members more than %s",
		      json_object_size(object) - count, members);
}

#define COUNTS "requests:i active:i bytes_sent:i connections:i accepted:i refused:i status:o"

START_TEST(the_status_has_exactly_its_members)
{
	struct instance *in = start_three();
	const json_t *doc;

	instance_kill_worker(in, 0, SIGKILL);
	await(json_array_size(instance_get(in, "/api/deaths")) > 0);
	await(instance_all_ready(in));
	doc = http_json(status_url("/api/status"));
	expect_members(doc, "name:s version:s manager:o workers:a groups:a queues:a feeders:a "
			    "results:o deaths:a");
	expect_members(json_object_get(doc, "manager"), "pid:i uptime_s:n state:s");
	expect_members(instance_get(in, "/api/manager"),
		       "pid:i uptime_s:n state:s lines_dropped:i deaths_total:i");
	for (size_t i = 0; i < 3; i++) {
		const json_t *worker = json_array_get(json_object_get(doc, "workers"), i);
		const json_t *servers = json_object_get(worker, "servers");

		expect_members(worker, "START_SEQUENCE_NUM:i state:s group:s core:i pid:i "
				       "uptime_s:n restarts:i servers:a");
		ck_assert_uint_eq(json_array_size(servers), LAYOUT_PER_WORKER);
		for (size_t j = 0; j < LAYOUT_PER_WORKER; j++)
			expect_members(json_array_get(servers, j),
				       "ip:s port:i url:s app:s " COUNTS);
		expect_members(json_array_get(json_object_get(doc, "groups"), i),
			       "name:s START_SEQUENCE_NUM:a ip:s ports:s shared:b queue:s "
			       "servers:i " COUNTS);
		expect_members(json_array_get(json_object_get(doc, "queues"), i),
			       "name:s category:s kind:s maxsize:i depth:i queued:i leased:i");
	}
	expect_members(json_array_get(json_object_get(doc, "deaths"), 0),
		       "role:s START_SEQUENCE_NUM:i dead_pid:i signal:s exit_code:0 uptime_s:n "
		       "planned:b");
	expect_members(json_array_get(instance_get(in, "/api/deaths"), 0),
		       "role:s START_SEQUENCE_NUM:i dead_pid:i signal:s exit_code:0 uptime_s:n "
		       "planned:b core_dumped:b ago_s:n cpu_user_s:n cpu_system_s:n "
		       "rss_max_kib:i");
}
END_TEST

/* Done is what it says of itself; its process ends a little later. */
static bool feeder_is_gone(void)
{
	const json_t *feeders = json_object_get(http_json(status_url("/api/status")), "feeders");

	return json_is_null(json_object_get(json_array_get(feeders, 0), "pid"));
}

START_TEST(the_work_in_the_status_has_exactly_its_members)
{
	static const char *const queues[] = {
		("name:s category:0 kind:s maxsize:i in:i out:i depth:i queued:i leased:i kept:i "
		 "finishing:i done:i dead:i skipped:i issued:i expected:i retries:i oldest_ms:0 "
		 "closed:b conservation:b difference:i missing:o"),
		("name:s category:0 kind:s maxsize:i in:i out:i depth:i queued:i leased:i "
		 "oldest_ms:0"),
		"name:s category:0 kind:s out:i depth:i queued:i leased:i oldest_ms:0",
		"name:s category:0 kind:s out:i depth:i queued:i leased:i oldest_ms:0",
	};
	const char *config = keep_config(
		"{'feeders': [{'generator': {'range': [0, 30]}}], 'ROWS_MAX': 10, 'RESULTS_STORE':"
		" true, 'WORKER_PATH': '%s/tests/e2e/modules/gated.so', 'status': {'ip': '%s',"
		" 'port': %d}}",
		getenv("EISEN_BUILDDIR"), harness_address(0), HARNESS_STATUS_PORT);
	struct instance *in =
		instance_start(&(struct start) { .config = config, .args = { "--stay" } });
	const json_t *doc, *results;

	await(strstr(instance_err(in), "all work is done") != NULL);
	await(feeder_is_gone());
	doc = http_json(status_url("/api/status"));
	for (size_t i = 0; i < ARRAY_SIZE(queues); i++)
		expect_members(json_array_get(json_object_get(doc, "queues"), i), queues[i]);
	expect_members(
		json_object_get(json_array_get(json_object_get(doc, "queues"), 0), "missing"),
		"count:i ranges:a more:b");
	expect_members(json_array_get(json_object_get(doc, "feeders"), 0),
		       "name:s queue:s generator:s state:s pid:0 uptime_s:n0 restarts:i rows:i "
		       "rows_expected:i tickets:i expected:i percent:n rows_per_s:0 eta_s:n end:s");
	results = json_object_get(doc, "results");
	expect_members(results, "store:b db:s label:0 queues:a error:0");
	expect_members(json_array_get(json_object_get(results, "queues"), 0),
		       "name:s header:s done:i dead:i evicted:i rows:i bytes:i issued:i");
	expect_members(http_json(status_url("/api/results")),
		       "queue:s header:s total:i items:a next:0");
	expect_members(http_json(status_url("/api/results/mp_input_q/0")),
		       "queue:s header:s ticket:s state:s rows:i value:i");
}
END_TEST

START_TEST(the_status_is_true)
{
	struct instance *in = start_three();
	const json_t *doc = http_json(status_url("/api/status"));
	const json_t *manager = json_object_get(doc, "manager"), *worker;
	struct kernel_pids children;
	size_t i;

	ck_assert_int_eq(json_integer_value(json_object_get(manager, "pid")), in->pid);
	ck_assert_str_eq(json_string_value(json_object_get(manager, "state")), "running");
	kernel_children(in->pid, &children);
	ck_assert_uint_eq(children.count, 4);
	json_array_foreach(json_object_get(doc, "workers"), i, worker)
	{
		pid_t pid = (pid_t)json_integer_value(json_object_get(worker, "pid"));

		ck_assert(kernel_has_pid(&children, pid));
		ck_assert_str_eq(kernel_status_field(pid, "Name"), keep_printf("eisen:%zu", i));
		ck_assert_str_eq(json_string_value(json_object_get(worker, "state")), "ready");
	}
}
END_TEST

/* Counts -------------------------------------------------------------------- */

static json_int_t count_of(const char *path, size_t index, const char *key)
{
	const json_t *list = http_json(status_url(path));

	return json_integer_value(json_object_get(json_array_get(list, index), key));
}

START_TEST(requests_are_counted_by_server_group_and_class)
{
	const char *url = keep_printf("http://%s:14001/", harness_address(0));
	const struct http_call post = { .url = url, .method = "POST" };
	json_t *server;

	start_three();
	for (int i = 0; i < 5; i++)
		http_get(url, NULL, "");
	ck_assert_int_eq(http_status(&post), 405);
	/* A client may have its reply before the server has counted it. */
	await(count_of("/api/servers", 7, "requests") == 6 &&
	      count_of("/api/servers", 7, "active") == 0);
	server = json_array_get(http_json(status_url("/api/servers")), 7);
	ck_assert_str_eq(json_string_value(json_object_get(server, "url")), url);
	ck_assert_int_eq(json_integer_value(json_object_get(server, "requests")), 6);
	ck_assert_int_eq(json_integer_value(json_object_get(server, "accepted")), 6);
	ck_assert_int_eq(json_integer_value(json_object_get(server, "active")), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(server, "bytes_sent")), 0);
	server = json_object_get(server, "status");
	ck_assert_int_eq(json_integer_value(json_object_get(server, "2xx")), 5);
	ck_assert_int_eq(json_integer_value(json_object_get(server, "4xx")), 1);
	ck_assert_int_eq(count_of("/api/servers", 6, "requests"), 0);
	ck_assert_int_eq(count_of("/api/groups", 1, "requests"), 6);
	ck_assert_int_eq(count_of("/api/groups", 0, "requests"), 0);
}
END_TEST

/* Its holder is dead: nobody else would ever take it back. */
START_TEST(gauges_go_back_to_zero_with_a_death)
{
	struct instance *in = start_three();
	AUTO_CLOSE int fd = harness_connect(0, 14001);
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	await(count_of("/api/servers", 7, "connections") == 1);
	pid = instance_kill_worker(in, 1, SIGKILL);
	await(instance_worker_is_new(in, 1, pid));
	ck_assert_int_eq(count_of("/api/servers", 7, "connections"), 0);
	ck_assert_int_eq(count_of("/api/servers", 7, "active"), 0);
	ck_assert_int_eq(count_of("/api/servers", 7, "accepted"), 1);
}
END_TEST

/* Endpoints ----------------------------------------------------------------- */

START_TEST(the_plan_over_http_is_the_plan_of_the_command)
{
	struct outcome outcome;
	json_t *printed;

	start_three();
	command_run(&(struct command) { .args = { "plan", "--json", harness_path("site.json") } },
		    &outcome);
	printed = keep_json(json_loads(outcome.out, 0, NULL));
	ck_assert(json_equal(printed, http_json(status_url("/api/plan"))));
}
END_TEST

START_TEST(the_parts_are_those_of_the_whole)
{
	static const char *const parts[] = { "workers", "groups", "deaths" };
	json_t *whole;

	start_three();
	whole = http_json(status_url("/api/status"));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		json_t *part = http_json(status_url(keep_printf("/api/%s", parts[i])));

		ck_assert_uint_eq(json_array_size(part),
				  json_array_size(json_object_get(whole, parts[i])));
	}
}
END_TEST

START_TEST(readyz_tells_whether_every_slot_is_ready)
{
	struct instance *in = start_three();
	const struct http_call ready = { .url = status_url("/readyz") };
	const struct http_call health = { .url = status_url("/healthz") };
	struct http_reply reply;

	ck_assert_int_eq(http_status(&health), 200);
	ck_assert_int_eq(http_status(&ready), 200);
	instance_push_into_backoff(in, 1, 300);
	http_do(&ready, &reply);
	ck_assert_int_eq(reply.status, 503);
	ck_assert_ptr_nonnull(strstr(reply.body, "1"));
	ck_assert_int_eq(http_status(&health), 200);
	await(http_status(&ready) == 200);
}
END_TEST

START_TEST(the_table_shows_every_group)
{
	const char *page;

	start_three();
	page = http_get(status_url("/workers"), "text/html", "text/html");
	ck_assert_ptr_nonnull(strstr(page, "blue"));
	ck_assert_ptr_nonnull(strstr(page, "yellow"));
	ck_assert_ptr_nonnull(strstr(page, "green"));
	ck_assert_ptr_nonnull(strstr(page, "14005"));
}
END_TEST

START_TEST(the_root_is_the_welcome_site_which_asks_for_the_rest)
{
	const char *page;

	start_three();
	page = http_get(status_url("/"), "text/html", "text/html");
	ck_assert_ptr_nonnull(strstr(page, "welcome.js"));
	http_get(status_url("/welcome.js"), NULL, "text/javascript");
	http_get(status_url("/welcome.css"), NULL, "text/css");
	http_get(status_url("/icon.svg"), NULL, "image/svg+xml");
}
END_TEST

START_TEST(without_the_site_the_root_is_the_table)
{
	const char *page;

	instance_start(&(struct start) { .config = layout_three(""),
					 .env = { "EISEN_STATIC_PATH=/nonexistent" } });
	page = http_get(status_url("/"), "text/html", "text/html");
	ck_assert_ptr_nonnull(strstr(page, "14005"));
}
END_TEST

static const struct {
	const char *method, *path;
	long status;
} calls[] = {
	{ "GET", "/api/nothing", 404 },   { "GET", "/api", 404 },
	{ "POST", "/api/status", 405 },   { "GET", "/api/stop", 405 },
	{ "DELETE", "/api/status", 405 }, { "GET", "/api/status?x=1", 200 },
};

START_TEST(other_calls_have_their_status)
{
	start_three();
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct http_call call = { .url = status_url(calls[i].path),
						.method = calls[i].method };

		ck_assert_msg(http_status(&call) == calls[i].status, "%s %s: not %ld",
			      calls[i].method, calls[i].path, calls[i].status);
	}
}
END_TEST

/* eisen status --------------------------------------------------------------- */

START_TEST(eisen_status_shows_it)
{
	struct instance *in = start_three();
	struct outcome outcome;

	command_run(&(struct command) { .args = { "status", "--run-dir", in->run_dir } }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_str_eq(outcome.err, "");
	ck_assert_ptr_nonnull(strstr(outcome.out, "START_SEQUENCE_NUM"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "yellow"));
	ck_assert_ptr_null(strchr(outcome.out, '\x1b'));
	command_run(&(struct command) { .args = { "status", "--json", "--run-dir", in->run_dir } },
		    &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_uint_eq(json_array_size(json_object_get(
				  keep_json(json_loads(outcome.out, 0, NULL)), "workers")),
			  3);
}
END_TEST

/* On a terminal -------------------------------------------------------------- */

#define ROWS 6

/* Both ends of a small terminal. */
static int open_terminal(int *ret_program)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = 40 };
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(grantpt(fd), 0);
	ck_assert_int_eq(unlockpt(fd), 0);
	*ret_program = open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*ret_program, 0);
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	return fd;
}

/* Read until the text has come; all so far. */
static const char *read_until(int fd, const char *text)
{
	size_t room = 1u << 20, len = 0;
	char *got = keep(calloc(1, room));

	while (strstr(got, text) == NULL) {
		ssize_t n;

		ck_assert_msg(await_readable(&fd, 1, await_deadline(AWAIT_MS)) == 0,
			      "no \"%s\" in:\n%s", text, got);
		n = read(fd, got + len, room - len - 1);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	return got;
}

START_TEST(a_watch_fits_the_terminal_and_ends_with_the_instance)
{
	struct instance *in = start_three();
	const char *args[] = { "status", "--watch", "--run-dir", in->run_dir, NULL };
	const char *env[SPAWN_ENV_MAX] = { "TERM=vt100" };
	AUTO_CLOSE int slave = -1;
	AUTO_CLOSE int master = open_terminal(&slave);
	struct spawn spawn = {
		.args = args, .env = env, .in_fd = slave, .out_fd = slave, .err_fd = slave
	};
	int pid_fd;
	pid_t pid = spawn_program(&spawn, &pid_fd);
	const char *frame = read_until(master, "more lines");
	size_t lines = 0;

	for (const char *c = frame; (c = strchr(c, '\n')) != NULL; c++)
		lines++;
	ck_assert_uint_lt(lines, ROWS); /* it would scroll */
	instance_stop(in);
	read_until(master, "has ended");
	ck_assert_int_eq(spawn_wait(pid, pid_fd), 0);
}
END_TEST

Suite *status_suite(void)
{
	Suite *suite = suite_create("status");
	TCase *schema = harness_case(suite, "schema"), *calls_case = harness_case(suite, "calls");

	tcase_add_test(schema, the_status_has_exactly_its_members);
	tcase_add_test(schema, the_work_in_the_status_has_exactly_its_members);
	tcase_add_test(schema, the_status_is_true);
	tcase_add_test(schema, requests_are_counted_by_server_group_and_class);
	tcase_add_test(schema, gauges_go_back_to_zero_with_a_death);
	tcase_add_test(calls_case, the_plan_over_http_is_the_plan_of_the_command);
	tcase_add_test(calls_case, the_parts_are_those_of_the_whole);
	tcase_add_test(calls_case, readyz_tells_whether_every_slot_is_ready);
	tcase_add_test(calls_case, the_table_shows_every_group);
	tcase_add_test(calls_case, the_root_is_the_welcome_site_which_asks_for_the_rest);
	tcase_add_test(calls_case, without_the_site_the_root_is_the_table);
	tcase_add_test(calls_case, other_calls_have_their_status);
	tcase_add_test(calls_case, eisen_status_shows_it);
	tcase_add_test(calls_case, a_watch_fits_the_terminal_and_ends_with_the_instance);
	return suite;
}
