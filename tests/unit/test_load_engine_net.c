/* test_load_engine_net.c - when local ports are few: in a network of its own. */
#include "common/cc.h"
#include "tests/add_unless.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define PORT 40000

static struct load_fixture f;
static struct scripted_server server;

/* In a child, which may fail. */
static const char *why_no_network(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && status == 0 ? NULL
							      : "no network of our own (root?)";
}

/* The loopback alone, with client ports from PORT on. */
static void own_network(unsigned ports)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	AUTO_CLOSE int fd = -1, range = -1;
	char text[32];

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	range = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
	snprintf(text, sizeof(text), "%d %d", PORT, PORT + (int)ports - 1);
	ck_assert_int_eq(write(range, text, strlen(text)), (int)strlen(text));
}

START_TEST(a_connection_to_itself_is_none)
{
	struct address address;

	own_network(1);
	ck_assert_int_eq(address_from_ip(&address, "127.0.0.1", PORT, NULL), 0);
	load_fixture_init(&f, &address);
	load_fixture_until(&f, 0, 1);
	ck_assert_uint_ge(f.target->counts.errors[LOAD_ERROR_REFUSED], 1);
	ck_assert_uint_eq(f.target->counts.requests, 0);
	ck_assert_uint_eq(f.target->counts.connects, 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(no_local_port_left_is_our_own_fault)
{
	struct address address;

	own_network(2);
	ck_assert_int_eq(address_from_ip(&address, "127.0.0.1", 80, NULL), 0);
	scripted_server_start(&server, &(struct script) { .reply = SCRIPT_HELLO }, &address);
	load_fixture_init(&f, &server.address);
	f.job.connections = 3;
	load_fixture_until(&f, 10, 6);
	scripted_server_end(&server);
	ck_assert_uint_ge(f.stats->measured_ns, 15 * CLOCK_NS_PER_MS);
	ck_assert_uint_ge(f.target->counts.errors[LOAD_ERROR_LOCAL], 6);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts),
			  f.target->counts.errors[LOAD_ERROR_LOCAL]);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(server.accepted, 2);
	load_fixture_release(&f);
}
END_TEST

Suite *load_engine_net_suite(void)
{
	Suite *suite = suite_create("load_engine_net");
	TCase *tcase = tcase_create("local ports");
	const char *why = why_no_network();

	add_test_unless(why, tcase, a_connection_to_itself_is_none);
	add_test_unless(why, tcase, no_local_port_left_is_our_own_fault);
	suite_add_tcase(suite, tcase);
	return suite;
}
