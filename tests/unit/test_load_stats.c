/* test_load_stats.c - counts of threads add up. */
#include "load/job.h"
#include "load/stats.h"
#include "tests/unit/suites.h"

START_TEST(every_kind_of_error_has_a_name_and_is_summed)
{
	struct load_counts counts = { 0 };

	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		ck_assert_ptr_nonnull(load_error_name((enum load_error)i));
		counts.errors[i] = 1u << i;
	}
	ck_assert_uint_eq(load_counts_errors(&counts), (1u << LOAD_ERROR_COUNT) - 1);
}
END_TEST

START_TEST(merging_adds_counts_and_keeps_the_worst)
{
	struct load_job job = {
		.target_count = 2, .group_count = 1, .duration_ns = 25, .interval_ns = 10
	};
	struct load_stats a, b;

	ck_assert_int_eq(load_stats_init(&a, &job, NULL), 0);
	ck_assert_int_eq(load_stats_init(&b, &job, NULL), 0);
	ck_assert_uint_eq(a.interval_count, 3);
	a.targets[1].counts.requests = 3;
	b.targets[1].counts.requests = 4;
	b.targets[1].counts.classes[2] = 4;
	histogram_add(&b.targets[1].latency, 700);
	a.intervals[2] = (struct load_interval) { 1, 2, 50 };
	b.intervals[2] = (struct load_interval) { 10, 20, 40 };
	a.cpu_share_max = 0.5;
	b.cpu_share_max = 0.9;
	load_stats_merge(&a, &b);
	ck_assert_uint_eq(b.targets[1].latency.count, 0);
	ck_assert_uint_eq(a.targets[1].counts.requests, 7);
	ck_assert_uint_eq(a.targets[1].counts.classes[2], 4);
	ck_assert_uint_eq(a.targets[1].latency.count, 1);
	ck_assert_uint_eq(a.targets[0].counts.requests, 0);
	ck_assert_uint_eq(a.intervals[2].requests, 11);
	ck_assert_uint_eq(a.intervals[2].errors, 22);
	ck_assert_uint_eq(a.intervals[2].latency_max_ns, 50);
	ck_assert(a.cpu_share_max == 0.9);
	load_stats_release(&a);
	load_stats_release(&b);
}
END_TEST

START_TEST(histograms_of_both_are_one)
{
	struct load_job job = {
		.target_count = 1, .group_count = 1, .duration_ns = 1, .interval_ns = 1
	};
	struct load_stats a, b;

	ck_assert_int_eq(load_stats_init(&a, &job, NULL), 0);
	ck_assert_int_eq(load_stats_init(&b, &job, NULL), 0);
	histogram_add(&a.service[0], 1);
	histogram_add(&b.service[0], 2);
	histogram_add(&a.late, 3);
	load_stats_merge(&a, &b);
	ck_assert_uint_eq(a.service[0].count, 2);
	ck_assert_uint_eq(a.late.count, 1);
	load_stats_release(&a);
	load_stats_release(&b);
}
END_TEST

Suite *load_stats_suite(void)
{
	Suite *suite = suite_create("load_stats");
	TCase *tcase = tcase_create("stats");

	tcase_add_test(tcase, every_kind_of_error_has_a_name_and_is_summed);
	tcase_add_test(tcase, merging_adds_counts_and_keeps_the_worst);
	tcase_add_test(tcase, histograms_of_both_are_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
