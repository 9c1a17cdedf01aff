/* test_hangup.c - servers/hangup.h */
#include "servers/hangup.h"

#include "common/cc.h"
#include "servers/reply.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <microhttpd.h>
#include <semaphore.h>
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

static sem_t busy, go_on;

/* Keeps the loop until it is told to go on. */
static void keep_handle(struct app *app ATTR_UNUSED, struct request *request ATTR_UNUSED,
			struct reply *reply)
{
	sem_post(&busy);
	while (sem_wait(&go_on) < 0)
		;
	reply_error(reply, MHD_HTTP_NOT_FOUND, NULL, "done");
}

static const struct app_kind keep_kind = { .name = "keep", .handle = keep_handle };

static void expect_replies(struct http_client *c, int count)
{
	struct http_reply reply;

	for (int i = 0; i < count; i++) {
		ck_assert(http_client_reply(c, false, &reply));
		ck_assert_int_eq(reply.status, 200);
		http_reply_release(&reply);
	}
}

/* Its bytes and its end arrive together, while the loop is busy: one edge. */
START_TEST(a_client_that_has_sent_its_last_is_answered_and_closed)
{
	struct http_client c, keeper;
	struct loop_fixture f;
	struct http_reply reply;

	sem_init(&busy, 0, 0);
	sem_init(&go_on, 0, 0);
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_add_kind(&f, &keep_kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect_replies(&c, 1);
	loop_fixture_connect(&f, 1, &keeper);
	http_client_send(&keeper, GET);
	while (sem_wait(&busy) < 0)
		;
	http_client_send(&c, closers[_i].sent);
	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
	sem_post(&go_on);
	expect_replies(&c, closers[_i].replies);
	ck_assert(http_client_ended(&c));
	ck_assert(http_client_reply(&keeper, false, &reply));
	http_reply_release(&reply);
	http_client_close(&c);
	http_client_close(&keeper);
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
