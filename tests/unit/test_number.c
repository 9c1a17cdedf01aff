/* test_number.c - common/number.h */
#include "common/number.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

static const struct {
	const char *text;
	uint64_t min, max, want;
} good[] = {
	{ "0", 0, 10, 0 },
	{ "10", 0, 10, 10 },
	{ "007", 0, 10, 7 },
	{ "65535", 1, 65535, 65535 },
	{ "18446744073709551615", 0, UINT64_MAX, UINT64_MAX },
};

static const struct {
	const char *text;
	uint64_t min, max;
} bad[] = {
	{ "", 0, 10 },
	{ " 1", 0, 10 },
	{ "1 ", 0, 10 },
	{ "+1", 0, 10 },
	{ "-1", 0, UINT64_MAX },
	{ "0x1", 0, 10 },
	{ "1.0", 0, 10 },
	{ "11", 0, 10 },
	{ "1", 2, 10 },
	{ "18446744073709551616", 0, UINT64_MAX },
	{ "18446744073709551620", 0, UINT64_MAX },
	{ "99999999999999999999999999999999999999", 0, UINT64_MAX },
};

START_TEST(parses_digits_within_the_bounds)
{
	uint64_t n = 77;

	ck_assert(number_parse(good[_i].text, good[_i].min, good[_i].max, &n));
	ck_assert_uint_eq(n, good[_i].want);
}
END_TEST

START_TEST(refuses_all_else_and_leaves_the_result_alone)
{
	uint64_t n = 77;

	ck_assert(!number_parse(bad[_i].text, bad[_i].min, bad[_i].max, &n));
	ck_assert_uint_eq(n, 77);
}
END_TEST

START_TEST(takes_a_number_off_the_front)
{
	const char *text = "12-34";
	uint64_t n;

	ck_assert(number_take(&text, &n));
	ck_assert_uint_eq(n, 12);
	ck_assert_str_eq(text, "-34");
	ck_assert(!number_take(&text, &n));
	ck_assert_str_eq(text, "-34");
}
END_TEST

static const struct {
	const char *text;
	double want;
	const char *rest;
} decimals[] = {
	{ "0", 0, "" },
	{ "5ms", 5, "ms" },
	{ "0.25k", 0.25, "k" },
	{ "007.50", 7.5, "" },
	{ "1.2.3", 1.2, ".3" },
	{ "1e3", 1, "e3" },
	{ "0.123456789012345678", 0.123456789012345678, "" },
	{ "1000000000000000", 1e15, "" },
};

START_TEST(takes_a_decimal_off_the_front)
{
	const char *text = decimals[_i].text;
	double n = 77;

	ck_assert(number_take_decimal(&text, &n));
	ck_assert_double_eq(n, decimals[_i].want);
	ck_assert_str_eq(text, decimals[_i].rest);
}
END_TEST

static const char *const no_decimals[] = { "",
					   ".5",
					   "1.",
					   "1.x",
					   "-1",
					   "+1",
					   " 1",
					   "nan",
					   "inf",
					   "1000000000000001",
					   "0.1234567890123456789",
					   "99999999999999999999" };

START_TEST(refuses_what_is_no_decimal_and_moves_nothing)
{
	const char *text = no_decimals[_i];
	double n = 77;

	ck_assert(!number_take_decimal(&text, &n));
	ck_assert_double_eq(n, 77);
	ck_assert_ptr_eq(text, no_decimals[_i]);
}
END_TEST

Suite *number_suite(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_add_loop_test(t, parses_digits_within_the_bounds, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(t, refuses_all_else_and_leaves_the_result_alone, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, takes_a_number_off_the_front);
	tcase_add_loop_test(t, takes_a_decimal_off_the_front, 0, ARRAY_SIZE(decimals));
	tcase_add_loop_test(t, refuses_what_is_no_decimal_and_moves_nothing, 0,
			    ARRAY_SIZE(no_decimals));
	suite_add_tcase(s, t);
	return s;
}
