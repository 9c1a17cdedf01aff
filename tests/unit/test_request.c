/* test_request.c - requests as they go out, and what is refused before any does. */
#include "common/cc.h"
#include "common/error.h"
#include "load/request.h"
#include "portmap/address.h"
#include "tests/unit/suites.h"

#include <stdint.h>
#include <string.h>

static struct load_request *make(const struct request_options *options)
{
	struct load_request *ret = NULL;
	struct error e = { 0 };

	ck_assert_msg(load_request_new(&ret, options, &e) == 0, "%s", e.text);
	return ret;
}

/* With a memory of just that size, so that a byte too many is seen by ASan. */
static void check_written(const struct load_request *r, size_t path, const char *host,
			  const char *want)
{
	AUTO_FREE char *text = malloc(strlen(want) + 1);
	size_t len;

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_le(strlen(want), load_request_bytes_max(r));
	len = load_request_write(r, path, host, text);
	ck_assert_uint_eq(len, strlen(want));
	text[len] = '\0';
	ck_assert_str_eq(text, want);
}

START_TEST(a_plain_request_is_a_get_of_the_root)
{
	struct load_request *r = make(&(struct request_options) { 0 });

	ck_assert_uint_eq(load_request_path_count(r), 1);
	ck_assert(!load_request_is_head(r));
	check_written(r, 0, "127.0.0.1:11000", "GET / HTTP/1.1\r\nHost: 127.0.0.1:11000\r\n\r\n");
	load_request_free(r);
}
END_TEST

START_TEST(each_path_is_written_with_each_host)
{
	static const char *const paths[] = { "/", "/a?b=c&d", "/%C3%A4/~x|\"" };
	struct load_request *r =
		make(&(struct request_options) { .paths = paths, .path_count = 3, .close = true });

	ck_assert_uint_eq(load_request_path_count(r), 3);
	check_written(r, 2, "[::1]:80",
		      "GET /%C3%A4/~x|\" HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n");
	check_written(r, 0, "a", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	check_written(r, 1, "b", "GET /a?b=c&d HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
	load_request_free(r);
}
END_TEST

START_TEST(a_body_makes_it_a_post_with_a_length)
{
	static const char *const headers[] = { "Content-Type: text/plain", "X-Empty:", "A:\tb" };
	struct request_options options = {
		.headers = headers, .header_count = 3, .body = "a\0b", .body_bytes = 3
	};
	static const char want[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n"
				   "X-Empty:\r\nA:\tb\r\nContent-Length: 3\r\n\r\na\0b";
	struct load_request *r = make(&options);
	char text[sizeof(want)];

	ck_assert_str_eq(load_request_method(r), "POST");
	ck_assert_uint_eq(load_request_write(r, 0, "h", text), sizeof(want) - 1);
	ck_assert_mem_eq(text, want, sizeof(want) - 1);
	load_request_free(r);
}
END_TEST

START_TEST(a_body_of_nothing_is_none)
{
	struct load_request *r = make(&(struct request_options) { .body = "" });

	ck_assert_str_eq(load_request_method(r), "GET");
	check_written(r, 0, "h", "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	load_request_free(r);
}
END_TEST

static const struct {
	const char *method, *length;
	bool head;
} methods[] = {
	{ "GET", "", false },
	{ "HEAD", "", true },
	{ "head", "", false }, /* RFC 9110 9.1: in the case that it has */
	{ "DELETE", "", false },
	{ "POST", "Content-Length: 0\r\n", false },
	{ "PUT", "Content-Length: 0\r\n", false },
	{ "PATCH", "Content-Length: 0\r\n", false },
	{ "M-SEARCH", "", false },
};

START_TEST(any_method_has_its_bodys_length)
{
	struct load_request *r = make(
		&(struct request_options) { .method = "QUERY", .body = "ab", .body_bytes = 2 });

	ck_assert_str_eq(load_request_method(r), "QUERY");
	check_written(r, 0, "h", "QUERY / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
	load_request_free(r);
}
END_TEST

START_TEST(a_method_that_is_about_a_body_says_that_there_is_none)
{
	struct load_request *r = make(&(struct request_options) { .method = methods[_i].method });
	char want[128];

	snprintf(want, sizeof(want), "%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", methods[_i].method,
		 methods[_i].length);
	check_written(r, 0, "h", want);
	ck_assert_int_eq(load_request_is_head(r), methods[_i].head);
	load_request_free(r);
}
END_TEST

static const struct {
	const char *method, *path, *header, *error;
} bad[] = {
	{ "", NULL, NULL, "\"\" is no method" },
	{ "GET /", NULL, NULL, "no method" },
	{ "G\r\n", NULL, NULL, "no method" },
	{ "CONNECT", NULL, NULL, "CONNECT makes a tunnel" },
	{ NULL, "", NULL, "begins with \"/\", got \"\"" },
	{ NULL, "http://h/", NULL, "begins with \"/\"" },
	{ NULL, "*", NULL, "begins with \"/\"" },
	{ NULL, "/a b", NULL, "byte 3 of a path is 0x20: write it as %20" },
	{ NULL, "/\r\nX: y", NULL, "write it as %0D" },
	{ NULL, "/\x7f", NULL, "write it as %7F" },
	{ NULL, "/\xc3\xa4", NULL, "write it as %C3" },
	{ NULL, "/a#b", NULL, "behind '#'" },
	{ NULL, NULL, "", "as \"Name: value\"" },
	{ NULL, NULL, "Name", "as \"Name: value\"" },
	{ NULL, NULL, ": value", "as \"Name: value\"" },
	{ NULL, NULL, "Na me: value", "as \"Name: value\"" },
	{ NULL, NULL, "Name : value", "as \"Name: value\"" },
	{ NULL, NULL, "N\xc3\xa4me: value", "as \"Name: value\"" },
	{ NULL, NULL, "Name: a\r\nHost: b", "byte 8 of the header Name is 0x0d" },
	{ NULL, NULL, "Name: \x7f", "is 0x7f" },
	{ NULL, NULL, "Host: a", "the header Host is written by the load test" },
	{ NULL, NULL, "host:a", "Host is written" },
	{ NULL, NULL, "content-LENGTH: 1", "Content-Length is written" },
	{ NULL, NULL, "Connection: close", "Connection is written" },
	{ NULL, NULL, "Transfer-Encoding: chunked", "Transfer-Encoding is written" },
};

START_TEST(what_would_break_the_request_is_refused_with_words)
{
	struct load_request *r = (void *)&bad;
	struct request_options options = {
		.method = bad[_i].method,
		.paths = &bad[_i].path,
		.path_count = bad[_i].path != NULL,
		.headers = &bad[_i].header,
		.header_count = bad[_i].header != NULL,
	};
	struct error e = { 0 };

	ck_assert_int_eq(load_request_new(&r, &options, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, bad[_i].error) != NULL, "%s", e.text);
	ck_assert_ptr_eq(r, &bad);
}
END_TEST

/* begin and so many bytes 'x' in all; owned by the caller */
static char *long_text(const char *begin, size_t len)
{
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	memcpy(text, begin, strlen(begin));
	text[len] = '\0';
	return text;
}

START_TEST(a_head_has_so_many_bytes_at_most)
{
	size_t most = REQUEST_HEAD_MAX - (ADDRESS_TEXT_BYTES - 1) -
		      strlen("GET  HTTP/1.1\r\nHost: \r\n\r\n");
	AUTO_FREE char *fits = long_text("/", most), *path = long_text("/", most + 1);
	AUTO_FREE char *header = long_text("A: ", REQUEST_HEAD_MAX), *out = malloc(1 << 15);
	AUTO_FREE char *host = long_text("", ADDRESS_TEXT_BYTES - 1);
	struct request_options options = { .paths = (const char *const[]) { fits },
					   .path_count = 1 };
	struct load_request *r = make(&options);

	ck_assert_uint_eq(load_request_bytes_max(r), REQUEST_HEAD_MAX);
	ck_assert_uint_eq(load_request_write(r, 0, host, out), REQUEST_HEAD_MAX);
	load_request_free(r);
	options.paths = (const char *const[]) { path };
	ck_assert_int_eq(load_request_new(&r, &options, NULL), -E2BIG);
	options = (struct request_options) { .headers = (const char *const[]) { header },
					     .header_count = 1 };
	ck_assert_int_eq(load_request_new(&r, &options, NULL), -E2BIG);
}
END_TEST

START_TEST(bodies_and_paths_are_bounded)
{
	AUTO_FREE char *body = calloc(1, REQUEST_BODY_MAX + 1);
	AUTO_FREE const char **paths = calloc(REQUEST_PATHS_MAX + 1, sizeof(*paths));
	AUTO_FREE char *path = long_text("/", 1000);
	struct request_options options = { .body = body, .body_bytes = REQUEST_BODY_MAX };
	struct load_request *r = make(&options);
	struct error e = { 0 };

	ck_assert_uint_gt(load_request_bytes_max(r), REQUEST_BODY_MAX);
	load_request_free(r);
	options.body_bytes++;
	ck_assert_int_eq(load_request_new(&r, &options, &e), -E2BIG);
	ck_assert_ptr_nonnull(strstr(e.text, "16 MiB"));
	for (size_t i = 0; i <= REQUEST_PATHS_MAX; i++)
		paths[i] = "/";
	options = (struct request_options) { .paths = paths, .path_count = REQUEST_PATHS_MAX };
	r = make(&options);
	ck_assert_uint_eq(load_request_path_count(r), REQUEST_PATHS_MAX);
	load_request_free(r);
	options.path_count++;
	ck_assert_int_eq(load_request_new(&r, &options, NULL), -E2BIG);
	for (size_t i = 0; i < REQUEST_PATHS_MAX; i++)
		paths[i] = path;
	options.path_count--;
	ck_assert_int_eq(load_request_new(&r, &options, &e), -E2BIG);
	ck_assert_ptr_nonnull(strstr(e.text, "64 MiB of paths"));
}
END_TEST

START_TEST(a_file_of_paths_is_read_line_by_line)
{
	static const char text[] = "/a\n\n# /comment\n  /b?c \t\r\n \r\n\t# d\n/e";
	AUTO_FREE char *copy = malloc(sizeof(text) - 1); /* without a NUL */
	AUTO_FREE char **paths = NULL;
	size_t count = 0;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, sizeof(text) - 1);
	ck_assert_int_eq(load_request_read_paths(copy, sizeof(text) - 1, &paths, &count, NULL), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(paths[0], "/a");
	ck_assert_str_eq(paths[1], "/b?c");
	ck_assert_str_eq(paths[2], "/e");
}
END_TEST

#define TEXT(literal) literal, sizeof(literal) - 1
static const struct {
	const char *text;
	size_t len;
	const char *error;
} bad_files[] = {
	{ TEXT(""), "no path" },
	{ TEXT("\n# only\n \r\n"), "no path" },
	{ TEXT("/a\nb\n"), "line 2: a path begins with \"/\"" },
	{ TEXT("# a\r\n/a b\r\n"), "line 2: byte 3 of a path is 0x20" },
	{ TEXT("/a\n\n/b\0c"), "line 3: a NUL" },
	{ TEXT("\0"), "line 1: a NUL" },
	{ TEXT("/a\r/b"), "write it as %0D" },
	{ TEXT("http://localhost/"), "line 1" },
};

START_TEST(a_line_that_is_no_path_is_named)
{
	char **paths = (void *)&bad_files;
	size_t count = 7;
	struct error e = { 0 };

	ck_assert_int_eq(
		load_request_read_paths(bad_files[_i].text, bad_files[_i].len, &paths, &count, &e),
		-EINVAL);
	ck_assert_msg(strstr(e.text, bad_files[_i].error) != NULL, "%s", e.text);
	ck_assert_ptr_eq(paths, &bad_files);
	ck_assert_uint_eq(count, 7);
}
END_TEST

START_TEST(a_file_of_paths_is_bounded)
{
	size_t len = ((size_t)REQUEST_PATHS_MAX + 1) * 2;
	AUTO_FREE char *text = malloc(len), *line = long_text("/", REQUEST_HEAD_MAX);
	AUTO_FREE char **paths = NULL;
	size_t count;
	struct error e = { 0 };

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 == 0 ? '/' : '\n';
	ck_assert_int_eq(load_request_read_paths(text, len - 2, &paths, &count, NULL), 0);
	ck_assert_uint_eq(count, REQUEST_PATHS_MAX);
	ck_assert_int_eq(load_request_read_paths(text, len, &paths, &count, &e), -E2BIG);
	ck_assert_ptr_nonnull(strstr(e.text, "line 100001: at most 100000 paths"));
	ck_assert_int_eq(load_request_read_paths(line, REQUEST_HEAD_MAX, &paths, &count, &e),
			 -E2BIG);
	ck_assert_ptr_nonnull(strstr(e.text, "line 1: a path has at most"));
}
END_TEST

Suite *request_suite(void)
{
	Suite *suite = suite_create("request");
	TCase *tcase = tcase_create("write");

	tcase_add_test(tcase, a_plain_request_is_a_get_of_the_root);
	tcase_add_test(tcase, each_path_is_written_with_each_host);
	tcase_add_test(tcase, a_body_makes_it_a_post_with_a_length);
	tcase_add_test(tcase, a_body_of_nothing_is_none);
	tcase_add_test(tcase, any_method_has_its_bodys_length);
	tcase_add_loop_test(tcase, a_method_that_is_about_a_body_says_that_there_is_none, 0,
			    ARRAY_SIZE(methods));
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("refuse");
	tcase_add_loop_test(tcase, what_would_break_the_request_is_refused_with_words, 0,
			    ARRAY_SIZE(bad));
	tcase_add_test(tcase, a_head_has_so_many_bytes_at_most);
	tcase_add_test(tcase, bodies_and_paths_are_bounded);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("paths");
	tcase_add_test(tcase, a_file_of_paths_is_read_line_by_line);
	tcase_add_loop_test(tcase, a_line_that_is_no_path_is_named, 0, ARRAY_SIZE(bad_files));
	tcase_add_test(tcase, a_file_of_paths_is_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
