/* test_echo.c - the kind "echo": what it shows of a request */
#include "servers/app_echo.h"

#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

/* The document about one request, sent as it is. New reference. */
static json_t *echo_of(const char *text)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;
	json_t *doc;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add_kind(&f, &echo_app_kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, text);
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "application/json");
	ck_assert_str_eq(http_reply_header(&reply, "Cache-Control"), "no-store");
	doc = json_loadb(buf_text(&reply.body), reply.body.len,
			 JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	ck_assert_msg(doc != NULL, "no JSON: %s", buf_text(&reply.body));
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "port")), f.servers[0].site.port);
	http_reply_release(&reply);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
	return doc;
}

START_TEST(shows_the_whole_request)
{
	json_t *doc = echo_of("PUT /a%20b/../c?x=%00&y HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n"
			      "x-one: two\r\nContent-Length: 3\r\n\r\nabc");
	json_t *want = json_pack(
		"{s:s, s:s, s:s, s:[[ss], [ss], [ss], [ss]], s:i, s:s, s:s, s:s, s:i, s:i, s:i}",
		"method", "PUT", "target", "/a%20b/../c?x=%00&y", "version", "HTTP/1.1", "headers",
		"Host", "a", "X-One", "1", "x-one", "two", "Content-Length", "3", "body_bytes", 3,
		"body", "abc", "group", "blue", "ip", net_ip(0).text, "port",
		(int)json_integer_value(json_object_get(doc, "port")), "START_SEQUENCE_NUM", 7,
		"pid", (int)getpid());

	ck_assert_ptr_nonnull(want);
	ck_assert(json_equal(doc, want));
	json_decref(want);
	json_decref(doc);
}
END_TEST

START_TEST(answers_every_method)
{
	static const char *const methods[] = { "GET",   "POST",    "DELETE",  "PATCH",
					       "TRACE", "OPTIONS", "PROPFIND" };
	AUTO_BUF struct buf text = BUF_INIT(4096);
	json_t *doc;

	buf_addf(&text, "%s / HTTP/1.1\r\nHost: a\r\n\r\n", methods[_i]);
	doc = echo_of(buf_text(&text));
	ck_assert_str_eq(json_string_value(json_object_get(doc, "method")), methods[_i]);
	ck_assert_str_eq(json_string_value(json_object_get(doc, "body")), "");
	json_decref(doc);
}
END_TEST

/* The odd bytes of a header are shown, and the JSON is good. */
START_TEST(shows_hostile_bytes_of_a_header)
{
	json_t *doc = echo_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\xff\"\\\xc3\xa4\r\n"
			      "Y: \xc3\xa4\r\n\r\n");
	json_t *headers = json_object_get(doc, "headers");

	ck_assert_str_eq(json_string_value(json_array_get(json_array_get(headers, 1), 1)),
			 "a\\xff\"\\\xc3\xa4");
	ck_assert_str_eq(json_string_value(json_array_get(json_array_get(headers, 2), 1)),
			 "\xc3\xa4");
	json_decref(doc);
}
END_TEST

static const struct {
	const char *body, *text, *base64; /* hex; one of both */
	size_t len;
} bodies[] = {
	{ "abc", "abc", NULL, 3 },           { "\xc3\xa4\x01\"", "\xc3\xa4\x01\"", NULL, 4 },
	{ "\xff", NULL, "/w==", 1 },         { "\xff\xfe", NULL, "//4=", 2 },
	{ "\xff\xfe\xfd", NULL, "//79", 3 }, { "abc\xff", NULL, "YWJj/w==", 4 },
	{ "\xc3", NULL, "ww==", 1 },
};

START_TEST(shows_a_body_as_text_or_in_base64)
{
	AUTO_BUF struct buf text = BUF_INIT(4096);
	json_t *doc;

	buf_addf(&text, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s",
		 bodies[_i].len, bodies[_i].body);
	doc = echo_of(buf_text(&text));
	if (bodies[_i].text != NULL)
		ck_assert_str_eq(json_string_value(json_object_get(doc, "body")), bodies[_i].text);
	else
		ck_assert_str_eq(json_string_value(json_object_get(doc, "body_base64")),
				 bodies[_i].base64);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "body_bytes")),
			 (json_int_t)bodies[_i].len);
	ck_assert_uint_eq(json_object_size(doc), 11);
	json_decref(doc);
}
END_TEST

START_TEST(answers_head_without_the_body)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add_kind(&f, &echo_app_kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	ck_assert(http_client_reply(&c, true, &reply));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_ne(http_reply_header(&reply, "Content-Length"), "0");
	ck_assert(http_client_ended(&c));
	http_reply_release(&reply);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

Suite *echo_suite(void)
{
	Suite *s = suite_create("echo");
	TCase *t = tcase_create("echo");

	tcase_add_test(t, shows_the_whole_request);
	tcase_add_loop_test(t, answers_every_method, 0, 7);
	tcase_add_test(t, shows_hostile_bytes_of_a_header);
	tcase_add_loop_test(t, shows_a_body_as_text_or_in_base64, 0, (int)ARRAY_SIZE(bodies));
	tcase_add_test(t, answers_head_without_the_body);
	suite_add_tcase(s, t);
	return s;
}
