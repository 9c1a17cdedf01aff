/* test_histogram.c - common/histogram.h, against a sorted array of the same values. */
#include "common/histogram.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define VALUES 100000

static const double percents[] = { 0, 0.001, 1, 10, 50, 90, 99, 99.9, 99.99, 99.999, 100 };

static uint64_t next_random(uint64_t *seed) /* xorshift64 (Marsaglia 2003) */
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int compare_values(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* All magnitudes up to 2^bits alike. */
static uint64_t *make_values(unsigned bits, uint64_t seed)
{
	uint64_t *values = calloc(VALUES, sizeof(*values));

	ck_assert_ptr_nonnull(values);
	for (size_t i = 0; i < VALUES; i++)
		values[i] = next_random(&seed) >> (64 - 1 - next_random(&seed) % bits);
	return values;
}

static void add_all(struct histogram *h, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		histogram_add(h, values[i]);
}

/* By the definition: the least value that percent of all are not above. */
static uint64_t percentile_of_sorted(const uint64_t *values, double percent)
{
	size_t i = 0;

	while (i < VALUES - 1 && (double)(i + 1) * 100 < percent * VALUES * (1 - 1e-12))
		i++;
	return values[i];
}

static void assert_equal(const struct histogram *a, const struct histogram *b)
{
	json_auto_t *x = histogram_json(a), *y = histogram_json(b);

	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(json_equal(x, y), 1);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_uint_eq(a->lost, b->lost);
}

static void count_values(uint64_t low, uint64_t high, uint64_t count, void *arg)
{
	uint64_t *sum = arg;

	(void)low;
	(void)high;
	*sum += count;
}

static void assert_bucket_count(const struct histogram *h, uint64_t want)
{
	uint64_t sum = 0;

	histogram_each(h, count_values, &sum);
	ck_assert_uint_eq(sum, want);
}

START_TEST(percentiles_are_those_of_a_sorted_array_within_a_thousandth)
{
	AUTO_FREE uint64_t *values = make_values(42, 1 + (uint64_t)_i);
	struct histogram h = { 0 };

	add_all(&h, values, VALUES);
	qsort(values, VALUES, sizeof(*values), compare_values);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		uint64_t want = percentile_of_sorted(values, percents[i]);
		uint64_t got = histogram_percentile(&h, percents[i]);

		ck_assert_uint_ge(got, want);
		ck_assert_uint_le(got - want, want / 1000);
	}
	ck_assert_uint_eq(h.min, values[0]);
	ck_assert_uint_eq(h.max, values[VALUES - 1]);
	histogram_release(&h);
}
END_TEST

START_TEST(percentiles_below_2048_are_exact)
{
	AUTO_FREE uint64_t *values = make_values(11, 9);
	struct histogram h = { 0 };

	add_all(&h, values, VALUES);
	qsort(values, VALUES, sizeof(*values), compare_values);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++)
		ck_assert_uint_eq(histogram_percentile(&h, percents[i]),
				  percentile_of_sorted(values, percents[i]));
	histogram_release(&h);
}
END_TEST

START_TEST(a_percentage_that_is_no_binary_fraction_meets_its_rank)
{
	struct histogram h = { 0 };

	for (uint64_t v = 1; v <= 1000; v++)
		histogram_add(&h, v);
	for (unsigned tenths = 1; tenths <= 1000; tenths++) {
		if (histogram_percentile(&h, tenths / 10.0) != tenths)
			ck_abort_msg("p%u.%u is %llu", tenths / 10, tenths % 10,
				     (unsigned long long)histogram_percentile(&h, tenths / 10.0));
	}
	histogram_release(&h);
}
END_TEST

START_TEST(percentages_out_of_range_are_the_ends)
{
	struct histogram h = { 0 };

	histogram_add(&h, 5);
	histogram_add(&h, 9);
	ck_assert_uint_eq(histogram_percentile(&h, -1), 5);
	ck_assert_uint_eq(histogram_percentile(&h, NAN), 5);
	ck_assert_uint_eq(histogram_percentile(&h, 101), 9);
	ck_assert_uint_eq(histogram_percentile(&h, INFINITY), 9);
	histogram_release(&h);
}
END_TEST

START_TEST(an_empty_one_is_all_zero_and_holds_nothing)
{
	struct histogram h = { 0 };

	ck_assert_uint_eq(histogram_percentile(&h, 99), 0);
	ck_assert(histogram_mean(&h) == 0);
	ck_assert_uint_eq(histogram_memory(&h), 0);
	histogram_add_many(&h, 7, 0);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_uint_eq(histogram_memory(&h), 0);
	histogram_release(&h);
}
END_TEST

START_TEST(none_is_shown_above_the_maximum)
{
	struct histogram h = { 0 };

	histogram_add(&h, 1000001); /* its bucket goes further */
	ck_assert_uint_eq(histogram_percentile(&h, 50), 1000001);
	histogram_release(&h);
}
END_TEST

START_TEST(a_value_above_the_range_is_shown_as_the_maximum)
{
	struct histogram h = { 0 };

	histogram_add(&h, 1);
	histogram_add(&h, HISTOGRAM_VALUE_MAX);
	histogram_add(&h, UINT64_MAX);
	ck_assert_uint_eq(h.max, UINT64_MAX);
	ck_assert_uint_eq(histogram_percentile(&h, 33), 1);
	ck_assert_uint_eq(histogram_percentile(&h, 100), UINT64_MAX);
	histogram_release(&h);
}
END_TEST

struct visited {
	uint64_t last_high, count;
	bool in_order, narrow;
};

static void visit(uint64_t low, uint64_t high, uint64_t count, void *arg)
{
	struct visited *v = arg;

	v->in_order &= v->count == 0 || low > v->last_high;
	v->narrow &= high >= low && (high - low) * 1000 <= low;
	v->last_high = high;
	v->count += count;
}

START_TEST(buckets_come_in_order_and_are_narrow)
{
	AUTO_FREE uint64_t *values = make_values(42, 3);
	struct visited v = { .in_order = true, .narrow = true };
	struct histogram h = { 0 };

	add_all(&h, values, VALUES);
	histogram_each(&h, visit, &v);
	ck_assert(v.in_order);
	ck_assert(v.narrow);
	ck_assert_uint_eq(v.count, VALUES);
	histogram_release(&h);
}
END_TEST

static void find_bounds(uint64_t low, uint64_t high, uint64_t count, void *arg)
{
	uint64_t *bounds = arg;

	(void)count;
	bounds[0] = low;
	bounds[1] = high;
}

START_TEST(both_ends_of_a_bucket_fall_into_it)
{
	for (uint64_t v = 1; v <= HISTOGRAM_VALUE_MAX; v = v * 3 / 2 + 1) {
		struct histogram h = { 0 };
		uint64_t bounds[2] = { 0 }, again[2] = { 0 };

		histogram_add(&h, v);
		histogram_each(&h, find_bounds, bounds);
		histogram_release(&h);
		histogram_add(&h, bounds[0]);
		histogram_add(&h, bounds[1]);
		histogram_each(&h, find_bounds, again);
		if (v < bounds[0] || v > bounds[1] || memcmp(bounds, again, sizeof(again)) != 0)
			ck_abort_msg("bucket of %llu", (unsigned long long)v);
		histogram_release(&h);
	}
}
END_TEST

START_TEST(merged_ones_equal_all_in_one)
{
	AUTO_FREE uint64_t *values = make_values(40, 4);
	struct histogram parts[3] = { 0 }, merged = { 0 }, one = { 0 };

	for (size_t i = 0; i < VALUES; i++)
		histogram_add(&parts[i % 2], values[i]); /* the third stays empty */
	add_all(&one, values, VALUES);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		histogram_merge(&merged, &parts[i]);
	ck_assert(fabs(merged.sum - one.sum) <= one.sum * 1e-9);
	merged.sum = one.sum; /* rounded in another order */
	assert_equal(&merged, &one);
	ck_assert_uint_eq(histogram_percentile(&merged, 99), histogram_percentile(&one, 99));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		histogram_release(&parts[i]);
	histogram_release(&merged);
	histogram_release(&one);
}
END_TEST

START_TEST(many_times_one_value_is_that_value_many_times)
{
	struct histogram many = { 0 }, one = { 0 };

	histogram_add_many(&many, 123456, 1000);
	for (int i = 0; i < 1000; i++)
		histogram_add(&one, 123456);
	assert_equal(&many, &one);
	ck_assert(histogram_mean(&many) == 123456);
	histogram_release(&many);
	histogram_release(&one);
}
END_TEST

START_TEST(memory_follows_the_spread_not_the_range)
{
	struct histogram h = { 0 };
	size_t one;

	histogram_add(&h, 1000000);
	one = histogram_memory(&h);
	histogram_add(&h, 1000001);
	ck_assert_uint_eq(histogram_memory(&h), one);
	histogram_add(&h, 2000000000);
	ck_assert_uint_gt(histogram_memory(&h), one);
	for (uint64_t v = 500000; v < 4000000; v += 100)
		histogram_add(&h, v);
	ck_assert_uint_lt(histogram_memory(&h), 12000);
	histogram_release(&h);
	ck_assert_uint_eq(histogram_memory(&h), 0);
}
END_TEST

START_TEST(a_count_may_pass_what_a_bucket_takes_at_first)
{
	struct histogram h = { 0 }, other = { 0 };

	for (int i = 0; i < 65535; i++)
		histogram_add(&h, 7);
	histogram_add_many(&h, 8, 65536);
	histogram_add(&h, 9);
	ck_assert_uint_eq(histogram_percentile(&h, 50), 8);
	histogram_add(&h, 7);
	histogram_add(&h, 7);
	ck_assert_uint_eq(histogram_percentile(&h, 50), 7);
	for (int i = 0; i < 2 * 65536; i++)
		histogram_add(&h, 10);
	ck_assert_uint_eq(histogram_percentile(&h, 51), 10);
	assert_bucket_count(&h, h.count);
	histogram_add_many(&other, 9, (UINT64_C(1) << 40) + 65535);
	histogram_merge(&h, &other);
	ck_assert_uint_eq(histogram_percentile(&h, 1), 9);
	ck_assert_uint_eq(h.count, 65537 + 4 * 65536 + (UINT64_C(1) << 40));
	ck_assert_uint_eq(h.lost, 0);
	histogram_release(&h);
	histogram_release(&other);
}
END_TEST

START_TEST(values_that_were_lost_are_taken_to_be_the_largest)
{
	struct histogram h = { 0 };

	histogram_add_many(&h, 10, 90);
	h.count += 10; /* as add counts ten of 5000 when memory is short */
	h.lost += 10;
	h.max = 5000;
	ck_assert_uint_eq(histogram_percentile(&h, 90), 10);
	ck_assert_uint_eq(histogram_percentile(&h, 90.1), 5000);
	histogram_release(&h);
}
END_TEST

Suite *histogram_suite(void)
{
	Suite *s = suite_create("histogram");
	TCase *t = tcase_create("histogram");

	tcase_add_loop_test(t, percentiles_are_those_of_a_sorted_array_within_a_thousandth, 0, 5);
	tcase_add_test(t, percentiles_below_2048_are_exact);
	tcase_add_test(t, a_percentage_that_is_no_binary_fraction_meets_its_rank);
	tcase_add_test(t, percentages_out_of_range_are_the_ends);
	tcase_add_test(t, an_empty_one_is_all_zero_and_holds_nothing);
	tcase_add_test(t, none_is_shown_above_the_maximum);
	tcase_add_test(t, a_value_above_the_range_is_shown_as_the_maximum);
	tcase_add_test(t, buckets_come_in_order_and_are_narrow);
	tcase_add_test(t, both_ends_of_a_bucket_fall_into_it);
	tcase_add_test(t, merged_ones_equal_all_in_one);
	tcase_add_test(t, many_times_one_value_is_that_value_many_times);
	tcase_add_test(t, memory_follows_the_spread_not_the_range);
	tcase_add_test(t, a_count_may_pass_what_a_bucket_takes_at_first);
	tcase_add_test(t, values_that_were_lost_are_taken_to_be_the_largest);
	suite_add_tcase(s, t);
	return s;
}
