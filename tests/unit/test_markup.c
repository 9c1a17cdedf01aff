/* test_markup.c - common/markup.h */
#include "common/markup.h"

#include "common/buf.h"
#include "tests/unit/suites.h"

START_TEST(escapes_what_ends_a_text_or_a_quoted_attribute)
{
	AUTO_BUF struct buf page = BUF_INIT(200);

	markup_escape(&page, "");
	ck_assert_str_eq(buf_text(&page), "");
	markup_escape(&page, "<a href=\"x\" title='y'>&amp;</a>gr\xc3\xbc\xc3\x9f");
	ck_assert_str_eq(buf_text(&page),
			 "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;"
			 "gr\xc3\xbc\xc3\x9f");
}
END_TEST

START_TEST(gives_a_name_the_same_hue_each_time)
{
	ck_assert_uint_eq(markup_hue(""), 5381 % 360);
	ck_assert_uint_eq(markup_hue("a"), (5381 * 33 + 'a') % 360);
	ck_assert_uint_eq(markup_hue("teal"), markup_hue("teal"));
	ck_assert_uint_lt(markup_hue("a very long name, longer than any number of bits"), 360);
}
END_TEST

Suite *markup_suite(void)
{
	Suite *s = suite_create("markup");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, escapes_what_ends_a_text_or_a_quoted_attribute);
	tcase_add_test(tc, gives_a_name_the_same_hue_each_time);
	suite_add_tcase(s, tc);
	return s;
}
