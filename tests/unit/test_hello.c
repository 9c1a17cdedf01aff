/* test_hello.c - the kind "hello", and the pages of servers/page.h */
#include "servers/app_hello.h"

#include "servers/page.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

struct hello_fixture {
	struct loop_fixture loop;
	struct http_client client;
};

static void setup(struct hello_fixture *f)
{
	loop_fixture_init(&f->loop, 1, NULL);
	f->loop.servers[0].site.group = "<b>&\"'";
	loop_fixture_start(&f->loop);
	loop_fixture_connect(&f->loop, 0, &f->client);
}

static void teardown(struct hello_fixture *f)
{
	http_client_close(&f->client);
	loop_fixture_drain(&f->loop, 0);
	loop_fixture_release(&f->loop);
}

START_TEST(says_as_json_which_server_it_is)
{
	struct hello_fixture f;
	json_t *doc, *want;

	setup(&f);
	doc = http_client_json(&f.client, "/");
	want = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:n}", "group", "<b>&\"'", "ip",
			 f.loop.ip.text, "port", f.loop.servers[0].site.port, "START_SEQUENCE_NUM",
			 7, "pid", (int)getpid(), "core", 3, "work");
	ck_assert(json_equal(doc, want));
	json_decref(doc);
	json_decref(want);
	teardown(&f);
}
END_TEST

START_TEST(says_it_as_a_page_with_nothing_unescaped)
{
	struct hello_fixture f;
	struct http_reply reply;
	char fact[64];

	setup(&f);
	http_client_expect(&f.client, "/", "Accept: text/html\r\n", 200, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_str_eq(http_reply_header(&reply, "Vary"), "Accept");
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "&lt;b&gt;&amp;&quot;&#39;"));
	ck_assert_ptr_null(strstr(buf_text(&reply.body), "<b>"));
	snprintf(fact, sizeof(fact), "START_SEQUENCE_NUM 7<br>core 3<br>pid %d</main>",
		 (int)getpid());
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), fact));
	snprintf(fact, sizeof(fact), "%d</h1>", f.loop.servers[0].site.port);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), fact));
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

/* Rows are JSON, and may be any of it. */
static const struct {
	const char *row, *shown;
} rows[] = {
	{ "{\"name\":\"<b>\"}",
	  "<pre style=\"white-space:pre-wrap\">{&quot;name&quot;:&quot;&lt;b&gt;"
	  "&quot;}</pre>" },
	{ "\"text\"", ">&quot;text&quot;</pre>" },
	{ "7", ">7</pre>" },
	{ "null", ">null</pre>" },
};

START_TEST(shows_the_row_that_it_keeps)
{
	json_auto_t *row = json_loads(rows[_i].row, JSON_DECODE_ANY, NULL);
	AUTO_FREE char *longer = NULL;
	struct hello_fixture f;
	struct http_reply reply;
	json_t *doc;

	loop_fixture_init(&f.loop, 1, NULL);
	ck_assert_int_gt(asprintf(&longer, "%s,9", rows[_i].row), 0); /* it ends by its length */
	f.loop.servers[0].site.row = longer;
	f.loop.servers[0].site.row_len = strlen(rows[_i].row);
	loop_fixture_start(&f.loop);
	loop_fixture_connect(&f.loop, 0, &f.client);
	doc = http_client_json(&f.client, "/");
	ck_assert(json_equal(json_object_get(doc, "work"), row));
	json_decref(doc);
	http_client_expect(&f.client, "/", "Accept: text/html\r\n", 200, &reply);
	ck_assert_msg(strstr(buf_text(&reply.body), rows[_i].shown) != NULL, "%s",
		      buf_text(&reply.body));
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(a_long_row_is_cut_between_characters)
{
	static const char shown[] = ">&quot;";
	struct hello_fixture f;
	struct http_reply reply;
	char row[4000] = "\"";
	const char *at;

	for (size_t i = 1; i + 1 < sizeof(row) - 1; i += 2)
		memcpy(row + i, "ö", 2);
	loop_fixture_init(&f.loop, 1, NULL);
	f.loop.servers[0].site.row = row;
	f.loop.servers[0].site.row_len = strlen(row);
	loop_fixture_start(&f.loop);
	loop_fixture_connect(&f.loop, 0, &f.client);
	http_client_expect(&f.client, "/", "Accept: text/html\r\n", 200, &reply);
	at = strstr(buf_text(&reply.body), shown);
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_eq(strstr(at, "ö…</pre>"), strstr(at, "…</pre>") - 2);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(gives_each_client_what_it_wants)
{
	static const struct {
		const char *accept, *type;
	} cases[] = {
		{ "", "text/html; charset=utf-8" },
		{ "Accept: */*\r\n", "text/html; charset=utf-8" },
		{ "Accept: application/json\r\n", "application/json" },
		{ "Accept: text/html;q=0.9, application/json\r\n", "application/json" },
		{ "Accept: text/html, application/json;q=0.9\r\n", "text/html; charset=utf-8" },
	};
	struct hello_fixture f;
	struct http_reply reply;

	setup(&f);
	http_client_expect(&f.client, "/", cases[_i].accept, 200, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), cases[_i].type);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

START_TEST(errors_come_as_the_client_wants_them)
{
	struct hello_fixture f;
	struct http_reply reply;
	json_t *doc;

	setup(&f);
	http_client_send(&f.client, "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(http_client_reply(&f.client, false, &reply));
	ck_assert_int_eq(reply.status, 405);
	ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), "<h1>405 Method Not Allowed</h1>"));
	http_reply_release(&reply);
	http_client_send(&f.client,
			 "DELETE / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n");
	ck_assert(http_client_reply(&f.client, false, &reply));
	ck_assert_int_eq(reply.status, 405);
	doc = json_loads(buf_text(&reply.body), 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "status")), 405);
	json_decref(doc);
	http_reply_release(&reply);
	teardown(&f);
}
END_TEST

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

/* Well into a later second: the loop's clock may be a little behind. */
static void await_second_after(time_t second)
{
	struct timespec t;

	do {
		sched_yield();
		clock_gettime(CLOCK_REALTIME, &t);
	} while (t.tv_sec <= second || t.tv_nsec < 50000000);
}

/* Made once, stamped anew. */
START_TEST(replies_carry_the_date_of_the_moment)
{
	struct hello_fixture f;
	struct http_reply reply;
	time_t before, date;
	struct tm tm = { 0 };

	setup(&f);
	await_second_after(0);
	for (int i = 0; i < 2; i++) {
		before = now();
		http_client_expect(&f.client, "/", "", 200, &reply);
		ck_assert_ptr_nonnull(strptime(http_reply_header(&reply, "Date"),
					       "%a, %d %b %Y %H:%M:%S GMT", &tm));
		date = timegm(&tm);
		ck_assert_int_ge(date, before);
		ck_assert_int_le(date, now());
		ck_assert_ptr_null(strstr(strstr(buf_text(&reply.head), "Date:") + 1, "Date:"));
		http_reply_release(&reply);
		await_second_after(date);
	}
	teardown(&f);
}
END_TEST

START_TEST(a_group_has_a_colour)
{
	static const struct {
		const char *group, *css;
	} cases[] = {
		{ "blue", "#2b7de9" }, { "green", "#2e9e4f" },    { "a", "hsl(" },
		{ "", "hsl(" },        { "\"><script>", "hsl(" },
	};
	AUTO_BUF struct buf page = BUF_INIT(100);

	page_colour(&page, cases[_i].group);
	ck_assert_int_eq(strncmp(buf_text(&page), cases[_i].css, strlen(cases[_i].css)), 0);
}
END_TEST

Suite *hello_suite(void)
{
	Suite *s = suite_create("hello");
	TCase *t = tcase_create("hello");

	tcase_add_test(t, says_as_json_which_server_it_is);
	tcase_add_test(t, says_it_as_a_page_with_nothing_unescaped);
	tcase_add_loop_test(t, shows_the_row_that_it_keeps, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(t, a_long_row_is_cut_between_characters);
	tcase_add_loop_test(t, gives_each_client_what_it_wants, 0, 5);
	tcase_add_test(t, errors_come_as_the_client_wants_them);
	tcase_add_test(t, replies_carry_the_date_of_the_moment);
	suite_add_tcase(s, t);
	t = tcase_create("page");
	tcase_add_loop_test(t, a_group_has_a_colour, 0, 5);
	suite_add_tcase(s, t);
	return s;
}
