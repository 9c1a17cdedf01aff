/* test_gen_json.c - JSON lines: each is a row as it stands. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

static struct dir_fixture dir;

static void setup(void)
{
	dir_fixture_init(&dir);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

START_TEST(each_line_is_a_row_and_blank_ones_are_left_out)
{
	dir_fixture_write(&dir, "a.jsonl",
			  "{\"a\": [1, 2.50, \"\xc3\xa4\"]}\n\n  \t\r\n\t\"x\" \r\n1e999\nnull");
	generator_fixture_expect("{\"json\": \"a.jsonl\"}", dir.path,
				 "{\"a\": [1, 2.50, \"\xc3\xa4\"]}\n\"x\"\n1e999\nnull\n");
	generator_fixture_expect("{\"json\": {\"file\": \"a.jsonl\"}}", dir.path,
				 "{\"a\": [1, 2.50, \"\xc3\xa4\"]}\n\"x\"\n1e999\nnull\n");
}
END_TEST

START_TEST(what_is_no_json_is_named_by_line_and_byte)
{
	dir_fixture_write(&dir, "a.jsonl", "1\n\n  [1, 2\n3\n");
	generator_fixture_expect_failure("{\"json\": \"a.jsonl\"}", dir.path, "1\n",
					 "a.jsonl, line 3: byte 8: want a comma or ]");
}
END_TEST

START_TEST(skips_rows_not_lines)
{
	AUTO_BUF struct buf got = BUF_INIT(1000);
	struct generator *g;

	dir_fixture_write(&dir, "a.jsonl", "1\n\n \n2\n\n3\n");
	g = generator_fixture_open("{\"json\": \"a.jsonl\"}", dir.path);
	ck_assert_int_eq(generator_skip(g, 2, NULL), GENERATOR_MORE);
	ck_assert_int_eq(generator_fixture_fill(g, 9, 100, &got, NULL), GENERATOR_END);
	ck_assert_str_eq(buf_text(&got), "3\n");
	generator_close(g);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	generator_fixture_expect_problem("{\"json\": [1]}",
					 "generator.json.file: want a file's path");
	generator_fixture_expect_problem("{\"json\": {\"file\": \"a\", \"encoding\": \"utf-8\"}}",
					 "generator.json.encoding: unknown key");
}
END_TEST

Suite *gen_json_suite(void)
{
	Suite *s = suite_create("gen_json");
	TCase *t = tcase_create("gen_json");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_line_is_a_row_and_blank_ones_are_left_out);
	tcase_add_test(t, what_is_no_json_is_named_by_line_and_byte);
	tcase_add_test(t, skips_rows_not_lines);
	tcase_add_test(t, what_is_wrong_is_named);
	suite_add_tcase(s, t);
	return s;
}
