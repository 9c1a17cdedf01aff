/* test_gen_list.c - rows out of the config. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

START_TEST(rows_are_compact_json_in_their_order)
{
	generator_fixture_expect("{\"list\": [1, \"two\", null, [1, {\"a\": 0.1}], 1e300, "
				 "0.30000000000000004, \"a\\nb\\u0000\", \"\xc3\xa4\"]}",
				 "/",
				 "1\n\"two\"\nnull\n[1,{\"a\":0.1}]\n1e300\n"
				 "0.30000000000000004\n\"a\\nb\\u0000\"\n\"\xc3\xa4\"\n");
	generator_fixture_expect("{\"list\": []}", "/", "");
}
END_TEST

START_TEST(the_number_of_rows_is_known)
{
	struct generator *g = generator_fixture_open("{\"list\": [1, 2, 3]}", "/");

	ck_assert_uint_eq(generator_rows(g), 3);
	ck_assert(generator_replays(g));
	generator_close(g);
}
END_TEST

START_TEST(skips_to_any_row)
{
	struct generator *g = generator_fixture_open("{\"list\": [1, \"b\", 3, 4]}", "/");
	AUTO_BUF struct buf got = BUF_INIT(1000);

	ck_assert_int_eq(generator_skip(g, 2, NULL), GENERATOR_MORE);
	ck_assert_int_eq(generator_fixture_fill(g, 1, 100, &got, NULL), GENERATOR_END);
	ck_assert_str_eq(buf_text(&got), "3\n4\n");
	ck_assert_int_eq(generator_skip(g, 1, NULL), GENERATOR_END);
	generator_close(g);
}
END_TEST

START_TEST(other_rows_have_another_fingerprint)
{
	static const char *const lists[] = { "{\"list\": [1, 2]}", "{\"list\": [2, 1]}",
					     "{\"list\": [12]}", "{\"list\": [\"1\", 2]}" };
	struct buf prints[ARRAY_SIZE(lists)] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct generator *g = generator_fixture_open(lists[i], "/");

		prints[i].max = 1000;
		generator_fingerprint(g, &prints[i]);
		generator_close(g);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(buf_text(&prints[i]), buf_text(&prints[j]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		buf_release(&prints[i]);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	AUTO_FREE char *large = malloc(GENERATOR_ROW_BYTES_MAX + 100);
	size_t len = (size_t)snprintf(large, 100, "{\"list\": [1, \"");

	generator_fixture_expect_problem("{\"list\": 3}", "generator.list: want a list of rows");
	memset(large + len, 'a', GENERATOR_ROW_BYTES_MAX);
	snprintf(large + len + GENERATOR_ROW_BYTES_MAX, 10, "\"]}");
	generator_fixture_expect_problem(large,
					 "generator.list[1]: a row has 1048576 bytes at most");
}
END_TEST

Suite *gen_list_suite(void)
{
	Suite *s = suite_create("gen_list");
	TCase *t = tcase_create("gen_list");

	tcase_add_test(t, rows_are_compact_json_in_their_order);
	tcase_add_test(t, the_number_of_rows_is_known);
	tcase_add_test(t, skips_to_any_row);
	tcase_add_test(t, other_rows_have_another_fingerprint);
	tcase_add_test(t, what_is_wrong_is_named);
	suite_add_tcase(s, t);
	return s;
}
