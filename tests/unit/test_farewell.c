/* test_farewell.c - servers/farewell.h: the last reply arrives */
#include "servers/farewell.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/fd.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define BAD "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"

static void get(struct http_client *c)
{
	struct http_reply reply;

	http_client_send(c, GET);
	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, 200);
	http_reply_release(&reply);
}

/* Was the client itself held up for longer than it is waited for? */
static bool held_up(uint64_t since_ns, unsigned ms)
{
	return clock_mono_ns() - since_ns >= ms * CLOCK_NS_PER_MS;
}

/* False: there was a reset. */
static bool send_before_reading(struct http_client *c, const char *more)
{
	char byte;

	http_client_send(c, BAD);
	while (recv(c->fd, &byte, 1, MSG_PEEK) < 1)
		;
	if (fd_write_all(c->fd, more, FAREWELL_BYTES / 2) < 0 || fd_write_all(c->fd, more, 1) < 0)
		return false; /* EPIPE after a reset */
	http_client_expect_last(c, 400);
	return recv(c->fd, &byte, 1, 0) == 0; /* the end, not ECONNRESET */
}

/* Neither reset nor lost, though the client goes on sending before it reads. */
START_TEST(a_client_that_is_still_sending_gets_its_reply)
{
	char *more = calloc(1, FAREWELL_BYTES / 2);
	struct loop_fixture f;
	struct http_client c;
	uint64_t began_ns;
	unsigned talks = 0;
	bool got = false;

	ck_assert_ptr_nonnull(more);
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	while (!got) {
		loop_fixture_connect(&f, 0, &c);
		began_ns = clock_mono_ns();
		got = send_before_reading(&c, more);
		ck_assert(got || held_up(began_ns, FAREWELL_MS));
		http_client_close(&c);
		talks++;
	}
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), talks);
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
	http_client_expect_last(&c, 400);
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
	before = net_open_fds();
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], BAD);
		http_client_expect_last(&c[i], 400);
	}
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		ck_assert(http_client_ended(&c[i]));
	ck_assert_uint_le(net_open_fds() - before - ARRAY_SIZE(c), FAREWELL_MAX);
	loop_fixture_connect(&f, 0, &last);
	http_client_send(&last, BAD);
	http_client_expect_last(&last, 400);
	http_client_close(&last);
	/* The others are still open on their side: their time ends by itself. */
	loop_fixture_drain(&f, UINT32_MAX);
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
	http_client_expect_last(&gone, 400);
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

/* Without one to keep the connection, the reply is sent all the same. */
START_TEST(a_loop_that_is_out_of_descriptors_replies)
{
	struct rlimit limit, none = { 0 };
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	get(&c);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	http_client_send(&c, BAD);
	http_client_expect_last(&c, 400);
	ck_assert(http_client_ended(&c));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	http_client_close(&c);
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
	tcase_add_test(t, a_loop_that_is_out_of_descriptors_replies);
	suite_add_tcase(s, t);
	return s;
}
