/* test_apps.c - servers whose apps are modules: rows that they keep, and ports
 * that modules take.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>
#include <string.h>

#define RADIOS 8
#define RADIO_PORTS 9

static const char *const methods[] = { "fork", "spawn", "forkserver" };

static const char *url(unsigned port, const char *path)
{
	return keep_printf("http://%s:%u%s", harness_address(0), port, path);
}

/* An example, on this test's address. */
static json_t *example(const char *name, const char *method)
{
	const char *file = harness_source(keep_printf("examples/%s.json", name)), *group;
	json_t *doc = keep_json(json_loads(files_text(file), 0, NULL)), *settings;

	json_object_foreach(json_object_get(doc, "port_groups"), group, settings)
		json_object_set_new(settings, "ip", json_string(harness_address(0)));
	settings = json_object_get(doc, "status");
	json_object_set_new(settings, "ip", json_string(harness_address(0)));
	json_object_set_new(doc, "START_METHOD", json_string(method));
	return doc;
}

static struct instance *start_document(const json_t *doc)
{
	return instance_start(&(struct start) { .config = keep(json_dumps(doc, 0)) });
}

/* Kill them all, and wait for the new ones. */
static void kill_workers(const struct instance *in, int count)
{
	for (int slot = 0; slot < count; slot++) {
		pid_t pid = instance_kill_worker(in, slot, SIGKILL);

		await(instance_worker_is_new(in, slot, pid));
	}
}

/* Rows ------------------------------------------------------------------- */

static const unsigned radio_ports[RADIO_PORTS] = { 11000, 11001, 11002, 14000, 14001,
						   14002, 15000, 15001, 15002 };

/* By port, "" for the one that has none: what waits there is reset when the
 * rows are at their end, who comes later is refused. */
static size_t read_radios(const char *ret[RADIO_PORTS])
{
	size_t count = 0;

	for (size_t i = 0; i < RADIO_PORTS; i++) {
		struct http_reply reply;

		http_do(&(struct http_call) { .url = url(radio_ports[i], "/api/row") }, &reply);
		ret[i] = reply.result == CURLE_OK ? reply.body : "";
		count += reply.result == CURLE_OK;
		if (reply.result != CURLE_OK)
			continue;
		ck_assert_int_eq(reply.status, 200);
		ck_assert_str_eq(reply.type, "application/json");
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(ret[i], ret[k]);
	}
	return count;
}

START_TEST(a_radio_is_back_on_its_port_after_a_kill)
{
	struct instance *in = start_document(example("radio", methods[_i]));
	const char *before[RADIO_PORTS], *after[RADIO_PORTS];

	ck_assert_uint_eq(read_radios(before), RADIOS);
	for (int round = 0; round < 3; round++) {
		kill_workers(in, 3);
		ck_assert_uint_eq(read_radios(after), RADIOS);
		for (size_t i = 0; i < RADIO_PORTS; i++)
			ck_assert_str_eq(after[i], before[i]);
	}
	await(strstr(instance_err(in), "no row is left in mp_input_q: it is closed") != NULL);
	instance_stop(in);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "8 chunks = 0 queued + 0 leased + 8 kept"));
}
END_TEST

/* Three workers with a server each; rows: a JSON array. */
static const char *kept_config(const char *app, const char *rows, const char *more)
{
	return keep_config("{%s 'PROCS_MAX': 3, 'port_groups': {'blue': {'START_SEQUENCE_NUM': "
			   "'all', 'ip': '%s', 'ports': '11000-11002', 'app': %s}},"
			   " 'feeders': [{'ROWS_MAX': 1, 'generator': {'list': %s}}],"
			   " 'status': {'ip': '%s', 'port': %d}}",
			   more, harness_address(0), app, rows, harness_address(0),
			   HARNESS_STATUS_PORT);
}

#define HELLO_WORK "{'kind': 'hello', 'work': 'mp_input_q'}"

static int workers_in(const struct instance *in, const char *state)
{
	int count = 0;

	for (int slot = 0; slot < 3; slot++)
		count += instance_worker_is(in, slot, state);
	return count;
}

START_TEST(servers_and_workers_without_a_row_end)
{
	struct instance *in = instance_start(
		&(struct start) { .config = kept_config(HELLO_WORK, "[{'name': 'only'}]", "") });
	struct kernel_listeners listeners;
	int answered = 0;

	await(workers_in(in, "done") == 2 && workers_in(in, "ready") == 1);
	for (unsigned port = 11000; port <= 11002; port++) {
		struct http_reply reply;

		http_do(&(struct http_call) { .url = url(port, "/"),
					      .headers = { "Accept: application/json" } },
			&reply);
		if (reply.result != CURLE_OK)
			continue;
		answered++;
		ck_assert_ptr_nonnull(strstr(reply.body, "\"work\":{\"name\":\"only\"}"));
	}
	ck_assert_int_eq(answered, 1);
	kernel_listening(keep_printf("http://%s:1", harness_address(0)), &listeners);
	ck_assert_uint_eq(listeners.count, 2); /* it, and the status endpoint's */
	instance_stop(in);
}
END_TEST

START_TEST(nobody_has_a_row_and_the_run_goes_on_until_it_is_stopped)
{
	struct instance *in =
		instance_start(&(struct start) { .config = kept_config(HELLO_WORK, "[]", "") });

	await(workers_in(in, "done") == 3);
	ck_assert_ptr_nonnull(instance_get(in, "/api/status"));
	instance_stop(in);
}
END_TEST

START_TEST(a_server_with_threads_keeps_one_row_for_all_of_them)
{
	const char *config = keep_config(
		"{'PROCS_MAX': 1, 'port_groups': {'blue': {'ip': '%s', 'ports': '11000', "
		"'START_SEQUENCE_NUM': 0, 'threads': 3, 'app': {'kind': 'module', 'path': "
		"'radio', 'work': 'mp_input_q'}}}, 'feeders': [{'ROWS_MAX': 1, 'generator': "
		"{'list': ['one', 'two']}}], 'status': {'ip': '%s', 'port': %d}}",
		harness_address(0), harness_address(0), HARNESS_STATUS_PORT);
	struct instance *in = instance_start(&(struct start) { .config = config });

	for (int i = 0; i < 20; i++)
		ck_assert_str_eq(http_get(url(11000, "/api/row"), NULL, "application/json"),
				 "\"one\"");
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3); /* the other row was nobody's */
	ck_assert_ptr_nonnull(strstr(instance_err(in), "2 chunks = 1 queued + 0 leased + 1 kept"));
}
END_TEST

static const char *delicate(void)
{
	return keep_printf("{'kind': 'module', 'path': '%s/tests/e2e/modules/apps.so', 'entry': "
			   "'delicate', 'work': 'mp_input_q'}",
			   getenv("EISEN_BUILDDIR"));
}

static bool answers(unsigned port, const char *body)
{
	struct http_reply reply;

	http_do(&(struct http_call) { .url = url(port, "/") }, &reply);
	return reply.result == CURLE_OK && strcmp(reply.body, body) == 0;
}

static int ports_that_say(const char *body)
{
	int count = 0;

	for (unsigned port = 11000; port <= 11002; port++)
		count += answers(port, body);
	return count;
}

static const char *const poison[] = { "crash", "refuse" };

/* What cannot be opened is tried three times, and then somebody must look. */
START_TEST(a_row_that_no_server_can_open_ends_as_a_dead_letter)
{
	const char *rows = keep_printf("['%s', 'good', 'fine']", poison[_i]);
	struct instance *in =
		instance_start(&(struct start) { .config = kept_config(delicate(), rows, "") });

	await(workers_in(in, "done") == 1 && workers_in(in, "ready") == 2);
	ck_assert_int_eq(ports_that_say("\"good\""), 1);
	ck_assert_int_eq(ports_that_say("\"fine\""), 1);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "2 kept + 0 finishing + 0 done + 1 dead"));
}
END_TEST

/* Of a queue without a feeder nothing was known before. */
START_TEST(a_chunk_of_several_rows_is_no_servers_row)
{
	const char *config = keep_config(
		"{'PROCS_MAX': 1, 'queues': [{'name': 'jobs_q'}], 'port_groups': {'blue': "
		"{'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': '11000', 'app': {'kind': 'hello', "
		"'work': 'jobs_q'}}}, 'worker_modules': [{'WORKER_PATH': "
		"'%s/tests/e2e/modules/apps.so', 'WORKER_REF': 'put_rows'}], 'status': {'ip': "
		"'%s', 'port': %d}}",
		harness_address(0), getenv("EISEN_BUILDDIR"), harness_address(0),
		HARNESS_STATUS_PORT);
	struct instance *in = instance_start(&(struct start) { .config = config });
	const char *page = http_get(url(11000, "/"), NULL, "text/html; charset=utf-8");

	ck_assert_ptr_nonnull(strstr(page, "&quot;c&quot;</pre>"));
	await(strstr(instance_err(in), "jobs_q, _TID_0: a server keeps one row, and this chunk has "
				       "2: want ROWS_MAX 1") != NULL);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
}
END_TEST

START_TEST(an_app_that_crashes_costs_its_worker_alone)
{
	struct instance *in = instance_start(
		&(struct start) { .config = kept_config(delicate(), "['a', 'b', 'c']", "") });
	pid_t pids[3];

	for (unsigned slot = 0; slot < 3; slot++) {
		await(ports_that_say("\"a\"") == 1);
		pids[slot] = (pid_t)instance_worker_number(in, (int)slot, "pid");
	}
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11000, "/crash") }), 0);
	await(instance_worker_is_new(in, 0, pids[0]));
	for (int slot = 1; slot < 3; slot++)
		ck_assert_int_eq(instance_worker_number(in, slot, "pid"), pids[slot]);
	ck_assert_int_eq(
		ports_that_say("\"a\"") + ports_that_say("\"b\"") + ports_that_say("\"c\""), 3);
	instance_stop(in);
}
END_TEST

START_TEST(a_bad_reply_is_answered_500_and_told_once)
{
	struct instance *in = instance_start(
		&(struct start) { .config = kept_config(delicate(), "['a', 'b', 'c']", "") });
	static const char words[] = "port 11000: bad reply, answered 500: header Content-Length";

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11000, "/fault") }),
				 500);
	await(strstr(instance_out(in), words) != NULL);
	instance_stop(in);
	ck_assert_uint_eq(files_count_lines(instance_out(in), words), 1);
}
END_TEST

static const struct {
	const char *more, *app, *words;
} refusals[] = {
	{ "'ROWS_MAX': 2,", HELLO_WORK, "" },
	{ "", "{'kind': 'hello', 'work': 'jobs_q'}",
	  "port_groups.blue.app.work: there is no queue \"jobs_q\" in queues" },
	{ "'queues': [{'name': 'jobs_q'}],", "{'kind': 'echo', 'work': 'jobs_q'}",
	  "port_groups.blue.app.work: " },
};

START_TEST(what_cannot_be_kept_is_a_problem_of_the_config)
{
	struct command command = { .args = { "check", harness_path("site.json") } };
	struct outcome outcome;

	files_write(harness_path("site.json"),
		    kept_config(refusals[_i].app, "['a']", refusals[_i].more));
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, refusals[_i].words[0] != '\0' ? 2 : 0);
	ck_assert_msg(strstr(outcome.err, refusals[_i].words) != NULL, "%s", outcome.err);
}
END_TEST

START_TEST(chunks_of_several_rows_are_a_problem_of_the_config)
{
	struct command command = { .args = { "check", harness_path("site.json") } };
	struct outcome outcome;

	files_write(harness_path("site.json"),
		    keep_config("{'servers': [{'group': 'blue', 'app': {'kind': 'hello', 'work': "
				"'mp_input_q'}}], 'port_groups': {'blue': {'ports': '11000', "
				"'START_SEQUENCE_NUM': 0}}, 'ROWS_MAX': 7, 'feeders': "
				"[{'generator': {'list': [1]}}]}"));
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_msg(strstr(outcome.err, "servers[0].app.work: a server keeps one row, and chunks "
					  "of \"mp_input_q\" have up to 7: want \"ROWS_MAX\": 1 in "
					  "feeders[0]") != NULL,
		      "%s", outcome.err);
}
END_TEST

/* Ports ------------------------------------------------------------------- */

static const struct {
	unsigned port;
	const char *colour;
	int slot;
} seed_ports[] = {
	{ 11000, "blue", 0 },   { 11001, "blue", 0 },  { 14000, "yellow", 1 },
	{ 14001, "yellow", 1 }, { 15000, "green", 2 }, { 15001, "green", 2 },
};

static void expect_seed_ports(const struct instance *in)
{
	for (size_t i = 0; i < ARRAY_SIZE(seed_ports); i++) {
		const json_t *doc;

		await(http_status(&(struct http_call) { .url = url(seed_ports[i].port, "/") }) ==
		      200);
		doc = http_json(url(seed_ports[i].port, "/"));
		ck_assert_str_eq(json_string_value(json_object_get(doc, "colour")),
				 seed_ports[i].colour);
		ck_assert_int_eq(json_integer_value(json_object_get(doc, "port")),
				 seed_ports[i].port);
		ck_assert_int_eq(json_integer_value(json_object_get(doc, "START_SEQUENCE_NUM")),
				 seed_ports[i].slot);
		ck_assert_int_eq(json_integer_value(json_object_get(doc, "pid")),
				 instance_worker_number(in, seed_ports[i].slot, "pid"));
	}
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11002, "/") }), 0);
}

START_TEST(a_module_has_its_ports_again_after_a_kill)
{
	struct instance *in = start_document(example("seed_ports", methods[_i]));

	expect_seed_ports(in);
	for (int round = 0; round < 3; round++) {
		kill_workers(in, 3);
		expect_seed_ports(in);
	}
	ck_assert_ptr_null(strstr(instance_err(in), "nobody serves them"));
	instance_stop(in);
}
END_TEST

/* One of three ports is a server's of the plan. */
START_TEST(what_a_module_may_not_take_or_serve_it_is_told)
{
	const char *config = keep_config(
		"{'START_METHOD': '%s', 'PROCS_MAX': 1, 'port_groups': {'blue': {'ip': '%s', "
		"'ports': '11000-11003', 'START_SEQUENCE_NUM': 0}}, 'servers': [{'group': 'blue', "
		"'ports': '11002', 'app': {'kind': 'hello'}}], 'worker_modules': [{'WORKER_PATH': "
		"'%s/tests/e2e/modules/apps.so', 'WORKER_REF': 'take_ports'}], 'status': {'ip': "
		"'%s', 'port': %d}}",
		methods[_i], harness_address(0), getenv("EISEN_BUILDDIR"), harness_address(0),
		HARNESS_STATUS_PORT);
	struct instance *in = instance_start(&(struct start) { .config = config });

	await(strstr(instance_out(in), "none") != NULL);
	ck_assert_msg(strstr(instance_out(in),
			     "nobody -2 untaken -22 first 0 refused -13 served 0 twice -114 "
			     "second 0 third 0 none -11") != NULL,
		      "%s", instance_out(in));
	ck_assert_str_eq(http_get(url(11000, "/"), NULL, "text/plain"), "served");
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11001, "/") }), 0);
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11002, "/") }), 200);
	await(strstr(instance_err(in), "this worker's port group is \"blue\"") != NULL);
	await(strstr(instance_err(in), "is served already") != NULL);
	instance_stop(in);
}
END_TEST

/* On the thread that serves, and before it does. */
START_TEST(an_app_serves_further_ports_by_itself)
{
	const char *config = keep_config(
		"{'PROCS_MAX': 1, 'port_groups': {'blue': {'ip': '%s', 'ports': '11000-11002', "
		"'START_SEQUENCE_NUM': 0}}, 'servers': [{'group': 'blue', 'ports': '11000', "
		"'threads': %d, 'app': {'kind': 'module', 'path': "
		"'%s/tests/e2e/modules/apps.so', 'entry': 'opener'}}], 'status': {'ip': '%s', "
		"'port': %d}}",
		harness_address(0), _i, getenv("EISEN_BUILDDIR"), harness_address(0),
		HARNESS_STATUS_PORT);
	struct instance *in = instance_start(&(struct start) { .config = config });

	ck_assert_str_eq(http_get(url(11001, "/"), NULL, "text/plain"), "served");
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11002, "/") }), 0);
	ck_assert_str_eq(http_get(url(11000, "/"), NULL, "application/json"), "0\n");
	ck_assert_str_eq(http_get(url(11002, "/"), NULL, "text/plain"), "served");
	ck_assert_str_eq(http_get(url(11000, "/"), NULL, "application/json"), "-11\n");
	instance_stop(in);
}
END_TEST

START_TEST(a_watchdog_tells_of_a_worker_that_does_nothing)
{
	json_t *doc = example("seed_ports", "fork");
	struct instance *in;

	json_object_set_new(json_object_get(doc, "kwargs"), "watchdog_ms", json_integer(100));
	json_array_append_new(
		json_object_get(doc, "worker_modules"),
		json_pack("{s:s, s:s}", "WORKER_PATH", "watchdog", "WORKER_REF", "watch"));
	in = start_document(doc);
	await(strstr(instance_out(in), "watchdog: eisen:0 has done nothing for") != NULL);
	expect_seed_ports(in);
	instance_stop(in);
}
END_TEST

Suite *apps_suite(void)
{
	Suite *suite = suite_create("apps");
	TCase *t = harness_case(suite, "rows");

	tcase_add_loop_test(t, a_radio_is_back_on_its_port_after_a_kill, 0, 3);
	tcase_add_test(t, servers_and_workers_without_a_row_end);
	tcase_add_test(t, nobody_has_a_row_and_the_run_goes_on_until_it_is_stopped);
	tcase_add_test(t, a_server_with_threads_keeps_one_row_for_all_of_them);
	tcase_add_loop_test(t, a_row_that_no_server_can_open_ends_as_a_dead_letter, 0, 2);
	tcase_add_test(t, a_chunk_of_several_rows_is_no_servers_row);
	tcase_add_test(t, an_app_that_crashes_costs_its_worker_alone);
	tcase_add_test(t, a_bad_reply_is_answered_500_and_told_once);
	tcase_add_loop_test(t, what_cannot_be_kept_is_a_problem_of_the_config, 0,
			    (int)ARRAY_SIZE(refusals));
	tcase_add_test(t, chunks_of_several_rows_are_a_problem_of_the_config);
	t = harness_case(suite, "ports");
	tcase_add_loop_test(t, a_module_has_its_ports_again_after_a_kill, 0, 3);
	tcase_add_loop_test(t, what_a_module_may_not_take_or_serve_it_is_told, 0, 3);
	tcase_add_loop_test(t, an_app_serves_further_ports_by_itself, 0, 2);
	tcase_add_test(t, a_watchdog_tells_of_a_worker_that_does_nothing);
	return suite;
}
