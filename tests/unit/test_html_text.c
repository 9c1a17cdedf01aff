/* test_html_text.c - load/html_text.h */
#include "load/html_text.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <math.h>
#include <string.h>

START_TEST(writes_numbers_with_three_digits_and_a_unit)
{
	static const struct {
		enum html_unit unit;
		double value;
		const char *want;
	} cases[] = {
		{ HTML_NS, 0, "0 ns" },
		{ HTML_NS, 512, "512 ns" },
		{ HTML_NS, 999.4, "999 ns" },
		{ HTML_NS, 999.6, "1.00 \xc2\xb5s" },
		{ HTML_NS, 1234, "1.23 \xc2\xb5s" },
		{ HTML_NS, 99960, "100 \xc2\xb5s" },
		{ HTML_NS, 12.34e6, "12.3 ms" },
		{ HTML_NS, 5e12, "5000 s" },
		{ HTML_US, 8.4, "8.40 \xc2\xb5s" },
		{ HTML_SECONDS, 0.25, "0.25 s" },
		{ HTML_SECONDS, 6.00123, "6 s" },
		{ HTML_SECONDS, 86400, "86400 s" },
		{ HTML_COUNT, 0, "0" },
		{ HTML_COUNT, 999, "999" },
		{ HTML_COUNT, 1000, "1,000" },
		{ HTML_COUNT, 1234567, "1,234,567" },
		{ HTML_SHORT, 15000, "15.0 k" },
		{ HTML_RATE, 0.1234, "0.123" },
		{ HTML_RATE, 12.34, "12.3" },
		{ HTML_RATE, 123456.7, "123,457" },
		{ HTML_SHARE, 0.5, "50.0 %" },
		{ HTML_SHARE, 1, "100 %" },
		{ HTML_BYTES, 1023, "1023 B" },
		{ HTML_BYTES, 5 << 20, "5.00 MiB" },
		{ HTML_RATIO, 1.0345, "1.034" },
	};
	char text[HTML_NUMBER_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		html_format(text, cases[i].unit, cases[i].value);
		ck_assert_str_eq(text, cases[i].want);
	}
}
END_TEST

START_TEST(writes_any_number_in_its_place)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, -1, 1e300, 5e-324, 1e18 };
	char text[HTML_NUMBER_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		for (int unit = HTML_NS; unit <= HTML_RATIO; unit++) {
			html_format(text, (enum html_unit)unit, odd[i]);
			ck_assert_uint_lt(strlen(text), HTML_NUMBER_BYTES);
			ck_assert_msg(strstr(text, "nan") == NULL && strstr(text, "inf") == NULL,
				      "%s", text);
		}
}
END_TEST

START_TEST(escapes_and_cuts_texts)
{
	AUTO_BUF struct buf page = BUF_INIT(4096);
	char text[400] = "";

	html_text(&page, "<b a=\"1\">\n\x1b&\xe2\x80\xae\xff");
	ck_assert_str_eq(buf_text(&page), "&lt;b a=&quot;1&quot;&gt;\\x0a\\x1b&amp;"
					  "\\xe2\\x80\\xae\\xff");
	buf_clear(&page);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + HTML_TEXT_MAX - 1, "\xc3\xbc", 2);
	html_text(&page, text); /* as much as may be: nothing of the letter that is cut */
	ck_assert_uint_eq(page.len, HTML_TEXT_MAX - 1 + strlen("\xe2\x80\xa6"));
	buf_clear(&page);
	html_sentence(&page, text);
	ck_assert_uint_eq(page.len, strlen(text));
	buf_clear(&page);
	html_cut_text(&page, "12345", 5);
	ck_assert_str_eq(buf_text(&page), "12345");
	buf_clear(&page);
	html_cut_text(&page, "123456", 5);
	ck_assert_str_eq(buf_text(&page), "12345\xe2\x80\xa6");
}
END_TEST

START_TEST(reads_what_is_missing_or_of_another_type_as_nothing)
{
	json_auto_t *o =
		json_pack("{s:s, s:f, s:n, s:i}", "text", "7", "below", -1.5, "none", "n", 12);

	ck_assert_double_eq(html_number(o, "n"), 12);
	ck_assert_double_eq(html_number(o, "text"), 0);
	ck_assert_double_eq(html_number(o, "below"), 0);
	ck_assert_double_eq(html_number(o, "none"), 0);
	ck_assert_double_eq(html_number(o, "missing"), 0);
	ck_assert_double_eq(html_number(NULL, "n"), 0);
	ck_assert_str_eq(html_string(o, "text"), "7");
	ck_assert_str_eq(html_string(o, "n"), "");
	ck_assert_str_eq(html_string(NULL, "n"), "");
}
END_TEST

START_TEST(gives_a_number_for_people_and_for_programs)
{
	AUTO_BUF struct buf page = BUF_INIT(4096);
	json_auto_t *o = json_pack("{s:I, s:n}", "ns", (json_int_t)123456789, "none");

	html_datum(&page, HTML_NS, o, "ns");
	ck_assert_str_eq(buf_text(&page), "<data value=\"123456789\">123 ms</data>");
	buf_clear(&page);
	html_datum(&page, HTML_NS, o, "none");
	ck_assert_str_eq(buf_text(&page), "\xe2\x80\x93");
}
END_TEST

Suite *html_text_suite(void)
{
	Suite *s = suite_create("html_text");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, writes_numbers_with_three_digits_and_a_unit);
	tcase_add_test(tc, writes_any_number_in_its_place);
	tcase_add_test(tc, escapes_and_cuts_texts);
	tcase_add_test(tc, reads_what_is_missing_or_of_another_type_as_nothing);
	tcase_add_test(tc, gives_a_number_for_people_and_for_programs);
	suite_add_tcase(s, tc);
	return s;
}
