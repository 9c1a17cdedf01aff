/* test_deadlines.c - servers/deadlines.h: clients that take their time. What is
 * awaited is the end of a connection, never a time. */
#include "servers/deadlines.h"

#include "common/cc.h"
#include "common/clock.h"
#include "servers/app_echo.h"
#include "servers/reply.h"
#include "servers/request.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <microhttpd.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static const struct loop_limits hasty = {
	.head_max_bytes = 65536,
	.body_max_bytes = 65536,
	.head_timeout_ms = 100,
	.request_timeout_ms = 100,
};

static void start(struct loop_fixture *f, bool wire)
{
	const struct loop_options options = { .connections_max = 100,
					      .wire = wire,
					      .limits = &hasty };

	loop_fixture_init(f, 0, &options);
	loop_fixture_add_kind(f, &echo_app_kind, NULL);
	loop_fixture_start(f);
}

static void expect(struct http_client *c, int status)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	http_reply_release(&reply);
}

static void end_within(struct loop_fixture *f, uint64_t least, uint64_t most)
{
	loop_fixture_drain(f, 0);
	ck_assert_uint_ge(board_get(&f->cells[0].timeouts), least);
	ck_assert_uint_le(board_get(&f->cells[0].timeouts), most);
	ck_assert_uint_eq(board_get(&f->cells[0].violations), 0);
	loop_fixture_release(f);
}

static void end(struct loop_fixture *f, uint64_t timeouts)
{
	end_within(f, timeouts, timeouts);
}

static bool is_late(uint64_t since_ns)
{
	return clock_mono_ns() - since_ns >= hasty.head_timeout_ms * CLOCK_NS_PER_MS;
}

/* Connect and send it, within the deadline. False: this thread was held up for
 * longer, c is closed. */
static bool send_in_time(const struct loop_fixture *f, struct http_client *c, const char *text)
{
	uint64_t began_ns = clock_mono_ns();

	loop_fixture_connect(f, 0, c);
	send(c->fd, text, strlen(text), MSG_NOSIGNAL);
	if (!is_late(began_ns))
		return true;
	http_client_close(c);
	return false;
}

/* A loop, and a client that has sent it. */
static void start_with(struct loop_fixture *f, bool wire, struct http_client *c, const char *text)
{
	start(f, wire);
	while (!send_in_time(f, c, text)) {
		loop_fixture_drain(f, 0);
		loop_fixture_release(f);
		start(f, wire);
	}
}

START_TEST(a_silent_client_is_closed_without_a_word)
{
	struct loop_fixture f;
	struct http_client c;

	start(&f, _i);
	loop_fixture_connect(&f, 0, &c);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	end(&f, 1);
}
END_TEST

static const char *const parts[] = {
	"GET / HTTP/1.1\r\n",
	"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
	"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcd",
	"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5",
	/* libmicrohttpd tells of no line that is not whole: these need the wire. */
	"G",
	"GET / HTTP/1.1",
};
#define PARTS 7
#define PARTS_WITHOUT_WIRE 5

START_TEST(a_part_of_a_request_is_told_408)
{
	bool wire = _i >= PARTS_WITHOUT_WIRE;
	struct loop_fixture f;
	struct http_client c;

	start_with(&f, wire, &c, parts[wire ? _i - PARTS_WITHOUT_WIRE : _i]);
	expect(&c, 408);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	end(&f, 1);
}
END_TEST

START_TEST(the_next_request_has_a_deadline_too)
{
	struct loop_fixture f;
	struct http_client c;

	start_with(&f, true, &c, GET);
	expect(&c, 200);
	http_client_send(&c, parts[_i]);
	expect(&c, 408);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	end(&f, 1);
}
END_TEST

/* Each byte comes in time; all of them do not. */
START_TEST(slow_bytes_do_not_extend_it)
{
	bool wire = _i;
	struct loop_fixture f;
	struct http_client slow, other;
	struct http_reply reply;
	uint64_t late = 0;

	start_with(&f, wire, &other, GET);
	expect(&other, 200);
	while (!send_in_time(&f, &slow, "GET / HTTP/1.1\r\nX: "))
		late++;
	/* Without a wire it may end with a reset and no word. */
	while (!http_client_has_bytes(&slow) && send(slow.fd, "x", 1, MSG_NOSIGNAL) == 1) {
		http_client_send(&other, GET); /* who goes on meanwhile */
		expect(&other, 200);
	}
	if (http_client_reply(&slow, false, &reply)) {
		ck_assert_int_eq(reply.status, 408);
		ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
		http_reply_release(&reply);
	} else {
		ck_assert(!wire);
	}
	http_client_close(&slow);
	http_client_close(&other);
	end_within(&f, 1, 1 + late);
}
END_TEST

START_TEST(between_two_requests_there_is_more_time)
{
	struct loop_fixture f;
	struct http_client patient, silent;

	start_with(&f, true, &patient, GET);
	expect(&patient, 200);
	/* By now a head's time has passed, several looks long. */
	for (int i = 0; i < 3; i++) {
		loop_fixture_connect(&f, 0, &silent);
		ck_assert(http_client_ended(&silent));
		http_client_close(&silent);
	}
	http_client_send(&patient, GET);
	expect(&patient, 200);
	http_client_close(&patient);
	end(&f, 3);
}
END_TEST

static sem_t held, go_on;

/* "/hold" keeps the loop until it may go on, and for longer than the deadline. */
static void hold_handle(struct app *app ATTR_UNUSED, struct request *request, struct reply *reply)
{
	uint64_t began_ns = clock_mono_ns();

	if (strcmp(request->path, "/hold") == 0) {
		sem_post(&held);
		while (sem_wait(&go_on) < 0)
			;
		while (!is_late(began_ns))
			sched_yield();
	}
	reply_error(reply, MHD_HTTP_GONE, NULL, "gone");
}

static const struct app_kind hold_kind = { .name = "hold", .handle = hold_handle };

/* The client's request is sent while the loop is held up. False: its own time
 * was over before. */
static bool send_while_held(const struct loop_fixture *f, struct http_client *holder)
{
	uint64_t began_ns = clock_mono_ns();
	struct http_client c;
	bool in_time;

	loop_fixture_connect(f, 0, &c);
	while (board_get(&f->cells[0].accepted) < 2)
		sched_yield();
	http_client_get(holder, "/hold", "");
	while (sem_wait(&held) < 0)
		;
	in_time = !is_late(began_ns);
	send(c.fd, GET, strlen(GET), MSG_NOSIGNAL);
	sem_post(&go_on);
	expect(holder, 410);
	if (in_time)
		expect(&c, 410);
	http_client_close(&c);
	return in_time;
}

START_TEST(a_loop_that_was_held_up_blames_nobody)
{
	const struct loop_options options = { .connections_max = 100,
					      .wire = true,
					      .limits = &hasty };
	struct http_client holder;
	struct loop_fixture f;
	bool done = false;

	ck_assert(sem_init(&held, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0);
	while (!done) {
		loop_fixture_init(&f, 0, &options);
		loop_fixture_add_kind(&f, &hold_kind, NULL);
		loop_fixture_start(&f);
		if (send_in_time(&f, &holder, GET)) {
			expect(&holder, 410);
			done = send_while_held(&f, &holder);
			http_client_close(&holder);
		}
		loop_fixture_drain(&f, 0);
		loop_fixture_release(&f);
	}
}
END_TEST

START_TEST(silence_between_requests_ends_at_the_idle_time_out)
{
	const struct loop_options options = { .connections_max = 100,
					      .idle_timeout_s = 1,
					      .wire = true };
	struct loop_fixture f;
	struct http_client c, busy;
	char byte;

	loop_fixture_init(&f, 1, &options);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &busy);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect(&c, 200);
	do {
		http_client_send(&busy, GET);
		expect(&busy, 200);
	} while (recv(c.fd, &byte, 1, MSG_DONTWAIT) < 0);
	for (int i = 0; i < 100; i++) { /* one that was silent as long would be closed by now */
		http_client_send(&busy, GET);
		expect(&busy, 200);
	}
	http_client_close(&c);
	http_client_close(&busy);
	end(&f, 1);
}
END_TEST

Suite *deadlines_suite(void)
{
	Suite *s = suite_create("deadlines");
	TCase *t = tcase_create("deadlines");

	tcase_add_loop_test(t, a_silent_client_is_closed_without_a_word, 0, 2);
	tcase_add_loop_test(t, a_part_of_a_request_is_told_408, 0, PARTS_WITHOUT_WIRE + PARTS);
	tcase_add_loop_test(t, the_next_request_has_a_deadline_too, 0, PARTS);
	tcase_add_loop_test(t, slow_bytes_do_not_extend_it, 0, 2);
	tcase_add_test(t, between_two_requests_there_is_more_time);
	tcase_add_test(t, a_loop_that_was_held_up_blames_nobody);
	tcase_add_test(t, silence_between_requests_ends_at_the_idle_time_out);
	suite_add_tcase(s, t);
	return s;
}
