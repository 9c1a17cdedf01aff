/* test_load_conn.c - one connection, step by step: what comes when it is not
 * expected. */
#include "common/cc.h"
#include "load/conn.h"
#include "load/record.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

static struct load_fixture f;
static struct record record;
static struct conn_io io;
static struct conn_target target;
static struct conn c;
static int listening;

static void listen_and_init(void)
{
	struct address address;

	ck_assert_int_eq(address_from_ip(&address, net_ip(0).text, 0, NULL), 0);
	listening = net_listen(&address, false);
	ck_assert_int_ge(listening, 0);
	ck_assert_int_eq(getsockname(listening, &address.any, &address.len), 0);
	load_fixture_init(&f, &address);
	load_fixture_request(&f);
	ck_assert_int_eq(record_init(&record, &f.job, NULL), 0);
	ck_assert_int_eq(conn_io_init(&io, &f.job, &record, NULL), 0);
	record_begin(&record, clock_mono_ns());
	io.now_ns = clock_mono_ns();
	target = (struct conn_target) { .target = &f.targets[0] };
	conn_init(&c, &target);
}

static void release(void)
{
	conn_close(&io, &c);
	conn_io_release(&io);
	record_release(&record);
	load_fixture_release(&f);
	close(listening);
}

/* Until it is not BUSY. */
static enum conn_outcome next(void)
{
	enum conn_outcome outcome = CONN_BUSY;
	struct epoll_event event;

	while (outcome == CONN_BUSY) {
		ck_assert_int_eq(epoll_wait(io.epoll, &event, 1, -1), 1);
		outcome = conn_event(&io, event.data.ptr, event.events);
	}
	return outcome;
}

/* What the server has said, its end for "", is there before the connection looks. */
static int accept_and_say(const char *text)
{
	struct pollfd p = { .fd = c.fd, .events = POLLIN };
	int fd = net_accept(listening);

	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
	if (*text == '\0')
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_int_eq(poll(&p, 1, -1), 1);
	return fd;
}

static uint64_t errors(enum load_error error)
{
	return record.stats.targets[0].counts.errors[error];
}

START_TEST(a_greeting_is_unexpected)
{
	AUTO_CLOSE int fd = -1;

	listen_and_init();
	ck_assert_int_eq(conn_open(&io, &c), CONN_BUSY);
	fd = accept_and_say(SCRIPT_HELLO);
	ck_assert_int_eq(next(), CONN_ENDED);
	ck_assert_uint_eq(errors(LOAD_ERROR_UNEXPECTED), 1);
	ck_assert_int_eq(c.state, CONN_DOWN);
	release();
}
END_TEST

START_TEST(an_end_that_came_before_the_request_is_seen_after_it)
{
	AUTO_CLOSE int fd = -1;

	listen_and_init();
	ck_assert_int_eq(conn_open(&io, &c), CONN_BUSY);
	fd = accept_and_say("");
	ck_assert_int_eq(next(), CONN_READY);
	ck_assert_int_eq(conn_ask(&io, &c, io.now_ns), CONN_BUSY);
	ck_assert_int_eq(next(), CONN_ENDED);
	ck_assert_uint_eq(errors(LOAD_ERROR_CLOSED), 1);
	release();
}
END_TEST

START_TEST(a_whole_reply_forgets_the_connections_that_were_good_for_nothing)
{
	AUTO_CLOSE int fd = -1;

	listen_and_init();
	c.barren = 7;
	ck_assert_int_eq(conn_open(&io, &c), CONN_BUSY);
	ck_assert_int_eq(next(), CONN_READY);
	ck_assert_uint_eq(c.barren, 7);
	ck_assert_int_eq(conn_ask(&io, &c, io.now_ns), CONN_BUSY);
	fd = accept_and_say(SCRIPT_HELLO);
	ck_assert_int_eq(next(), CONN_READY);
	ck_assert_uint_eq(c.barren, 0);
	ck_assert_uint_eq(record.stats.targets[0].counts.requests, 1);
	release();
}
END_TEST

START_TEST(an_event_of_a_connection_that_is_down_means_nothing)
{
	listen_and_init();
	ck_assert_int_eq(conn_event(&io, &c, EPOLLIN | EPOLLHUP | EPOLLERR), CONN_BUSY);
	ck_assert_uint_eq(load_counts_errors(&record.stats.targets[0].counts), 0);
	release();
}
END_TEST

Suite *load_conn_suite(void)
{
	Suite *suite = suite_create("load_conn");
	TCase *tcase = tcase_create("conn");

	tcase_add_test(tcase, a_greeting_is_unexpected);
	tcase_add_test(tcase, an_end_that_came_before_the_request_is_seen_after_it);
	tcase_add_test(tcase, a_whole_reply_forgets_the_connections_that_were_good_for_nothing);
	tcase_add_test(tcase, an_event_of_a_connection_that_is_down_means_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
