/* test_static.c - the kind "static", over real sockets: what the cases of
 * tests/http cannot say, since they leave the disk alone */
#include "servers/app_static.h"

#include "common/fd.h"
#include "servers/http_date.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define NOBODY 65534
#define HUGE_BYTES (INT64_C(5) << 30)
#define LARGE_BYTES (8 << 20)

static struct dir_fixture dir;
static struct loop_fixture f;

static const struct tree_entry entries[] = {
	{ .path = "site/index.html", .content = "index", .mtime = 1000000000 },
	{ .path = "site/a.txt", .content = "aaaa", .mtime = 1000000000 },
	{ .path = "site/digits.txt", .content = "0123456789", .mtime = 1000000000 },
	{ .path = "site/private.txt", .content = "private", .mode = 0600 },
	{ .path = "site/locked/a.txt", .content = "locked" },
	{ .path = "site/locked/", .mode = 0700 },
	{ .path = "site/huge.bin", .size = HUGE_BYTES },
	{ .path = "site/large.bin", .size = LARGE_BYTES },
	{ 0 },
};

static void setup(void)
{
	tree_fixture_init(&dir, entries);
	loop_fixture_init(&f, 0, NULL);
	f.base_dir = dir.path;
}

/* more: of the settings, beginning with a comma; "" for none. */
static void add(const char *more, size_t count)
{
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct address address;
	json_t *settings;

	buf_addf(&text, "{\"kind\": \"static\", \"root\": \"site\"%s}", more);
	settings = json_loads(buf_text(&text), 0, NULL);
	ck_assert_ptr_nonnull(settings);
	ck_assert_int_eq(address_from_ip(&address, f.ip.text, 0, NULL), 0);
	for (size_t i = 0; i < count; i++)
		loop_fixture_add_app(&f, &address, &static_app_kind, settings);
	json_decref(settings);
}

static void serve(const char *more, struct http_client *ret)
{
	add(more, 1);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, ret);
}

static void finish(struct http_client *c)
{
	http_client_close(c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].cache_bytes), 0);
	loop_fixture_release(&f);
	dir_fixture_release(&dir);
}

static void expect(struct http_client *c, const char *path, const char *headers, int status,
		   const char *body)
{
	struct http_reply reply;

	http_client_expect(c, path, headers, status, &reply);
	ck_assert_str_eq(buf_text(&reply.body), body);
	http_reply_release(&reply);
}

/* The head of the reply, to what has no body though it announces one. */
static void take_head(const struct http_client *c, struct buf *ret)
{
	char bytes[4096];

	while (strstr(buf_text(ret), "\r\n\r\n") == NULL) {
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

		ck_assert_int_gt(n, 0);
		buf_add(ret, bytes, (size_t)n);
	}
}

/* Whether path is answered with this status and body. */
static bool gives(struct http_client *c, const char *path, int status, const char *body)
{
	struct http_reply reply;
	bool same;

	http_client_get(c, path, "");
	ck_assert(http_client_reply(c, false, &reply));
	same = reply.status == status && (body == NULL || strcmp(buf_text(&reply.body), body) == 0);
	http_reply_release(&reply);
	return same;
}

START_TEST(sees_changes_soon)
{
	struct http_client c;

	serve("", &c);
	expect(&c, "/a.txt", "", 200, "aaaa");
	dir_fixture_write(&dir, "site/a.txt", "changed");
	while (!gives(&c, "/a.txt", 200, "changed"))
		;
	ck_assert_int_eq(unlink(tree_fixture_path(&dir, "site/a.txt")), 0);
	while (!gives(&c, "/a.txt", 404, NULL))
		;
	dir_fixture_write(&dir, "site/a.txt", "back");
	while (!gives(&c, "/a.txt", 200, "back"))
		;
	finish(&c);
}
END_TEST

/* bytes=N-N+1 of "0123456789" */
static void expect_two(struct http_client *c, unsigned at)
{
	char header[64], body[3] = { (char)('0' + at), (char)('1' + at), '\0' };

	snprintf(header, sizeof(header), "Range: bytes=%u-%u\r\n", at, at + 1);
	expect(c, "/digits.txt", header, 206, body);
}

/* More short ranges than are kept, each more than once, then of another file. */
START_TEST(ranges_that_are_kept_are_the_ones_asked_for)
{
	struct http_client c;
	struct http_reply reply;

	serve(", \"cache_file_bytes\": 0", &c);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned at = 0; at < 8; at++) {
			expect_two(&c, at);
			expect_two(&c, at);
		}
	}
	http_client_expect(&c, "/digits.txt", "Range: bytes=3-4\r\n", 206, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Range"), "bytes 3-4/10");
	http_reply_release(&reply);
	dir_fixture_write(&dir, "site/digits.txt", "abcdefghij");
	do {
		http_client_expect(&c, "/digits.txt", "Range: bytes=3-4\r\n", 206, &reply);
		if (strcmp(buf_text(&reply.body), "34") != 0)
			break;
		http_reply_release(&reply);
	} while (true);
	ck_assert_str_eq(buf_text(&reply.body), "de");
	http_reply_release(&reply);
	finish(&c);
}
END_TEST

/* It is kept for a second, in memory that counts; each order is one of its own. */
START_TEST(listings_are_kept_and_seen_anew)
{
	AUTO_BUF struct buf by_name = BUF_INIT(1 << 16);
	struct http_client c;
	struct http_reply reply;
	bool there = true;

	serve(", \"listing\": true, \"index\": []", &c);
	http_client_expect(&c, "/", "", 200, &reply);
	buf_add(&by_name, reply.body.data, reply.body.len);
	http_reply_release(&reply);
	ck_assert_uint_ge(board_get(&f.cells[0].cache_bytes), by_name.len);
	http_client_expect(&c, "/?sort=name&order=desc", "", 200, &reply);
	ck_assert_str_ne(buf_text(&reply.body), buf_text(&by_name));
	http_reply_release(&reply);
	expect(&c, "/", "", 200, buf_text(&by_name));
	ck_assert_int_eq(unlink(tree_fixture_path(&dir, "site/a.txt")), 0);
	while (there) {
		http_client_expect(&c, "/", "", 200, &reply);
		there = strstr(buf_text(&reply.body), "a.txt") != NULL;
		http_reply_release(&reply);
	}
	finish(&c);
}
END_TEST

START_TEST(a_tag_is_of_one_content)
{
	struct http_client c;
	struct http_reply reply;
	AUTO_BUF struct buf header = BUF_INIT(4096), head = BUF_INIT(4096);

	serve("", &c);
	http_client_expect(&c, "/a.txt", "", 200, &reply);
	buf_addf(&header, "If-None-Match: %s\r\n", http_reply_header(&reply, "ETag"));
	http_reply_release(&reply);
	http_client_get(&c, "/a.txt", buf_text(&header));
	take_head(&c, &head);
	ck_assert_int_eq(strncmp(buf_text(&head), "HTTP/1.1 304 ", 13), 0);
	dir_fixture_write(&dir, "site/a.txt", "changed");
	while (!gives(&c, "/a.txt", 200, "changed"))
		;
	expect(&c, "/a.txt", buf_text(&header), 200, "changed");
	finish(&c);
}
END_TEST

START_TEST(a_file_may_have_more_than_4_gib)
{
	AUTO_CLOSE int fd = open(tree_fixture_path(&dir, "site/huge.bin"), O_WRONLY | O_CLOEXEC);
	AUTO_BUF struct buf head = BUF_INIT(4096);
	struct http_client c;
	struct http_reply reply;

	ck_assert_int_eq(pwrite(fd, "the end", 7, HUGE_BYTES - 7), 7);
	serve("", &c);
	http_client_send(&c, "HEAD /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	take_head(&c, &head);
	ck_assert_ptr_nonnull(strstr(buf_text(&head), "\r\nContent-Length: 5368709120\r\n"));
	http_client_expect(&c, "/huge.bin", "Range: bytes=5368709113-\r\n", 206, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Range"),
			 "bytes 5368709113-5368709119/5368709120");
	ck_assert_str_eq(buf_text(&reply.body), "the end");
	http_reply_release(&reply);
	/* beyond 8 KiB, from the descriptor and beyond 4 GiB */
	http_client_expect(&c, "/huge.bin", "Range: bytes=-100000\r\n", 206, &reply);
	ck_assert_uint_eq(reply.body.len, 100000);
	ck_assert_mem_eq(reply.body.data + 100000 - 7, "the end", 7);
	http_reply_release(&reply);
	http_client_expect(&c, "/huge.bin", "Range: bytes=0-1,5368709118-\r\n", 206, &reply);
	ck_assert_ptr_nonnull(memmem(reply.body.data, reply.body.len, "\r\n\r\nnd\r\n--", 10));
	http_reply_release(&reply);
	finish(&c);
}
END_TEST

/* Read what comes until the end; how much. */
static size_t drink(int fd)
{
	static char bytes[1 << 16];
	size_t all = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		all += (size_t)n;
	return all;
}

START_TEST(a_file_that_shrinks_ends_in_a_close)
{
	struct http_client c, other;
	char byte;

	serve("", &c);
	http_client_get(&c, "/large.bin", "");
	ck_assert_int_eq(recv(c.fd, &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(truncate(tree_fixture_path(&dir, "site/large.bin"), 1 << 20), 0);
	ck_assert_uint_lt(drink(c.fd), LARGE_BYTES);
	loop_fixture_connect(&f, 0, &other);
	expect(&other, "/a.txt", "", 200, "aaaa");
	http_client_close(&other);
	finish(&c);
}
END_TEST

START_TEST(a_file_that_grows_is_sent_as_announced)
{
	struct http_client c;
	struct http_reply reply;
	char byte;

	serve("", &c);
	http_client_get(&c, "/large.bin", "");
	ck_assert_int_eq(recv(c.fd, &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(truncate(tree_fixture_path(&dir, "site/large.bin"), LARGE_BYTES * 2), 0);
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_uint_eq(reply.body.len, LARGE_BYTES);
	http_reply_release(&reply);
	expect(&c, "/a.txt", "", 200, "aaaa");
	finish(&c);
}
END_TEST

START_TEST(what_the_cache_drops_is_sent_to_its_end)
{
	struct http_client c, other;
	struct http_reply reply;
	char byte;

	ck_assert_int_eq(truncate(tree_fixture_path(&dir, "site/large.bin"), 1 << 20), 0);
	serve(", \"cache_bytes\": 0, \"cache_file_bytes\": 1048576", &c);
	http_client_get(&c, "/large.bin", "");
	ck_assert_int_eq(recv(c.fd, &byte, 1, MSG_PEEK), 1); /* it has the file */
	loop_fixture_connect(&f, 0, &other);
	expect(&other, "/a.txt", "", 200, "aaaa");
	ck_assert_int_eq(unlink(tree_fixture_path(&dir, "site/large.bin")), 0);
	expect(&other, "/", "", 200, "index");
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_uint_eq(reply.body.len, 1 << 20);
	http_reply_release(&reply);
	http_client_close(&other);
	finish(&c);
}
END_TEST

/* The loop's thread has the rights of this one. */
START_TEST(what_may_not_be_read_is_forbidden)
{
	struct http_client c;

	setfsuid(NOBODY);
	serve("", &c);
	ck_assert(gives(&c, "/private.txt", 403, NULL));
	ck_assert(gives(&c, "/locked/a.txt", 403, NULL));
	ck_assert(gives(&c, "/locked/none.txt", 403, NULL));
	expect(&c, "/a.txt", "", 200, "aaaa");
	setfsuid(geteuid());
	finish(&c);
}
END_TEST

START_TEST(without_descriptors_it_says_when_to_come_back)
{
	struct http_client c;
	struct http_reply reply;
	struct rlimit limit;
	int next;

	serve(", \"cache_file_bytes\": 0", &c);
	expect(&c, "/", "", 200, "index");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	next = dup(0);
	close(next);
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	http_client_get(&c, "/a.txt", "Range: bytes=0-1\r\n");
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_int_eq(reply.status, 206); /* the index has given its one back */
	http_reply_release(&reply);
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	http_client_get(&c, "/large.bin", "");
	ck_assert(http_client_reply(&c, false, &reply));
	ck_assert_int_eq(reply.status, 503);
	ck_assert_str_eq(http_reply_header(&reply, "Retry-After"), "1");
	http_reply_release(&reply);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (!gives(&c, "/a.txt", 200, "aaaa"))
		;
	finish(&c);
}
END_TEST

START_TEST(servers_of_the_same_settings_share_their_files)
{
	struct http_client c;
	uint64_t misses = 0;

	add("", 8);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 8; i++) {
		loop_fixture_connect(&f, i, &c);
		expect(&c, "/a.txt", "Connection: close\r\n", 200, "aaaa");
		http_client_close(&c);
	}
	for (size_t i = 0; i < 8; i++)
		misses += board_get(&f.cells[i].cache_misses);
	ck_assert_uint_eq(misses, 1);
	loop_fixture_connect(&f, 0, &c);
	finish(&c);
}
END_TEST

START_TEST(the_date_goes_on_while_the_file_stays)
{
	struct http_client c;
	struct http_reply reply;
	time_t first = 0, date = 0;

	serve("", &c);
	while (first == 0 || date == first) {
		http_client_expect(&c, "/a.txt", "", 200, &reply);
		ck_assert(http_date_parse(http_reply_header(&reply, "Date"), time(NULL), &date));
		first = first == 0 ? date : first;
		http_reply_release(&reply);
	}
	ck_assert_int_eq(date, first + 1);
	finish(&c);
}
END_TEST

/* What cannot be opened: it was there when the config was checked. */
START_TEST(a_root_that_has_gone_stops_the_start)
{
	json_t *settings = json_pack("{s:s, s:s}", "kind", "static", "root", "gone");
	struct site site = { .group = "blue", .ip = "127.0.0.1", .base_dir = dir.path };
	struct server_options options = {
		.listen_fd = -1, .site = &site, .kind = &static_app_kind, .settings = settings
	};
	struct error e = { 0 };

	ck_assert_int_lt(loop_add(f.loop, &options, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "gone: No such file or directory"));
	json_decref(settings);
	loop_fixture_release(&f);
	dir_fixture_release(&dir);
}
END_TEST

Suite *static_suite(void)
{
	Suite *s = suite_create("static");
	TCase *t = tcase_create("static");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, ranges_that_are_kept_are_the_ones_asked_for);
	tcase_add_test(t, listings_are_kept_and_seen_anew);
	tcase_add_test(t, sees_changes_soon);
	tcase_add_test(t, a_tag_is_of_one_content);
	tcase_add_test(t, a_file_may_have_more_than_4_gib);
	tcase_add_test(t, a_file_that_shrinks_ends_in_a_close);
	tcase_add_test(t, a_file_that_grows_is_sent_as_announced);
	tcase_add_test(t, what_the_cache_drops_is_sent_to_its_end);
	tcase_add_test(t, what_may_not_be_read_is_forbidden);
	tcase_add_test(t, without_descriptors_it_says_when_to_come_back);
	tcase_add_test(t, servers_of_the_same_settings_share_their_files);
	tcase_add_test(t, the_date_goes_on_while_the_file_stays);
	tcase_add_test(t, a_root_that_has_gone_stops_the_start);
	suite_add_tcase(s, t);
	return s;
}
