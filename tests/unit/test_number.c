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

Suite *number_suite(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_add_loop_test(t, parses_digits_within_the_bounds, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(t, refuses_all_else_and_leaves_the_result_alone, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, takes_a_number_off_the_front);
	suite_add_tcase(s, t);
	return s;
}
