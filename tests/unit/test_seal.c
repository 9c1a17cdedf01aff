/* test_seal.c - portmap/listen.h: listeners_seal() on ports. */
#include "common/cc.h"
#include "portmap/address.h"
#include "portmap/listen.h"
#include "tests/add_unless.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

struct fixture {
	struct plan_fixture plan;
	struct listeners l;
	struct address address;
};

/* Each test runs with both ways of sealing and in both families. A locked
 * filter (socket(7)) refuses ours as a kernel does that wants CAP_NET_ADMIN. */
enum way { FILTER_4, NO_FILTER_4, FILTER_6, NO_FILTER_6, WAYS };

static void setup(struct fixture *f, int way)
{
	bool six = way == FILTER_6 || way == NO_FILTER_6;
	struct problems p = { 0 };
	char config[256];
	int on = 1;

	snprintf(config, sizeof(config),
		 "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': %u, "
		 "'app': {'kind': 'hello'}}}}",
		 six ? "::1" : "IP", six ? net_free_port(AF_INET6) : 11000);
	net_plan_make(&f->plan, config, 1);
	plan_address(f->plan.plan, 0, &f->address);
	ck_assert(listeners_open(f->plan.plan, &f->l, &p));
	if (way == NO_FILTER_4 || way == NO_FILTER_6)
		ck_assert_int_eq(
			setsockopt(f->l.fds[0], SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)), 0);
}

static void teardown(struct fixture *f)
{
	listeners_close(&f->l, f->plan.plan);
	plan_fixture_release(&f->plan);
}

static void expect_talk(int from, int to)
{
	char text[3];

	ck_assert_int_eq(write(from, "hi", 3), 3);
	ck_assert_int_eq(read(to, text, 3), 3);
	ck_assert_str_eq(text, "hi");
}

/* A connection elsewhere, begun later, is through: so the other one would be
 * as well, if it were let in. */
static void expect_not_let_in(int fd)
{
	struct address a;
	AUTO_CLOSE int listening = -1, control = -1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(address_from_ip(&a, net_ip(1).text, 11000, NULL), 0);
	listening = net_listen(&a, false);
	ck_assert_int_ge(listening, 0);
	control = net_connect(&a);
	ck_assert_int_ge(control, 0);
	ck_assert(net_is_connecting(fd));
}

START_TEST(lets_in_nobody_but_keeps_who_waits)
{
	struct fixture f;
	int fd, accepted, late;

	setup(&f, _i);
	fd = net_connect(&f.address);
	ck_assert_int_ge(fd, 0);
	listeners_seal(&f.l, f.plan.plan);
	late = net_connect_begin(&f.address);
	expect_not_let_in(late);

	accepted = net_accept(f.l.fds[0]);
	expect_talk(fd, accepted);
	expect_talk(accepted, fd);
	listen_unseal_accepted(accepted);
	expect_talk(fd, accepted);
	ck_assert_int_eq(accept(f.l.fds[0], NULL, NULL), -1);
	ck_assert(net_is_connecting(late));
	close(late);
	close(fd);
	close(accepted);
	teardown(&f);
	ck_assert_int_eq(net_connect(&f.address), -ECONNREFUSED);
}
END_TEST

/* With TCP_DEFER_ACCEPT the kernel lets a handshake wait for the first data,
 * so that one is half-way when the port is sealed. */
START_TEST(lets_in_who_was_half_way)
{
	struct fixture f;
	int fd, accepted, seconds = 10;
	char text[3];

	setup(&f, _i);
	ck_assert_int_eq(
		setsockopt(f.l.fds[0], IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)),
		0);
	fd = net_connect(&f.address);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(accept(f.l.fds[0], NULL, NULL), -1);
	listeners_seal(&f.l, f.plan.plan);
	ck_assert_int_eq(write(fd, "ho", 3), 3);
	accepted = net_accept(f.l.fds[0]);
	ck_assert_int_eq(read(accepted, text, 3), 3);
	listen_unseal_accepted(accepted);
	expect_talk(accepted, fd);
	expect_talk(fd, accepted);
	close(accepted);
	close(fd);
	teardown(&f);
}
END_TEST

Suite *seal_suite(void)
{
	Suite *suite = suite_create("seal");
	TCase *tc = tcase_create("seal");

	tcase_add_loop_test(tc, lets_in_nobody_but_keeps_who_waits, 0, FILTER_6);
	add_loop_test_unless(net_why_no_ipv6(), tc, lets_in_nobody_but_keeps_who_waits, FILTER_6,
			     WAYS);
	tcase_add_loop_test(tc, lets_in_who_was_half_way, 0, FILTER_6);
	add_loop_test_unless(net_why_no_ipv6(), tc, lets_in_who_was_half_way, FILTER_6, WAYS);
	suite_add_tcase(suite, tc);
	return suite;
}
