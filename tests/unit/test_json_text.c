/* test_json_text.c - servers/json_text.h */
#include "servers/json_text.h"

#include "common/buf.h"
#include "tests/unit/suites.h"

#include <jansson.h>

START_TEST(writes_values_commas_and_brackets)
{
	AUTO_BUF struct buf b = BUF_INIT(4096);
	struct json_text j = { .out = &b };

	json_text_object(&j, NULL);
	json_text_uint(&j, "zero", 0);
	json_text_uint(&j, "max", UINT64_MAX);
	json_text_int(&j, "min", INT64_MIN);
	json_text_int(&j, "minus", -1);
	json_text_array(&j, "list");
	json_text_bool(&j, NULL, true);
	json_text_object(&j, NULL);
	json_text_end(&j);
	json_text_array(&j, NULL);
	json_text_end(&j);
	json_text_null(&j, NULL);
	json_text_raw(&j, NULL, "{\"a\": 1}, ...", 8);
	json_text_end(&j);
	json_text_bool(&j, "no", false);
	json_text_string(&j, "none", NULL);
	json_text_end(&j);
	ck_assert_str_eq(
		buf_text(&b),
		"{\"zero\":0,\"max\":18446744073709551615,\"min\":-9223372036854775808,"
		"\"minus\":-1,\"list\":[true,{},[],null,{\"a\": 1}],\"no\":false,\"none\":null}");
}
END_TEST

START_TEST(writes_seconds_with_three_digits)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0.000" },
		{ 999999, "0.000" },
		{ 1000000, "0.001" },
		{ 1049999999, "1.049" },
		{ UINT64_MAX, "18446744073.709" },
	};
	AUTO_BUF struct buf b = BUF_INIT(4096);
	struct json_text j = { .out = &b };

	json_text_seconds(&j, NULL, cases[_i].ns);
	ck_assert_str_eq(buf_text(&b), cases[_i].text);
}
END_TEST

/* What comes out is read back by jansson as what went in. */
START_TEST(escapes_what_a_string_may_not_hold)
{
	static const struct {
		const char *in, *back;
	} cases[] = {
		{ "", NULL },
		{ "plain", NULL },
		{ "\"quoted\" \\ back/slash", NULL },
		{ "\x01\b\n\r\t\x1f\x7f", NULL },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", NULL },
		{ "cut \xc3", "cut \xef\xbf\xbd" },
		{ "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	AUTO_BUF struct buf b = BUF_INIT(4096);
	struct json_text j = { .out = &b };
	json_error_t error;
	json_auto_t *doc;

	json_text_string(&j, NULL, cases[_i].in);
	doc = json_loads(buf_text(&b), JSON_DECODE_ANY, &error);
	ck_assert_msg(doc != NULL, "%s: %s", buf_text(&b), error.text);
	ck_assert_str_eq(json_string_value(doc),
			 cases[_i].back != NULL ? cases[_i].back : cases[_i].in);
}
END_TEST

START_TEST(a_full_buffer_shows_at_the_end)
{
	AUTO_BUF struct buf b = BUF_INIT(5);
	struct json_text j = { .out = &b };

	json_text_array(&j, NULL);
	json_text_uint(&j, NULL, 123456);
	json_text_end(&j);
	ck_assert(b.failed);
}
END_TEST

Suite *json_text_suite(void)
{
	Suite *s = suite_create("json_text");
	TCase *t = tcase_create("json_text");

	tcase_add_test(t, writes_values_commas_and_brackets);
	tcase_add_loop_test(t, writes_seconds_with_three_digits, 0, 5);
	tcase_add_loop_test(t, escapes_what_a_string_may_not_hold, 0, 9);
	tcase_add_test(t, a_full_buffer_shows_at_the_end);
	suite_add_tcase(s, t);
	return s;
}
