/* test_address.c - portmap/address.h */
#include "portmap/address.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"

#include <netinet/in.h>
#include <string.h>

static const struct {
	const char *ip;
	unsigned port;
	const char *text, *url;
} good[] = {
	{ "127.0.0.1", 11000, "127.0.0.1:11000", "http://127.0.0.1:11000/" },
	{ "127.200.3.4", 0, "127.200.3.4:0", "http://127.200.3.4:0/" },
	{ "0.0.0.0", 80, "0.0.0.0:80", "http://127.0.0.1:80/" },
	{ "192.0.2.7", 65535, "192.0.2.7:65535", "http://192.0.2.7:65535/" },
	{ "::1", 80, "[::1]:80", "http://[::1]:80/" },
	{ "::", 80, "[::]:80", "http://[::1]:80/" },
	{ "2001:DB8:0:0::0:1", 80, "[2001:db8::1]:80", "http://[2001:db8::1]:80/" },
	{ "fe80::1%lo", 80, "[fe80::1%lo]:80", "http://[fe80::1%25lo]:80/" },
	{ "fe80::1%1", 80, "[fe80::1%lo]:80", "http://[fe80::1%25lo]:80/" },
	{ "fe80::1%4294967295", 80, "[fe80::1%4294967295]:80",
	  "http://[fe80::1%254294967295]:80/" },
};

START_TEST(reads_and_writes_ip_addresses)
{
	struct address a;
	char text[ADDRESS_TEXT_BYTES];

	ck_assert_int_eq(address_from_ip(&a, good[_i].ip, good[_i].port, NULL), 0);
	address_format(&a, text, sizeof(text));
	ck_assert_str_eq(text, good[_i].text);
	address_url(&a, text, sizeof(text));
	ck_assert_str_eq(text, good[_i].url);
}
END_TEST

#define WANT "want an IP address in numbers (127.0.0.1, ::1), got "
static const struct {
	const char *ip;
	unsigned port;
	int code;
	const char *want;
} bad[] = {
	{ "localhost", 80, EINVAL, WANT "\"localhost\"" },
	{ "", 80, EINVAL, WANT "\"\"" },
	{ "127.1", 80, EINVAL, WANT "\"127.1\"" },
	{ "0177.0.0.1", 80, EINVAL, WANT "\"0177.0.0.1\"" },
	{ "127.0.0.1 ", 80, EINVAL, WANT "\"127.0.0.1 \"" },
	{ "256.0.0.1", 80, EINVAL, WANT "\"256.0.0.1\"" },
	{ "[::1]", 80, EINVAL, WANT "\"[::1]\"" },
	{ "::1::", 80, EINVAL, WANT "\"::1::\"" },
	{ "127.0.0.1%lo", 80, EINVAL, WANT "\"127.0.0.1%lo\"" },
	{ "1234567890123456789012345678901234567890123456789012345678901234567890", 80, EINVAL,
	  WANT "\"123456789012345678901234567890123456789012345678901234567890\"" },
	{ "::ffff:127.0.0.1", 80, EINVAL, "write \"::ffff:127.0.0.1\" as an IPv4 address" },
	{ "fe80::1", 80, EINVAL,
	  "the link-local \"fe80::1\" needs its interface: \"fe80::1%NAME\"" },
	{ "::1%lo", 80, EINVAL, "only a link-local address has an interface: \"::1%lo\"" },
	{ "fe80::1%", 80, ENODEV, "this machine has no interface \"\"" },
	{ "fe80::1%none0", 80, ENODEV, "this machine has no interface \"none0\"" },
	{ "127.0.0.1", 65536, EINVAL, "want a port within 0..65535, got 65536" },
};

START_TEST(refuses_the_rest_and_leaves_the_result_alone)
{
	struct address a = { .len = 77 };
	struct error e = { 0 };

	ck_assert_int_eq(address_from_ip(&a, bad[_i].ip, bad[_i].port, &e), -bad[_i].code);
	ck_assert_str_eq(e.text, bad[_i].want);
	ck_assert_uint_eq(a.len, 77);
}
END_TEST

START_TEST(takes_a_path_of_107_bytes_and_no_more)
{
	struct address a = { .len = 77 };
	struct error e = { 0 };
	char path[109], text[ADDRESS_TEXT_BYTES];

	memset(path, 'p', sizeof(path));
	path[108] = '\0';
	ck_assert_int_eq(address_from_path(&a, path, &e), -ENAMETOOLONG);
	ck_assert_str_eq(e.text, "a socket's path has at most 107 bytes, got 108");
	ck_assert_int_eq(address_from_path(&a, "", &e), -EINVAL);
	ck_assert_uint_eq(a.len, 77);

	path[107] = '\0';
	ck_assert_int_eq(address_from_path(&a, path, NULL), 0);
	ck_assert_str_eq(a.un.sun_path, path);
	ck_assert_uint_eq(a.len, sizeof(a.un));
	address_url(&a, text, sizeof(text));
	ck_assert_uint_eq(strlen(text), 5 + 107);
	ck_assert_int_eq(address_from_path(&a, "/run/a.sock", NULL), 0);
	address_format(&a, text, sizeof(text));
	ck_assert_str_eq(text, "unix:/run/a.sock");
}
END_TEST

START_TEST(an_empty_address_is_shown_and_conflicts_with_none)
{
	struct address none = { .len = 0 };
	char text[ADDRESS_TEXT_BYTES];

	address_format(&none, text, sizeof(text));
	ck_assert_str_eq(text, "-");
	address_url(&none, text, sizeof(text));
	ck_assert_str_eq(text, "-");
	ck_assert(!address_conflicts(&none, &none));
}
END_TEST

static const struct {
	const char *a;
	unsigned a_port;
	const char *b;
	unsigned b_port;
	bool want;
} pairs[] = {
	{ "127.0.0.1", 80, "127.0.0.1", 80, true },
	{ "127.0.0.1", 80, "127.0.0.1", 81, false },
	{ "127.0.0.1", 0, "127.0.0.1", 0, false }, /* any free port */
	{ "127.0.0.1", 80, "127.0.0.2", 80, false },
	{ "0.0.0.0", 80, "127.0.0.2", 80, true },
	{ "127.0.0.2", 80, "0.0.0.0", 80, true },
	{ "::1", 80, "::1", 80, true },
	{ "::1", 80, "::", 80, true },
	{ "::1", 80, "::1", 81, false },
	{ "::1", 80, "::2", 80, false },
	{ "fe80::1%1", 80, "fe80::1%2", 80, false },
	{ "::", 80, "0.0.0.0", 80, false }, /* IPV6_V6ONLY */
	{ "/a", 0, "/a", 0, true },
	{ "/a", 0, "/b", 0, false },
	{ "/a", 0, "127.0.0.1", 80, false },
};

static struct address from_text(const char *text, unsigned port)
{
	struct address a;

	if (text[0] == '/')
		ck_assert_int_eq(address_from_path(&a, text, NULL), 0);
	else
		ck_assert_int_eq(address_from_ip(&a, text, port, NULL), 0);
	return a;
}

START_TEST(knows_what_cannot_be_bound_at_once)
{
	struct address a = from_text(pairs[_i].a, pairs[_i].a_port);
	struct address b = from_text(pairs[_i].b, pairs[_i].b_port);

	ck_assert(address_conflicts(&a, &b) == pairs[_i].want);
	ck_assert(address_conflicts(&b, &a) == pairs[_i].want);
}
END_TEST

Suite *address_suite(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("address");

	tcase_add_loop_test(t, reads_and_writes_ip_addresses, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(t, refuses_the_rest_and_leaves_the_result_alone, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, takes_a_path_of_107_bytes_and_no_more);
	tcase_add_test(t, an_empty_address_is_shown_and_conflicts_with_none);
	tcase_add_loop_test(t, knows_what_cannot_be_bound_at_once, 0, ARRAY_SIZE(pairs));
	suite_add_tcase(s, t);
	return s;
}
