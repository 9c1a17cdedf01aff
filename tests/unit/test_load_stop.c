/* test_load_stop.c - launcher/load_stop.h; each test is a process of its own. */
#include "launcher/load_stop.h"

#include "common/cc.h"
#include "common/clock.h"
#include "tests/unit/suites.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(the_first_makes_the_descriptor_readable)
{
	int fd = load_stop_open();

	ck_assert_int_ge(fd, 0);
	ck_assert(!is_readable(fd));
	raise(signals[_i]);
	ck_assert(is_readable(fd));
}
END_TEST

START_TEST(an_echo_of_the_first_is_none)
{
	uint64_t start = clock_mono_ns();
	int fd = load_stop_open();

	raise(SIGTERM);
	if (clock_mono_ns() - start < 50 * CLOCK_NS_PER_MS) /* else this machine is too slow */
		raise(SIGTERM);
	ck_assert(is_readable(fd));
}
END_TEST

START_TEST(a_second_one_of_another_kind_kills)
{
	load_stop_open();
	raise(SIGINT);
	raise(SIGTERM);
	ck_abort_msg("still alive");
}
END_TEST

START_TEST(the_same_one_later_kills)
{
	uint64_t start;

	load_stop_open();
	raise(SIGTERM);
	start = clock_mono_ns();
	while (clock_mono_ns() - start < 101 * CLOCK_NS_PER_MS)
		poll(NULL, 0, 10);
	raise(SIGTERM);
	ck_abort_msg("still alive");
}
END_TEST

START_TEST(what_was_ignored_stays_ignored)
{
	int fd;

	signal(SIGINT, SIG_IGN);
	fd = load_stop_open();
	raise(SIGINT);
	raise(SIGINT);
	ck_assert(!is_readable(fd));
}
END_TEST

/* Else it would go on to its exec, and nobody had told the new program. */
START_TEST(a_child_before_its_exec_dies_of_it)
{
	int fd = load_stop_open(), status;
	pid_t pid = fork();

	if (pid == 0) {
		raise(SIGTERM);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	ck_assert(!is_readable(fd));
}
END_TEST

Suite *load_stop_suite(void)
{
	Suite *s = suite_create("load_stop");
	TCase *t = tcase_create("load_stop");

	tcase_add_loop_test(t, the_first_makes_the_descriptor_readable, 0, ARRAY_SIZE(signals));
	tcase_add_test(t, an_echo_of_the_first_is_none);
	tcase_add_test_raise_signal(t, a_second_one_of_another_kind_kills, SIGTERM);
	tcase_add_test_raise_signal(t, the_same_one_later_kills, SIGTERM);
	tcase_add_test(t, what_was_ignored_stays_ignored);
	tcase_add_test(t, a_child_before_its_exec_dies_of_it);
	suite_add_tcase(s, t);
	return s;
}
