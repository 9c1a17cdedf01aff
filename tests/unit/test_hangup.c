/* test_hangup.c - servers/hangup.h */
#include "servers/hangup.h"

#include "common/cc.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <sys/socket.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static const struct {
	const char *sent;
	int replies;
} closers[] = {
	{ "", 0 },
	{ "GET / HT", 0 },
	{ "GET / HTTP/1.1\r\nHost: x\r\n", 0 },
	{ GET, 1 },
	{ GET GET GET, 3 },
	{ GET "GET /", 1 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 0 },
};

/* Its bytes and its end are there before MHD looks for the first time. */
START_TEST(a_client_that_has_sent_its_last_is_answered_and_closed)
{
	struct http_client c;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, closers[_i].sent);
	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
	loop_fixture_start(&f);
	for (int i = 0; i < closers[_i].replies; i++) {
		struct http_reply reply;

		ck_assert(http_client_reply(&c, false, &reply));
		ck_assert_int_eq(reply.status, 200);
		http_reply_release(&reply);
	}
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 1000);
	loop_fixture_release(&f);
}
END_TEST

Suite *hangup_suite(void)
{
	Suite *s = suite_create("hangup");
	TCase *t = tcase_create("hangup");

	tcase_add_loop_test(t, a_client_that_has_sent_its_last_is_answered_and_closed, 0,
			    ARRAY_SIZE(closers));
	suite_add_tcase(s, t);
	return s;
}
