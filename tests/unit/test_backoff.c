/* test_backoff.c - launcher/backoff.h */
#include "launcher/backoff.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <signal.h>

#define S UINT64_C(1000000000)

static const struct {
	uint64_t ready_ns;
	int signal;
	bool fault;
} deaths[] = {
	{ 0, SIGKILL, true }, /* never ready, whoever killed it */
	{ 0, 0, true },       { S, SIGKILL, false }, { S, SIGTERM, false },
	{ S, SIGSEGV, true }, { S, SIGABRT, true },  { S, SIGBUS, true },
	{ S, SIGFPE, true },  { S, SIGILL, true },   { 11 * S, SIGSEGV, false },
	{ S, 0, true }, /* left by itself: would be restarted in a spin */
	{ 11 * S, 0, false },
};

START_TEST(a_fault_is_told_from_bad_luck)
{
	ck_assert(backoff_is_fault(deaths[_i].ready_ns, deaths[_i].signal) == deaths[_i].fault);
}
END_TEST

START_TEST(doubles_to_the_maximum_and_stays)
{
	struct backoff b = { 0 };
	unsigned want = BACKOFF_FIRST_MS;

	for (int i = 0; i < 20; i++) {
		unsigned wait = backoff_after(&b, 0, true, (uint32_t)i * 2654435761u);

		ck_assert_uint_eq(b.wait_ms, want);
		ck_assert_uint_ge(wait, want / 2);
		ck_assert_uint_le(wait, want);
		want = MIN(want * 2, BACKOFF_MAX_MS);
	}
	ck_assert_uint_eq(want, BACKOFF_MAX_MS);
}
END_TEST

START_TEST(jitter_reaches_both_ends)
{
	struct backoff low = { 0 }, high = { 0 };

	ck_assert_uint_eq(backoff_after(&low, 0, true, 0), BACKOFF_FIRST_MS / 2);
	ck_assert_uint_eq(backoff_after(&high, 0, true, BACKOFF_FIRST_MS / 2), BACKOFF_FIRST_MS);
}
END_TEST

START_TEST(no_fault_no_wait_and_no_forgetting)
{
	struct backoff b = { 0 };

	backoff_after(&b, 0, true, 0);
	backoff_after(&b, 0, true, 0);
	ck_assert_uint_eq(backoff_after(&b, S, false, 0), 0);
	ck_assert_uint_eq(b.wait_ms, 2 * BACKOFF_FIRST_MS);
}
END_TEST

START_TEST(a_healthy_minute_is_a_new_start)
{
	struct backoff b = { 0 };

	for (int i = 0; i < 5; i++)
		backoff_after(&b, 0, true, 0);
	backoff_after(&b, 61 * S, true, 0);
	ck_assert_uint_eq(b.wait_ms, BACKOFF_FIRST_MS);
}
END_TEST

Suite *backoff_suite(void)
{
	Suite *s = suite_create("backoff");
	TCase *t = tcase_create("backoff");

	tcase_add_loop_test(t, a_fault_is_told_from_bad_luck, 0, ARRAY_SIZE(deaths));
	tcase_add_test(t, doubles_to_the_maximum_and_stays);
	tcase_add_test(t, jitter_reaches_both_ends);
	tcase_add_test(t, no_fault_no_wait_and_no_forgetting);
	tcase_add_test(t, a_healthy_minute_is_a_new_start);
	suite_add_tcase(s, t);
	return s;
}
