/* test_json_check.c - what RFC 8259 takes, and where it stops. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"
#include "work/json_check.h"

#include <string.h>

static const char *const valid[] = {
	"0",
	"-0",
	"10",
	"-1.5e+3",
	"0.0E-0",
	"1e999",
	"123456789012345678901234567890",
	"\"\"",
	"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uD83D\\ude00\"",
	"\"\x7f\xc3\xa4\xf4\x8f\xbf\xbf\"",
	"true",
	"false",
	"null",
	"[]",
	"{}",
	" [ ] ",
	"\t{ }\r\n",
	"[[],{},[[]]]",
	"{\"a\":1,\"a\":2}",
	"{ \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"d\" }",
};

START_TEST(takes_a_value)
{
	const char *wanted;
	size_t at = 77;

	wanted = json_check(valid[_i], strlen(valid[_i]), &at);
	ck_assert_msg(wanted == NULL, "%s: %zu: want %s", valid[_i], at, wanted);
	ck_assert_uint_eq(at, 77);
}
END_TEST

static const struct {
	const char *text;
	size_t at;
	const char *wanted;
} invalid[] = {
	{ "", 0, "a value" },
	{ " ", 1, "a value" },
	{ "1 2", 2, "nothing behind" },
	{ "01", 1, "nothing behind" },
	{ "+1", 0, "a value" },
	{ "-", 1, "a digit" },
	{ "-a", 1, "a digit" },
	{ "1.", 2, "a digit" },
	{ ".5", 0, "a value" },
	{ "1e", 2, "a digit" },
	{ "1e+", 3, "a digit" },
	{ "0x1", 1, "nothing behind" },
	{ "NaN", 0, "a value" },
	{ "True", 0, "a value" },
	{ "nul", 0, "a value" },
	{ "nulll", 4, "nothing behind" },
	{ "'a'", 0, "a value" },
	{ "\"a", 2, "the quote that ends" },
	{ "\"a\\\"", 4, "the quote that ends" },
	{ "\"\t\"", 1, "an escape" },
	{ "\"\\x\"", 1, "behind the backslash" },
	{ "\"\\", 1, "behind the backslash" },
	{ "\"\\u12g4\"", 3, "four hexadecimal digits" },
	{ "\"\\u123", 3, "four hexadecimal digits" },
	{ "\"\\udc00\"", 7, "surrogates" },
	{ "\"\\ud800\"", 7, "surrogates" },
	{ "\"\\ud800\\n\"", 7, "surrogates" },
	{ "\"\\ud800\\ud800\"", 13, "low surrogate" },
	{ "\"\xff\"", 1, "UTF-8" },
	{ "\"\xed\xa0\x80\"", 1, "UTF-8" },
	{ "\"\xc3\"", 1, "UTF-8" },
	{ "\xef\xbb\xbf"
	  "1",
	  0, "a value" },
	{ "[1,]", 3, "a value" },
	{ "[1 2]", 3, "a comma or ]" },
	{ "[1", 2, "a comma or ]" },
	{ "[", 1, "a value" },
	{ "[}", 1, "a value" },
	{ "[1}", 2, "a comma or ]" },
	{ "{]", 1, "a key" },
	{ "{\"a\" 1}", 5, "a colon" },
	{ "{\"a\":}", 5, "a value" },
	{ "{\"a\":1,}", 7, "a key" },
	{ "{\"a\":1 \"b\"}", 7, "a comma or }" },
	{ "{a:1}", 1, "a key" },
	{ "{1:1}", 1, "a key" },
	{ "]", 0, "a value" },
	{ "[]]", 2, "nothing behind" },
	{ "// a\n1", 0, "a value" },
};

START_TEST(says_what_is_wanted_where)
{
	size_t len = strlen(invalid[_i].text), at = 77;
	AUTO_FREE char *exact = malloc(MAX(len, (size_t)1));
	const char *wanted;

	memcpy(exact, invalid[_i].text, len);
	wanted = json_check(exact, len, &at);
	ck_assert_msg(wanted != NULL, "%s", invalid[_i].text);
	ck_assert_msg(strstr(wanted, invalid[_i].wanted) != NULL, "%s: %s", invalid[_i].text,
		      wanted);
	ck_assert_msg(at == invalid[_i].at, "%s: at %zu", invalid[_i].text, at);
}
END_TEST

START_TEST(a_zero_byte_is_no_escape_and_no_blank)
{
	size_t at;

	ck_assert_ptr_nonnull(json_check("\"\\\0\"", 4, &at));
	ck_assert_ptr_nonnull(json_check("1\0", 2, &at));
	ck_assert_ptr_nonnull(json_check("\"\0\"", 3, &at));
}
END_TEST

START_TEST(depth_is_bounded)
{
	AUTO_BUF struct buf text = BUF_INIT(10000);
	size_t at;

	for (int i = 0; i < JSON_CHECK_DEPTH_MAX; i++)
		buf_adds(&text, i % 2 ? "{\"a\":" : "[");
	text.len -= strlen("{\"a\":");
	buf_adds(&text, "{}");
	for (int i = JSON_CHECK_DEPTH_MAX - 2; i >= 0; i--)
		buf_adds(&text, i % 2 ? "}" : "]");
	ck_assert_ptr_null(json_check(text.data, text.len, &at));
	for (int i = 0; i < JSON_CHECK_DEPTH_MAX; i++)
		text.data[i] = '[';
	text.data[JSON_CHECK_DEPTH_MAX] = '1';
	ck_assert_str_eq(json_check(text.data, text.len, &at), "fewer values within values");
	ck_assert_uint_eq(at, JSON_CHECK_DEPTH_MAX);
}
END_TEST

Suite *json_check_suite(void)
{
	Suite *s = suite_create("json_check");
	TCase *t = tcase_create("json_check");

	tcase_add_loop_test(t, takes_a_value, 0, (int)ARRAY_SIZE(valid));
	tcase_add_loop_test(t, says_what_is_wanted_where, 0, (int)ARRAY_SIZE(invalid));
	tcase_add_test(t, a_zero_byte_is_no_escape_and_no_blank);
	tcase_add_test(t, depth_is_bounded);
	suite_add_tcase(s, t);
	return s;
}
