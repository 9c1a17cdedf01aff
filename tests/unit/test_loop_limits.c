/* test_loop_limits.c - servers/loop.h: what it does when something is full */
#include "servers/loop.h"

#include "common/clock.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static void expect_ok(struct http_client *c)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, 200);
	http_reply_release(&reply);
}

/* Seven ask, three are let in; whenever one leaves the next has its turn.
 * Both servers count against the same limit. */
START_TEST(accepting_pauses_at_the_limit_until_one_leaves)
{
	const struct loop_options options = { .connections_max = 3 };
	struct http_client c[7];
	struct loop_fixture f;

	loop_fixture_init(&f, 2, &options);
	for (size_t i = 0; i < 7; i++) {
		loop_fixture_connect(&f, i % 2, &c[i]);
		http_client_send(&c[i], GET);
	}
	loop_fixture_start(&f);
	for (size_t left = 7; left > 0; left--) {
		size_t i = 0;

		/* Which ones are in is the kernel's order among the servers. */
		while (c[i].fd < 0 || !http_client_has_bytes(&c[i]))
			i = (i + 1) % 7;
		expect_ok(&c[i]);
		ck_assert_uint_le(
			board_get(&f.cells[0].connections) + board_get(&f.cells[1].connections), 3);
		ck_assert_uint_le(board_get(&f.cells[0].accepted) + board_get(&f.cells[1].accepted),
				  7 - left + 3);
		http_client_close(&c[i]);
	}
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].requests) + board_get(&f.cells[1].requests), 7);
	ck_assert_uint_eq(board_get(&f.cells[0].refused) + board_get(&f.cells[1].refused), 0);
	loop_fixture_release(&f);
}
END_TEST

static void limit_fds(rlim_t max)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static clockid_t cpu_clock_of(pthread_t thread)
{
	clockid_t clock;

	ck_assert_int_eq(pthread_getcpuclockid(thread, &clock), 0);
	return clock;
}

static uint64_t cpu_ms(clockid_t clock)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Room for one descriptor: the first is served, the second waits, and costs
 * no processor time, until there is room again. */
START_TEST(goes_on_when_there_are_descriptors_again)
{
	struct rlimit before;
	struct loop_fixture f;
	struct http_client first, second;
	struct pollfd waiting = { .events = POLLIN };
	uint64_t used;
	int next;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_connect(&f, 0, &first);
	http_client_send(&first, GET);
	loop_fixture_connect(&f, 0, &second);
	http_client_send(&second, GET);
	waiting.fd = second.fd;
	next = dup(0);
	ck_assert_int_ge(next, 0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit_fds((rlim_t)next + 1);
	loop_fixture_start(&f);
	expect_ok(&first);
	/* Three pauses long, it waits and does not spin. */
	used = cpu_ms(cpu_clock_of(f.thread));
	ck_assert_int_eq(poll(&waiting, 1, 300), 0);
	ck_assert_uint_le(cpu_ms(cpu_clock_of(f.thread)) - used, 60);
	http_client_send(&first, GET); /* others are served all the time */
	expect_ok(&first);
	ck_assert_uint_eq(board_get(&f.cells[0].accepted), 1);
	limit_fds(before.rlim_cur);
	expect_ok(&second);
	http_client_close(&first);
	http_client_close(&second);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_eq(board_get(&f.cells[0].requests), 3);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_drain_takes_what_waits_beyond_the_limit)
{
	const struct loop_options options = { .connections_max = 2 };
	struct http_client c[9];
	struct loop_fixture f;

	loop_fixture_init(&f, 1, &options);
	for (size_t i = 0; i < 9; i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], GET);
	}
	loop_drain(f.loop, 50000);
	loop_fixture_start(&f);
	for (size_t i = 0; i < 9; i++) {
		expect_ok(&c[i]);
		ck_assert(http_client_ended(&c[i]));
		http_client_close(&c[i]);
	}
	loop_fixture_join(&f);
	loop_fixture_release(&f);
}
END_TEST

/* One with a request, one with a part, one that is silent. False: this thread was
 * held up for longer than the time-out, all are closed. */
static bool connect_in_time(const struct loop_fixture *f, struct http_client c[3],
			    unsigned timeout_s)
{
	static const char *const texts[] = { GET, "GET / HT", "" };
	uint64_t began_ns = clock_mono_ns();

	for (size_t i = 0; i < 3; i++) {
		loop_fixture_connect(f, 0, &c[i]);
		send(c[i].fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL);
	}
	if (clock_mono_ns() - began_ns < timeout_s * CLOCK_NS_PER_S)
		return true;
	for (size_t i = 0; i < 3; i++)
		http_client_close(&c[i]);
	return false;
}

START_TEST(silence_ends_a_connection)
{
	const struct loop_options options = { .connections_max = 10, .idle_timeout_s = 1 };
	struct loop_fixture f;
	struct http_client c[3];

	loop_fixture_init(&f, 1, &options);
	loop_fixture_start(&f);
	while (!connect_in_time(&f, c, options.idle_timeout_s))
		;
	expect_ok(&c[0]);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(http_client_ended(&c[i]));
		http_client_close(&c[i]);
	}
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

Suite *loop_limits_suite(void)
{
	Suite *s = suite_create("loop_limits");
	TCase *t = tcase_create("limits");

	tcase_add_test(t, accepting_pauses_at_the_limit_until_one_leaves);
	tcase_add_test(t, goes_on_when_there_are_descriptors_again);
	tcase_add_test(t, a_drain_takes_what_waits_beyond_the_limit);
	tcase_add_test(t, silence_ends_a_connection);
	suite_add_tcase(s, t);
	return s;
}
