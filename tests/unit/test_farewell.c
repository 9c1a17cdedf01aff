/* test_farewell.c - servers/farewell.h: the last reply arrives, whether or not
 * the client has left room for it. */
#include "servers/farewell.h"

#include "common/cc.h"
#include "common/fd.h"
#include "servers/conn.h"
#include "servers/reply.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

/* Clients that have left no room ------------------------------------------- */

#define HEAD_MS 100
#define BEGUN "GET / HTTP/1.1\r\nHo"

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

/* The server with its client, whose replies nobody else has an eye on. */
struct crowded {
	struct dir_fixture dir;
	struct loop_fixture f;
};

static void crowded_init(struct crowded *w, bool unix_socket)
{
	static struct loop_limits limits;
	static const struct loop_options options = { .connections_max = 10000,
						     .wire = true,
						     .limits = &limits };
	struct address address;
	char path[128];

	limits = loop_limits_default;
	limits.head_timeout_ms = HEAD_MS;
	dir_fixture_init(&w->dir);
	loop_fixture_init(&w->f, 0, &options);
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

/* At most bytes, in steps of so many; how many the socket took. */
static size_t stuff(int fd, size_t bytes, size_t step)
{
	static const char crowd[1024];
	size_t sent = 0;
	ssize_t n = 1;

	while (n > 0 && sent < bytes) {
		n = send(fd, crowd, MIN(bytes - sent, step), MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
	}
	return sent;
}

/* Connect, be answered, and have up to bytes of zeros in the way of what the
 * server sends next; how many there are. */
static size_t crowd(const struct crowded *w, struct http_client *c, size_t bytes)
{
	const int small = 1, now = 1; /* the least there is */
	size_t sent = 0, more = 1;
	int fd;

	loop_fixture_connect(&w->f, 0, c);
	get(c);
	fd = atomic_load(&answered_fd);
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

static const struct crowded_talk {
	const char *text; /* of the client */
	int status;
	bool unix_socket;
	bool half_closed;
} crowded_talks[] = {
	{ BAD, 400, true, false },    { BAD, 400, true, true },    { BAD, 400, false, false },
	{ BAD, 400, false, true },    { BEGUN, 408, true, false }, /* reading is shut */
	{ BEGUN, 408, false, false },
};

START_TEST(a_reply_that_finds_no_room_waits_for_it)
{
	const struct crowded_talk *talk = &crowded_talks[_i];
	struct http_client c;
	struct crowded w;
	size_t bytes;

	crowded_init(&w, talk->unix_socket);
	bytes = crowd(&w, &c, SIZE_MAX);
	http_client_send(&c, talk->text);
	if (talk->half_closed)
		shutdown(c.fd, SHUT_WR);
	wait_closed(&w);
	expect_crowd(&c, bytes);
	expect_last(&c, talk->status);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&w.f, 0);
	crowded_release(&w);
}
END_TEST

/* Wherever the socket's room ends: before, within and behind the reply. */
START_TEST(a_reply_that_was_sent_in_part_goes_on_where_it_stopped)
{
	struct http_client c;
	struct crowded w;
	size_t full, bytes;

	crowded_init(&w, false);
	full = crowd(&w, &c, SIZE_MAX);
	http_client_close(&c);
	for (size_t room = 0; room < 400; room += 20) {
		bytes = crowd(&w, &c, full - room);
		http_client_send(&c, BAD);
		wait_closed(&w);
		expect_crowd(&c, bytes);
		expect_last(&c, 400);
		ck_assert(http_client_ended(&c));
		http_client_close(&c);
	}
	loop_fixture_drain(&w.f, 0);
	crowded_release(&w);
}
END_TEST

/* A client may send all that it has before it reads. */
START_TEST(what_comes_while_a_reply_waits_is_read)
{
	char *more = calloc(1, FAREWELL_BYTES / 2);
	struct http_client c;
	struct crowded w;
	size_t bytes;

	ck_assert_ptr_nonnull(more);
	crowded_init(&w, true);
	bytes = crowd(&w, &c, SIZE_MAX);
	http_client_send(&c, BAD);
	ck_assert_int_eq(fd_write_all(c.fd, more, FAREWELL_BYTES / 2), 0);
	ck_assert_int_eq(fd_write_all(c.fd, more, 1), 0);
	expect_crowd(&c, bytes);
	expect_last(&c, 400);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
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
	before = count_fds();
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		crowd(&w, &c[i], SIZE_MAX);
		http_client_send(&c[i], BAD);
		wait_closed(&w);
	}
	ck_assert_uint_le(count_fds() - before - ARRAY_SIZE(c), FAREWELL_MAX);
	for (size_t i = 0; i < FAREWELL_MAX / 2; i++)
		http_client_close(&c[i]); /* which is seen while a reply waits, too */
	loop_fixture_drain(&w.f, 0);      /* the others' time ends by itself */
	ck_assert_uint_eq(board_get(&w.f.cells[0].violations), ARRAY_SIZE(c));
	for (size_t i = FAREWELL_MAX / 2; i < ARRAY_SIZE(c); i++)
		http_client_close(&c[i]);
	crowded_release(&w);
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
	expect_last(&c, 400);
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
	TCase *t = tcase_create("farewell"), *full = tcase_create("full");

	tcase_add_test(t, a_client_that_is_still_sending_gets_its_reply);
	tcase_add_test(t, what_is_complete_before_a_violation_is_answered_first);
	tcase_add_test(t, those_that_linger_are_bounded);
	tcase_add_test(t, a_new_connection_is_not_mistaken_for_one_that_lingers);
	tcase_add_test(t, a_loop_that_is_out_of_descriptors_replies);
	tcase_add_loop_test(full, a_reply_that_finds_no_room_waits_for_it, 0,
			    ARRAY_SIZE(crowded_talks));
	tcase_add_test(full, a_reply_that_was_sent_in_part_goes_on_where_it_stopped);
	tcase_add_test(full, what_comes_while_a_reply_waits_is_read);
	tcase_add_test(full, those_that_leave_no_room_are_bounded);
	suite_add_tcase(s, t);
	suite_add_tcase(s, full);
	return s;
}
