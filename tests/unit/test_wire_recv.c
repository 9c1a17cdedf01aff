/* test_wire_recv.c - servers/wire_recv.h: what libmicrohttpd and a client see
 * of a violation. */
#include "servers/wire_recv.h"

#include "common/cc.h"
#include "common/fd.h"
#include "servers/app_hello.h"
#include "servers/reply.h"
#include "servers/wire.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define FIVE(text) text text text text text
#define BAD "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static const struct wire_limits limits = { .head_max_bytes = 4096,
					   .target_max_bytes = 4096,
					   .body_max_bytes = 4096 };

/* The hook alone, on a pair of sockets ------------------------------------- */

static int ends[2];
static struct wire wire;

static void pair_setup(void)
{
	struct error e = { 0 };

	ck_assert_msg(wire_install(&e) == 0, "%s", e.text);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	wire_init(&wire, &limits);
	ck_assert_int_eq(wire_attach(ends[0], &wire), 0);
}

static void pair_teardown(void)
{
	wire_detach(ends[0]);
	close(ends[0]);
	close(ends[1]);
}

static void say(const char *text)
{
	ck_assert_int_eq(fd_write_all(ends[1], text, strlen(text)), 0);
}

START_TEST(good_bytes_pass_with_what_is_begun)
{
	char got[256];

	say(GET "GET / HT");
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), (ssize_t)strlen(GET "GET / HT"));
	ck_assert_int_eq(memcmp(got, GET "GET / HT", strlen(GET "GET / HT")), 0);
	ck_assert_int_eq(wire.verdict, 0);
}
END_TEST

START_TEST(a_violation_alone_is_the_end_at_once)
{
	char got[256];

	say(BAD);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), 0);
	ck_assert_int_eq(wire.status, 400);
	ck_assert(!wire.read_shut);
	say(GET);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), 0);
}
END_TEST

/* An edge-triggered epoll must report the end that comes with the next call. */
START_TEST(a_violation_behind_a_request_is_the_end_of_the_next_read)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	AUTO_CLOSE int set = epoll_create1(EPOLL_CLOEXEC);
	char got[256];

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event), 0);
	say(GET BAD);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), (ssize_t)strlen(GET));
	ck_assert_int_eq(wire.verdict, 400);
	ck_assert_int_eq(wire.status, 0); /* not told yet */
	ck_assert(wire.read_shut);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 1);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), 0);
	ck_assert_int_eq(wire.status, 400);
}
END_TEST

START_TEST(a_look_ahead_is_not_followed)
{
	char got[256];

	say(BAD);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), MSG_PEEK), (ssize_t)strlen(BAD));
	ck_assert_int_eq(wire.verdict, 0);
}
END_TEST

START_TEST(a_detached_descriptor_is_read_as_it_is)
{
	char got[256];

	wire_detach(ends[0]);
	wire_detach(ends[0]);
	say(BAD);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), (ssize_t)strlen(BAD));
	ck_assert_int_eq(wire.verdict, 0);
}
END_TEST

START_TEST(errors_and_ends_are_those_of_the_call)
{
	char got[256];

	ck_assert_int_eq(recv(-1, got, sizeof(got), 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_set_nonblock(ends[0], true), 0);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	shutdown(ends[1], SHUT_WR);
	ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), 0);
	ck_assert_int_eq(wire.status, 0);
}
END_TEST

START_TEST(a_descriptor_beyond_the_table_is_refused)
{
	ck_assert_int_eq(wire_attach(1 << 30, &wire), -EMFILE);
	ck_assert_int_eq(wire_attach(-1, &wire), -EMFILE);
	wire_detach(1 << 30);
	wire_detach(-1);
}
END_TEST

/* Through libmicrohttpd ----------------------------------------------------- */

/* Replies, a last one for a violation, then the end. */
static void expect(struct http_client *c, int replies, int violations)
{
	struct http_reply reply;

	for (int i = 0; i < replies + violations; i++) {
		ck_assert_msg(http_client_reply(c, false, &reply), "reply %d of %d", i, replies);
		ck_assert_int_eq(reply.status, i < replies ? 200 : 400);
		if (i == replies)
			ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
		http_reply_release(&reply);
	}
	ck_assert(http_client_ended(c));
}

static const struct talk {
	const char *first; /* answered or taken before the second goes out */
	const char *second;
	int replies; /* in all */
	int violations;
} talks[] = {
	{ NULL, BAD, 0, 1 },
	{ NULL, BAD GET, 0, 1 },
	{ NULL, GET BAD, 1, 1 },
	{ NULL, FIVE(FIVE(GET)) BAD GET, 25, 1 },
	{ NULL, FIVE(FIVE(FIVE(FIVE(GET)))) BAD, 625, 1 }, /* more than one buffer */
	{ NULL, GET "\r\n\n", 1, 1 },
	{ GET, BAD, 1, 1 },
	{ GET, GET BAD, 2, 1 },
	{ "GET / HTTP/1.1\r\nHost: x\r\nA", " : b\r\n", 0, 1 },
	{ "GET / HTTP/1.1\r\n", " a: b\r\n\r\n", 0, 1 },
	{ "G", "\n", 0, 1 },
	{ GET "GET / HTTP/1.1\r\n", "\n", 1, 1 },
	{ NULL, POST "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello" GET, 0, 1 },
	{ NULL, POST CHUNKED "5\r\nhello\n0\r\n\r\n", 0, 1 },
	{ POST CHUNKED "5\r\nhel", "lox\r\n0\r\n\r\n", 0, 1 },
	{ POST CHUNKED "5\r\nhello\r\n0\r\n", "A : b\r\n\r\n" GET, 0, 1 },
	{ POST "Expect: 100-continue\r\n" CHUNKED, "5\nhello", 0, 1 },
	{ NULL, GET "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" BAD, 2, 0 },
	{ NULL, "GET / HTTP/1.0\r\n\r\n" BAD, 1, 0 },
};

enum manner { IN_ONE_GO, HALF_CLOSED, BYTE_BY_BYTE, MANNERS };

/* Over a Unix socket the first part has been read when this returns. */
static void send_first(struct http_client *c, const char *first, bool unix_socket)
{
	char got[25];
	int unread = 1;

	http_client_send(c, first);
	if (strstr(first, "100-continue") != NULL) {
		ck_assert_int_eq(recv(c->fd, got, sizeof(got), MSG_WAITALL), sizeof(got));
		ck_assert_int_eq(memcmp(got, "HTTP/1.1 100 Continue\r\n\r\n", sizeof(got)), 0);
	}
	while (unix_socket && unread > 0)
		ck_assert_int_eq(ioctl(c->fd, SIOCOUTQ, &unread), 0);
}

static void send_second(struct http_client *c, const char *second, enum manner manner)
{
	/* Much of it in small pieces would fill both queues: nobody reads yet. */
	bool bytes = manner == BYTE_BY_BYTE && strlen(second) < 200;
	size_t step = bytes ? 1 : strlen(second);

	/* The server may close before it has all. */
	for (size_t sent = 0; sent < strlen(second); sent += step)
		if (send(c->fd, second + sent, step, MSG_NOSIGNAL) < 0)
			break;
	if (manner == HALF_CLOSED)
		shutdown(c->fd, SHUT_WR);
}

static void serve_talk(const struct talk *talk, const struct address *address, enum manner manner)
{
	bool unix_socket = address->any.sa_family == AF_UNIX;
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add(&f, address, &hello_app_kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	if (talk->first != NULL)
		send_first(&c, talk->first, unix_socket);
	send_second(&c, talk->second, manner);
	expect(&c, talk->replies, talk->violations);
	http_client_close(&c);
	loop_fixture_drain(&f, 1000);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), (uint64_t)talk->violations);
	loop_fixture_release(&f);
}

START_TEST(complete_requests_are_answered_and_a_violation_closes)
{
	struct net_ip ip = net_ip(0);
	struct dir_fixture dir;
	struct address address;
	char path[128];

	dir_fixture_init(&dir);
	for (int manner = 0; manner < MANNERS; manner++) {
		/* A reset may overtake the reply when more comes as it closes. */
		if (manner == BYTE_BY_BYTE && talks[_i].violations == 0)
			continue;
		ck_assert_int_eq(address_from_ip(&address, ip.text, 0, NULL), 0);
		serve_talk(&talks[_i], &address, (enum manner)manner);
		snprintf(path, sizeof(path), "%s/%d", dir.path, manner);
		ck_assert_int_eq(address_from_path(&address, path, NULL), 0);
		serve_talk(&talks[_i], &address, (enum manner)manner);
	}
	dir_fixture_release(&dir);
}
END_TEST

#define LARGE_BYTES (1u << 20)

static void large_handle(struct app *app ATTR_UNUSED, struct request *request ATTR_UNUSED,
			 struct reply *reply)
{
	struct reply_body body = { 0 };

	reply_body_make(REPLY_TEXT, calloc(1, LARGE_BYTES), LARGE_BYTES, &body);
	reply_once(reply, 200, &body);
}

static const struct app_kind large_kind = { .name = "large", .handle = large_handle };

/* The end of the input is known long before the replies are out: libmicrohttpd
 * must come back for it when the client has made room. */
START_TEST(a_client_that_reads_late_has_all_its_replies)
{
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add_kind(&f, &large_kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, FIVE(FIVE(GET)) BAD);
	while (board_get(&f.cells[0].active) == 0)
		;
	expect(&c, 25, 1);
	http_client_close(&c);
	loop_fixture_drain(&f, 1000);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), 1);
	loop_fixture_release(&f);
}
END_TEST

/* The numbers come back with something else behind them. */
START_TEST(a_closed_connections_descriptor_is_free_of_the_filter)
{
	struct loop_fixture f;
	struct http_client c;
	char got[256];

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET "GET /");
	shutdown(c.fd, SHUT_WR);
	expect(&c, 1, 0);
	http_client_close(&c);
	loop_fixture_drain(&f, 1000);
	for (int i = 0; i < 32; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
		say(BAD);
		ck_assert_int_eq(recv(ends[0], got, sizeof(got), 0), (ssize_t)strlen(BAD));
		ck_assert_int_eq(fd_write_all(ends[0], BAD, strlen(BAD)), 0);
		ck_assert_int_eq(recv(ends[1], got, sizeof(got), 0), (ssize_t)strlen(BAD));
	}
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_loop_without_the_filter_leaves_it_to_libmicrohttpd)
{
	const struct loop_options options = { .connections_max = 10 };
	struct http_reply reply;
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, &options);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n");
	ck_assert(http_client_reply(&c, false, &reply));
	http_reply_release(&reply);
	http_client_close(&c);
	loop_fixture_drain(&f, 1000);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), 0);
	loop_fixture_release(&f);
}
END_TEST

Suite *wire_recv_suite(void)
{
	Suite *s = suite_create("wire_recv");
	TCase *hook = tcase_create("hook"), *loop = tcase_create("loop");

	tcase_add_checked_fixture(hook, pair_setup, pair_teardown);
	tcase_add_test(hook, good_bytes_pass_with_what_is_begun);
	tcase_add_test(hook, a_violation_alone_is_the_end_at_once);
	tcase_add_test(hook, a_violation_behind_a_request_is_the_end_of_the_next_read);
	tcase_add_test(hook, a_look_ahead_is_not_followed);
	tcase_add_test(hook, a_detached_descriptor_is_read_as_it_is);
	tcase_add_test(hook, errors_and_ends_are_those_of_the_call);
	tcase_add_test(hook, a_descriptor_beyond_the_table_is_refused);
	tcase_add_loop_test(loop, complete_requests_are_answered_and_a_violation_closes, 0,
			    ARRAY_SIZE(talks));
	tcase_add_test(loop, a_client_that_reads_late_has_all_its_replies);
	tcase_add_test(loop, a_closed_connections_descriptor_is_free_of_the_filter);
	tcase_add_test(loop, a_loop_without_the_filter_leaves_it_to_libmicrohttpd);
	suite_add_tcase(s, hook);
	suite_add_tcase(s, loop);
	return s;
}
