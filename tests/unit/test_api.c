/* test_api.c - servers/api.h: the status endpoint over HTTP */
#include "servers/api.h"

#include "common/clock.h"
#include "portmap/deaths.h"
#include "portmap/ports.h"
#include "portmap/slot_state.h"
#include "queues/region.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <string.h>

/* blue: worker 0 with 10 and 11, 12 is free; red: workers 1 and 2. */
static const char config[] =
	"{'PROCS_MAX': 4, 'port_groups': {"
	"'blue': {'START_SEQUENCE_NUM': 0, 'ports': '10-12', 'servers_per_worker': 2},"
	"'red': {'START_SEQUENCE_NUM': '1-2', 'ports': '20-21'}},"
	"'servers': [{'group': 'blue', 'app': {'kind': 'hello'}, 'threads': 2},"
	"{'group': 'red', 'app': {'kind': 'hello'}}]}";

enum { HTTP, CONTROL };

struct fixture {
	struct plan_fixture plan;
	struct region region;
	struct board *board;
	struct ports *ports;
	struct deaths *deaths;
	struct api_context context[2]; /* HTTP, CONTROL */
	struct loop_fixture loop;
	struct http_client client;
	int stops; /* times that a stop was asked for */
	int stop_result;
};

static int stop(void *arg, struct error *e)
{
	struct fixture *f = arg;

	f->stops++;
	return f->stop_result == 0 ? 0 : error_set(e, -f->stop_result, "the manager is deaf");
}

static void set_process(struct board_process *p, enum slot_state state, int pid)
{
	p->state = state;
	p->pid = pid;
	if (pid != 0)
		board_set(&p->started_ns, clock_mono_ns());
}

static void setup(struct fixture *f)
{
	static const char *const hosts[] = { "panel.example", NULL };
	size_t server;

	*f = (struct fixture) { 0 };
	plan_fixture_init(&f->plan, config, 2); /* worker 3 is warned of */
	ck_assert_ptr_nonnull(f->plan.plan);
	ck_assert_int_eq(region_create(&f->region,
				       board_region_bytes(f->plan.plan) +
					       ports_region_bytes(f->plan.plan) +
					       deaths_region_bytes(),
				       NULL),
			 0);
	f->board = board_create(&f->region, f->plan.plan);
	f->ports = ports_create(&f->region, f->plan.plan);
	f->deaths = deaths_create(&f->region);
	ck_assert_int_eq(ports_take(f->ports, 0, 0, &server), PORTS_TAKEN);
	for (size_t i = 0; i < 4; i++)
		set_process(board_process(f->board, i), SLOT_READY, 100 + (int)i);
	f->context[HTTP] = (struct api_context) { .name = "test \"1\"",
						  .plan = f->plan.plan,
						  .board = f->board,
						  .ports = f->ports,
						  .deaths = f->deaths,
						  .hosts = hosts,
						  .stop = stop,
						  .stop_arg = f };
	f->context[CONTROL] = f->context[HTTP];
	f->context[CONTROL].control = true;
	loop_fixture_init(&f->loop, 0, NULL);
	loop_fixture_add_kind(&f->loop, &api_app_kind, &f->context[HTTP]);
	loop_fixture_add_kind(&f->loop, &api_app_kind, &f->context[CONTROL]);
	loop_fixture_start(&f->loop);
	loop_fixture_connect(&f->loop, HTTP, &f->client);
}

static void teardown(struct fixture *f)
{
	http_client_close(&f->client);
	loop_fixture_drain(&f->loop, 0);
	loop_fixture_release(&f->loop);
	region_detach(&f->region);
	plan_fixture_release(&f->plan);
}

static long long number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_integer(value), "no integer: %s", key);
	return json_integer_value(value);
}

static const char *text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_string(value), "no string: %s", key);
	return json_string_value(value);
}

/* The object has these keys and no others; an absent one ends the list. */
static void expect_keys(const json_t *object, const char *const *keys)
{
	size_t n = 0;

	for (; keys[n] != NULL; n++)
		ck_assert_msg(json_object_get(object, keys[n]) != NULL, "no %s", keys[n]);
	ck_assert_uint_eq(json_object_size(object), n);
}

START_TEST(the_status_has_the_fields_it_promises)
{
	static const char *const top[] = { "name",   "version", "manager", "workers", "groups",
					   "queues", "feeders", "results", "deaths",  NULL };
	static const char *const worker[] = {
		"START_SEQUENCE_NUM", "state",    "group",   "core", "pid",
		"uptime_s",           "restarts", "servers", NULL
	};
	static const char *const server[] = { "ip",       "port",    "url",        "app",
					      "requests", "active",  "bytes_sent", "connections",
					      "accepted", "refused", "status",     NULL };
	struct fixture f;
	json_t *doc, *w;

	setup(&f);
	doc = http_client_json(&f.client, "/api/status");
	expect_keys(doc, top);
	ck_assert_str_eq(text(doc, "name"), "test \"1\"");
	ck_assert_str_eq(text(doc, "version"), PACKAGE_VERSION);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "workers")), 4);
	w = json_array_get(json_object_get(doc, "workers"), 0);
	expect_keys(w, worker);
	expect_keys(json_array_get(json_object_get(w, "servers"), 0), server);
	ck_assert(json_is_array(json_object_get(doc, "feeders")));
	ck_assert(json_is_object(json_object_get(doc, "results")));
	json_decref(doc);
	teardown(&f);
}
END_TEST

START_TEST(workers_show_what_the_board_says)
{
	struct fixture f;
	struct board_process *p;
	json_t *doc, *w;

	setup(&f);
	p = board_process(f.board, 1);
	set_process(p, SLOT_BACKOFF, 0);
	board_set(&p->restarts, 5);
	board_set(&p->next_try_ns, clock_mono_ns() + 100 * CLOCK_NS_PER_S);
	doc = http_client_json(&f.client, "/api/workers");
	w = json_array_get(doc, 0);
	ck_assert_int_eq(number(w, "START_SEQUENCE_NUM"), 0);
	ck_assert_str_eq(text(w, "state"), "ready");
	ck_assert_str_eq(text(w, "group"), "blue");
	ck_assert_int_eq(number(w, "pid"), 100);
	ck_assert(json_is_real(json_object_get(w, "uptime_s")));
	w = json_array_get(doc, 1);
	ck_assert_str_eq(text(w, "state"), "backoff");
	ck_assert_int_eq(number(w, "pid"), 0);
	ck_assert_int_eq(number(w, "restarts"), 5);
	ck_assert(json_is_null(json_object_get(w, "uptime_s")));
	ck_assert(json_real_value(json_object_get(w, "next_try_s")) > 10);
	ck_assert(json_is_null(json_object_get(json_array_get(doc, 3), "group")));
	json_decref(doc);
	teardown(&f);
}
END_TEST

/* Server 0 has two threads, so two cells: their sum. */
START_TEST(servers_show_the_sum_of_their_cells)
{
	struct fixture f;
	struct board_cell *cell;
	json_t *doc, *s;

	setup(&f);
	for (size_t i = 0; i < 2; i++) {
		cell = board_cell(f.board, f.plan.plan->servers[0].cell + i);
		board_add(&cell->requests, 10 + i);
		board_add(&cell->classes[2], 10);
		board_add(&cell->classes[5], i);
		board_add(&cell->bytes_sent, UINT64_C(1) << 40);
		board_add(&cell->active, 1);
		board_add(&cell->connections, 2);
		board_add(&cell->accepted, 3);
		board_add(&cell->refused, 4);
	}
	doc = http_client_json(&f.client, "/api/servers");
	ck_assert_uint_eq(json_array_size(doc), 4);
	s = json_array_get(doc, 0);
	ck_assert_str_eq(text(s, "group"), "blue");
	ck_assert_int_eq(number(s, "START_SEQUENCE_NUM"), 0);
	ck_assert_str_eq(text(s, "ip"), "127.0.0.1");
	ck_assert_int_eq(number(s, "port"), 10);
	ck_assert_str_eq(text(s, "url"), "http://127.0.0.1:10/");
	ck_assert_str_eq(text(s, "app"), "hello");
	ck_assert_int_eq(number(s, "requests"), 21);
	ck_assert_int_eq(number(s, "active"), 2);
	ck_assert_int_eq(number(s, "bytes_sent"), 1LL << 41);
	ck_assert_int_eq(number(s, "connections"), 4);
	ck_assert_int_eq(number(s, "accepted"), 6);
	ck_assert_int_eq(number(s, "refused"), 8);
	s = json_object_get(s, "status");
	ck_assert_int_eq(number(s, "2xx"), 20);
	ck_assert_int_eq(number(s, "5xx"), 1);
	ck_assert_int_eq(number(s, "1xx") + number(s, "3xx") + number(s, "4xx"), 0);
	json_decref(doc);
	teardown(&f);
}
END_TEST

START_TEST(groups_and_port_queues_are_counted)
{
	struct fixture f;
	json_t *doc, *g, *q;

	setup(&f);
	board_add(&board_cell(f.board, f.plan.plan->servers[2].cell)->requests, 3);
	board_add(&board_cell(f.board, f.plan.plan->servers[3].cell)->requests, 4);
	doc = http_client_json(&f.client, "/api/groups");
	ck_assert_uint_eq(json_array_size(doc), 2);
	g = json_array_get(doc, 1);
	ck_assert_str_eq(text(g, "name"), "red");
	ck_assert_str_eq(text(g, "ports"), "20-21");
	ck_assert_str_eq(text(g, "queue"), "mp_red_q");
	ck_assert_int_eq(number(g, "servers"), 2);
	ck_assert_int_eq(number(g, "requests"), 7);
	ck_assert_uint_eq(json_array_size(json_object_get(g, "START_SEQUENCE_NUM")), 2);
	json_decref(doc);
	doc = http_client_json(&f.client, "/api/status");
	q = json_array_get(json_object_get(doc, "queues"), 0);
	ck_assert_str_eq(text(q, "name"), "mp_blue_q");
	ck_assert_str_eq(text(q, "category"), "ports");
	ck_assert_int_eq(number(q, "maxsize"), 3);
	ck_assert_int_eq(number(q, "depth"), 2);
	ck_assert_int_eq(number(q, "leased"), 1);
	json_decref(doc);
	teardown(&f);
}
END_TEST

START_TEST(deaths_say_who_and_why)
{
	const struct death killed = { .role = "worker",
				      .slot = 2,
				      .pid = 77,
				      .exit_code = -1,
				      .signal = SIGKILL,
				      .at_ns = 1,
				      .uptime_ns = 1500 * CLOCK_NS_PER_MS };
	const struct death left = { .role = "status", .slot = -1, .pid = 78, .planned = true };
	struct fixture f;
	json_t *doc, *d;

	setup(&f);
	deaths_add(f.deaths, &killed);
	deaths_add(f.deaths, &left);
	doc = http_client_json(&f.client, "/api/deaths");
	ck_assert_uint_eq(json_array_size(doc), 2);
	d = json_array_get(doc, 1);
	ck_assert_str_eq(text(d, "role"), "worker");
	ck_assert_int_eq(number(d, "START_SEQUENCE_NUM"), 2);
	ck_assert_int_eq(number(d, "dead_pid"), 77);
	ck_assert_str_eq(text(d, "signal"), "SIGKILL");
	ck_assert(json_is_null(json_object_get(d, "exit_code")));
	ck_assert_double_eq(json_real_value(json_object_get(d, "uptime_s")), 1.5);
	ck_assert(json_is_false(json_object_get(d, "planned")));
	d = json_array_get(doc, 0);
	ck_assert(json_is_null(json_object_get(d, "START_SEQUENCE_NUM")));
	ck_assert(json_is_null(json_object_get(d, "signal")));
	ck_assert_int_eq(number(d, "exit_code"), 0);
	ck_assert(json_is_true(json_object_get(d, "planned")));
	json_decref(doc);
	teardown(&f);
}
END_TEST

START_TEST(is_ready_when_every_slot_is_ready_or_done)
{
	struct fixture f;
	struct http_reply reply;
	json_t *doc;

	setup(&f);
	set_process(board_process(f.board, 2), SLOT_DONE, 0);
	doc = http_client_json(&f.client, "/readyz");
	ck_assert(json_is_true(json_object_get(doc, "ready")));
	json_decref(doc);
	for (int state = 0; state < SLOT_STATE_COUNT; state++) {
		if (state == SLOT_READY || state == SLOT_DONE)
			continue;
		set_process(board_process(f.board, 3), (enum slot_state)state, 9);
		http_client_expect(&f.client, "/readyz", "", 503, &reply);
		ck_assert_str_eq(buf_text(&reply.body), "{\"waiting\":[3],\"ready\":false}\n");
		http_reply_release(&reply);
	}
	http_client_expect(&f.client, "/healthz", "", 200, &reply);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

/* method, path, on which socket: status and Allow. */
static const struct {
	const char *method, *path;
	int where, status;
	const char *allow;
} routes[] = {
	{ "GET", "/", HTTP, 200, "" },
	{ "GET", "/api/plan", HTTP, 200, "" },
	{ "GET", "/api/status?pretty", HTTP, 200, "" },
	{ "GET", "/api/status", CONTROL, 200, "" },
	{ "HEAD", "/api/status", HTTP, 200, "" },
	{ "HEAD", "/healthz", HTTP, 200, "" },
	{ "POST", "/api/status", HTTP, 405, "GET, HEAD" },
	{ "DELETE", "/", CONTROL, 405, "GET, HEAD" },
	{ "GET", "/api/stop", HTTP, 405, "POST" },
	{ "HEAD", "/api/stop", CONTROL, 405, "POST" },
	{ "PUT", "/api/stop", CONTROL, 405, "POST" },
	{ "POST", "/api/stop", HTTP, 403, "" },
	{ "GET", "/api", HTTP, 404, "" },
	{ "GET", "/api/", HTTP, 404, "" },
	{ "GET", "/api/status/", HTTP, 404, "" },
	{ "GET", "//api/status", HTTP, 404, "" },
	{ "GET", "/API/status", HTTP, 404, "" },
	{ "GET", "/api/status%00", HTTP, 400, "" },
	{ "POST", "/nowhere", CONTROL, 404, "" },
};

static void ask(struct fixture *f, int where, const char *method, const char *path,
		const char *host, struct http_reply *ret)
{
	AUTO_BUF struct buf request = BUF_INIT(4096);

	http_client_close(&f->client);
	loop_fixture_connect(&f->loop, (size_t)where, &f->client);
	buf_addf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host);
	http_client_send(&f->client, buf_text(&request));
	ck_assert(http_client_reply(&f->client, strcmp(method, "HEAD") == 0, ret));
}

START_TEST(answers_by_path_method_and_socket)
{
	struct fixture f;
	struct http_reply reply;

	setup(&f);
	ask(&f, routes[_i].where, routes[_i].method, routes[_i].path, "localhost", &reply);
	ck_assert_int_eq(reply.status, routes[_i].status);
	ck_assert_str_eq(http_reply_header(&reply, "Allow"), routes[_i].allow);
	ck_assert_str_eq(http_reply_header(&reply, "Cache-Control"), "no-store");
	if (reply.status != 400) {
		ck_assert_str_eq(http_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
		ck_assert_int_eq(strncmp(http_reply_header(&reply, "Content-Security-Policy"),
					 "default-src 'none'; ", 20),
				 0);
	}
	ck_assert_int_eq(f.stops, 0);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(an_unknown_path_is_told_what_there_is)
{
	struct fixture f;
	struct http_reply reply;
	json_t *doc;

	setup(&f);
	http_client_expect(&f.client, "/x", "", 404, &reply);
	doc = json_loads(buf_text(&reply.body), 0, NULL);
	ck_assert_int_eq(number(doc, "status"), 404);
	ck_assert_str_eq(text(doc, "error"), "no such endpoint");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(doc, "endpoints"), 1)),
			 "GET /api/status");
	json_decref(doc);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(stops_when_the_control_socket_says_so)
{
	struct fixture f;
	struct http_reply reply;

	setup(&f);
	ask(&f, CONTROL, "POST", "/api/stop", "x", &reply);
	ck_assert_int_eq(reply.status, 202);
	ck_assert_str_eq(buf_text(&reply.body), "{\"status\":\"stopping\"}\n");
	ck_assert_int_eq(f.stops, 1);
	http_reply_release(&reply);
	f.stop_result = -EPIPE;
	ask(&f, CONTROL, "POST", "/api/stop", "x", &reply);
	ck_assert_int_eq(reply.status, 500);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "the manager is deaf"));
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

/* A page under another name must not read us; the control socket's mode is
 * its guard. */
START_TEST(answers_to_its_own_names_only)
{
	static const struct {
		const char *host;
		int where, status;
	} cases[] = {
		{ "localhost:80", HTTP, 200 },
		{ "panel.example", HTTP, 200 },
		{ "evil.example:12321", HTTP, 421 },
		{ "evil.example", CONTROL, 200 },
	};
	static const char *const paths[] = { "/", "/api/status", "/healthz" };
	struct fixture f;
	struct http_reply reply;

	setup(&f);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		ask(&f, cases[_i].where, "GET", paths[i], cases[_i].host, &reply);
		ck_assert_int_eq(reply.status, cases[_i].status);
		http_reply_release(&reply);
	}
	teardown(&f);
}
END_TEST

START_TEST(the_page_shows_each_worker_and_links_its_servers)
{
	struct fixture f;
	struct http_reply reply;
	const char *page;

	setup(&f);
	http_client_expect(&f.client, "/", "", 200, &reply);
	page = buf_text(&reply.body);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(strstr(page, "<h1>test &quot;1&quot;</h1>"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"http://127.0.0.1:10/\""));
	ck_assert_ptr_nonnull(strstr(page, "href=\"http://127.0.0.1:21/\""));
	ck_assert_ptr_null(strstr(page, "127.0.0.1:12/"));
	ck_assert_ptr_null(strstr(page, "<script"));
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

Suite *api_suite(void)
{
	Suite *s = suite_create("api");
	TCase *t = tcase_create("status");

	tcase_add_test(t, the_status_has_the_fields_it_promises);
	tcase_add_test(t, workers_show_what_the_board_says);
	tcase_add_test(t, servers_show_the_sum_of_their_cells);
	tcase_add_test(t, groups_and_port_queues_are_counted);
	tcase_add_test(t, deaths_say_who_and_why);
	tcase_add_test(t, is_ready_when_every_slot_is_ready_or_done);
	tcase_add_test(t, the_page_shows_each_worker_and_links_its_servers);
	suite_add_tcase(s, t);
	t = tcase_create("routes");
	tcase_add_loop_test(t, answers_by_path_method_and_socket, 0, (int)ARRAY_SIZE(routes));
	tcase_add_test(t, an_unknown_path_is_told_what_there_is);
	tcase_add_test(t, stops_when_the_control_socket_says_so);
	tcase_add_loop_test(t, answers_to_its_own_names_only, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
