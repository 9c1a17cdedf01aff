/* test_url.c - servers by URL: what is driven, what is refused with words. */
#include "common/cc.h"
#include "common/error.h"
#include "load/url.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <sys/socket.h>

static const struct {
	const char *text, *host, *name, *path;
	unsigned port;
} good[] = {
	{ "http://127.0.0.1:8080/a?b=c", "127.0.0.1:8080", "127.0.0.1", "/a?b=c", 8080 },
	{ "http://example.org", "example.org", "example.org", "/", 80 },
	{ "HTTP://Example.org:/", "Example.org", "Example.org", "/", 80 },
	{ "http://localhost:80/#part", "localhost", "localhost", "/", 80 },
	{ "http://localhost:00081?q=/#?", "localhost:81", "localhost", "/?q=/", 81 },
	{ "http://localhost#part", "localhost", "localhost", "/", 80 },
	{ "http://[::1]:65535/a//b/../c", "[::1]:65535", "::1", "/a//b/../c", 65535 },
	{ "http://[fd00::a:1]", "[fd00::a:1]", "fd00::a:1", "/", 80 },
	{ "http://a_b.internal:8080/%C3%A4@x:y", "a_b.internal:8080", "a_b.internal", "/%C3%A4@x:y",
	  8080 },
};

START_TEST(a_url_is_host_port_and_path)
{
	struct url url;

	ck_assert_int_eq(url_parse(&url, good[_i].text, NULL), 0);
	ck_assert_str_eq(url.host, good[_i].host);
	ck_assert_str_eq(url.name, good[_i].name);
	ck_assert_str_eq(url.path, good[_i].path);
	ck_assert_uint_eq(url.port, good[_i].port);
}
END_TEST

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "want http://HOST" },
	{ "localhost:8080", "want http://HOST" },
	{ "/path", "want http://HOST" },
	{ "http:/localhost", "want http://HOST" },
	{ "https://localhost/", "https is not driven, only http" },
	{ "HTTPS://localhost/", "https is not driven, only http" },
	{ "ftp://localhost/", "only http is driven, not \"ftp\"" },
	{ "http://", "the host is missing" },
	{ "http:///path", "the host is missing" },
	{ "http://:80/", "the host is missing" },
	{ "http://user@localhost/", "a user name" },
	{ "http://user:word@[::1]/", "a user name" },
	{ "http://localhost:0/", "want a port within 1..65535, got \"0\"" },
	{ "http://localhost:65536/", "got \"65536\"" },
	{ "http://localhost:+80/", "got \"+80\"" },
	{ "http://localhost:80:80/", "got \"80:80\"" },
	{ "http://localhost:00000000080/", "got \"00000000080\"" },
	{ "http://local host/", "behind the host" },
	{ "http://h\xc3\xa4us/", "behind the host" },
	{ "http://a%20b/", "behind the host" },
	{ "http://::1/", "the host is missing" },
	{ "http://[::1/", "no IPv6 address" },
	{ "http://[1.2.3.4]/", "no IPv6 address" },
	{ "http://[fe80::1%25eth0]/", "no IPv6 address" },
	{ "http://[]/", "the host is missing" },
	{ "http://[::1]80/", "behind the host" },
	{ "http://localhost/a b", "write it as %20" },
	{ "http://localhost/a\r\nX: y", "write it as %0D" },
	{ "http://localhost/\xc3\xa4", "write it as %C3" },
};

START_TEST(what_is_no_http_url_is_refused_with_words)
{
	struct url url = { .port = 7 };
	struct error e = { 0 };

	ck_assert_int_eq(url_parse(&url, bad[_i].text, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, bad[_i].error) != NULL, "%s", e.text);
	ck_assert_uint_eq(url.port, 7);
}
END_TEST

/* "http://" + so many of c + tail */
static int parse_long(struct url *url, const char *begin, char c, size_t count, const char *tail)
{
	AUTO_FREE char *text = calloc(1, strlen(begin) + count + strlen(tail) + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, begin, strlen(begin));
	memset(text + strlen(begin), c, count);
	memcpy(text + strlen(begin) + count, tail, strlen(tail));
	return url_parse(url, text, NULL);
}

START_TEST(hosts_and_paths_are_bounded)
{
	size_t host = ADDRESS_TEXT_BYTES - sizeof("[]:65535") - 1;
	struct url url;

	ck_assert_int_eq(parse_long(&url, "http://", 'a', host, ":65535/"), 0);
	ck_assert_uint_eq(strlen(url.host), host + 6);
	ck_assert_int_eq(parse_long(&url, "http://", 'a', host + 1, "/"), -ENAMETOOLONG);
	ck_assert_int_eq(parse_long(&url, "http://[", ':', 100000, "]/"), -ENAMETOOLONG);
	ck_assert_int_eq(parse_long(&url, "http://a/", 'a', URL_PATH_BYTES - 2, ""), 0);
	ck_assert_uint_eq(strlen(url.path), URL_PATH_BYTES - 1);
	ck_assert_int_eq(parse_long(&url, "http://a/", 'a', URL_PATH_BYTES - 1, ""), -ENAMETOOLONG);
	ck_assert_int_eq(parse_long(&url, "http://a?", 'a', URL_PATH_BYTES - 2, ""), -ENAMETOOLONG);
	ck_assert_int_eq(parse_long(&url, "http://a/#", 'a', 100000, ""), 0);
	ck_assert_int_eq(parse_long(&url, "http://a:", '1', 100000, ""), -EINVAL);
	ck_assert_int_eq(parse_long(&url, "", 'a', 100000, ""), -EINVAL);
}
END_TEST

static void resolve(const char *text, struct address *ret)
{
	struct url url;

	ck_assert_int_eq(url_parse(&url, text, NULL), 0);
	ck_assert_int_eq(url_resolve(&url, ret, NULL), 0);
}

START_TEST(addresses_in_numbers_need_no_name_server)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address address;

	resolve("http://127.0.0.1:8080/", &address);
	address_format(&address, text, sizeof(text));
	ck_assert_str_eq(text, "127.0.0.1:8080");
	resolve("http://[::1]/", &address);
	address_format(&address, text, sizeof(text));
	ck_assert_str_eq(text, "[::1]:80");
}
END_TEST

/* A socket with a port; its address. */
static int bind_any(struct address *ret)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(address_from_ip(ret, "127.0.0.1", 0, NULL), 0);
	ck_assert_int_eq(bind(fd, &ret->any, ret->len), 0);
	ck_assert_int_eq(getsockname(fd, &ret->any, &ret->len), 0);
	return fd;
}

START_TEST(of_several_addresses_the_one_that_listens_is_taken)
{
	struct address addresses[3];
	AUTO_CLOSE int first = bind_any(&addresses[0]); /* bound: nobody else gets it */
	AUTO_CLOSE int second = bind_any(&addresses[1]);
	AUTO_CLOSE int third = bind_any(&addresses[2]);

	ck_assert_uint_eq(url_choose(addresses, 3), 0);
	ck_assert_int_eq(listen(third, 8), 0);
	ck_assert_uint_eq(url_choose(addresses, 3), 2);
	ck_assert_int_eq(listen(second, 8), 0);
	ck_assert_uint_eq(url_choose(addresses, 3), 1);
	ck_assert_int_eq(listen(first, 8), 0);
	ck_assert_uint_eq(url_choose(addresses, 3), 0);
}
END_TEST

START_TEST(a_single_address_is_not_asked)
{
	struct address address;
	AUTO_CLOSE int fd = bind_any(&address);

	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_uint_eq(url_choose(&address, 1), 0);
	ck_assert_int_eq(accept4(fd, NULL, NULL, SOCK_CLOEXEC), -1);
}
END_TEST

START_TEST(a_name_that_is_none_is_an_error_with_the_name)
{
	struct address address = { .len = 7 };
	struct url url;
	struct error e = { 0 };

	/* a label without bytes: refused before anybody is asked */
	ck_assert_int_eq(url_parse(&url, "http://no..name/", NULL), 0);
	ck_assert_int_lt(url_resolve(&url, &address, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "no..name"));
	ck_assert_uint_eq(address.len, 7);
}
END_TEST

Suite *url_suite(void)
{
	Suite *suite = suite_create("url");
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(tcase, a_url_is_host_port_and_path, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tcase, what_is_no_http_url_is_refused_with_words, 0, ARRAY_SIZE(bad));
	tcase_add_test(tcase, hosts_and_paths_are_bounded);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("resolve");
	tcase_add_test(tcase, addresses_in_numbers_need_no_name_server);
	tcase_add_test(tcase, of_several_addresses_the_one_that_listens_is_taken);
	tcase_add_test(tcase, a_single_address_is_not_asked);
	tcase_add_test(tcase, a_name_that_is_none_is_an_error_with_the_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
