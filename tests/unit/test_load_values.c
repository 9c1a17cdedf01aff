/* test_load_values.c - launcher/load_values.h */
#include "launcher/load_values.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

static const struct {
	const char *text;
	uint64_t ns;
} times[] = {
	{ "10s", 10000000000 },
	{ "10", 10000000000 },
	{ "0", 0 },
	{ "500ms", 500000000 },
	{ "1.5s", 1500000000 },
	{ "0.25ms", 250000 },
	{ "300us", 300000 },
	{ "2m", 120000000000 },
	{ "2min", 120000000000 },
	{ "1h", 3600000000000 },
	{ "0.123456789123s", 123456789 },
};

START_TEST(a_time_has_a_unit_or_is_seconds)
{
	uint64_t ns = 7;

	ck_assert(load_value_time(times[_i].text, &ns));
	ck_assert_uint_eq(ns, times[_i].ns);
}
END_TEST

static const char *const no_times[] = { "",     "s",    "10 s",         "-1s",
					"+1s",  "1e3",  "1.s",          ".5s",
					"10S",  "nan",  "inf",          "1s ",
					" 1s",  "1d",   "1,5s",         "0x10",
					"10ss", "1s5s", "99999999999h", "99999999999999999999s" };

START_TEST(what_is_no_time_is_refused_and_sets_nothing)
{
	uint64_t ns = 7;

	ck_assert(!load_value_time(no_times[_i], &ns));
	ck_assert_uint_eq(ns, 7);
}
END_TEST

static const struct {
	const char *text;
	double rate;
} rates[] = {
	{ "500", 500 },   { "500/s", 500 },    { "18.4k", 18400 },
	{ "5k/s", 5000 }, { "1.5M", 1500000 }, { "0.5", 0.5 },
};

START_TEST(a_rate_may_be_in_thousands_or_millions)
{
	double rate = 7;

	ck_assert(load_value_rate(rates[_i].text, &rate));
	ck_assert_double_eq_tol(rate, rates[_i].rate, 1e-6);
}
END_TEST

static const char *const no_rates[] = { "", "k", "5K", "5 k", "-5", "5kk", "5/m", "1e3", "nan" };

START_TEST(what_is_no_rate_is_refused_and_sets_nothing)
{
	double rate = 7;

	ck_assert(!load_value_rate(no_rates[_i], &rate));
	ck_assert_double_eq(rate, 7);
}
END_TEST

Suite *load_values_suite(void)
{
	Suite *s = suite_create("load_values");
	TCase *t = tcase_create("load_values");

	tcase_add_loop_test(t, a_time_has_a_unit_or_is_seconds, 0, ARRAY_SIZE(times));
	tcase_add_loop_test(t, what_is_no_time_is_refused_and_sets_nothing, 0,
			    ARRAY_SIZE(no_times));
	tcase_add_loop_test(t, a_rate_may_be_in_thousands_or_millions, 0, ARRAY_SIZE(rates));
	tcase_add_loop_test(t, what_is_no_rate_is_refused_and_sets_nothing, 0,
			    ARRAY_SIZE(no_rates));
	suite_add_tcase(s, t);
	return s;
}
