/* test_holder.c - portmap/holder.h */
#include "portmap/holder.h"

#include "common/cc.h"
#include "portmap/address.h"
#include "tests/add_unless.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct address ip_address(const char *ip, unsigned port)
{
	struct address a;

	ck_assert_int_eq(address_from_ip(&a, ip, port, NULL), 0);
	return a;
}

static void expect_me(const struct address *a)
{
	struct holder h;

	ck_assert(holder_find(a, &h));
	ck_assert_int_eq(h.pid, getpid());
	ck_assert_str_eq(h.program, "test holder");
}

static void set_name(void)
{
	ck_assert_int_eq(prctl(PR_SET_NAME, "test holder"), 0);
}

START_TEST(finds_the_listener_of_an_address)
{
	struct address a = ip_address(net_ip(0).text, 11000);
	AUTO_CLOSE int fd = net_listen(&a, false);

	ck_assert_int_ge(fd, 0);
	expect_me(&a);
}
END_TEST

START_TEST(finds_a_connection_that_uses_the_port)
{
	struct address server = ip_address(net_ip(0).text, 11000);
	struct address own = ip_address(net_ip(1).text, 11001);
	AUTO_CLOSE int listener = net_listen(&server, false);
	AUTO_CLOSE int fd = net_bind(&own, false);

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(connect(fd, &server.any, server.len), 0);
	expect_me(&own);
}
END_TEST

/* To our wildcard any address is in the way, and the other way around. */
START_TEST(finds_who_is_in_the_way_of_a_wildcard)
{
	unsigned port = net_free_port(AF_INET);
	struct address wildcard = ip_address("0.0.0.0", port);
	struct address one = ip_address(net_ip(0).text, port);
	int fd = net_listen(&one, false);

	ck_assert_int_ge(fd, 0);
	expect_me(&wildcard);
	close(fd);
	fd = net_listen(&wildcard, false);
	ck_assert_int_ge(fd, 0);
	expect_me(&one);
	close(fd);
}
END_TEST

START_TEST(finds_ipv6_and_those_that_take_ipv4_in)
{
	unsigned port = net_free_port(AF_INET6);
	struct address six = ip_address("::1", port), all = ip_address("::", port);
	struct address four = ip_address(net_ip(0).text, port);
	struct holder h;
	int fd;

	fd = net_listen(&six, false);
	ck_assert_int_ge(fd, 0);
	expect_me(&six);
	expect_me(&all);
	ck_assert(!holder_find(&four, &h));
	close(fd);
	fd = net_listen(&all, false);
	ck_assert_int_ge(fd, 0);
	expect_me(&four);
	close(fd);
}
END_TEST

START_TEST(finds_ipv6_sockets_of_mapped_addresses)
{
	struct address four = ip_address(net_ip(0).text, 11000);
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = htons(11000) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0;
	char text[64];

	snprintf(text, sizeof(text), "::ffff:%s", net_ip(0).text);
	ck_assert_int_eq(inet_pton(AF_INET6, text, &mapped.sin6_addr), 1);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&mapped, sizeof(mapped)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	expect_me(&four);
	close(fd);
}
END_TEST

START_TEST(finds_nobody_where_nobody_is)
{
	struct address a = ip_address(net_ip(0).text, 11000);
	struct address neighbour = ip_address(net_ip(0).text, 11001);
	struct address other = ip_address(net_ip(1).text, 11000);
	struct address none = { .len = 0 };
	AUTO_CLOSE int fd = net_listen(&a, false);
	struct holder h = { .pid = 77 };

	ck_assert_int_ge(fd, 0);
	ck_assert(!holder_find(&neighbour, &h));
	ck_assert_int_eq(h.pid, 0);
	ck_assert_str_eq(h.program, "");
	ck_assert(!holder_find(&other, &h));
	ck_assert(!holder_find(&none, &h));
}
END_TEST

START_TEST(finds_unix_sockets_by_their_path)
{
	struct dir_fixture d;
	struct address a, other;
	char path[128];
	struct holder h;
	int fd;

	dir_fixture_init(&d);
	snprintf(path, sizeof(path), "%s/a socket", d.path);
	ck_assert_int_eq(address_from_path(&a, path, NULL), 0);
	snprintf(path, sizeof(path), "%s/a", d.path);
	ck_assert_int_eq(address_from_path(&other, path, NULL), 0);
	fd = net_bind(&a, false);
	ck_assert_int_ge(fd, 0);
	expect_me(&a);
	ck_assert(!holder_find(&other, &h));
	close(fd);
	ck_assert(!holder_find(&a, &h));
	dir_fixture_release(&d);
}
END_TEST

START_TEST(finds_many_at_once_each_its_own)
{
	struct address a[] = { ip_address(net_ip(0).text, 11000), ip_address(net_ip(0).text, 11001),
			       ip_address(net_ip(0).text, 11002) };
	struct holder h[ARRAY_SIZE(a)];
	bool found[ARRAY_SIZE(a)];
	int fd = net_listen(&a[0], false), child_fd = net_listen(&a[2], false), status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(fd);
		for (;;)
			pause();
	}
	close(child_fd);
	/* Until the child has let go of what is not its own. */
	do
		holder_find_all(a, ARRAY_SIZE(a), h, found);
	while (!found[2] || h[0].pid != getpid());
	ck_assert(found[0] && !found[1] && found[2]);
	ck_assert_int_eq(h[1].pid, 0);
	ck_assert_int_eq(h[2].pid, pid);
	holder_find_all(a, ARRAY_SIZE(a), h, NULL);
	ck_assert_int_eq(h[2].pid, pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(fd);
}
END_TEST

struct held {
	struct address address;
	int fd;
};

static void expect_unknown(void *arg)
{
	const struct held *held = arg;
	struct holder h;

	close(held->fd); /* else the child has it as well */
	ck_assert(holder_find(&held->address, &h));
	ck_assert_int_eq(h.pid, 0);
	ck_assert_str_eq(h.program, "");
}

START_TEST(says_that_there_is_one_of_another_user)
{
	struct held held = { .address = ip_address(net_ip(0).text, 11000) };

	held.fd = net_listen(&held.address, false);
	ck_assert_int_ge(held.fd, 0);
	net_as_nobody(expect_unknown, &held);
	close(held.fd);
}
END_TEST

Suite *holder_suite(void)
{
	Suite *suite = suite_create("holder");
	TCase *tc = tcase_create("holder");

	tcase_add_checked_fixture(tc, set_name, NULL);
	tcase_add_test(tc, finds_the_listener_of_an_address);
	tcase_add_test(tc, finds_a_connection_that_uses_the_port);
	tcase_add_test(tc, finds_who_is_in_the_way_of_a_wildcard);
	add_test_unless(net_why_no_ipv6(), tc, finds_ipv6_and_those_that_take_ipv4_in);
	add_test_unless(net_why_no_ipv6(), tc, finds_ipv6_sockets_of_mapped_addresses);
	tcase_add_test(tc, finds_nobody_where_nobody_is);
	tcase_add_test(tc, finds_unix_sockets_by_their_path);
	tcase_add_test(tc, finds_many_at_once_each_its_own);
	tcase_add_test(tc, says_that_there_is_one_of_another_user);
	suite_add_tcase(suite, tc);
	return suite;
}
