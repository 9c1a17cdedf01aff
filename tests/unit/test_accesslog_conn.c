/* test_accesslog_conn.c - what the log says of real requests. */
#include "common/buf.h"
#include "common/fd.h"
#include "servers/accesslog.h"
#include "servers/app_hello.h"
#include "servers/peer.h"
#include "tests/add_unless.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

static struct dir_fixture dir;
static struct loop_fixture f;
static char path[PATH_MAX];

static void start_with(enum accesslog_format format, bool wire)
{
	const struct accesslog_options log = { .file = path, .format = format };
	const struct loop_options options = { .connections_max = 100,
					      .wire = wire,
					      .access_log = &log };

	dir_fixture_init(&dir);
	snprintf(path, sizeof(path), "%s/access.log", dir.path);
	loop_fixture_init(&f, 1, &options);
}

static void start(enum accesslog_format format)
{
	start_with(format, true);
}

static void teardown(void)
{
	loop_fixture_release(&f);
	dir_fixture_release(&dir);
}

/* Drain; all lines there are, without times and addresses. */
static char *end_and_read(void)
{
	struct buf text = BUF_INIT(1 << 20);
	AUTO_BUF struct buf raw = BUF_INIT(1 << 20);

	loop_fixture_drain(&f, 0);
	ck_assert_int_eq(fd_read_file(path, &raw, NULL), 0);
	for (const char *line = buf_text(&raw), *end; *line != '\0'; line = end + 1) {
		const char *from = strchr(line, ']');

		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		from = from != NULL && from < end ? from + 2 : line;
		buf_add(&text, from, (size_t)(end + 1 - from));
	}
	return buf_take(&text);
}

static void send_and_end(const char *request)
{
	struct http_client c;
	struct http_reply reply;

	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, request);
	while (http_client_reply(&c, strncmp(request, "HEAD", 4) == 0, &reply))
		http_reply_release(&reply);
	http_client_close(&c);
}

static const struct {
	const char *request;
	const char *want; /* "#" stands for a number */
} lines[] = {
	{ "GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	  "\"GET /a?b=c HTTP/1.1\" 200 # \"-\" \"-\"\n" },
	{ "GET / HTTP/1.0\r\n\r\n", "\"GET / HTTP/1.0\" 200 # \"-\" \"-\"\n" },
	{ "HEAD /? HTTP/1.1\r\nHost: x\r\nReferer: http://y/\r\nuser-agent: a \"b\"\r\n"
	  "Connection: close\r\n\r\n",
	  "\"HEAD /? HTTP/1.1\" 200 0 \"http://y/\" \"a \\x22b\\x22\"\n" },
	{ "GET http://x/abs?q HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	  "\"GET http://x/abs?q HTTP/1.1\" 200 # \"-\" \"-\"\n" },
	{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
	  "\"POST / HTTP/1.1\" 405 # \"-\" \"-\"\n" },
	{ "GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	  "\"GET /%00 HTTP/1.1\" 400 - \"-\" \"-\"\n" },
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.0\r\nHost: x\r\n\r\n",
	  "\"GET / HTTP/1.1\" 200 # \"-\" \"-\"\n\"GET /2 HTTP/1.0\" 200 # \"-\" \"-\"\n" },
};

/* Does text say what want says, where '#' is any number but 0? */
static bool matches(const char *text, const char *want)
{
	for (; *want != '\0'; want++) {
		if (*want != '#') {
			if (*text++ != *want)
				return false;
			continue;
		}
		if (*text < '1' || *text > '9')
			return false;
		text += strspn(text, "0123456789");
	}
	return *text == '\0';
}

START_TEST(a_request_is_one_line)
{
	AUTO_FREE char *text = NULL;

	start(ACCESSLOG_COMBINED);
	loop_fixture_start(&f);
	send_and_end(lines[_i].request);
	text = end_and_read();
	ck_assert_msg(matches(text, lines[_i].want), "want %sgot %s", lines[_i].want, text);
}
END_TEST

START_TEST(a_refusal_of_malformed_framing_is_a_line_with_its_status)
{
	AUTO_FREE char *text = NULL;

	start(ACCESSLOG_COMBINED);
	loop_fixture_start(&f);
	send_and_end("GET / HTTP/1.1\r\nHost : x\r\n\r\n");
	text = end_and_read();
	ck_assert_ptr_nonnull(strstr(text, " 400 "));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(a_refusal_of_a_whole_head_names_its_request)
{
	AUTO_FREE char *text = NULL;

	start_with(ACCESSLOG_COMBINED, false);
	loop_fixture_start(&f);
	send_and_end("GET /two?hosts HTTP/1.1\r\nHost: x\r\nHost: y\r\nUser-Agent: z\r\n\r\n");
	text = end_and_read();
	ck_assert_str_eq(text, "\"GET /two?hosts HTTP/1.1\" 400 - \"-\" \"z\"\n");
}
END_TEST

START_TEST(a_connection_without_a_request_is_no_line)
{
	AUTO_FREE char *text = NULL;
	struct http_client c;

	start(ACCESSLOG_COMBINED);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_close(&c);
	text = end_and_read();
	ck_assert_str_eq(text, "");
}
END_TEST

static char *read_addr(void)
{
	AUTO_FREE char *text = end_and_read();
	json_auto_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(line != NULL, "%s", text);
	ck_assert_int_lt(json_integer_value(json_object_get(line, "duration_us")), 60000000);
	return strdup(json_string_value(json_object_get(line, "addr")));
}

static void ask_server(size_t i)
{
	struct http_client c;
	struct http_reply reply;

	loop_fixture_start(&f);
	loop_fixture_connect(&f, i, &c);
	http_client_expect(&c, "/", "", 200, &reply);
	http_reply_release(&reply);
	http_client_close(&c);
}

START_TEST(a_client_is_named_by_its_ipv4_address)
{
	AUTO_FREE char *addr = NULL;

	start(ACCESSLOG_JSON);
	ask_server(0);
	addr = read_addr();
	ck_assert_str_eq(addr, "127.0.0.1");
}
END_TEST

START_TEST(a_client_is_named_by_its_ipv6_address)
{
	struct address address;
	AUTO_FREE char *addr = NULL;

	start(ACCESSLOG_JSON);
	ck_assert_int_eq(address_from_ip(&address, "::1", net_free_port(AF_INET6), NULL), 0);
	loop_fixture_add(&f, &address, &hello_app_kind, NULL);
	ask_server(1);
	addr = read_addr();
	ck_assert_str_eq(addr, "::1");
	teardown();
}
END_TEST

START_TEST(a_client_of_a_unix_socket_is_unix)
{
	struct address address;
	AUTO_FREE char *addr = NULL;
	char file[PATH_MAX];

	start(ACCESSLOG_JSON);
	snprintf(file, sizeof(file), "%s/s", dir.path);
	ck_assert_int_eq(address_from_path(&address, file, NULL), 0);
	loop_fixture_add(&f, &address, &hello_app_kind, NULL);
	ask_server(1);
	addr = read_addr();
	ck_assert_str_eq(addr, "unix:");
}
END_TEST

START_TEST(every_byte_of_an_ipv4_address_is_shown_as_the_library_does)
{
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		const struct peer peer = {
			.address = { (uint8_t)byte, 0, (uint8_t)(byte * 7), (uint8_t)(255 - byte) },
			.family = AF_INET,
		};
		char want[PEER_TEXT_BYTES], got[PEER_TEXT_BYTES];

		ck_assert_ptr_nonnull(inet_ntop(AF_INET, peer.address, want, sizeof(want)));
		ck_assert_uint_eq(peer_format(&peer, got), strlen(want));
		ck_assert_str_eq(got, want);
	}
}
END_TEST

START_TEST(a_log_that_cannot_be_opened_stops_the_loop_with_its_name)
{
	const struct accesslog_options log = { .file = "/nonexistent/access.log" };
	const struct loop_options options = { .connections_max = 100, .access_log = &log };
	struct loop *loop = NULL;
	struct error e = { 0 };
	size_t fds = net_open_fds();

	ck_assert_int_eq(loop_new(&options, &loop, &e), -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/access.log"));
	ck_assert_ptr_null(loop);
	ck_assert_uint_eq(net_open_fds(), fds);
}
END_TEST

START_TEST(a_loop_without_a_log_reopens_nothing)
{
	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_reopen_log(f.loop);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

Suite *accesslog_conn_suite(void)
{
	Suite *s = suite_create("accesslog_conn");
	TCase *t = tcase_create("served"), *other = tcase_create("other");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, a_request_is_one_line, 0, ARRAY_SIZE(lines));
	tcase_add_test(t, a_refusal_of_malformed_framing_is_a_line_with_its_status);
	tcase_add_test(t, a_refusal_of_a_whole_head_names_its_request);
	tcase_add_test(t, a_connection_without_a_request_is_no_line);
	tcase_add_test(t, a_client_is_named_by_its_ipv4_address);
	tcase_add_test(t, a_client_of_a_unix_socket_is_unix);
	suite_add_tcase(s, t);
	add_test_unless(net_why_no_ipv6(), other, a_client_is_named_by_its_ipv6_address);
	tcase_add_test(other, every_byte_of_an_ipv4_address_is_shown_as_the_library_does);
	tcase_add_test(other, a_log_that_cannot_be_opened_stops_the_loop_with_its_name);
	tcase_add_test(other, a_loop_without_a_log_reopens_nothing);
	suite_add_tcase(s, other);
	return s;
}
