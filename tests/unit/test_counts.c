/* test_counts.c - the counters of servers/loop.h: exact, whatever clients do */
#include "servers/loop.h"

#include "servers/reply.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <microhttpd.h>
#include <string.h>

#define BIG (8u << 20) /* more than the socket buffers hold */
#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static uint64_t count(const struct loop_fixture *f, size_t offset)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->count; i++)
		sum += board_get((const void *)((const char *)&f->cells[i] + offset));
	return sum;
}
#define COUNT(f, field) count(f, offsetof(struct board_cell, field))

START_TEST(counts_what_was_sent_by_status_and_without_the_bodies_of_head)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply get, head, post;
	char length[32];

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_expect(&c, "/", "", 200, &get);
	http_client_send(&c, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(http_client_reply(&c, true, &head));
	ck_assert_int_eq(head.status, 200);
	snprintf(length, sizeof(length), "%zu", get.body.len);
	ck_assert_str_eq(http_reply_header(&head, "Content-Length"), length);
	http_client_send(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
	ck_assert(http_client_reply(&c, false, &post));
	ck_assert_int_eq(post.status, 405);
	ck_assert_str_eq(http_reply_header(&post, "Allow"), "GET, HEAD, OPTIONS");
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(COUNT(&f, requests), 3);
	ck_assert_uint_eq(COUNT(&f, classes[2]), 2);
	ck_assert_uint_eq(COUNT(&f, classes[4]), 1);
	ck_assert_uint_eq(COUNT(&f, bytes_sent), get.body.len + post.body.len);
	loop_fixture_release(&f);
	http_reply_release(&get);
	http_reply_release(&head);
	http_reply_release(&post);
}
END_TEST

START_TEST(a_client_that_leaves_in_the_middle_is_no_request)
{
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (int i = 0; i < 20; i++) {
		loop_fixture_connect(&f, 0, &c);
		http_client_send(
			&c, i % 2 ? "GET / HTTP/1.1\r\nHost"
				  : "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12");
		http_client_close(&c);
	}
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(COUNT(&f, accepted), 20);
	ck_assert_uint_eq(COUNT(&f, requests), 0);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(what_is_no_request_ends_the_connection_and_counts_for_nothing)
{
	static const char *const bad[] = {
		"\x16\x03\x01\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
	};
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, bad[_i]);
	while (!http_client_ended(&c))
		buf_clear(&c.in);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(COUNT(&f, requests), 0);
	loop_fixture_release(&f);
}
END_TEST

static void handle_big(struct app *app ATTR_UNUSED, struct request *request ATTR_UNUSED,
		       struct reply *reply)
{
	struct reply_body body = { 0 };

	reply_body_make(REPLY_TEXT, calloc(1, BIG), BIG, &body);
	reply_once(reply, MHD_HTTP_OK, &body);
}

START_TEST(a_reply_that_was_not_taken_is_not_counted)
{
	const struct app_kind big = { .name = "big", .handle = handle_big };
	const struct linger reset = { .l_onoff = 1 };
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add_kind(&f, &big, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	while (!http_client_has_bytes(&c))
		sched_yield();
	ck_assert_uint_eq(board_get(&f.cells[0].active), 1);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	http_client_close(&c);
	loop_fixture_connect(&f, 0, &c);
	http_client_expect(&c, "/", "", 200, &reply);
	http_reply_release(&reply);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(COUNT(&f, requests), 1);
	ck_assert_uint_eq(COUNT(&f, classes[2]), 1);
	ck_assert_uint_eq(COUNT(&f, bytes_sent), BIG);
	loop_fixture_release(&f);
}
END_TEST

Suite *counts_suite(void)
{
	Suite *s = suite_create("counts");
	TCase *t = tcase_create("counts");

	tcase_add_test(t, counts_what_was_sent_by_status_and_without_the_bodies_of_head);
	tcase_add_test(t, a_client_that_leaves_in_the_middle_is_no_request);
	tcase_add_test(t, a_reply_that_was_not_taken_is_not_counted);
	tcase_add_loop_test(t, what_is_no_request_ends_the_connection_and_counts_for_nothing, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
