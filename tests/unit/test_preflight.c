/* test_preflight.c - portmap/listen.h: listeners_preflight() */
#include "common/buf.h"
#include "common/cc.h"
#include "portmap/listen.h"
#include "tests/add_unless.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static unsigned ephemeral[2]; /* first, last */

static void read_range(void)
{
	AUTO_FCLOSE FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%u %u", &ephemeral[0], &ephemeral[1]), 2);
}

/* What is said of one group of four ports from first on. */
static char *warnings(const char *ip, unsigned first)
{
	char config[512];
	struct plan_fixture f;
	struct problems p = { 0 };
	struct buf text = BUF_INIT(1 << 16);

	snprintf(config, sizeof(config),
		 "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': '%u-%u', "
		 "'app': {'kind': 'hello'}}}}",
		 ip, first, first + 3);
	plan_fixture_make(&f, config, 1);
	listeners_preflight(f.plan, &p);
	ck_assert_uint_eq(p.errors, 0);
	problems_format(&p, NULL, &text);
	problems_release(&p);
	plan_fixture_release(&f);
	return buf_take(&text);
}

/* Two of the four are within. */
START_TEST(warns_once_of_ports_that_a_connection_may_have)
{
	AUTO_FREE char *text = warnings("127.0.0.1", ephemeral[0] - 2);
	char want[512];

	snprintf(want, sizeof(want),
		 "warning: port_groups.blue.ports: port %u (and 1 more) is within "
		 "net.ipv4.ip_local_port_range (%u-%u): an outgoing connection may have it when "
		 "eisen starts; take other ports, or add these to "
		 "net.ipv4.ip_local_reserved_ports\n",
		 ephemeral[0], ephemeral[0], ephemeral[1]);
	ck_assert_str_eq(text, want);
}
END_TEST

START_TEST(says_nothing_of_ports_before_the_range)
{
	AUTO_FREE char *text = warnings("127.0.0.1", ephemeral[0] - 4);

	ck_assert_str_eq(text, "");
}
END_TEST

static const struct {
	const char *ip;
	bool here;
} addresses[] = {
	{ "127.0.0.1", true },    { "127.1.2.3", true }, { "0.0.0.0", true },
	{ "192.0.2.1", false },   { "::", true },        { "::1", true },
	{ "2001:db8::1", false },
};
#define ADDRESSES_IPV6 4 /* the first of them */

START_TEST(warns_of_an_address_that_is_not_here)
{
	AUTO_FREE char *text = warnings(addresses[_i].ip, ephemeral[0] - 4);
	char want[512] = "";

	if (!addresses[_i].here)
		snprintf(want, sizeof(want),
			 "warning: port_groups.blue.ip: the start will fail: address %s is on no "
			 "interface of this machine\n",
			 addresses[_i].ip);
	ck_assert_str_eq(text, want);
}
END_TEST

static void expect_privileged_warning(void *arg ATTR_UNUSED)
{
	AUTO_FREE char *text = warnings("127.0.0.1", 79);

	ck_assert_str_eq(text, "warning: port_groups.blue.ports: port 79 (and 3 more): the start "
			       "will fail, ports below 1024 need CAP_NET_BIND_SERVICE\n");
}

static const char *why_no_usual_low_ports(void)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	unsigned start = 0;

	return file != NULL && fscanf(file, "%u", &start) == 1 && start == 1024
		       ? NULL
		       : "net.ipv4.ip_unprivileged_port_start is not 1024";
}

START_TEST(warns_of_low_ports_without_the_right)
{
	net_as_nobody(expect_privileged_warning, NULL);
	if (geteuid() == 0) {
		AUTO_FREE char *text = warnings("127.0.0.1", 79);

		ck_assert_str_eq(text, "");
	}
}
END_TEST

START_TEST(says_nothing_of_unix_sockets)
{
	struct plan_fixture f;
	struct problems p = { 0 };

	plan_fixture_make(&f,
			  "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ports': '1-60000', "
			  "'unix': '/nowhere/{port}', 'app': {'kind': 'hello'}}}}",
			  1);
	listeners_preflight(f.plan, &p);
	ck_assert_uint_eq(p.errors + p.warnings, 0);
	plan_fixture_release(&f);
}
END_TEST

Suite *preflight_suite(void)
{
	Suite *suite = suite_create("preflight");
	TCase *tc = tcase_create("preflight");

	tcase_add_checked_fixture(tc, read_range, NULL);
	tcase_add_test(tc, warns_once_of_ports_that_a_connection_may_have);
	tcase_add_test(tc, says_nothing_of_ports_before_the_range);
	tcase_add_loop_test(tc, warns_of_an_address_that_is_not_here, 0, ADDRESSES_IPV6);
	add_loop_test_unless(net_why_no_ipv6(), tc, warns_of_an_address_that_is_not_here,
			     ADDRESSES_IPV6, ARRAY_SIZE(addresses));
	add_test_unless(why_no_usual_low_ports(), tc, warns_of_low_ports_without_the_right);
	tcase_add_test(tc, says_nothing_of_unix_sockets);
	suite_add_tcase(suite, tc);
	return suite;
}
