/* test_load_pace.c - when requests are due: the same on any number of threads. */
#include "common/clock.h"
#include "load/job.h"
#include "load/pace.h"
#include "tests/unit/suites.h"

#define START 1000000

START_TEST(own_targets_are_all_targets_once)
{
	struct load_job job = { .target_count = 10, .threads = 4 };
	size_t sum = 0;

	for (unsigned t = 0; t < job.threads; t++)
		sum += pace_own_count(&job, t);
	ck_assert_uint_eq(sum, 10);
	ck_assert_uint_eq(pace_own_count(&job, 0), 3);
	ck_assert_uint_eq(pace_own_count(&job, 3), 2);
}
END_TEST

START_TEST(a_period_lies_between_two_requests)
{
	struct load_job job = { .target_count = 1, .threads = 1, .rate = 1000 };
	struct pace pace;

	pace_init(&pace, &job, 0, START);
	for (uint64_t n = 0; n < 5; n++, pace_next(&pace)) {
		ck_assert_uint_eq(pace.due_ns, START + n * CLOCK_NS_PER_MS);
		ck_assert_uint_eq(pace.round, n);
	}
}
END_TEST

/* Request n is for target n modulo 5; thread 1 of 2 has targets 1 and 3. */
START_TEST(a_thread_has_the_requests_of_its_targets)
{
	static const unsigned want[] = { 1, 3, 6, 8, 11, 13 };
	struct load_job job = { .target_count = 5, .threads = 2, .rate = 1000 };
	struct pace pace;

	pace_init(&pace, &job, 1, START);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++, pace_next(&pace)) {
		ck_assert_uint_eq(pace.due_ns, START + want[i] * CLOCK_NS_PER_MS);
		ck_assert_uint_eq(pace.own, i % 2);
		ck_assert_uint_eq(pace_due(&pace, pace.own, pace.round), pace.due_ns);
	}
}
END_TEST

START_TEST(errors_do_not_add_up_over_a_day)
{
	struct load_job job = { .target_count = 1, .threads = 1, .rate = 3 };
	struct pace pace;

	pace_init(&pace, &job, 0, START);
	ck_assert_uint_eq(pace_due(&pace, 0, 3 * LOAD_DURATION_MAX_S),
			  START + LOAD_DURATION_MAX_S * CLOCK_NS_PER_S);
	job.rate = LOAD_RATE_MAX;
	pace_init(&pace, &job, 0, START);
	ck_assert_uint_eq(pace_due(&pace, 0, UINT64_C(1) * LOAD_RATE_MAX * LOAD_DURATION_MAX_S),
			  START + LOAD_DURATION_MAX_S * CLOCK_NS_PER_S);
}
END_TEST

Suite *load_pace_suite(void)
{
	Suite *suite = suite_create("load_pace");
	TCase *tcase = tcase_create("pace");

	tcase_add_test(tcase, own_targets_are_all_targets_once);
	tcase_add_test(tcase, a_period_lies_between_two_requests);
	tcase_add_test(tcase, a_thread_has_the_requests_of_its_targets);
	tcase_add_test(tcase, errors_do_not_add_up_over_a_day);
	suite_add_tcase(suite, tcase);
	return suite;
}
