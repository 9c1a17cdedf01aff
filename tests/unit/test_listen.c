/* test_listen.c - portmap/listen.h: ports of IP addresses. */
#include "portmap/listen.h"

#include "common/buf.h"
#include "common/cc.h"
#include "portmap/address.h"
#include "tests/add_unless.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define HELLO "'app': {'kind': 'hello'}"

/* 11000 and 11001 are served, 11002 is free. */
static const char one_group[] =
	"{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-1', 'ip': 'IP', "
	"'ports': '11000-11002', 'servers_per_worker': 1, " HELLO "}}}";
static const char shared[] = "{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-1', 'ip': 'IP', "
			     "'ports': '11000-11001', 'shared': true, " HELLO "}}}";

static struct address ip_address(const char *ip, unsigned port)
{
	struct address a;

	ck_assert_int_eq(address_from_ip(&a, ip, port, NULL), 0);
	return a;
}

static void expect_open(const struct plan_fixture *f, struct listeners *ret)
{
	struct problems p = { 0 };
	AUTO_BUF struct buf text = BUF_INIT(1 << 16);
	bool ok = listeners_open(f->plan, ret, &p);

	problems_format(&p, NULL, &text);
	ck_assert_msg(ok, "%s", buf_text(&text));
	ck_assert_uint_eq(p.errors + p.warnings, 0);
	ck_assert_uint_eq(ret->count, f->plan->server_count);
}

/* All that is said; nothing is left open and *l is as it was. */
static char *expect_failure(const struct plan_fixture *f)
{
	size_t before = net_open_fds();
	struct problems p = { 0 };
	struct listeners l = { .count = 77 };
	struct buf text = BUF_INIT(1 << 20);

	ck_assert(!listeners_open(f->plan, &l, &p));
	ck_assert_uint_eq(l.count, 77);
	ck_assert_uint_eq(net_open_fds(), before);
	problems_format(&p, NULL, &text);
	problems_release(&p);
	return buf_take(&text);
}

static int option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, name, &value, &len), 0);
	return value;
}

START_TEST(binds_each_server_to_its_address)
{
	struct plan_fixture f;
	struct listeners l;

	net_plan_make(&f, one_group, 2);
	expect_open(&f, &l);
	for (size_t i = 0; i < l.count; i++) {
		char text[ADDRESS_TEXT_BYTES], want[ADDRESS_TEXT_BYTES];
		struct address bound = { .len = sizeof(bound.storage) }, planned;

		ck_assert_int_eq(getsockname(l.fds[i], &bound.any, &bound.len), 0);
		plan_address(f.plan, i, &planned);
		address_format(&bound, text, sizeof(text));
		address_format(&planned, want, sizeof(want));
		ck_assert_str_eq(text, want);
		ck_assert_int_eq(option(l.fds[i], SO_ACCEPTCONN), i < f.plan->served_count);
		ck_assert_int_eq(option(l.fds[i], SO_REUSEPORT), 0);
		ck_assert_int_ne(fcntl(l.fds[i], F_GETFD) & FD_CLOEXEC, 0);
		ck_assert_int_ne(fcntl(l.fds[i], F_GETFL) & O_NONBLOCK, 0);
	}
	listeners_close(&l, f.plan);
	ck_assert_ptr_null(l.fds);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(connects_where_it_serves_only)
{
	struct plan_fixture f;
	struct listeners l;
	struct address a = ip_address(net_ip(0).text, 11001);
	struct address idle = ip_address(net_ip(0).text, 11002);
	int fd, accepted;

	net_plan_make(&f, one_group, 2);
	expect_open(&f, &l);
	fd = net_connect(&a);
	ck_assert_int_ge(fd, 0);
	accepted = net_accept(l.fds[1]);
	ck_assert_int_eq(accept(l.fds[0], NULL, NULL), -1);
	ck_assert_int_eq(net_connect(&idle), -ECONNREFUSED);
	close(accepted);
	close(fd);
	listeners_close(&l, f.plan);
	ck_assert_int_eq(net_connect(&a), -ECONNREFUSED);
	plan_fixture_release(&f);
}
END_TEST

/* Whatever options the other one sets; so also for a free port. */
START_TEST(lets_nobody_else_bind_its_ports)
{
	struct plan_fixture f;
	struct listeners l;

	net_plan_make(&f, one_group, 2);
	expect_open(&f, &l);
	for (unsigned port = 11000; port <= 11002; port++) {
		struct address a = ip_address(net_ip(0).text, port);
		struct address wildcard = ip_address("0.0.0.0", port);

		ck_assert_int_eq(net_bind(&a, false), -EADDRINUSE);
		ck_assert_int_eq(net_bind(&a, true), -EADDRINUSE);
		ck_assert_int_eq(net_bind(&wildcard, true), -EADDRINUSE);
	}
	listeners_close(&l, f.plan);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(says_who_holds_a_busy_port)
{
	struct plan_fixture f;
	struct address a = ip_address(net_ip(0).text, 11000);
	struct address b = ip_address(net_ip(0).text, 11002);
	int listening = net_listen(&a, false), bound = net_bind(&b, false), on = 0;
	AUTO_FREE char *text = NULL;
	char want[1024];

	ck_assert_int_eq(setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	ck_assert_int_eq(prctl(PR_SET_NAME, "test \x1bholder"), 0);
	net_plan_make(&f, one_group, 2);
	text = expect_failure(&f);
	snprintf(
		want, sizeof(want),
		"port_groups.blue.ports: port 11000 of group blue (%s:11000): busy, held by pid %d "
		"(test \\x1bholder): stop it, or change \"ports\"\n"
		"port_groups.blue.ports: port 11002 of group blue (%s:11002): busy, bound by a "
		"process that does not listen: change \"ports\"\n",
		net_ip(0).text, (int)getpid(), net_ip(0).text);
	ck_assert_str_eq(text, want);
	close(listening);
	close(bound);
	plan_fixture_release(&f);
}
END_TEST

/* Also when the other one has SO_REUSEPORT and would let us in. */
START_TEST(does_not_share_with_strangers)
{
	struct plan_fixture f;
	struct address a = ip_address(net_ip(0).text, 11000);
	AUTO_CLOSE int fd = net_listen(&a, _i == 1);
	AUTO_FREE char *text = NULL;

	ck_assert_int_ge(fd, 0);
	net_plan_make(&f, shared, 2);
	text = expect_failure(&f);
	ck_assert_msg(strstr(text, "port 11000 of group blue") != NULL, "%s", text);
	ck_assert_msg(strchr(text, '\n')[1] == '\0', "told more than once: %s", text);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(gives_each_worker_of_a_shared_group_a_socket_per_port)
{
	struct plan_fixture f;
	struct listeners l;
	struct address a = ip_address(net_ip(0).text, 11000);

	net_plan_make(&f, shared, 2);
	expect_open(&f, &l);
	ck_assert_uint_eq(l.count, 4);
	for (size_t i = 0; i < l.count; i++) {
		struct sockaddr_in bound = { .sin_port = 0 };
		socklen_t len = sizeof(bound);

		ck_assert_int_eq(getsockname(l.fds[i], (struct sockaddr *)&bound, &len), 0);
		ck_assert_uint_eq(ntohs(bound.sin_port), 11000 + i % 2);
		ck_assert_int_eq(option(l.fds[i], SO_ACCEPTCONN), 1);
		ck_assert_int_eq(option(l.fds[i], SO_REUSEPORT), 1);
	}
	ck_assert_int_eq(net_bind(&a, false), -EADDRINUSE);
	listeners_close(&l, f.plan);
	plan_fixture_release(&f);
}
END_TEST

/* A connection that the server closed first stays in TIME_WAIT for a minute;
 * the next start must not wait for it, whether it serves the port or not. */
START_TEST(starts_again_at_once)
{
	static const char none_served[] =
		"{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-1', 'ip': 'IP', "
		"'ports': [11002, 11001, 11000], 'servers_per_worker': 1, " HELLO "}}}";
	struct plan_fixture f, other;
	struct listeners l;
	struct address a = ip_address(net_ip(0).text, 11000);
	int fd, accepted;
	char byte;

	net_plan_make(&f, one_group, 2);
	net_plan_make(&other, none_served, 2);
	expect_open(&f, &l);
	fd = net_connect(&a);
	accepted = net_accept(l.fds[0]);
	close(accepted);
	ck_assert_int_eq(read(fd, &byte, 1), 0);
	close(fd);
	listeners_close(&l, f.plan);

	expect_open(&f, &l);
	listeners_close(&l, f.plan);
	expect_open(&other, &l); /* 11000 is free there */
	ck_assert_int_eq(option(l.fds[2], SO_REUSEADDR), 0);
	listeners_close(&l, other.plan);
	plan_fixture_release(&other);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(has_both_families_on_one_port)
{
	unsigned port = net_free_port(AF_INET6);
	char config[512];
	struct plan_fixture f;
	struct listeners l;

	snprintf(config, sizeof(config),
		 "{'port_groups': {"
		 "'four': {'START_SEQUENCE_NUM': 0, 'ip': '0.0.0.0', 'ports': %u, " HELLO "},"
		 "'six': {'START_SEQUENCE_NUM': 1, 'ip': '::', 'ports': %u, " HELLO "}}}",
		 port, port);
	plan_fixture_make(&f, config, 1);
	expect_open(&f, &l);
	listeners_close(&l, f.plan);
	plan_fixture_release(&f);
}
END_TEST

/* 192.0.2.0/24 is for documentation (RFC 5737): nobody has it. */
START_TEST(says_once_that_an_address_is_not_here)
{
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;

	plan_fixture_make(&f,
			  "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '192.0.2.1', "
			  "'ports': '11000-11004', " HELLO "}}}",
			  1);
	text = expect_failure(&f);
	ck_assert_str_eq(text, "port_groups.blue.ip: port 11000 of group blue (192.0.2.1:11000): "
			       "address 192.0.2.1 is on no interface of this machine (and so for 4 "
			       "more of its ports)\n");
	plan_fixture_release(&f);
}
END_TEST

static void expect_permission_denied(void *arg)
{
	const struct plan_fixture *f = arg;
	AUTO_FREE char *text = expect_failure(f);

	ck_assert_msg(strstr(text, ": permission denied: ports below ") != NULL, "%s", text);
	ck_assert_msg(strstr(text, " need CAP_NET_BIND_SERVICE, or 'sysctl "
				   "net.ipv4.ip_unprivileged_port_start=1'") != NULL,
		      "%s", text);
}

static const char *why_no_low_ports(void)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	unsigned start = 1024;

	return file != NULL && fscanf(file, "%u", &start) == 1 && start <= 1
		       ? "all may have low ports here"
		       : NULL;
}

START_TEST(says_what_low_ports_need)
{
	struct plan_fixture f;

	net_plan_make(
		&f,
		"{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': 'IP', 'ports': 1, " HELLO
		"}}}",
		1);
	net_as_nobody(expect_permission_denied, &f);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(counts_what_it_does_not_tell)
{
	int fds[PROBLEMS_MAX + 50];
	struct plan_fixture f;
	struct problems p = { 0 };
	struct listeners l;

	for (unsigned i = 0; i < ARRAY_SIZE(fds); i++) {
		struct address a = ip_address(net_ip(0).text, 11000 + i);

		fds[i] = net_listen(&a, false);
		ck_assert_int_ge(fds[i], 0);
	}
	net_plan_make(&f,
		      "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': 'IP', "
		      "'ports': '11000-12000', " HELLO "}}}",
		      1);
	ck_assert(!listeners_open(f.plan, &l, &p));
	ck_assert_uint_eq(p.kept, PROBLEMS_MAX);
	ck_assert_uint_gt(p.errors, PROBLEMS_MAX);
	ck_assert_msg(strstr(p.list[199].text, "port 11199 of") != NULL, "%s", p.list[199].text);
	problems_release(&p);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(says_once_that_descriptors_ran_out)
{
	struct rlimit limit = { .rlim_cur = 40, .rlim_max = 40 };
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;

	net_plan_make(&f,
		      "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': 'IP', "
		      "'ports': '11000-11999', " HELLO "}}}",
		      1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	text = expect_failure(&f);
	ck_assert_msg(strstr(text, "): Too many open files\n") != NULL, "%s", text);
	ck_assert_msg(strchr(text, '\n')[1] == '\0', "told more than once: %s", text);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(opens_and_closes_nothing)
{
	struct plan_fixture f;
	struct listeners l, never = { 0 };

	plan_fixture_make(&f, "{}", 1);
	expect_open(&f, &l);
	listeners_close(&l, f.plan);
	listeners_close(&never, f.plan);
	plan_fixture_release(&f);
}
END_TEST

Suite *listen_suite(void)
{
	Suite *suite = suite_create("listen");
	TCase *good = tcase_create("good"), *bad = tcase_create("bad");

	tcase_add_test(good, binds_each_server_to_its_address);
	tcase_add_test(good, connects_where_it_serves_only);
	tcase_add_test(good, lets_nobody_else_bind_its_ports);
	tcase_add_test(good, gives_each_worker_of_a_shared_group_a_socket_per_port);
	tcase_add_test(good, starts_again_at_once);
	add_test_unless(net_why_no_ipv6(), good, has_both_families_on_one_port);
	tcase_add_test(good, opens_and_closes_nothing);
	suite_add_tcase(suite, good);
	tcase_add_test(bad, says_who_holds_a_busy_port);
	tcase_add_loop_test(bad, does_not_share_with_strangers, 0, 2);
	tcase_add_test(bad, says_once_that_an_address_is_not_here);
	add_test_unless(why_no_low_ports(), bad, says_what_low_ports_need);
	tcase_add_test(bad, counts_what_it_does_not_tell);
	tcase_add_test(bad, says_once_that_descriptors_ran_out);
	suite_add_tcase(suite, bad);
	return suite;
}
