/* test_farewell_room.c - servers/farewell.h: the last reply arrives at a client
 * that has left no room for it. */
#include "servers/farewell.h"

#include "common/cc.h"
#include "common/fd.h"
#include "servers/conn.h"
#include "servers/reply.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define BAD "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"

/* The server's end of the connection that was answered last. */
static atomic_int answered_fd;

static void tell_fd_handle(struct app *app ATTR_UNUSED, struct request *request,
			   struct reply *reply)
{
	struct reply_body body = { 0 };

	atomic_store(&answered_fd, conn_of(request)->fd);
	reply_body_make(REPLY_TEXT, calloc(1, 1), 1, &body);
	reply_once(reply, 200, &body);
}

static const struct app_kind tell_fd_kind = { .name = "tell-fd", .handle = tell_fd_handle };

struct crowded {
	struct dir_fixture dir;
	struct loop_fixture f;
};

static void crowded_init(struct crowded *w, bool unix_socket)
{
	struct address address;
	char path[128];

	dir_fixture_init(&w->dir);
	loop_fixture_init(&w->f, 0, NULL);
	snprintf(path, sizeof(path), "%s/socket", w->dir.path);
	if (unix_socket)
		ck_assert_int_eq(address_from_path(&address, path, NULL), 0);
	else
		ck_assert_int_eq(address_from_ip(&address, w->f.ip.text, 0, NULL), 0);
	loop_fixture_add(&w->f, &address, &tell_fd_kind, NULL);
	loop_fixture_start(&w->f);
}

static void crowded_release(struct crowded *w)
{
	loop_fixture_release(&w->f);
	dir_fixture_release(&w->dir);
}

/* At most bytes, in steps of so many; how many the socket took. By the bare call:
 * the descriptor is the loop's, and ThreadSanitizer sees a race when that closes it
 * later. */
static size_t stuff(int fd, size_t bytes, size_t step)
{
	static const char crowd[1024];
	size_t sent = 0;
	ssize_t n = 1;

	while (n > 0 && sent < bytes) {
		n = syscall(SYS_sendto, fd, crowd, MIN(bytes - sent, step), MSG_DONTWAIT, NULL, 0);
		sent += n > 0 ? (size_t)n : 0;
	}
	return sent;
}

/* Have up to bytes of zeros in the way of what fd sends next to the client;
 * how many there are. */
static size_t crowd(int fd, const struct http_client *c, size_t bytes)
{
	const int small = 1, now = 1; /* the least there is */
	size_t sent = 0, more = 1;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	while (more > 0) {
		more = stuff(fd, bytes - sent, 1024);
		more += stuff(fd, bytes - sent - more, 1);
		sent += more;
		/* What came by TCP is acknowledged at once: no room from that later. */
		setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
	}
	return sent;
}

/* The same for one that connects and is answered. */
static size_t connect_crowded(const struct crowded *w, struct http_client *c, size_t bytes)
{
	struct http_reply reply;

	loop_fixture_connect(&w->f, 0, c);
	http_client_expect(c, "/", "", 200, &reply);
	http_reply_release(&reply);
	return crowd(atomic_load(&answered_fd), c, bytes);
}

/* The loop has seen to all that came before. */
static void turn(const struct crowded *w)
{
	struct http_reply reply;
	struct http_client c;

	loop_fixture_connect(&w->f, 0, &c);
	http_client_expect(&c, "/", "", 200, &reply);
	http_reply_release(&reply);
	http_client_close(&c);
}

static void wait_closed(const struct crowded *w)
{
	while (board_get(&w->f.cells[0].connections) > 0)
		sched_yield();
}

static void expect_crowd(struct http_client *c, size_t bytes)
{
	char *got = calloc(1, bytes + 1);
	size_t zeros = 0;

	ck_assert_ptr_nonnull(got);
	memset(got, 'x', bytes);
	ck_assert_int_eq(recv(c->fd, got, bytes, MSG_WAITALL), (ssize_t)bytes);
	while (zeros < bytes && got[zeros] == '\0')
		zeros++;
	ck_assert_uint_eq(zeros, bytes);
	free(got);
}

enum half_close { NEVER, AT_ONCE, WHILE_IT_WAITS };

static const struct crowded_talk {
	bool unix_socket;
	enum half_close half_close;
} crowded_talks[] = {
	{ false, NEVER }, { false, AT_ONCE }, { false, WHILE_IT_WAITS },
	{ true, NEVER },  { true, AT_ONCE },  { true, WHILE_IT_WAITS },
};

START_TEST(a_reply_that_finds_no_room_waits_for_it)
{
	const struct crowded_talk *talk = &crowded_talks[_i];
	struct http_client c;
	struct crowded w;
	size_t bytes;

	crowded_init(&w, talk->unix_socket);
	bytes = connect_crowded(&w, &c, SIZE_MAX);
	http_client_send(&c, BAD);
	if (talk->half_close == AT_ONCE)
		shutdown(c.fd, SHUT_WR);
	wait_closed(&w);
	if (talk->half_close == WHILE_IT_WAITS)
		shutdown(c.fd, SHUT_WR);
	turn(&w);
	expect_crowd(&c, bytes);
	http_client_expect_last(&c, 400);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&w.f, 0);
	crowded_release(&w);
}
END_TEST

/* Two ends of a connection. */
static void pair_make(const struct loop_fixture *f, bool unix_socket, int ends[2])
{
	struct address address;
	int listening;

	if (unix_socket) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
		return;
	}
	ck_assert_int_eq(address_from_ip(&address, f->ip.text, 0, NULL), 0);
	listening = net_listen(&address, false);
	ck_assert_int_ge(listening, 0);
	ck_assert_int_eq(getsockname(listening, &address.any, &address.len), 0);
	ends[1] = net_connect(&address);
	ends[0] = net_accept(listening);
	ck_assert(ends[0] >= 0 && ends[1] >= 0);
	close(listening);
}

/* As it is for those whose request took too long. */
START_TEST(a_reply_waits_also_when_reading_is_shut)
{
	struct http_client c = { .in = BUF_INIT(1 << 20) };
	struct loop_fixture f;
	size_t bytes;
	int ends[2];

	loop_fixture_init(&f, 0, NULL);
	pair_make(&f, _i == 0, ends);
	c.fd = ends[1];
	bytes = crowd(ends[0], &c, SIZE_MAX);
	shutdown(ends[0], SHUT_RD);
	farewell_linger(f.loop, ends[0], 408, true);
	loop_fixture_start(&f);
	expect_crowd(&c, bytes);
	http_client_expect_last(&c, 408);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

/* Wherever the socket's room ends: before, within and behind the reply. */
START_TEST(a_reply_that_was_sent_in_part_goes_on_where_it_stopped)
{
	struct http_client c;
	struct crowded w;
	size_t full, bytes;

	crowded_init(&w, false);
	full = connect_crowded(&w, &c, SIZE_MAX);
	http_client_close(&c);
	for (size_t room = 0; room < 400; room += 20) {
		bytes = connect_crowded(&w, &c, full - room);
		http_client_send(&c, BAD);
		wait_closed(&w);
		expect_crowd(&c, bytes);
		http_client_expect_last(&c, 400);
		ck_assert(http_client_ended(&c));
		http_client_close(&c);
	}
	loop_fixture_drain(&w.f, 0);
	crowded_release(&w);
}
END_TEST

/* Is the connection still there when its end comes? */
static bool lingers_after_waiting(void)
{
	struct http_client c;
	struct crowded w;
	size_t before, bytes;
	bool there;

	crowded_init(&w, true);
	before = net_open_fds();
	bytes = connect_crowded(&w, &c, SIZE_MAX);
	http_client_send(&c, BAD);
	wait_closed(&w);
	expect_crowd(&c, bytes);
	http_client_expect_last(&c, 400);
	ck_assert(http_client_ended(&c));
	there = net_open_fds() == before + 2; /* c is one */
	http_client_close(&c);
	loop_fixture_drain(&w.f, 0);
	crowded_release(&w);
	return there;
}

/* It is over a second later, so that on a busy machine it may not be seen. */
START_TEST(the_end_follows_the_last_byte_and_not_the_linger)
{
	bool there = false;

	for (int i = 0; i < 10 && !there; i++)
		there = lingers_after_waiting();
	ck_assert(there);
}
END_TEST

/* False: the server did not take it all. */
static bool send_while_it_waits(const struct crowded *w, const char *more)
{
	const int small = 1; /* less than is sent */
	struct http_client c;
	size_t bytes;
	bool taken;

	bytes = connect_crowded(w, &c, SIZE_MAX);
	ck_assert_int_eq(setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	http_client_send(&c, BAD);
	taken = fd_write_all(c.fd, more, FAREWELL_BYTES / 2) == 0;
	if (taken) {
		expect_crowd(&c, bytes);
		http_client_expect_last(&c, 400);
		ck_assert(http_client_ended(&c));
	}
	http_client_close(&c);
	return taken;
}

/* A client may send all that it has before it reads. */
START_TEST(what_comes_while_a_reply_waits_is_read)
{
	char *more = calloc(1, FAREWELL_BYTES / 2);
	struct crowded w;
	bool taken = false;

	ck_assert_ptr_nonnull(more);
	crowded_init(&w, true);
	for (int i = 0; i < 3 && !taken; i++) /* it may be held up for too long */
		taken = send_while_it_waits(&w, more);
	ck_assert(taken);
	loop_fixture_drain(&w.f, 0);
	free(more);
	crowded_release(&w);
}
END_TEST

/* Neither their number nor their patience holds the loop up. */
START_TEST(those_that_leave_no_room_are_bounded)
{
	struct http_client c[FAREWELL_MAX + 40];
	struct crowded w;
	size_t before;

	crowded_init(&w, true);
	before = net_open_fds();
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		connect_crowded(&w, &c[i], SIZE_MAX);
		http_client_send(&c[i], BAD);
		wait_closed(&w);
	}
	ck_assert_uint_le(net_open_fds() - before - ARRAY_SIZE(c), FAREWELL_MAX);
	for (size_t i = 0; i < FAREWELL_MAX / 2; i++)
		http_client_close(&c[i]);     /* which is seen while a reply waits, too */
	loop_fixture_drain(&w.f, UINT32_MAX); /* the others' time ends by itself */
	ck_assert_uint_eq(board_get(&w.f.cells[0].violations), ARRAY_SIZE(c));
	for (size_t i = FAREWELL_MAX / 2; i < ARRAY_SIZE(c); i++)
		http_client_close(&c[i]);
	crowded_release(&w);
}
END_TEST

Suite *farewell_room_suite(void)
{
	Suite *s = suite_create("farewell_room");
	TCase *t = tcase_create("farewell_room");

	tcase_add_loop_test(t, a_reply_that_finds_no_room_waits_for_it, 0,
			    ARRAY_SIZE(crowded_talks));
	tcase_add_loop_test(t, a_reply_waits_also_when_reading_is_shut, 0, 2);
	tcase_add_test(t, the_end_follows_the_last_byte_and_not_the_linger);
	tcase_add_test(t, a_reply_that_was_sent_in_part_goes_on_where_it_stopped);
	tcase_add_test(t, what_comes_while_a_reply_waits_is_read);
	tcase_add_test(t, those_that_leave_no_room_are_bounded);
	suite_add_tcase(s, t);
	return s;
}
