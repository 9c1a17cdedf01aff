/* test_loop.c - servers/loop.h: serving, and counting it */
#include "servers/loop.h"

#include "servers/app_hello.h"
#include "servers/reply.h"
#include "servers/server.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <netinet/in.h>
#include <string.h>

#define SERVERS 50
#define PIPELINED 100
#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static uint64_t requests(const struct loop_fixture *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->count; i++)
		sum += board_get(&f->cells[i].requests);
	return sum;
}

static void expect_reply(struct http_client *c, int status)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	http_reply_release(&reply);
}

START_TEST(each_server_of_a_loop_answers_for_itself)
{
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, SERVERS, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < SERVERS; i++) {
		json_t *doc;

		loop_fixture_connect(&f, i, &c);
		doc = http_client_json(&c, "/");
		ck_assert_int_eq(json_integer_value(json_object_get(doc, "port")),
				 f.servers[i].site.port);
		json_decref(doc);
		http_client_close(&c);
	}
	loop_fixture_drain(&f, 0);
	for (size_t i = 0; i < SERVERS; i++) {
		ck_assert_uint_eq(board_get(&f.cells[i].requests), 1);
		ck_assert_uint_eq(board_get(&f.cells[i].accepted), 1);
	}
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_connection_is_kept_alive)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	for (int i = 0; i < 10; i++) {
		http_client_expect(&c, "/any/path?q=1", "", 200, &reply);
		ck_assert_str_eq(http_reply_header(&reply, "Connection"), "");
		http_reply_release(&reply);
	}
	http_client_expect(&c, "/", "Connection: close\r\n", 200, &reply);
	http_reply_release(&reply);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(requests(&f), 11);
	ck_assert_uint_eq(board_get(&f.cells[0].accepted), 1);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(pipelined_requests_are_all_answered)
{
	AUTO_BUF struct buf burst = BUF_INIT(1 << 20);
	struct loop_fixture f;
	struct http_client c;

	for (int i = 0; i < PIPELINED; i++)
		buf_adds(&burst, GET);
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	/* Then MHD's idle time-out is armed, which must not be waited for. */
	http_client_send(&c, GET);
	expect_reply(&c, 200);
	http_client_send(&c, buf_text(&burst));
	for (int i = 0; i < PIPELINED; i++)
		expect_reply(&c, 200);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(requests(&f), PIPELINED + 1);
	loop_fixture_release(&f);
}
END_TEST

/* MHD in its own event loop stalls on exactly 128 or 256 ready ones. */
START_TEST(many_connections_ready_at_once_are_all_answered)
{
	static const size_t counts[] = { 127, 128, 129, 256, 300 };
	size_t n = counts[_i];
	struct http_client *c = calloc(n, sizeof(*c));
	struct loop_fixture f;

	ck_assert_ptr_nonnull(c);
	loop_fixture_init(&f, 1, NULL);
	for (size_t i = 0; i < n; i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], GET);
	}
	loop_fixture_start(&f);
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < n; i++)
			expect_reply(&c[i], 200);
		for (size_t i = 0; i < n; i++)
			http_client_send(&c[i], GET);
	}
	for (size_t i = 0; i < n; i++) {
		expect_reply(&c[i], 200);
		http_client_close(&c[i]);
	}
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(requests(&f), 6 * n);
	ck_assert_uint_eq(board_get(&f.cells[0].accepted), n);
	loop_fixture_release(&f);
	free(c);
}
END_TEST

START_TEST(a_body_is_read_and_the_connection_goes_on)
{
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
	http_client_send(&c, "56789");
	expect_reply(&c, 405);
	http_client_send(&c, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "5\r\nhello\r\n0\r\n\r\n" GET);
	expect_reply(&c, 405);
	expect_reply(&c, 200);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_body_that_is_too_long_is_refused_unread)
{
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
	expect_reply(&c, 413);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(requests(&f), 0);
	ck_assert_uint_eq(board_get(&f.cells[0].violations), 1);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_path_with_a_zero_byte_is_refused)
{
	struct loop_fixture f;
	struct http_client c;
	struct http_reply reply;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_expect(&c, "/a?b=%00", "", 200, &reply);
	http_reply_release(&reply);
	http_client_expect(&c, "/a%00b", "", 400, &reply);
	http_reply_release(&reply);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

/* A reset in the middle of replies: EPIPE must not be SIGPIPE. */
START_TEST(survives_clients_that_do_not_wait_for_the_reply)
{
	const struct linger reset = { .l_onoff = 1 };
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (int i = 0; i < 50; i++) {
		loop_fixture_connect(&f, 0, &c);
		http_client_send(&c, GET GET GET);
		setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		http_client_close(&c);
	}
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect_reply(&c, 200);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(loops_share_a_listening_socket)
{
	struct loop_fixture f[2];
	struct http_client c;
	struct server_options options;

	loop_fixture_init(&f[0], 1, NULL);
	loop_fixture_init(&f[1], 0, NULL);
	options = (struct server_options) { .listen_fd = f[0].servers[0].fd,
					    .site = &f[0].servers[0].site,
					    .kind = &hello_app_kind,
					    .cell = &f[1].cells[0] };
	ck_assert_int_eq(loop_add(f[1].loop, &options, NULL), 0);
	loop_fixture_start(&f[0]);
	loop_fixture_start(&f[1]);
	for (int i = 0; i < 200; i++) {
		loop_fixture_connect(&f[0], 0, &c);
		http_client_send(&c, GET);
		expect_reply(&c, 200);
		http_client_close(&c);
	}
	loop_fixture_drain(&f[0], 0);
	loop_fixture_drain(&f[1], 0);
	ck_assert_uint_eq(board_get(&f[0].cells[0].requests) + board_get(&f[1].cells[0].requests),
			  200);
	loop_fixture_release(&f[0]);
	loop_fixture_release(&f[1]);
}
END_TEST

START_TEST(serves_ipv6_and_unix_sockets)
{
	struct dir_fixture dir;
	struct loop_fixture f;
	struct http_client c;
	struct address address;
	char path[100];

	dir_fixture_init(&dir);
	loop_fixture_init(&f, 0, NULL);
	ck_assert_int_eq(address_from_ip(&address, "::1", 0, NULL), 0);
	loop_fixture_add(&f, &address, &hello_app_kind, NULL);
	snprintf(path, sizeof(path), "%s/s", dir.path);
	ck_assert_int_eq(address_from_path(&address, path, NULL), 0);
	loop_fixture_add(&f, &address, &hello_app_kind, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 2; i++) {
		loop_fixture_connect(&f, i, &c);
		http_client_send(&c, GET);
		expect_reply(&c, 200);
		http_client_send(&c, GET);
		expect_reply(&c, 200);
		http_client_close(&c);
	}
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
	dir_fixture_release(&dir);
}
END_TEST

static int refuse(struct app *app ATTR_UNUSED, const json_t *settings ATTR_UNUSED, struct error *e)
{
	return error_set(e, EPERM, "not today");
}

START_TEST(an_app_that_does_not_open_leaves_nothing_behind)
{
	const struct app_kind kind = { .name = "refuses", .open = refuse };
	const struct site site = { .group = "blue", .ip = "127.0.0.1", .port = 80 };
	const struct server_options options = { .listen_fd = 0, .site = &site, .kind = &kind };
	struct error e = { 0 };
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	ck_assert_int_eq(loop_add(f.loop, &options, &e), -EPERM);
	ck_assert_str_eq(e.text, "127.0.0.1:80: not today");
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	expect_reply(&c, 200);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

static void say_nothing(struct app *app ATTR_UNUSED, struct request *request ATTR_UNUSED,
			struct reply *reply ATTR_UNUSED)
{
}

START_TEST(an_app_that_does_not_answer_ends_the_connection)
{
	const struct app_kind kind = { .name = "mute", .handle = say_nothing };
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 0, NULL);
	loop_fixture_add_kind(&f, &kind, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, GET);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(requests(&f), 0);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_loop_that_never_ran_is_freed)
{
	struct loop_fixture f;

	loop_fixture_init(&f, 3, NULL);
	loop_fixture_release(&f);
	loop_free(NULL);
}
END_TEST

START_TEST(an_idle_server_needs_little_memory)
{
	ck_assert_uint_le(sizeof(struct server), 256);
}
END_TEST

Suite *loop_suite(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("serving");

	tcase_add_test(t, each_server_of_a_loop_answers_for_itself);
	tcase_add_test(t, a_connection_is_kept_alive);
	tcase_add_test(t, pipelined_requests_are_all_answered);
	tcase_add_loop_test(t, many_connections_ready_at_once_are_all_answered, 0, 5);
	tcase_add_test(t, loops_share_a_listening_socket);
	tcase_add_test(t, serves_ipv6_and_unix_sockets);
	tcase_add_test(t, a_body_is_read_and_the_connection_goes_on);
	suite_add_tcase(s, t);
	t = tcase_create("refusing");
	tcase_add_test(t, a_body_that_is_too_long_is_refused_unread);
	tcase_add_test(t, a_path_with_a_zero_byte_is_refused);
	tcase_add_test(t, survives_clients_that_do_not_wait_for_the_reply);
	tcase_add_test(t, an_app_that_does_not_open_leaves_nothing_behind);
	tcase_add_test(t, an_app_that_does_not_answer_ends_the_connection);
	suite_add_tcase(s, t);
	t = tcase_create("memory");
	tcase_add_test(t, a_loop_that_never_ran_is_freed);
	tcase_add_test(t, an_idle_server_needs_little_memory);
	suite_add_tcase(s, t);
	return s;
}
