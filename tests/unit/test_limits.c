/* test_limits.c - servers/loop.h: what one client may take, to the byte */
#include "servers/loop.h"

#include "servers/app_echo.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define LARGEST (1u << 20)

static struct loop_fixture f;

/* Server 0 is hello, server 1 echo. */
static void start(struct loop_limits limits, bool wire)
{
	const struct loop_options options = { .connections_max = 100,
					      .wire = wire,
					      .limits = &limits };

	if (limits.head_max_bytes == 0)
		limits.head_max_bytes = loop_limits_default.head_max_bytes;
	limits.head_timeout_ms = limits.request_timeout_ms = 60000;
	loop_fixture_init(&f, 1, &options);
	loop_fixture_add_kind(&f, &echo_app_kind, NULL);
	loop_fixture_start(&f);
}

static void end(void)
{
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}

static void expect(struct http_client *c, int status, bool last)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), last ? "close" : "");
	ck_assert_str_ne(http_reply_header(&reply, "Content-Type"), "");
	http_reply_release(&reply);
	if (last)
		ck_assert(http_client_ended(c));
}

/* The text, then as many of the byte as make it len with the rest. */
static void send_filled(const char *text, char fill, size_t len, const char *rest, int status)
{
	AUTO_BUF struct buf head = BUF_INIT(LARGEST);
	struct http_client c;

	buf_adds(&head, text);
	while (head.len + strlen(rest) < len)
		buf_add(&head, &fill, 1);
	buf_adds(&head, rest);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, buf_text(&head));
	expect(&c, status, status != 200);
	http_client_close(&c);
}

static const uint32_t head_sizes[] = { 1024, 8192, 20000, 65536 };

START_TEST(a_head_may_have_its_bytes_and_no_more)
{
	size_t max = head_sizes[_i];
	const char line[] = "GET / HTTP/1.1\r\nHost: x\r\nX: ", end_of_line[] = "\r\n\r\n";
	const char target[] = "GET /", version[] = " HTTP/1.1\r\nHost: x\r\n\r\n";
	const char query[] = "GET /?";

	start((struct loop_limits) { .head_max_bytes = (uint32_t)max }, true);
	send_filled(line, 'x', max, end_of_line, 200);
	send_filled(line, 'x', max + 1, end_of_line, 431);
	send_filled(line, 'x', 4 * max, end_of_line, 431);
	send_filled(target, 'x', max, version, 200);
	send_filled(query, '&', max, version, 200); /* no record of each argument */
	send_filled(target, 'x', 2 * max, version, 414);
	end();
}
END_TEST

/* What libmicrohttpd keeps of each must have room in its memory. */
START_TEST(a_head_may_have_a_hundred_lines)
{
	AUTO_BUF struct buf head = BUF_INIT(LARGEST);
	struct http_client c;

	start((struct loop_limits) { .head_max_bytes = head_sizes[1] }, true);
	buf_adds(&head, "GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 1; i < 100; i++)
		buf_addf(&head, "X-%02d: %072d\r\n", i, i);
	ck_assert_uint_le(head.len, 8190);
	buf_adds(&head, "\r\n");
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, buf_text(&head));
	expect(&c, 200, false);
	head.len -= 2;
	buf_adds(&head, "a:\r\n\r\n");
	http_client_send(&c, buf_text(&head));
	expect(&c, 431, true);
	http_client_close(&c);
	end();
}
END_TEST

/* A kibibyte and a half of cookies, as a browser has them for a busy site. */
START_TEST(a_head_may_have_many_cookies)
{
	AUTO_BUF struct buf head = BUF_INIT(LARGEST);
	struct http_client c;

	start((struct loop_limits) { 0 }, true);
	buf_adds(&head, "GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b");
	for (int i = 0; i < 40; i++)
		buf_addf(&head, "; cookie_%02d=%030d", i, i);
	buf_adds(&head, "\r\n");
	for (int i = 0; i < 20; i++)
		buf_addf(&head, "X-%02d: %040d\r\n", i, i);
	buf_adds(&head, "\r\n");
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, buf_text(&head));
	expect(&c, 200, false);
	http_client_close(&c);
	end();
}
END_TEST

START_TEST(a_body_may_have_its_bytes_and_no_more)
{
	const struct loop_limits limits = { .body_max_bytes = 10 };
	struct http_client c;
	json_t *doc;

	start(limits, _i);
	loop_fixture_connect(&f, 1, &c);
	http_client_send(&c, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
	http_client_send(&c, "56789");
	expect(&c, 200, false);
	http_client_send(&c, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n");
	expect(&c, 200, false);
	doc = http_client_json(&c, "/"); /* nothing of it is left */
	ck_assert_str_eq(json_string_value(json_object_get(doc, "body")), "");
	json_decref(doc);
	http_client_send(&c, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
	expect(&c, 413, true);
	http_client_close(&c);
	loop_fixture_connect(&f, 1, &c);
	http_client_send(&c, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "4\r\nabcd\r\n7\r\nefghijk\r\n");
	expect(&c, 413, true);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[1].violations), 2);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_chunk_line_without_end_is_refused)
{
	AUTO_BUF struct buf text = BUF_INIT(LARGEST);
	struct http_client c;

	start((struct loop_limits) { .body_max_bytes = 10 }, true);
	buf_adds(&text, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;");
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "a");
	loop_fixture_connect(&f, 1, &c);
	http_client_send(&c, buf_text(&text));
	expect(&c, 400, true);
	http_client_close(&c);
	end();
}
END_TEST

/* Two are in; the third is told, and has its turn when one has left. */
static void two_at_once(void)
{
	struct http_client c[3];

	for (int i = 0; i < 2; i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], GET);
		expect(&c[i], 200, false);
	}
	loop_fixture_connect(&f, 0, &c[2]);
	http_client_send(&c[2], GET);
	expect(&c[2], 503, true);
	http_client_close(&c[2]);
	ck_assert_uint_eq(board_get(&f.cells[0].refused), 1);
	http_client_send(&c[0], GET "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	expect(&c[0], 200, false);
	expect(&c[0], 200, true);
	http_client_close(&c[0]);
	loop_fixture_connect(&f, 0, &c[0]);
	http_client_send(&c[0], GET);
	expect(&c[0], 200, false);
	http_client_close(&c[0]);
	http_client_close(&c[1]);
}

START_TEST(a_server_has_so_many_connections)
{
	struct http_client other[3];

	start((struct loop_limits) { .server_connections_max = 2 }, true);
	two_at_once();
	for (int i = 0; i < 2; i++) { /* the other server has as many of its own */
		loop_fixture_connect(&f, 1, &other[i]);
		http_client_send(&other[i], GET);
		expect(&other[i], 200, false);
	}
	for (int i = 0; i < 2; i++)
		http_client_close(&other[i]);
	end();
}
END_TEST

START_TEST(an_address_has_so_many_connections)
{
	start((struct loop_limits) { .address_connections_max = 2 }, true);
	two_at_once();
	end();
}
END_TEST

/* A second's worth at once, then no more than that: the clock decides when
 * the next may come, so it is tried until it may. */
START_TEST(a_server_has_so_many_new_connections_a_second)
{
	struct http_client c;
	struct http_reply reply;
	int status = 0;

	start((struct loop_limits) { .connections_per_s = 3 }, true);
	for (int i = 0; i < 3; i++) {
		loop_fixture_connect(&f, 0, &c);
		http_client_send(&c, GET);
		expect(&c, 200, false);
		http_client_close(&c);
	}
	while (board_get(&f.cells[0].refused) == 0 || status != 200) {
		loop_fixture_connect(&f, 0, &c);
		http_client_send(&c, GET);
		ck_assert(http_client_reply(&c, false, &reply));
		status = reply.status;
		if (status == 503)
			ck_assert_str_eq(http_reply_header(&reply, "Retry-After"), "1");
		else
			ck_assert_int_eq(status, 200);
		http_reply_release(&reply);
		http_client_close(&c);
	}
	end();
}
END_TEST

/* Whom its address's limit refuses has not come. */
START_TEST(the_refused_take_nothing_of_a_second)
{
	struct http_client c, more;

	start((struct loop_limits) { .connections_per_s = 2, .address_connections_max = 1 }, true);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect(&c, 200, false);
	for (int i = 0; i < 3; i++) {
		loop_fixture_connect(&f, 0, &more);
		http_client_send(&more, GET);
		expect(&more, 503, true);
		http_client_close(&more);
	}
	http_client_send(&c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	expect(&c, 200, true);
	http_client_close(&c);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect(&c, 200, false);
	http_client_close(&c);
	end();
}
END_TEST

/* The body is the same for all: what it said to one it must not say to others. */
START_TEST(a_connection_has_so_many_requests)
{
	struct http_client c, other;

	start((struct loop_limits) { .keepalive_requests_max = 3 }, true);
	loop_fixture_connect(&f, 0, &other);
	for (int round = 0; round < 2; round++) {
		loop_fixture_connect(&f, 0, &c);
		http_client_send(&c, GET GET GET GET);
		expect(&c, 200, false);
		expect(&c, 200, false);
		expect(&c, 200, true);
		http_client_close(&c);
		http_client_send(&other, GET);
		expect(&other, 200, false);
	}
	http_client_close(&other);
	end();
}
END_TEST

Suite *limits_suite(void)
{
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");

	tcase_add_loop_test(t, a_head_may_have_its_bytes_and_no_more, 0, ARRAY_SIZE(head_sizes));
	tcase_add_test(t, a_head_may_have_a_hundred_lines);
	tcase_add_test(t, a_head_may_have_many_cookies);
	tcase_add_loop_test(t, a_body_may_have_its_bytes_and_no_more, 0, 2);
	tcase_add_test(t, a_chunk_line_without_end_is_refused);
	tcase_add_test(t, a_server_has_so_many_connections);
	tcase_add_test(t, an_address_has_so_many_connections);
	tcase_add_test(t, a_server_has_so_many_new_connections_a_second);
	tcase_add_test(t, the_refused_take_nothing_of_a_second);
	tcase_add_test(t, a_connection_has_so_many_requests);
	suite_add_tcase(s, t);
	return s;
}
