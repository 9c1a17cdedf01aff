/* test_compare.c - load/compare.h: known intervals, and noise of a fixed seed. */
#include "load/compare.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#define COMPARISONS 2000
#define ROUNDS 10

static double next_uniform(uint64_t *seed) /* xorshift64 (Marsaglia 2003) */
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (double)(*seed >> 11) / (double)(UINT64_C(1) << 53);
}

static double next_normal(uint64_t *seed) /* twelve uniforms: variance 1 */
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += next_uniform(seed);
	return sum;
}

/* What a machine does in a round, it does to both; the ratio of the two
 * scatters by 5 %. */
static size_t count_verdicts(double factor, enum compare_verdict verdict, uint64_t seed)
{
	size_t found = 0;

	for (size_t i = 0; i < COMPARISONS; i++) {
		double a[ROUNDS], b[ROUNDS];
		struct compare_result r;

		for (size_t k = 0; k < ROUNDS; k++) {
			double machine = 100000 * exp(0.2 * next_normal(&seed));

			a[k] = machine * exp(0.05 * M_SQRT1_2 * next_normal(&seed));
			b[k] = machine * factor * exp(0.05 * M_SQRT1_2 * next_normal(&seed));
		}
		compare_pairs(a, b, ROUNDS, &r);
		found += r.verdict == verdict;
	}
	return found;
}

START_TEST(of_a_hundred_comparisons_of_the_same_one_at_most_is_called_different)
{
	ck_assert_uint_ge(count_verdicts(1, COMPARE_SAME, 1 + (uint64_t)_i),
			  COMPARISONS * 99 / 100);
}
END_TEST

START_TEST(of_twenty_that_differ_by_a_tenth_one_at_most_is_called_the_same)
{
	ck_assert_uint_ge(count_verdicts(0.9, COMPARE_LOWER, 1 + (uint64_t)_i),
			  COMPARISONS * 95 / 100);
	ck_assert_uint_ge(count_verdicts(1 / 0.9, COMPARE_HIGHER, 1 + (uint64_t)_i),
			  COMPARISONS * 95 / 100);
}
END_TEST

/* Two-sided 99 % points of Student's t, as tables have them. */
static const struct {
	size_t rounds;
	double t;
} points[] = {
	{ 3, 9.924843 },  { 4, 5.840909 },  { 5, 4.604095 },  { 6, 4.032143 },
	{ 10, 3.249836 }, { 11, 3.169273 }, { 31, 2.749996 }, { 101, 2.625891 },
};

START_TEST(the_interval_is_that_of_students_t)
{
	double a[101], b[101], error, n = (double)points[_i].rounds;
	struct compare_result r;

	for (size_t i = 0; i < points[_i].rounds; i++) {
		a[i] = 10;
		b[i] = 10;
	}
	b[0] = 10 * exp(0.01); /* log ratios: 0.01, -0.01, 0 … */
	b[1] = 10 * exp(-0.01);
	compare_pairs(a, b, points[_i].rounds, &r);
	error = sqrt(2 * 0.01 * 0.01 / (n - 1) / n);
	ck_assert_double_eq_tol(log(r.high) / error, points[_i].t, 2e-6);
	ck_assert_double_eq_tol(log(r.low) / error, -points[_i].t, 2e-6);
	ck_assert_double_eq_tol(r.ratio, 1, 1e-12);
	ck_assert_uint_eq(r.rounds, points[_i].rounds);
}
END_TEST

START_TEST(the_ratio_is_the_geometric_mean)
{
	double a[] = { 1, 1, 1 }, b[] = { 1, 2, 4 };
	struct compare_result r;

	compare_pairs(a, b, 3, &r);
	ck_assert_double_eq_tol(r.ratio, 2, 1e-12);
	ck_assert(r.low < 1 && r.high > 4);
	ck_assert_int_eq(r.verdict, COMPARE_NOISY);
}
END_TEST

START_TEST(the_other_way_round_is_the_inverse)
{
	double a[] = { 10, 11, 12, 10 }, b[] = { 20, 21, 23, 22 };
	struct compare_result up, down;

	compare_pairs(a, b, 4, &up);
	compare_pairs(b, a, 4, &down);
	ck_assert_int_eq(up.verdict, COMPARE_HIGHER);
	ck_assert_int_eq(down.verdict, COMPARE_LOWER);
	ck_assert_double_eq_tol(up.ratio * down.ratio, 1, 1e-12);
	ck_assert_double_eq_tol(up.low * down.high, 1, 1e-12);
	ck_assert_double_eq_tol(up.high * down.low, 1, 1e-12);
}
END_TEST

static const struct {
	double ratio;
	enum compare_verdict want;
} exact[] = {
	{ 1, COMPARE_SAME },     { 1.009, COMPARE_SAME },  { 1.011, COMPARE_HIGHER },
	{ 0.991, COMPARE_SAME }, { 0.989, COMPARE_LOWER },
};

START_TEST(without_any_noise_the_margin_decides)
{
	double a[] = { 100, 100, 100 }, b[3];
	struct compare_result r;

	for (size_t i = 0; i < ARRAY_SIZE(b); i++)
		b[i] = 100 * exact[_i].ratio;
	compare_pairs(a, b, 3, &r);
	ck_assert_int_eq(r.verdict, exact[_i].want);
	ck_assert_double_eq_tol(r.low, r.ratio, 1e-12);
	ck_assert_double_eq_tol(r.high, r.ratio, 1e-12);
	ck_assert_double_eq_tol(r.ratio, exact[_i].ratio, 1e-12);
}
END_TEST

START_TEST(a_difference_that_reaches_into_the_margin_is_none)
{
	double a[] = { 100, 100, 100, 100 }, b[] = { 101.2, 101.8, 101.5, 101.5 };
	struct compare_result r;

	compare_pairs(a, b, 4, &r);
	ck_assert(r.low > 1 && r.low < 1.01); /* surely above, perhaps by nothing that counts */
	ck_assert_int_eq(r.verdict, COMPARE_SAME);
}
END_TEST

START_TEST(pairs_that_have_no_ratio_are_left_out)
{
	double a[] = { NAN, 5, INFINITY, 5, 5, 5, 5, -5 };
	double b[] = { 5, NAN, 5, INFINITY, 10, 10, 10, -5 };
	struct compare_result r;

	compare_pairs(a, b, ARRAY_SIZE(a), &r);
	ck_assert_uint_eq(r.rounds, 3);
	ck_assert_double_eq_tol(r.ratio, 2, 1e-12);
	ck_assert_int_eq(r.verdict, COMPARE_HIGHER);
}
END_TEST

/* Ends of the interval: exp(-reach) and exp(reach). */
static enum compare_verdict verdict_of_reach(double reach)
{
	double shift = reach / 9.924843 * sqrt(3), a[] = { 1, 1, 1 };
	double b[] = { exp(shift), 1, exp(-shift) };
	struct compare_result r;

	compare_pairs(a, b, 3, &r);
	ck_assert_double_eq_tol(r.high, exp(reach), 1e-5);
	return r.verdict;
}

START_TEST(an_interval_wider_than_one_to_two_tells_nothing)
{
	ck_assert_int_eq(verdict_of_reach(log(1.99) / 2), COMPARE_SAME);
	ck_assert_int_eq(verdict_of_reach(log(2.01) / 2), COMPARE_NOISY);
}
END_TEST

START_TEST(a_wide_interval_beyond_the_margin_is_a_difference)
{
	double a[] = { 1, 1, 1 }, b[] = { 10, 12, 14 };
	struct compare_result r;

	compare_pairs(a, b, 3, &r);
	ck_assert(r.high > 2 * r.low);
	ck_assert_int_eq(r.verdict, COMPARE_HIGHER);
}
END_TEST

START_TEST(a_zero_is_a_result_and_never_the_same)
{
	double a[] = { 5, 5, 0, 5, 0, 0 }, b[] = { 5, 0, 5, 5, 0, 5 };
	double same_a[] = { 5, 5, 5, 5 }, same_b[] = { 5, 5, 5, 0 };
	struct compare_result r;

	compare_pairs(a, b, ARRAY_SIZE(a), &r);
	ck_assert_int_eq(r.verdict, COMPARE_FAILED);
	ck_assert_uint_eq(r.rounds, 2);
	ck_assert_uint_eq(r.failed_a, 3);
	ck_assert_uint_eq(r.failed_b, 2);
	ck_assert(r.low == 0 && r.high == 0);
	compare_pairs(same_a, same_b, ARRAY_SIZE(same_a), &r);
	ck_assert_int_eq(r.verdict, COMPARE_FAILED);
	ck_assert_uint_eq(r.rounds, 3);
	ck_assert_double_eq_tol(r.low, 1, 1e-12);
}
END_TEST

START_TEST(fewer_than_three_say_nothing)
{
	double a[] = { 1, 1 }, b[] = { 4, 9 };
	struct compare_result r;

	compare_pairs(a, b, 2, &r);
	ck_assert_int_eq(r.verdict, COMPARE_TOO_FEW);
	ck_assert_uint_eq(r.rounds, 2);
	ck_assert_double_eq_tol(r.ratio, 6, 1e-12);
	ck_assert(r.low == 0 && r.high == 0);
	compare_pairs(a, b, 0, &r);
	ck_assert_int_eq(r.verdict, COMPARE_TOO_FEW);
	ck_assert(r.ratio == 0);
}
END_TEST

START_TEST(the_wildest_values_stay_finite)
{
	double a[] = { DBL_MIN, DBL_MAX, DBL_MIN }, b[] = { DBL_MAX, DBL_MIN, DBL_MAX };
	struct compare_result r;

	compare_pairs(a, b, 3, &r);
	ck_assert(isfinite(r.ratio) && isfinite(r.low) && isfinite(r.high));
	ck_assert(r.low > 0);
	ck_assert_int_eq(r.verdict, COMPARE_NOISY);
}
END_TEST

START_TEST(no_more_rounds_are_looked_at_than_the_maximum)
{
	static double a[COMPARE_ROUNDS_MAX + 5], b[COMPARE_ROUNDS_MAX + 5];
	struct compare_result r;

	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = b[i] = 1;
	compare_pairs(a, b, ARRAY_SIZE(a), &r);
	ck_assert_uint_eq(r.rounds, COMPARE_ROUNDS_MAX);
	ck_assert_int_eq(r.verdict, COMPARE_SAME);
}
END_TEST

Suite *compare_suite(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");

	tcase_add_loop_test(t, of_a_hundred_comparisons_of_the_same_one_at_most_is_called_different,
			    0, 3);
	tcase_add_loop_test(t, of_twenty_that_differ_by_a_tenth_one_at_most_is_called_the_same, 0,
			    3);
	tcase_add_loop_test(t, the_interval_is_that_of_students_t, 0, ARRAY_SIZE(points));
	tcase_add_test(t, the_ratio_is_the_geometric_mean);
	tcase_add_test(t, the_other_way_round_is_the_inverse);
	tcase_add_loop_test(t, without_any_noise_the_margin_decides, 0, ARRAY_SIZE(exact));
	tcase_add_test(t, a_difference_that_reaches_into_the_margin_is_none);
	tcase_add_test(t, pairs_that_have_no_ratio_are_left_out);
	tcase_add_test(t, an_interval_wider_than_one_to_two_tells_nothing);
	tcase_add_test(t, a_wide_interval_beyond_the_margin_is_a_difference);
	tcase_add_test(t, a_zero_is_a_result_and_never_the_same);
	tcase_add_test(t, fewer_than_three_say_nothing);
	tcase_add_test(t, the_wildest_values_stay_finite);
	tcase_add_test(t, no_more_rounds_are_looked_at_than_the_maximum);
	suite_add_tcase(s, t);
	return s;
}
