/* test_json_escape.c - plain runs, and the characters between them. */
#include "common/cc.h"
#include "common/json_escape.h"
#include "tests/unit/suites.h"

#include <jansson.h>
#include <string.h>

static size_t count_plain(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= ' ' && text[n] <= '~' && strchr("\"\\", text[n]) == NULL)
		n++;
	return n;
}

START_TEST(each_byte_at_each_place_ends_a_run_or_not)
{
	for (size_t len = 0; len <= 24; len++) {
		for (size_t place = 0; place < len; place++) {
			for (int c = 0; c < 256; c++) {
				AUTO_FREE char *text = malloc(len);

				memset(text, "a~!#[]"[place % 6], len);
				text[place] = (char)c;
				if (json_escape_plain(text, len) != count_plain(text, len))
					ck_abort_msg("byte %d at %zu of %zu", c, place, len);
			}
		}
	}
}
END_TEST

START_TEST(an_escape_means_the_character)
{
	for (int c = 0; c < 128; c++) {
		char text[JSON_ESCAPE_BYTES_MAX + 2] = "\"", byte = (char)c;
		size_t len = json_escape_ascii(byte, text + 1);
		json_auto_t *json = NULL;

		text[len + 1] = '"';
		json = json_loadb(text, len + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		ck_assert_msg(json != NULL, "%d", c);
		ck_assert_uint_eq(json_string_length(json), 1);
		ck_assert_int_eq(*json_string_value(json), c);
	}
}
END_TEST

Suite *json_escape_suite(void)
{
	Suite *s = suite_create("json_escape");
	TCase *t = tcase_create("json_escape");

	tcase_add_test(t, each_byte_at_each_place_ends_a_run_or_not);
	tcase_add_test(t, an_escape_means_the_character);
	suite_add_tcase(s, t);
	return s;
}
