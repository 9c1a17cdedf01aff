/* test_api_host.c - servers/api_host.h */
#include "servers/api_host.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

static const struct {
	const char *host, *own;
	bool allowed;
} cases[] = {
	{ "localhost", "127.0.0.1", true },
	{ "localhost:12321", "127.0.0.1", true },
	{ "LOCALHOST:1", "127.0.0.1", true },
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.8.9.10:80", "127.0.0.1", true },
	{ "[::1]:12321", "127.0.0.1", true },
	{ "[::1]", "127.0.0.1", true },
	{ "10.0.0.7:80", "10.0.0.7", true },
	{ "[fe80::1]:80", "fe80::1", true },
	{ "[fe80::1]:80", "fe80::1%eth0", true },
	{ "[fd00::2]:80", "FD00:0::0002", true },
	{ "panel.example:80", "127.0.0.1", true },
	{ "Other.Example", "127.0.0.1", true },
	{ "localhost:", "127.0.0.1", true },

	{ NULL, "127.0.0.1", false },
	{ "", "127.0.0.1", false },
	{ ":80", "127.0.0.1", false },
	{ "evil.example", "127.0.0.1", false },
	{ "evil.example:12321", "127.0.0.1", false },
	{ "10.0.0.8", "10.0.0.7", false },
	{ "[fd00::3]", "fd00::2", false },
	{ "10.0.0.8", "fd00::2", false },
	{ "localhost.evil.example", "127.0.0.1", false },
	{ "127.0.0.1.evil.example", "127.0.0.1", false },
	{ "127.evil", "127.0.0.1", false },
	{ "localhost:80:90", "127.0.0.1", false },
	{ "localhost:x", "127.0.0.1", false },
	{ "localhost@evil.example", "127.0.0.1", false },
	{ "[::1", "127.0.0.1", false },
	{ "[::1]x", "127.0.0.1", false },
	{ "[]", "127.0.0.1", false },
	{ " localhost", "127.0.0.1", false },

	/* a wildcard is any address of this machine, but no name */
	{ "192.0.2.1:80", "0.0.0.0", true },
	{ "[2001:db8::1]", "::", true },
	{ "[2001:db8::1]", "0:0:0:0:0:0:0:0", true },
	{ "0.0.0.0", "0.0.0.0", true },
	{ "evil.example", "0.0.0.0", false },
	{ "192.0.2.1.evil.example", "::", false },
};

START_TEST(knows_its_names)
{
	static const char *const more[] = { "panel.example", "other.example", NULL };

	ck_assert_int_eq(api_host_allowed(cases[_i].host, cases[_i].own, more), cases[_i].allowed);
}
END_TEST

START_TEST(needs_no_list)
{
	ck_assert(api_host_allowed("localhost", "127.0.0.1", NULL));
	ck_assert(!api_host_allowed("panel.example", "127.0.0.1", NULL));
}
END_TEST

START_TEST(refuses_names_of_any_length)
{
	char host[4096];

	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	ck_assert(!api_host_allowed(host, "127.0.0.1", NULL));
	host[256] = '\0';
	ck_assert(!api_host_allowed(host, "127.0.0.1", NULL));
}
END_TEST

Suite *api_host_suite(void)
{
	Suite *s = suite_create("api_host");
	TCase *t = tcase_create("api_host");

	tcase_add_loop_test(t, knows_its_names, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(t, needs_no_list);
	tcase_add_test(t, refuses_names_of_any_length);
	suite_add_tcase(s, t);
	return s;
}
