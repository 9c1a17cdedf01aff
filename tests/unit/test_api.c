/* test_api.c - servers/api.h: who is answered what */
#include "tests/unit/api_fixture.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

/* method, path, on which socket: status and Allow. */
static const struct {
	const char *method, *path;
	int where, status;
	const char *allow;
} routes[] = {
	{ "GET", "/", API_HTTP, 200, "" },
	{ "GET", "/workers", API_HTTP, 200, "" },
	{ "GET", "/workers", API_CONTROL, 200, "" },
	{ "GET", "/workers/", API_HTTP, 404, "" },
	{ "GET", "/api/plan", API_HTTP, 200, "" },
	{ "GET", "/api/status?pretty", API_HTTP, 200, "" },
	{ "GET", "/api/status", API_CONTROL, 200, "" },
	{ "HEAD", "/api/status", API_HTTP, 200, "" },
	{ "HEAD", "/healthz", API_HTTP, 200, "" },
	{ "POST", "/api/status", API_HTTP, 405, "GET, HEAD" },
	{ "DELETE", "/", API_CONTROL, 405, "GET, HEAD" },
	{ "GET", "/api/stop", API_HTTP, 405, "POST" },
	{ "HEAD", "/api/stop", API_CONTROL, 405, "POST" },
	{ "PUT", "/api/stop", API_CONTROL, 405, "POST" },
	{ "POST", "/api/stop", API_HTTP, 403, "" },
	{ "GET", "/api", API_HTTP, 404, "" },
	{ "GET", "/api/", API_HTTP, 404, "" },
	{ "GET", "/api/status/", API_HTTP, 404, "" },
	{ "GET", "//api/status", API_HTTP, 404, "" },
	{ "GET", "/API/status", API_HTTP, 404, "" },
	{ "GET", "/api/status%00", API_HTTP, 400, "" },
	{ "POST", "/nowhere", API_CONTROL, 404, "" },
};

START_TEST(answers_by_path_method_and_socket)
{
	struct api_fixture f;
	struct http_reply reply;

	api_fixture_init(&f);
	api_fixture_ask(&f, routes[_i].where, routes[_i].method, routes[_i].path, "localhost",
			&reply);
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
	api_fixture_release(&f);
}
END_TEST

START_TEST(an_unknown_path_is_told_what_there_is)
{
	struct api_fixture f;
	struct http_reply reply;
	json_t *doc;

	api_fixture_init(&f);
	http_client_expect(&f.client, "/x", "", 404, &reply);
	doc = json_loads(buf_text(&reply.body), 0, NULL);
	ck_assert_int_eq(api_fixture_number(doc, "status"), 404);
	ck_assert_str_eq(api_fixture_text(doc, "error"), "no such endpoint");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(doc, "endpoints"), 1)),
			 "GET /api/status");
	json_decref(doc);
	http_reply_release(&reply);
	api_fixture_release(&f);
}
END_TEST

START_TEST(stops_when_the_control_socket_says_so)
{
	struct api_fixture f;
	struct http_reply reply;

	api_fixture_init(&f);
	api_fixture_ask(&f, API_CONTROL, "POST", "/api/stop", "x", &reply);
	ck_assert_int_eq(reply.status, 202);
	ck_assert_str_eq(buf_text(&reply.body), "{\"status\":\"stopping\"}\n");
	ck_assert_int_eq(f.stops, 1);
	http_reply_release(&reply);
	f.stop_result = -EPIPE;
	api_fixture_ask(&f, API_CONTROL, "POST", "/api/stop", "x", &reply);
	ck_assert_int_eq(reply.status, 500);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "the manager is deaf"));
	http_reply_release(&reply);
	api_fixture_release(&f);
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
		{ "localhost:80", API_HTTP, 200 },
		{ "panel.example", API_HTTP, 200 },
		{ "evil.example:12321", API_HTTP, 421 },
		{ "evil.example", API_CONTROL, 200 },
	};
	static const char *const paths[] = { "/", "/api/status", "/healthz", "/workers" };
	struct api_fixture f;
	struct http_reply reply;

	api_fixture_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		api_fixture_ask(&f, cases[_i].where, "GET", paths[i], cases[_i].host, &reply);
		ck_assert_int_eq(reply.status, cases[_i].status);
		http_reply_release(&reply);
	}
	api_fixture_release(&f);
}
END_TEST

START_TEST(the_page_shows_each_worker_and_links_its_servers)
{
	struct api_fixture f;
	struct http_reply reply;
	const char *page;

	api_fixture_init(&f);
	http_client_expect(&f.client, "/workers", "", 200, &reply);
	page = buf_text(&reply.body);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(strstr(page, "<h1>test &quot;1&quot;</h1>"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"http://127.0.0.1:10/\""));
	ck_assert_ptr_nonnull(strstr(page, "href=\"http://127.0.0.1:21/\""));
	ck_assert_ptr_null(strstr(page, "127.0.0.1:12/"));
	ck_assert_ptr_null(strstr(page, "<script"));
	http_reply_release(&reply);
	api_fixture_release(&f);
}
END_TEST

/* With a welcome site: what it has, and what stays the endpoint's own. */
static const struct {
	const char *method, *path, *host;
	int where, status;
	const char *has;
} site_routes[] = {
	{ "GET", "/", "localhost", API_HTTP, 200, "<h1>welcome</h1>" },
	{ "GET", "/a.css", "localhost", API_HTTP, 200, "body{}" },
	{ "GET", "/x", "localhost", API_HTTP, 404, "" },
	{ "GET", "/../x", "localhost", API_HTTP, 400, "" },
	{ "DELETE", "/", "localhost", API_HTTP, 405, "" },
	{ "GET", "/", "evil.example", API_HTTP, 421, "status.hosts" },
	{ "GET", "/a.css", "evil.example", API_HTTP, 421, "status.hosts" },
	{ "GET", "/workers", "localhost", API_HTTP, 200, "START_SEQUENCE_NUM" },
	{ "GET", "/api/status", "localhost", API_HTTP, 200, "\"manager\"" },
	{ "GET", "/api/x", "localhost", API_HTTP, 404, "\"endpoints\"" },
	{ "GET", "/api", "localhost", API_HTTP, 404, "\"endpoints\"" },
	{ "GET", "/", "x", API_CONTROL, 200, "START_SEQUENCE_NUM" },
	{ "GET", "/a.css", "x", API_CONTROL, 404, "\"endpoints\"" },
};

static void make_site(const struct dir_fixture *dir)
{
	dir_fixture_write(dir, "index.html", "<h1>welcome</h1>");
	dir_fixture_write(dir, "a.css", "body{}");
}

START_TEST(the_site_has_the_root_and_no_path_of_the_api)
{
	struct dir_fixture dir;
	struct api_fixture f;
	struct http_reply reply;

	dir_fixture_init(&dir);
	make_site(&dir);
	api_fixture_init_site(&f, dir.path);
	api_fixture_ask(&f, site_routes[_i].where, site_routes[_i].method, site_routes[_i].path,
			site_routes[_i].host, &reply);
	ck_assert_int_eq(reply.status, site_routes[_i].status);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), site_routes[_i].has));
	http_reply_release(&reply);
	api_fixture_release(&f);
	dir_fixture_release(&dir);
}
END_TEST

START_TEST(the_site_may_load_nothing_but_its_own)
{
	struct dir_fixture dir;
	struct api_fixture f;
	struct http_reply reply;

	dir_fixture_init(&dir);
	make_site(&dir);
	api_fixture_init_site(&f, dir.path);
	http_client_expect(&f.client, "/", "", 200, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Security-Policy"),
			 "default-src 'self'; base-uri 'none'; form-action 'none'; "
			 "frame-ancestors 'none'");
	ck_assert_str_eq(http_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
	ck_assert_str_eq(http_reply_header(&reply, "Cache-Control"), "no-cache");
	http_reply_release(&reply);
	api_fixture_release(&f);
	dir_fixture_release(&dir);
}
END_TEST

START_TEST(a_site_that_is_gone_leaves_the_table)
{
	struct api_fixture f;
	struct http_reply reply;

	api_fixture_init_site(&f, "/nonexistent/welcome");
	http_client_expect(&f.client, "/", "", 200, &reply);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "START_SEQUENCE_NUM"));
	http_reply_release(&reply);
	api_fixture_release(&f);
}
END_TEST

Suite *api_suite(void)
{
	Suite *s = suite_create("api");
	TCase *t = tcase_create("routes");

	tcase_add_loop_test(t, answers_by_path_method_and_socket, 0, (int)ARRAY_SIZE(routes));
	tcase_add_test(t, an_unknown_path_is_told_what_there_is);
	tcase_add_test(t, stops_when_the_control_socket_says_so);
	tcase_add_loop_test(t, answers_to_its_own_names_only, 0, 4);
	tcase_add_test(t, the_page_shows_each_worker_and_links_its_servers);
	tcase_add_loop_test(t, the_site_has_the_root_and_no_path_of_the_api, 0,
			    (int)ARRAY_SIZE(site_routes));
	tcase_add_test(t, the_site_may_load_nothing_but_its_own);
	tcase_add_test(t, a_site_that_is_gone_leaves_the_table);
	suite_add_tcase(s, t);
	return s;
}
