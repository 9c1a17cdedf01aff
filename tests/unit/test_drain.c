/* test_drain.c - loop_drain() of servers/loop.h */
#include "servers/loop.h"

#include "common/cc.h"
#include "common/clock.h"
#include "servers/reply.h"
#include "servers/request.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <microhttpd.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define POST_HALF "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234"
#define LONG_MS 50000  /* below Check's own limit */
#define SLOW_MS 200    /* more than the grace of an idle connection */
#define BIG (8u << 20) /* more than the socket buffers hold */

static void expect_last(struct http_client *c, int status)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
	http_reply_release(&reply);
	ck_assert(http_client_ended(c));
	http_client_close(c);
}

static void connect_idle(const struct loop_fixture *f, struct http_client *ret)
{
	struct http_reply reply;

	loop_fixture_connect(f, 0, ret);
	http_client_expect(ret, "/", "", 200, &reply);
	http_reply_release(&reply);
}

/* Begin a drain; when an idle connection has ended it is well under way. */
static void begin_drain(struct loop_fixture *f, struct http_client *idle)
{
	loop_drain(f->loop, LONG_MS);
	ck_assert(http_client_ended(idle));
	http_client_close(idle);
}

START_TEST(answers_whole_what_waits_in_the_accept_queues)
{
	struct http_client c[60];
	struct loop_fixture f;

	loop_fixture_init(&f, 3, NULL);
	for (size_t i = 0; i < 60; i++) {
		loop_fixture_connect(&f, i % 3, &c[i]);
		http_client_send(&c[i], GET);
	}
	loop_drain(f.loop, LONG_MS);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 60; i++)
		expect_last(&c[i], 200);
	loop_fixture_join(&f);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(board_get(&f.cells[i].requests), 20);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(ends_idle_connections_and_takes_no_new_one)
{
	struct http_client c[20], late;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 19; i++)
		connect_idle(&f, &c[i]);
	loop_fixture_connect(&f, 0, &c[19]); /* that never says a word */
	begin_drain(&f, &c[0]);
	for (size_t i = 1; i < 20; i++) {
		ck_assert(http_client_ended(&c[i]));
		http_client_close(&c[i]);
	}
	loop_fixture_join(&f);
	loop_fixture_connect(&f, 0, &late); /* waits for who comes next */
	http_client_close(&late);
	ck_assert_uint_eq(board_get(&f.cells[0].accepted), 20);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(accepts_nobody_after_the_sweep)
{
	struct http_client idle, half[3], late;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 3; i++) {
		connect_idle(&f, &half[i]);
		http_client_send(&half[i], POST_HALF);
	}
	connect_idle(&f, &idle);
	begin_drain(&f, &idle);
	loop_fixture_connect(&f, 0, &late);
	http_client_send(&late, GET);
	/* The loop turns several times: it would see who is late. */
	for (size_t i = 0; i < 3; i++) {
		http_client_send(&half[i], "56789");
		expect_last(&half[i], 405);
	}
	loop_fixture_join(&f);
	ck_assert_uint_eq(board_get(&f.cells[0].accepted), 4);
	http_client_close(&late);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(answers_a_request_that_is_on_its_way)
{
	struct http_client idle, half, head;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	connect_idle(&f, &half);
	http_client_send(&half, POST_HALF);
	connect_idle(&f, &head);
	http_client_send(&head, "GET / HTTP/1.1\r\nHost: ");
	connect_idle(&f, &idle);
	begin_drain(&f, &idle);
	http_client_send(&half, "56789");
	expect_last(&half, 405);
	http_client_send(&head, "x\r\n\r\n");
	expect_last(&head, 200);
	loop_fixture_join(&f);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(answers_what_was_sent_before_it)
{
	struct http_client c[50];
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 50; i++)
		connect_idle(&f, &c[i]);
	for (size_t i = 0; i < 50; i++)
		http_client_send(&c[i], GET);
	loop_drain(f.loop, LONG_MS);
	for (size_t i = 0; i < 50; i++) {
		struct http_reply reply;

		/* With "close" or without: before the drain or within. */
		ck_assert(http_client_reply(&c[i], false, &reply));
		ck_assert_int_eq(reply.status, 200);
		http_reply_release(&reply);
		ck_assert(http_client_ended(&c[i]));
		http_client_close(&c[i]);
	}
	loop_fixture_join(&f);
	ck_assert_uint_eq(board_get(&f.cells[0].requests), 100);
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

START_TEST(a_reply_under_way_is_sent_whole)
{
	const struct app_kind big = { .name = "big", .handle = handle_big };
	struct http_client idle, c;
	struct http_reply reply;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_add_kind(&f, &big, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 1, &c);
	http_client_send(&c, GET);
	while (!http_client_has_bytes(&c))
		sched_yield();
	connect_idle(&f, &idle);
	begin_drain(&f, &idle);
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_uint_eq(reply.body.len, BIG);
	http_reply_release(&reply);
	/* The reply had begun before the drain and promised to stay. */
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_join(&f);
	ck_assert_uint_eq(board_get(&f.cells[1].bytes_sent), BIG);
	loop_fixture_release(&f);
}
END_TEST

static sem_t busy, go_on;

/* "/slow" holds the loop up until it may go on, and for so long at least. */
static void handle_slowly(struct app *app ATTR_UNUSED, struct request *request, struct reply *reply)
{
	uint64_t until_ns = clock_mono_ns() + SLOW_MS * CLOCK_NS_PER_MS;

	if (strcmp(request->path, "/slow") == 0) {
		sem_post(&busy);
		while (sem_wait(&go_on) < 0)
			;
		while (clock_mono_ns() < until_ns)
			sched_yield();
	}
	reply_error(reply, MHD_HTTP_GONE, NULL, "slow");
}

static void await_busy(void)
{
	while (sem_wait(&busy) < 0)
		;
}

/* The loop is held up until the grace is over: what came meanwhile is seen
 * before the connection is taken for idle. */
START_TEST(a_slow_app_costs_nobody_his_request)
{
	const struct app_kind slow = { .name = "slow", .handle = handle_slowly };
	struct http_client c, first, second;
	struct http_reply reply;
	struct loop_fixture f;

	ck_assert(sem_init(&busy, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0);
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_add_kind(&f, &slow, NULL);
	loop_fixture_start(&f);
	connect_idle(&f, &c);
	loop_fixture_connect(&f, 1, &first);
	loop_fixture_connect(&f, 1, &second);
	http_client_expect(&second, "/", "", 410, &reply);
	http_reply_release(&reply);
	http_client_get(&first, "/slow", "");
	await_busy();
	/* Both are seen when the first is done: the second runs in the drain. */
	loop_drain(f.loop, LONG_MS);
	http_client_get(&second, "/slow", "");
	sem_post(&go_on);
	await_busy();
	http_client_send(&c, GET);
	sem_post(&go_on);
	expect_last(&c, 200);
	expect_last(&second, 410);
	ck_assert(http_client_reply(&first, false, &reply));
	ck_assert_int_eq(reply.status, 410);
	http_reply_release(&reply);
	ck_assert(http_client_ended(&first));
	http_client_close(&first);
	loop_fixture_join(&f);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(the_deadline_ends_what_is_left)
{
	struct http_client half, quiet;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	connect_idle(&f, &half);
	http_client_send(&half, POST_HALF);
	loop_fixture_connect(&f, 0, &quiet);
	loop_drain(f.loop, (unsigned)_i);
	ck_assert(http_client_ended(&half));
	ck_assert(http_client_ended(&quiet));
	http_client_close(&half);
	http_client_close(&quiet);
	loop_fixture_join(&f);
	ck_assert_uint_eq(board_get(&f.cells[0].requests), 1);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_second_call_shortens_the_time_and_never_extends_it)
{
	struct http_client idle, half;
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	connect_idle(&f, &half);
	http_client_send(&half, POST_HALF);
	connect_idle(&f, &idle);
	begin_drain(&f, &idle);
	loop_drain(f.loop, 1);
	loop_drain(f.loop, UINT32_MAX);
	ck_assert(http_client_ended(&half));
	http_client_close(&half);
	loop_fixture_join(&f);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_loop_without_connections_ends_at_once)
{
	struct loop_fixture f;

	loop_fixture_init(&f, (size_t)_i, NULL);
	loop_fixture_start(&f);
	loop_fixture_drain(&f, LONG_MS);
	loop_fixture_release(&f);
}
END_TEST

Suite *drain_suite(void)
{
	Suite *s = suite_create("drain");
	TCase *t = tcase_create("drain");

	tcase_add_test(t, answers_whole_what_waits_in_the_accept_queues);
	tcase_add_test(t, ends_idle_connections_and_takes_no_new_one);
	tcase_add_test(t, accepts_nobody_after_the_sweep);
	tcase_add_test(t, answers_a_request_that_is_on_its_way);
	tcase_add_test(t, a_slow_app_costs_nobody_his_request);
	tcase_add_test(t, answers_what_was_sent_before_it);
	tcase_add_test(t, a_reply_under_way_is_sent_whole);
	tcase_add_loop_test(t, the_deadline_ends_what_is_left, 0, 4);
	tcase_add_test(t, a_second_call_shortens_the_time_and_never_extends_it);
	tcase_add_loop_test(t, a_loop_without_connections_ends_at_once, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
