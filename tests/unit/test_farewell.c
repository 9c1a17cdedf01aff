/* test_farewell.c - servers/farewell.h: the last reply arrives */
#include "servers/farewell.h"

#include "common/fd.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define BAD "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"

static void expect_last(struct http_client *c, int status)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
	ck_assert_str_ne(http_reply_header(&reply, "Date"), "");
	ck_assert_uint_gt(reply.body.len, 0);
	http_reply_release(&reply);
}

static void get(struct http_client *c)
{
	struct http_reply reply;

	http_client_send(c, GET);
	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, 200);
	http_reply_release(&reply);
}

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Neither reset nor lost, though the client goes on sending before it reads. */
START_TEST(a_client_that_is_still_sending_gets_its_reply)
{
	struct loop_fixture f;
	struct http_client c;
	char *more = malloc(FAREWELL_BYTES / 2);
	char byte;

	ck_assert_ptr_nonnull(more);
	memset(more, 'x', FAREWELL_BYTES / 2);
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, BAD);
	while (recv(c.fd, &byte, 1, MSG_PEEK) < 1)
		;
	ck_assert_int_eq(fd_write_all(c.fd, more, FAREWELL_BYTES / 2), 0);
	ck_assert_int_eq(fd_write_all(c.fd, more, 1), 0); /* EPIPE after a reset */
	expect_last(&c, 400);
	ck_assert_int_eq(recv(c.fd, &byte, 1, 0), 0); /* the end, not ECONNRESET */
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), 1);
	free(more);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(what_is_complete_before_a_violation_is_answered_first)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET GET BAD);
	for (int i = 0; i < 2; i++) {
		ck_assert(http_client_reply(&c, false, &reply));
		ck_assert_int_eq(reply.status, 200);
		http_reply_release(&reply);
	}
	expect_last(&c, 400);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

/* More clients that never close than may linger: all get the reply, and the
 * descriptors come back. */
START_TEST(those_that_linger_are_bounded)
{
	struct loop_fixture f;
	struct http_client c[FAREWELL_MAX + 40], last;
	size_t before;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	before = count_fds();
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], BAD);
		expect_last(&c[i], 400);
	}
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		ck_assert(http_client_ended(&c[i]));
	ck_assert_uint_le(count_fds() - before - ARRAY_SIZE(c), FAREWELL_MAX);
	loop_fixture_connect(&f, 0, &last);
	http_client_send(&last, BAD);
	expect_last(&last, 400);
	http_client_close(&last);
	/* The others are still open on their side: their time ends by itself. */
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), ARRAY_SIZE(c) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		http_client_close(&c[i]);
	loop_fixture_release(&f);
}
END_TEST

/* A descriptor that lingers under another number must not take what happens
 * to it out on the connection that has its old number now. */
START_TEST(a_new_connection_is_not_mistaken_for_one_that_lingers)
{
	struct loop_fixture f;
	struct http_client gone, c, other;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &other);
	loop_fixture_connect(&f, 0, &gone);
	http_client_send(&gone, BAD);
	expect_last(&gone, 400);
	ck_assert(http_client_ended(&gone));
	loop_fixture_connect(&f, 0, &c);
	get(&c);
	http_client_close(&gone); /* a hangup */
	for (int i = 0; i < 5; i++)
		get(&other); /* the loop has turned, and c had nothing to read */
	get(&c);
	http_client_close(&c);
	http_client_close(&other);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

Suite *farewell_suite(void)
{
	Suite *s = suite_create("farewell");
	TCase *t = tcase_create("farewell");

	tcase_add_test(t, a_client_that_is_still_sending_gets_its_reply);
	tcase_add_test(t, what_is_complete_before_a_violation_is_answered_first);
	tcase_add_test(t, those_that_linger_are_bounded);
	tcase_add_test(t, a_new_connection_is_not_mistaken_for_one_that_lingers);
	suite_add_tcase(s, t);
	return s;
}
