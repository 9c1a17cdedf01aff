/* test_report_compare.c - layouts against the first, in numbers and in words. */
#include "common/cc.h"
#include "common/error.h"
#include "load/compare.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define ROUNDS 4
#define LAYOUTS 3

static json_t *runs[LAYOUTS * ROUNDS];

/* Rounds of a layout whose rate or latency is so many times that of the
 * first, give or take a little. */
static void add_layout(size_t layout, const char *name, double rate, double requests,
		       double latency)
{
	static const double noise[ROUNDS] = { 1.001, 0.999, 1.0005, 0.9995 };

	for (size_t i = 0; i < ROUNDS; i++) {
		double wobble = layout > 0 ? noise[i] : 1;

		runs[layout * ROUNDS + i] =
			report_fixture_run(name, rate, (uint64_t)(10000 * requests * wobble),
					   (uint64_t)(4000000 * latency * wobble));
	}
}

static json_t *compare(size_t layouts, size_t rounds)
{
	struct error e = { 0 };
	json_t *compared = NULL;

	ck_assert_msg(report_compare(runs, layouts, rounds, &compared, &e) == 0, "%s", e.text);
	ck_assert_msg(report_check(compared, &e) == 0, "%s", e.text);
	return compared;
}

static void release(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		json_decref(runs[i]);
}

static const char *text_at(const json_t *compared, const char *path)
{
	const char *text = json_string_value(report_fixture_at(compared, path));

	ck_assert_msg(text != NULL, "%s", path);
	return text;
}

static const struct {
	double rate, requests, latency;
	const char *verdict, *text; /* text: what it begins with */
} cases[] = {
	{ 0, 1, 1, "no difference",
	  "no difference: requests per second of B are 1.000 of A's (0." },
	{ 0, 0.9, 1, "lower", "B serves 10.0 % fewer requests per second than A (9." },
	{ 0, 1.2, 1, "higher", "B serves 20.0 % more requests per second than A (19." },
	{ 0, 2.3, 1, "higher", "B serves 2.30 times as many requests per second as A (2." },
	{ 5000, 1, 1, "no difference", "no difference: B's p99 is 1.000 of A's (0." },
	{ 5000, 1, 2.3, "higher", "B's p99 is 2.30 times A's (2." },
	{ 5000, 1, 1.5, "higher", "B's p99 is 50.0 % higher than A's (49." },
	{ 5000, 1, 0.9, "lower", "B's p99 is 10.0 % lower than A's (9." },
};

START_TEST(the_difference_is_said_in_words)
{
	json_auto_t *compared = NULL;
	const char *text;

	add_layout(0, "A", cases[_i].rate, 1, 1);
	add_layout(1, "B", cases[_i].rate, cases[_i].requests, cases[_i].latency);
	compared = compare(2, ROUNDS);
	text = text_at(compared, "comparisons/0/text");
	ck_assert_msg(strstr(text, cases[_i].text) == text, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, ", 99 %)"));
	ck_assert_str_eq(text_at(compared, "comparisons/0/verdict"), cases[_i].verdict);
	ck_assert_str_eq(text_at(compared, "comparisons/0/primary"),
			 cases[_i].rate > 0 ? "p99" : "rate");
	release();
}
END_TEST

START_TEST(each_layout_is_compared_with_the_first_by_each_metric)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	add_layout(2, "C", 0, 0.5, 2);
	compared = compare(LAYOUTS, ROUNDS);
	ck_assert_uint_eq(json_array_size(report_fixture_at(compared, "layouts")), 3);
	ck_assert_uint_eq(json_array_size(report_fixture_at(compared, "comparisons")), 2);
	ck_assert_uint_eq(json_array_size(report_fixture_at(compared, "comparisons/1/metrics")),
			  REPORT_METRIC_COUNT);
	ck_assert_double_eq(report_fixture_number(compared, "comparisons/1/a"), 0);
	ck_assert_double_eq(report_fixture_number(compared, "comparisons/1/b"), 2);
	ck_assert_double_eq(report_fixture_number(compared, "rounds"), ROUNDS);
	ck_assert_str_eq(text_at(compared, "comparisons/1/metrics/0/name"), "rate");
	ck_assert_str_eq(text_at(compared, "comparisons/1/metrics/0/verdict"), "lower");
	ck_assert_str_eq(text_at(compared, "comparisons/1/metrics/2/name"), "p99");
	ck_assert_str_eq(text_at(compared, "comparisons/1/metrics/2/verdict"), "higher");
	ck_assert_str_eq(text_at(compared, "comparisons/1/metrics/4/name"), "cpu_us_per_request");
	ck_assert_double_eq_tol(report_fixture_number(compared, "comparisons/1/metrics/0/a"), 5000,
				1e-9);
	ck_assert_double_eq_tol(report_fixture_number(compared, "comparisons/1/metrics/0/ratio"),
				0.5, 1e-3);
	ck_assert_double_eq(report_fixture_number(compared, "layouts/0/measured_s"), 2 * ROUNDS);
	release();
}
END_TEST

START_TEST(few_rounds_tell_nothing)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 0, 1, 1);
	runs[ROUNDS] = report_fixture_run("B", 0, 5000, 4000000);
	json_decref(runs[1]);
	runs[1] = json_incref(runs[ROUNDS]);
	compared = compare(2, 1);
	ck_assert_str_eq(text_at(compared, "comparisons/0/verdict"), "too few rounds");
	ck_assert_str_eq(text_at(compared, "comparisons/0/text"),
			 "too few rounds to tell: 1, want 3 or more; requests per second of B are "
			 "0.500 of A's");
	ck_assert(json_is_null(report_fixture_at(compared, "comparisons/0/metrics/0/low")));
	release();
}
END_TEST

START_TEST(what_is_not_known_is_not_compared)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	for (size_t i = 0; i < 2 * ROUNDS; i++) {
		json_object_set_new(runs[i], "server_cpu_us_per_request", json_null());
		json_object_set_new(report_fixture_at(runs[i], "workers/0"), "cpu_s", json_null());
	}
	compared = compare(2, ROUNDS);
	ck_assert_str_eq(text_at(compared, "comparisons/0/metrics/4/verdict"), "too few rounds");
	ck_assert(json_is_null(report_fixture_at(compared, "comparisons/0/metrics/4/a")));
	ck_assert(json_is_null(report_fixture_at(compared, "comparisons/0/metrics/4/ratio")));
	release();
}
END_TEST

START_TEST(what_a_wide_spread_hides_is_said)
{
	json_auto_t *compared = NULL;
	const char *text;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	compared = compare(2, ROUNDS);
	ck_assert_ptr_null(strstr(text_at(compared, "comparisons/0/text"), "take more rounds"));
	json_decref(compared);
	json_object_set_new(report_fixture_at(runs[ROUNDS], "total"), "rate", json_real(4500));
	compared = compare(2, ROUNDS);
	text = text_at(compared, "comparisons/0/text");
	ck_assert_msg(strstr(text, "no difference: ") == text, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "take more rounds"));
	release();
}
END_TEST

START_TEST(rounds_that_differ_too_much_tell_nothing)
{
	json_auto_t *compared = NULL;
	const char *text;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	json_object_set_new(report_fixture_at(runs[ROUNDS], "total"), "rate", json_real(500));
	compared = compare(2, ROUNDS);
	text = text_at(compared, "comparisons/0/text");
	ck_assert_msg(strstr(text, "too noisy to tell: requests per second of B are ") == text,
		      "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "take more rounds, or longer ones, on a quieter"));
	ck_assert_str_eq(text_at(compared, "comparisons/0/verdict"), "too noisy");
	ck_assert_str_eq(text_at(compared, "comparisons/0/metrics/0/verdict"), "too noisy");
	ck_assert_str_eq(text_at(compared, "comparisons/0/metrics/1/verdict"), "no difference");
	release();
}
END_TEST

/* In an open loop what was due and not sent has a latency, and no reply. */
START_TEST(rounds_without_a_reply_are_failed_and_never_the_same)
{
	json_auto_t *compared = NULL;
	double rate = _i > 0 ? 5000 : 0;
	const char *text;

	add_layout(0, "A", rate, 1, 1);
	add_layout(1, "B", rate, 1, 1);
	json_object_set_new(report_fixture_at(runs[ROUNDS + 2], "total"), "requests",
			    json_integer(0));
	compared = compare(2, ROUNDS);
	text = text_at(compared, "comparisons/0/text");
	ck_assert_msg(strstr(text, "failed rounds: without any reply were 0 of 4 of A and 1 of B; "
				   "of the other 3: ") == text,
		      "%s", text);
	ck_assert_str_eq(text_at(compared, "comparisons/0/verdict"), "failed rounds");
	ck_assert_double_eq(report_fixture_number(compared, "comparisons/0/metrics/0/rounds"), 3);
	ck_assert_double_eq(report_fixture_number(compared, "comparisons/0/metrics/2/rounds"), 3);
	for (size_t i = 0; i < 2 * ROUNDS; i++)
		json_object_set_new(report_fixture_at(runs[i], "total"), "requests",
				    json_integer(0));
	json_decref(compared);
	compared = compare(2, ROUNDS);
	ck_assert_str_eq(text_at(compared, "comparisons/0/text"),
			 "failed rounds: without any reply were 4 of 4 of A and 4 of B");
	release();
}
END_TEST

static void set_all(size_t layout, const char *key, json_t *value)
{
	for (size_t i = 0; i < ROUNDS; i++)
		json_object_set(report_fixture_at(runs[layout * ROUNDS + i], "settings"), key,
				value);
	json_decref(value);
}

START_TEST(what_is_not_driven_alike_is_said)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 5000, 1, 1);
	add_layout(1, "B", 5000, 1, 1);
	compared = compare(2, ROUNDS);
	ck_assert_ptr_null(strstr(text_at(compared, "comparisons/0/text"), "not driven alike"));
	json_decref(compared);
	set_all(0, "connections", json_integer(64));
	set_all(1, "connections", json_integer(100));
	set_all(1, "rate", json_integer(6000));
	set_all(1, "timeout_s", json_real(0.25));
	set_all(1, "close", json_true());
	set_all(1, "method", json_string("POST"));
	set_all(1, "path_count", json_integer(1));
	set_all(1, "paths", json_pack("[s]", "/other"));
	compared = compare(2, ROUNDS);
	ck_assert_msg(strstr(text_at(compared, "comparisons/0/text"),
			     "; not driven alike: 5000 against 6000 requests per second, 64 "
			     "against 100 connections, ") != NULL,
		      "%s", text_at(compared, "comparisons/0/text"));
	ck_assert_ptr_nonnull(strstr(text_at(compared, "comparisons/0/text"),
				     " against 0.25 s until a timeout, "));
	ck_assert_ptr_nonnull(strstr(text_at(compared, "comparisons/0/text"),
				     "open connections against one for each request, GET against "
				     "POST, other paths"));
	release();
}
END_TEST

START_TEST(a_ratio_beyond_all_bounds_is_cut)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	for (size_t i = 0; i < ROUNDS; i++) {
		json_object_set_new(report_fixture_at(runs[i], "total"), "rate", json_real(1e-300));
		json_object_set_new(report_fixture_at(runs[ROUNDS + i], "total"), "rate",
				    json_real(REPORT_NUMBER_MAX));
	}
	compared = compare(2, ROUNDS);
	ck_assert_double_eq(report_fixture_number(compared, "comparisons/0/metrics/0/ratio"),
			    REPORT_NUMBER_MAX);
	release();
}
END_TEST

START_TEST(errors_of_either_are_part_of_the_sentence)
{
	json_auto_t *compared = NULL;

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	json_object_set_new(report_fixture_at(runs[ROUNDS], "ports/0/errors"), "refused",
			    json_integer(5));
	compared = compare(2, ROUNDS);
	ck_assert_ptr_nonnull(
		strstr(text_at(compared, "comparisons/0/text"), "; errors: A 0, B 5"));
	release();
}
END_TEST

START_TEST(layouts_of_the_same_name_are_told_apart)
{
	json_auto_t *compared = NULL;

	for (size_t i = 0; i < LAYOUTS; i++)
		add_layout(i, "demo", 0, 1, 1);
	compared = compare(LAYOUTS, ROUNDS);
	ck_assert_str_eq(text_at(compared, "layouts/0/name"), "demo");
	ck_assert_str_eq(text_at(compared, "layouts/1/name"), "demo (2)");
	ck_assert_str_eq(text_at(compared, "layouts/2/name"), "demo (3)");
	ck_assert_ptr_nonnull(strstr(text_at(compared, "comparisons/1/text"), "of demo (3) are"));
	release();
}
END_TEST

START_TEST(open_and_closed_loops_are_not_compared)
{
	json_t *compared = NULL;
	struct error e = { 0 };

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 5000, 1, 1);
	ck_assert_int_eq(report_compare(runs, 2, ROUNDS, &compared, &e), -EINVAL);
	ck_assert_str_eq(e.text, "A was driven in a closed loop and B in an open one: want both in "
				 "the same");
	ck_assert_ptr_null(compared);
	release();
}
END_TEST

START_TEST(a_round_of_another_layout_is_named)
{
	json_t *compared = NULL;
	struct error e = { 0 };

	add_layout(0, "A", 0, 1, 1);
	add_layout(1, "B", 0, 1, 1);
	json_object_set_new(report_fixture_at(runs[ROUNDS + 1], "ports/0"), "url",
			    json_string("http://127.0.0.1:9/"));
	ck_assert_int_eq(report_compare(runs, 2, ROUNDS, &compared, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "B: round 2 is of another layout") == e.text, "%s", e.text);
	release();
}
END_TEST

START_TEST(bounds_are_kept)
{
	json_t *compared = NULL;

	ck_assert_int_eq(report_compare(runs, 1, 1, &compared, NULL), -EINVAL);
	ck_assert_int_eq(report_compare(runs, 2, 0, &compared, NULL), -EINVAL);
	ck_assert_int_eq(report_compare(runs, REPORT_LAYOUTS_MAX + 1, 1, &compared, NULL), -EINVAL);
	ck_assert_int_eq(report_compare(runs, 2, COMPARE_ROUNDS_MAX + 1, &compared, NULL), -EINVAL);
}
END_TEST

Suite *report_compare_suite(void)
{
	Suite *suite = suite_create("report_compare");
	TCase *tcase = tcase_create("compare");

	tcase_add_loop_test(tcase, the_difference_is_said_in_words, 0, ARRAY_SIZE(cases));
	tcase_add_test(tcase, each_layout_is_compared_with_the_first_by_each_metric);
	tcase_add_test(tcase, few_rounds_tell_nothing);
	tcase_add_test(tcase, what_is_not_known_is_not_compared);
	tcase_add_test(tcase, what_a_wide_spread_hides_is_said);
	tcase_add_test(tcase, rounds_that_differ_too_much_tell_nothing);
	tcase_add_loop_test(tcase, rounds_without_a_reply_are_failed_and_never_the_same, 0, 2);
	tcase_add_test(tcase, what_is_not_driven_alike_is_said);
	tcase_add_test(tcase, a_ratio_beyond_all_bounds_is_cut);
	tcase_add_test(tcase, errors_of_either_are_part_of_the_sentence);
	tcase_add_test(tcase, layouts_of_the_same_name_are_told_apart);
	tcase_add_test(tcase, open_and_closed_loops_are_not_compared);
	tcase_add_test(tcase, a_round_of_another_layout_is_named);
	tcase_add_test(tcase, bounds_are_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}
