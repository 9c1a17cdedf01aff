/* test_text.c - launcher/text.h */
#include "launcher/text.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <signal.h>

static const struct {
	uint64_t ns;
	const char *text;
} durations[] = {
	{ 0, "0 us" },
	{ 850000, "850 us" },
	{ 4200000, "4.2 ms" },
	{ 12300000000, "12.3 s" },
	{ 320000000000, "5 min 20 s" },
	{ 11520000000000, "3 h 12 min" },
	{ 352800000000000, "4 d 2 h" },
};

START_TEST(a_duration_has_the_unit_that_fits)
{
	char text[TEXT_BYTES];

	text_duration(text, sizeof(text), durations[_i].ns);
	ck_assert_str_eq(text, durations[_i].text);
}
END_TEST

static const struct {
	double value;
	const char *text;
} rates[] = {
	{ 0, "0" },         { 0.8, "0.80" },      { 9.874, "9.87" },   { 312, "312" },
	{ 9.996, "10.0" },  { 29003, "29.0k" },   { 999.4, "999" },    { 999.6, "1.00k" },
	{ 18432, "18.4k" }, { 1530000, "1.53M" }, { 999600, "1.00M" }, { 4e12, "4000G" },
};

START_TEST(a_rate_has_three_digits)
{
	char text[TEXT_BYTES];

	text_rate(text, sizeof(text), rates[_i].value);
	ck_assert_str_eq(text, rates[_i].text);
}
END_TEST

static const struct {
	uint64_t bytes;
	const char *text;
} sizes[] = {
	{ 0, "0 KiB" },         { 524288, "512 KiB" },     { 40055603, "38.2 MiB" },
	{ 1048575, "1.0 MiB" }, { 1610612736, "1.5 GiB" },
};

START_TEST(a_size_has_the_unit_that_fits)
{
	char text[TEXT_BYTES];

	text_bytes(text, sizeof(text), sizes[_i].bytes);
	ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

START_TEST(a_death_is_told_by_signal_or_status)
{
	char text[TEXT_BYTES];

	text_death(text, sizeof(text), -1, SIGKILL, 0);
	ck_assert_str_eq(text, "killed by SIGKILL");
	text_death(text, sizeof(text), -1, SIGSEGV, 1);
	ck_assert_str_eq(text, "killed by SIGSEGV, core dumped");
	text_death(text, sizeof(text), 3, 0, 0);
	ck_assert_str_eq(text, "exit status 3");
	text_signal(text, sizeof(text), 200);
	ck_assert_str_eq(text, "signal 200");
}
END_TEST

Suite *text_suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_loop_test(t, a_duration_has_the_unit_that_fits, 0, ARRAY_SIZE(durations));
	tcase_add_loop_test(t, a_rate_has_three_digits, 0, ARRAY_SIZE(rates));
	tcase_add_loop_test(t, a_size_has_the_unit_that_fits, 0, ARRAY_SIZE(sizes));
	tcase_add_test(t, a_death_is_told_by_signal_or_status);
	suite_add_tcase(s, t);
	return s;
}
