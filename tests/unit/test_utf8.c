/* test_utf8.c - common/utf8.h */
#include "common/utf8.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

static const struct {
	const char *text;
	size_t want;
} sequences[] = {
	{ "a", 1 },
	{ "\xc3\xa9", 2 },
	{ "\xe2\x82\xac", 3 },
	{ "\xf0\x9f\x92\xa9", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },     /* U+10FFFF, the last */
	{ "", 0 },                     /* nothing there */
	{ "\x80", 0 },                 /* continuation without a start */
	{ "\xc0\xaf", 0 },             /* overlong "/" */
	{ "\xe0\x80\xaf", 0 },         /* the same in three bytes */
	{ "\xf0\x80\x80\xaf", 0 },     /* and in four */
	{ "\xed\xa0\x80", 0 },         /* a surrogate */
	{ "\xf4\x90\x80\x80", 0 },     /* beyond U+10FFFF */
	{ "\xf8\x88\x80\x80\x80", 0 }, /* five bytes */
	{ "\xe2\x82", 0 },             /* cut short */
	{ "\xe2\x28\xa1", 0 },         /* a letter in the middle */
	{ "\xff", 0 },
};

START_TEST(knows_well_formed_sequences)
{
	const char *text = sequences[_i].text;

	ck_assert_uint_eq(utf8_sequence(text, strlen(text)), sequences[_i].want);
}
END_TEST

START_TEST(looks_no_further_than_the_length)
{
	ck_assert_uint_eq(utf8_sequence("\xc3\xa9", 1), 0);
	ck_assert_uint_eq(utf8_sequence("\xf0\x9f\x92\xa9", 3), 0);
	ck_assert_uint_eq(utf8_sequence("a", 0), 0);
}
END_TEST

START_TEST(trims_only_a_sequence_cut_short)
{
	ck_assert_uint_eq(utf8_trim("ab", 2), 2);
	ck_assert_uint_eq(utf8_trim("a\xc3\xa9", 3), 3);
	ck_assert_uint_eq(utf8_trim("a\xc3", 2), 1);
	ck_assert_uint_eq(utf8_trim("a\xe2\x82", 3), 1);
	ck_assert_uint_eq(utf8_trim("a\xf0\x9f\x92", 4), 1);
	ck_assert_uint_eq(utf8_trim("a\xf0\x9f\x92\xa9", 5), 5);
	ck_assert_uint_eq(utf8_trim("\x80\x80\x80\x80", 4), 4);
	ck_assert_uint_eq(utf8_trim("", 0), 0);
}
END_TEST

static const struct {
	const char *text, *want;
} escapes[] = {
	{ "plain", "plain" },
	{ "caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac" },
	{ "a\nb\tc\x1b[31m", "a\\x0ab\\x09c\\x1b[31m" },
	{ "\x7f", "\\x7f" },
	{ "\xc2\x9b"
	  "31m",
	  "\\xc2\\x9b31m" }, /* CSI in one character */
	{ "a\xe2\x80\xae"
	  "b",
	  "a\\xe2\\x80\\xaeb" }, /* right-to-left override */
	{ "a\xe2\x80\xa8"
	  "b",
	  "a\\xe2\\x80\\xa8b" }, /* line separator */
	{ "\x7f\xc2\x80\xc2\x9f\xc2\xa0", "\\x7f\\xc2\\x80\\xc2\\x9f\xc2\xa0" },
	{ "\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
	  "\xe2\x80\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xe2\x80\x90" },
	{ "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf" },
	{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
	  "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa" },
	{ "\xff\xc3", "\\xff\\xc3" },
	{ "", "" },
};

START_TEST(escapes_what_steers_a_terminal)
{
	AUTO_BUF struct buf b = BUF_INIT(200);

	utf8_escape(&b, escapes[_i].text);
	ck_assert_str_eq(buf_text(&b), escapes[_i].want);
}
END_TEST

Suite *utf8_suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *t = tcase_create("utf8");

	tcase_add_loop_test(t, knows_well_formed_sequences, 0, ARRAY_SIZE(sequences));
	tcase_add_test(t, looks_no_further_than_the_length);
	tcase_add_test(t, trims_only_a_sequence_cut_short);
	tcase_add_loop_test(t, escapes_what_steers_a_terminal, 0, ARRAY_SIZE(escapes));
	suite_add_tcase(s, t);
	return s;
}
