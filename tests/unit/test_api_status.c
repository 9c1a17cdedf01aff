/* test_api_status.c - the documents of servers/api.h */
#include "common/clock.h"
#include "tests/unit/api_fixture.h"
#include "tests/unit/suites.h"

#include <signal.h>

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
	struct api_fixture f;
	json_t *doc, *w;

	api_fixture_init(&f);
	doc = http_client_json(&f.client, "/api/status");
	expect_keys(doc, top);
	ck_assert_str_eq(api_fixture_text(doc, "name"), "test \"1\"");
	ck_assert_str_eq(api_fixture_text(doc, "version"), PACKAGE_VERSION);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "workers")), 4);
	w = json_array_get(json_object_get(doc, "workers"), 0);
	expect_keys(w, worker);
	expect_keys(json_array_get(json_object_get(w, "servers"), 0), server);
	ck_assert(json_is_array(json_object_get(doc, "feeders")));
	ck_assert(json_is_object(json_object_get(doc, "results")));
	json_decref(doc);
	api_fixture_release(&f);
}
END_TEST

START_TEST(workers_show_what_the_board_says)
{
	struct api_fixture f;
	struct board_process *p;
	json_t *doc, *w;

	api_fixture_init(&f);
	p = board_process(f.board, 1);
	api_fixture_process(&f, 1, SLOT_BACKOFF, 0);
	board_set(&p->restarts, 5);
	board_set(&p->next_try_ns, clock_mono_ns() + 100 * CLOCK_NS_PER_S);
	doc = http_client_json(&f.client, "/api/workers");
	w = json_array_get(doc, 0);
	ck_assert_int_eq(api_fixture_number(w, "START_SEQUENCE_NUM"), 0);
	ck_assert_str_eq(api_fixture_text(w, "state"), "ready");
	ck_assert_str_eq(api_fixture_text(w, "group"), "blue");
	ck_assert_int_eq(api_fixture_number(w, "pid"), 100);
	ck_assert(json_is_real(json_object_get(w, "uptime_s")));
	w = json_array_get(doc, 1);
	ck_assert_str_eq(api_fixture_text(w, "state"), "backoff");
	ck_assert(json_is_null(json_object_get(w, "pid")));
	ck_assert_int_eq(api_fixture_number(w, "restarts"), 5);
	ck_assert(json_is_null(json_object_get(w, "uptime_s")));
	ck_assert(json_real_value(json_object_get(w, "next_try_s")) > 10);
	ck_assert(json_is_null(json_object_get(json_array_get(doc, 3), "group")));
	json_decref(doc);
	api_fixture_release(&f);
}
END_TEST

/* Server 0 has two threads, so two cells: their sum. */
START_TEST(servers_show_the_sum_of_their_cells)
{
	struct api_fixture f;
	struct board_cell *cell;
	json_t *doc, *s;

	api_fixture_init(&f);
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
	ck_assert_str_eq(api_fixture_text(s, "group"), "blue");
	ck_assert_int_eq(api_fixture_number(s, "START_SEQUENCE_NUM"), 0);
	ck_assert_str_eq(api_fixture_text(s, "ip"), "127.0.0.1");
	ck_assert_int_eq(api_fixture_number(s, "port"), 10);
	ck_assert_str_eq(api_fixture_text(s, "url"), "http://127.0.0.1:10/");
	ck_assert_str_eq(api_fixture_text(s, "app"), "hello");
	ck_assert_int_eq(api_fixture_number(s, "requests"), 21);
	ck_assert_int_eq(api_fixture_number(s, "active"), 2);
	ck_assert_int_eq(api_fixture_number(s, "bytes_sent"), 1LL << 41);
	ck_assert_int_eq(api_fixture_number(s, "connections"), 4);
	ck_assert_int_eq(api_fixture_number(s, "accepted"), 6);
	ck_assert_int_eq(api_fixture_number(s, "refused"), 8);
	s = json_object_get(s, "status");
	ck_assert_int_eq(api_fixture_number(s, "2xx"), 20);
	ck_assert_int_eq(api_fixture_number(s, "5xx"), 1);
	ck_assert_int_eq(api_fixture_number(s, "1xx") + api_fixture_number(s, "3xx") +
				 api_fixture_number(s, "4xx"),
			 0);
	json_decref(doc);
	api_fixture_release(&f);
}
END_TEST

START_TEST(groups_and_port_queues_are_counted)
{
	struct api_fixture f;
	json_t *doc, *g, *q;

	api_fixture_init(&f);
	board_add(&board_cell(f.board, f.plan.plan->servers[2].cell)->requests, 3);
	board_add(&board_cell(f.board, f.plan.plan->servers[3].cell)->requests, 4);
	doc = http_client_json(&f.client, "/api/groups");
	ck_assert_uint_eq(json_array_size(doc), 2);
	g = json_array_get(doc, 0);
	ck_assert_int_eq(api_fixture_number(g, "servers"), 2); /* of three ports */
	g = json_array_get(doc, 1);
	ck_assert_str_eq(api_fixture_text(g, "name"), "red");
	ck_assert_str_eq(api_fixture_text(g, "ports"), "20-21");
	ck_assert_str_eq(api_fixture_text(g, "queue"), "mp_red_q");
	ck_assert_int_eq(api_fixture_number(g, "servers"), 2);
	ck_assert_int_eq(api_fixture_number(g, "requests"), 7);
	ck_assert_uint_eq(json_array_size(json_object_get(g, "START_SEQUENCE_NUM")), 2);
	json_decref(doc);
	doc = http_client_json(&f.client, "/api/status");
	q = json_array_get(json_object_get(doc, "queues"), 0);
	ck_assert_str_eq(api_fixture_text(q, "name"), "mp_blue_q");
	ck_assert_str_eq(api_fixture_text(q, "category"), "ports");
	ck_assert_int_eq(api_fixture_number(q, "maxsize"), 3);
	ck_assert_int_eq(api_fixture_number(q, "depth"), 2);
	ck_assert_int_eq(api_fixture_number(q, "leased"), 1);
	json_decref(doc);
	api_fixture_release(&f);
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
	struct api_fixture f;
	json_t *doc, *d;

	api_fixture_init(&f);
	deaths_add(f.deaths, &killed);
	deaths_add(f.deaths, &left);
	doc = http_client_json(&f.client, "/api/deaths");
	ck_assert_uint_eq(json_array_size(doc), 2);
	d = json_array_get(doc, 1);
	ck_assert_str_eq(api_fixture_text(d, "role"), "worker");
	ck_assert_int_eq(api_fixture_number(d, "START_SEQUENCE_NUM"), 2);
	ck_assert_int_eq(api_fixture_number(d, "dead_pid"), 77);
	ck_assert_str_eq(api_fixture_text(d, "signal"), "SIGKILL");
	ck_assert(json_is_null(json_object_get(d, "exit_code")));
	ck_assert_double_eq(json_real_value(json_object_get(d, "uptime_s")), 1.5);
	ck_assert(json_is_false(json_object_get(d, "planned")));
	d = json_array_get(doc, 0);
	ck_assert(json_is_null(json_object_get(d, "START_SEQUENCE_NUM")));
	ck_assert(json_is_null(json_object_get(d, "signal")));
	ck_assert_int_eq(api_fixture_number(d, "exit_code"), 0);
	ck_assert(json_is_true(json_object_get(d, "planned")));
	json_decref(doc);
	api_fixture_release(&f);
}
END_TEST

START_TEST(is_ready_when_every_slot_is_ready_or_done)
{
	struct api_fixture f;
	struct http_reply reply;
	json_t *doc;

	api_fixture_init(&f);
	api_fixture_process(&f, 2, SLOT_DONE, 0);
	doc = http_client_json(&f.client, "/readyz");
	ck_assert(json_is_true(json_object_get(doc, "ready")));
	json_decref(doc);
	for (int state = 0; state < SLOT_STATE_COUNT; state++) {
		if (state == SLOT_READY || state == SLOT_DONE)
			continue;
		api_fixture_process(&f, 3, (enum slot_state)state, 9);
		http_client_expect(&f.client, "/readyz", "", 503, &reply);
		ck_assert_str_eq(buf_text(&reply.body), "{\"waiting\":[3],\"ready\":false}\n");
		http_reply_release(&reply);
	}
	http_client_expect(&f.client, "/healthz", "", 200, &reply);
	http_reply_release(&reply);
	api_fixture_release(&f);
}
END_TEST

Suite *api_status_suite(void)
{
	Suite *s = suite_create("api_status");
	TCase *t = tcase_create("documents");

	tcase_add_test(t, the_status_has_the_fields_it_promises);
	tcase_add_test(t, workers_show_what_the_board_says);
	tcase_add_test(t, servers_show_the_sum_of_their_cells);
	tcase_add_test(t, groups_and_port_queues_are_counted);
	tcase_add_test(t, deaths_say_who_and_why);
	tcase_add_test(t, is_ready_when_every_slot_is_ready_or_done);
	suite_add_tcase(s, t);
	return s;
}
