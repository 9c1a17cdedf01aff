/* test_app_module.c - the kind "module": what a module's app gets and gives */
#include "servers/app_module.h"

#include "common/problems.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"
#include "work/module.h"

#include <semaphore.h>
#include <string.h>

/* As in modules/module_app.c. */
struct module_app_counts {
	int opened, closed;
	const eisen_request *request;
	eisen_reply *reply;
};

struct module_fixture {
	struct loop_fixture loop;
	struct http_client client;
	struct module module; /* holds the object, to look into it */
	struct module_app_counts *counts;
};

static const char *path_of_module(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/tests/unit/modules/module_app.so",
		 getenv("EISEN_BUILDDIR"));
	return path;
}

static json_t *settings_of(const char *entry, const char *settings)
{
	json_t *object = json_pack("{s:s, s:s}", "kind", "module", "path", path_of_module());

	if (entry != NULL)
		json_object_set_new(object, "entry", json_string(entry));
	if (settings != NULL)
		json_object_set_new(object, "settings", json_loads(settings, 0, NULL));
	return object;
}

static void setup(struct module_fixture *f, const char *entry)
{
	json_auto_t *settings = settings_of(entry, "{\"title\": \"a\"}");
	struct error e = { 0 };
	struct address address;
	const void *counts;

	ck_assert_msg(module_load(path_of_module(), &f->module, &e) == 0, "%s", e.text);
	ck_assert_int_eq(
		module_object(&f->module, "module_app_counts", sizeof(*f->counts), &counts, &e), 0);
	f->counts = (struct module_app_counts *)counts;
	loop_fixture_init(&f->loop, 0, NULL);
	ck_assert_int_eq(address_from_ip(&address, f->loop.ip.text, 0, NULL), 0);
	loop_fixture_add_app(&f->loop, &address, &module_app_kind, settings);
	loop_fixture_start(&f->loop);
	loop_fixture_connect(&f->loop, 0, &f->client);
}

static void teardown(struct module_fixture *f)
{
	http_client_close(&f->client);
	loop_fixture_drain(&f->loop, 0);
	ck_assert_int_eq(f->counts->opened, 1);
	ck_assert_int_eq(f->counts->closed, 1);
	loop_fixture_release(&f->loop);
	module_unload(&f->module);
}

START_TEST(shows_the_request_as_it_was_sent)
{
	struct module_fixture f;
	struct http_reply reply;
	json_t *doc, *want;

	setup(&f, "takes_body");
	http_client_send(&f.client, "PUT /request/a%20b?x=1&y HTTP/1.1\r\nHost: x\r\nX-One: 1\r\n"
				    "Content-Length: 4\r\n\r\nbody");
	ck_assert(http_client_reply(&f.client, false, &reply));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "application/json");
	doc = json_loads(buf_text(&reply.body), 0, NULL);
	want = json_pack("{s:s, s:s, s:s, s:s, s:n, s:s}", "method", "PUT", "path",
			 "/request/a%20b", "query", "x=1&y", "x-one", "1", "none", "body", "body");
	ck_assert_msg(json_equal(doc, want), "%s", buf_text(&reply.body));
	json_decref(doc);
	json_decref(want);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(a_request_without_query_and_body_has_neither)
{
	struct module_fixture f;
	json_t *doc;

	setup(&f, NULL);
	doc = http_client_json(&f.client, "/request");
	ck_assert(json_is_null(json_object_get(doc, "query")));
	ck_assert_str_eq(json_string_value(json_object_get(doc, "body")), "");
	json_decref(doc);
	teardown(&f);
}
END_TEST

START_TEST(an_app_knows_its_server)
{
	struct module_fixture f;
	json_t *doc, *want;

	setup(&f, NULL);
	doc = http_client_json(&f.client, "/server");
	want = json_pack("{s:s, s:s, s:i, s:{s:s}, s:s}", "group", "blue", "ip", f.loop.ip.text,
			 "port", f.loop.servers[0].site.port, "settings", "title", "a", "row",
			 "none");
	ck_assert(json_equal(doc, want));
	json_decref(doc);
	json_decref(want);
	teardown(&f);
}
END_TEST

START_TEST(a_body_for_an_app_that_takes_none_is_refused)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, "app");
	http_client_send(&f.client, "POST /request HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
				    "body");
	ck_assert(http_client_reply(&f.client, false, &reply));
	ck_assert_int_eq(reply.status, 413);
	http_reply_release(&reply);
	json_decref(http_client_json(&f.client, "/request"));
	teardown(&f);
}
END_TEST

START_TEST(the_last_body_and_every_header_go_out)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_expect(&f.client, "/page", "", 203, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "text/plain");
	ck_assert_str_eq(http_reply_header(&reply, "Cache-Control"), "no-store");
	ck_assert_str_eq(http_reply_header(&reply, "Content-Length"), "6");
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.head), "X-One: 1\r\nX-One: 2\r\n"));
	ck_assert_str_eq(buf_text(&reply.body), "second");
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

static const struct {
	const char *path;
	int status;
	const char *type, *body;
} replies[] = {
	{ "/nothing", 204, "", "" },
	{ "/status/200", 200, "", "" },
	{ "/status/200?body", 200, "text/plain", "body" },
	{ "/status/204?body", 204, "", "" },
	{ "/status/205?body", 205, "", "" },
	{ "/status/304?body", 304, "", "" },
	{ "/status/599?body", 599, "text/plain", "body" },
	{ "/status/404?body", 404, "text/plain", "body" },
	{ "/no-type", 200, "application/octet-stream", "body" },
	{ "/nulls", 200, "text/plain", "" },
};

START_TEST(replies_are_what_http_has)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_get(&f.client, replies[_i].path, "");
	/* 204 and 304 have no body, whatever their Content-Length says. */
	ck_assert(http_client_reply(
		&f.client, replies[_i].status == 204 || replies[_i].status == 304, &reply));
	ck_assert_int_eq(reply.status, replies[_i].status);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), replies[_i].type);
	ck_assert_str_eq(buf_text(&reply.body), replies[_i].body);
	http_reply_release(&reply);
	json_decref(http_client_json(&f.client, "/request")); /* the framing is right */
	teardown(&f);
}
END_TEST

START_TEST(an_error_without_a_body_says_what_it_is_called)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_expect(&f.client, "/status/404", "", 404, &reply);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "<h1>404 Not Found</h1>"));
	ck_assert_str_eq(http_reply_header(&reply, "X-One"), "1");
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(head_has_the_headers_alone)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_send(&f.client, "HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(http_client_reply(&f.client, true, &reply));
	ck_assert_int_eq(reply.status, 203);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Length"), "6");
	http_reply_release(&reply);
	json_decref(http_client_json(&f.client, "/request"));
	teardown(&f);
}
END_TEST

static const char *const faults[] = {
	"/status/0",
	"/status/99",
	"/status/100",
	"/status/101",
	"/status/600",
	"/status/4000000000",
	"/header/X-One?a%X-Evil:1",
	"/header/X-One?a^",
	"/header/X-One?a~",
	"/header/?a",
	"/header/X:One?a",
	"/header/Content-Length?0",
	"/header/transfer-encoding?chunked",
	"/header/Connection?close",
	"/header/Content-Type?text/html",
	"/bad-name",
	"/bad-type",
	"/too-much",
	"/null-body",
	"/null-json",
	"/huge",
};

START_TEST(what_http_does_not_have_is_answered_500)
{
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_expect(&f.client, faults[_i], "", 500, &reply);
	ck_assert_ptr_null(strstr(buf_text(&reply.head), "X-Evil"));
	ck_assert_msg(strstr(buf_text(&reply.body), "a reply that HTTP does not have") != NULL,
		      "%s", buf_text(&reply.body));
	http_reply_release(&reply);
	json_decref(http_client_json(&f.client, "/request"));
	teardown(&f);
}
END_TEST

struct late {
	struct loop_job job; /* first */
	const struct module_app_counts *counts;
	bool silent; /* the request told nothing */
	sem_t over;
};

/* On the loop's thread, between two requests. */
static void use_late(struct loop *loop ATTR_UNUSED, struct loop_job *job)
{
	struct late *late = (struct late *)job;
	size_t len = 7;

	late->silent = strcmp(eisen_request_path(late->counts->request), "") == 0 &&
		       eisen_request_header(late->counts->request, "Host") == NULL &&
		       strcmp(eisen_request_body(late->counts->request, &len), "") == 0 && len == 0;
	eisen_reply_body(late->counts->reply, "text/plain", "late", 4);
	eisen_reply_status(late->counts->reply, 99);
	eisen_reply_json(late->counts->reply, json_object());
	sem_post(&late->over);
}

START_TEST(request_and_reply_are_over_when_handle_returns)
{
	struct late late = { .job = { .run = use_late } };
	struct module_fixture f;
	struct http_reply reply;

	setup(&f, NULL);
	http_client_expect(&f.client, "/keep", "", 200, &reply);
	http_reply_release(&reply);
	late.counts = f.counts;
	ck_assert_int_eq(sem_init(&late.over, 0, 0), 0);
	ck_assert_int_eq(loop_post(f.loop.loop, &late.job), 0);
	while (sem_wait(&late.over) < 0)
		ck_assert_int_eq(errno, EINTR);
	ck_assert(late.silent);
	http_client_expect(&f.client, "/nothing", "", 204, &reply); /* nor did it leave a body */
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

static const struct {
	const char *entry;
	int code;
	const char *words;
} refusals[] = {
	{ "bare", -EINVAL, "the app has no handle()" },
	{ "refuses", -EACCES, "the app's open() failed: Permission denied" },
	{ "nobody", -ENOENT, "nobody" },
};

START_TEST(an_app_that_cannot_be_had_says_why)
{
	json_auto_t *settings = settings_of(refusals[_i].entry, NULL);
	const struct site site = { .group = "blue", .ip = "127.0.0.1", .port = 80 };
	const struct server_options options = { .site = &site,
						.kind = &module_app_kind,
						.settings = settings };
	struct loop_fixture f;
	struct error e = { 0 };

	loop_fixture_init(&f, 0, NULL);
	ck_assert_int_eq(loop_add(f.loop, &options, &e), refusals[_i].code);
	ck_assert_msg(strstr(e.text, refusals[_i].words) != NULL, "%s", e.text);
	loop_fixture_release(&f);
}
END_TEST

static const struct {
	const char *settings, *problem;
} checks[] = {
	{ "{\"kind\": \"module\"}", "app.path: " },
	{ "{\"kind\": \"module\", \"path\": 7}", "app.path: " },
	{ "{\"kind\": \"module\", \"path\": \"/nowhere.so\"}", "app.path: " },
	{ "{\"kind\": \"module\", \"path\": \"no-such-module\"}", "app.path: " },
	{ "{\"kind\": \"module\", \"path\": \"/dev/null\", \"settings\": []}", "app.settings: " },
	{ "{\"kind\": \"module\", \"path\": \"/dev/null\", \"entree\": \"a\"}", "app.entree: " },
	{ "{\"kind\": \"module\", \"path\": \"/dev/null\", \"work\": 1}", "app.work: " },
};

START_TEST(settings_are_checked_before_a_start)
{
	json_auto_t *settings = json_loads(checks[_i].settings, 0, NULL);
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct problems p = { 0 };

	app_check(settings, "/base", "app", &p);
	problems_format(&p, NULL, &text);
	ck_assert_msg(strstr(buf_text(&text), checks[_i].problem) != NULL, "%s", buf_text(&text));
	problems_release(&p);
}
END_TEST

START_TEST(a_module_that_is_there_is_no_problem)
{
	json_auto_t *settings = settings_of("any", "{}");
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct problems p = { 0 };

	json_object_set_new(settings, "work", json_string("mp_input_q"));
	app_check(settings, "/base", "app", &p);
	problems_format(&p, NULL, &text);
	ck_assert_str_eq(buf_text(&text), "");
	ck_assert_str_eq(app_work(settings), "mp_input_q");
	problems_release(&p);
}
END_TEST

Suite *app_module_suite(void)
{
	Suite *s = suite_create("app_module");
	TCase *t = tcase_create("requests");

	tcase_add_test(t, shows_the_request_as_it_was_sent);
	tcase_add_test(t, a_request_without_query_and_body_has_neither);
	tcase_add_test(t, an_app_knows_its_server);
	tcase_add_test(t, a_body_for_an_app_that_takes_none_is_refused);
	tcase_add_test(t, request_and_reply_are_over_when_handle_returns);
	suite_add_tcase(s, t);
	t = tcase_create("replies");
	tcase_add_test(t, the_last_body_and_every_header_go_out);
	tcase_add_loop_test(t, replies_are_what_http_has, 0, (int)ARRAY_SIZE(replies));
	tcase_add_test(t, an_error_without_a_body_says_what_it_is_called);
	tcase_add_test(t, head_has_the_headers_alone);
	tcase_add_loop_test(t, what_http_does_not_have_is_answered_500, 0, (int)ARRAY_SIZE(faults));
	suite_add_tcase(s, t);
	t = tcase_create("settings");
	tcase_add_loop_test(t, an_app_that_cannot_be_had_says_why, 0, (int)ARRAY_SIZE(refusals));
	tcase_add_loop_test(t, settings_are_checked_before_a_start, 0, (int)ARRAY_SIZE(checks));
	tcase_add_test(t, a_module_that_is_there_is_no_problem);
	suite_add_tcase(s, t);
	return s;
}
