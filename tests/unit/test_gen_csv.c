/* test_gen_csv.c - columns and records of comma-separated values. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct dir_fixture dir;

static void setup(void)
{
	dir_fixture_init(&dir);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

/* more: further settings, after a comma. */
#define CSV(more) "{\"csv\": {\"file\": \"a.csv\"" more "}}"

static const struct {
	const char *text, *settings, *want;
} tables[] = {
	{ "a,b\n1,x\n2,y", "{\"csv\": \"a.csv\"}",
	  "{\"a\":\"1\",\"b\":\"x\"}\n{\"a\":\"2\",\"b\":\"y\"}\n" },
	{ "a,b\r\n\r\n1,x\r\n\n2,\"y\"\r\n", CSV(""),
	  "{\"a\":\"1\",\"b\":\"x\"}\n{\"a\":\"2\",\"b\":\"y\"}\n" },
	{ "a,b\n1,x\n", CSV(", \"header\": false"), "[\"a\",\"b\"]\n[\"1\",\"x\"]\n" },
	{ "a\n1,x\n", CSV(", \"header\": false"), "[\"a\"]\n[\"1\",\"x\"]\n" },
	{ "a,b\n1,x\n2,y\n", CSV(", \"column\": \"b\""), "\"x\"\n\"y\"\n" },
	{ "a,b\n1,x\n2,y\n", CSV(", \"column\": 0"), "\"1\"\n\"2\"\n" },
	{ "a,b\n1,x\n", CSV(", \"column\": 1, \"header\": false"), "\"b\"\n\"x\"\n" },
	{ "a;b\n1,5;x\n", CSV(", \"delimiter\": \";\", \"column\": \"a\""), "\"1,5\"\n" },
	{ "a\tb\n\t\n", CSV(", \"delimiter\": \"\\t\""), "{\"a\":\"\",\"b\":\"\"}\n" },
	{ "a\n\"\"\n\"say \"\"hi\"\"\nthere\"\"\"\n\"\"\"\"\n", CSV(", \"column\": \"a\""),
	  "\"\"\n\"say \\\"hi\\\"\\nthere\\\"\"\n\"\\\"\"\n" },
	{ "\"a\"\"\n\",b\n1,2\n", CSV(""), "{\"a\\\"\\n\":\"1\",\"b\":\"2\"}\n" },
	{ "\"a\"\"\n\",b\n1,2\n", CSV(", \"column\": \"a\\\"\\n\""), "\"1\"\n" },
	{ "\xef\xbb\xbf"
	  "a,b\n1,2\n",
	  CSV(", \"column\": \"a\""), "\"1\"\n" },
	{ "gr\xf6\xdf"
	  "e\n1\n",
	  CSV(", \"encoding\": \"latin-1\", \"column\": \"gr\xc3\xb6\xc3\x9f"
	      "e\""),
	  "\"1\"\n" },
	{ "a\n\xff\n", CSV(", \"invalid\": \"replace\""), "{\"a\":\"\xef\xbf\xbd\"}\n" },
	{ "a\n1\n -2.50 \n+.5\n007\n5.\n1E+5\n-0\n\"3\"\n000\n12345678901234567890.1\n",
	  CSV(", \"column\": \"a\", \"numbers\": true"),
	  "1\n-2.50\n0.5\n7\n5\n1e+5\n-0\n3\n0\n12345678901234567890.1\n" },
	{ "a,b\n1,2\n,3\nx,4\n5\n0x10,5\n1e,6\n.,7\n8,9,10\n\"1\"\"\",1\n--1,1\n1 "
	  "2,1\nnan,1\n11,12\n",
	  CSV(", \"column\": 0, \"numbers\": true, \"skip_bad\": true"), "1\n11\n" },
	{ "a,b\n1\n1,2\n", CSV(", \"skip_bad\": true"), "{\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "", CSV(""), "" },
	{ "a,b\n", CSV(", \"column\": \"b\""), "" },
};

START_TEST(a_table_gives_its_rows)
{
	dir_fixture_write(&dir, "a.csv", tables[_i].text);
	generator_fixture_expect(tables[_i].settings, dir.path, tables[_i].want);
}
END_TEST

static const struct {
	const char *text, *settings, *want, *error;
} failures[] = {
	{ "a,b\n1,2\n3\n", CSV(""), "{\"a\":\"1\",\"b\":\"2\"}\n",
	  "a.csv, line 3: want 2 columns as in the header, got 1" },
	{ "1,2\n3\n", CSV(", \"header\": false, \"column\": 1"), "\"2\"\n",
	  "a.csv, line 2: there is no column 1, the last one is 0" },
	{ "price,b\n", CSV(", \"column\": \"prise\""), "",
	  "a.csv, line 1: there is no column \"prise\"; did you mean \"price\"?" },
	{ "price,b\n", CSV(", \"column\": \"zzzz\""), "",
	  "a.csv, line 1: there is no column \"zzzz\"; the first is \"price\"" },
	{ "a,b,a\n", CSV(""), "", "a.csv, line 1: two columns are called \"a\"" },
	{ "a\n\"x\ny\"\n\n1\ntwo\n", CSV(", \"column\": 0, \"numbers\": true"), "",
	  "a.csv, line 2: column 0: want a number, got \"x" },
	{ "a\n1\n\n\ntwo\n", CSV(", \"column\": 0, \"numbers\": true"), "1\n",
	  "a.csv, line 5: column 0: want a number, got \"two\"" },
	{ "a,b\n,1\n", CSV(", \"column\": 0, \"numbers\": true"), "",
	  "a.csv, line 2: column 0: want a number, got \"\"" },
	{ "a,b\n1,2\n3,\xff\n", CSV(", \"column\": \"b\""), "\"2\"\n",
	  "a.csv, line 3: column 1: no UTF-8" },
	{ "a,b\n\"x\ny\",2\n3,4\"\n", CSV(", \"column\": \"b\""), "\"2\"\n",
	  "a.csv, line 4: there is a quote in a field that does not begin with one" },
	{ "a,b\n\"x\ny\" ,2\n", CSV(""), "",
	  "a.csv, line 3: there is something behind a closing quote" },
	{ "a,b\n\"x\ny\",\"2\n\n\n", CSV(""), "",
	  "a.csv, line 3: a quote is opened here and never closed" },
};

START_TEST(what_is_broken_is_named_by_line)
{
	dir_fixture_write(&dir, "a.csv", failures[_i].text);
	generator_fixture_expect_failure(failures[_i].settings, dir.path, failures[_i].want,
					 failures[_i].error);
}
END_TEST

START_TEST(records_are_bounded_and_an_open_quote_is_named_where_it_is)
{
	AUTO_FREE char *text = malloc(GENERATOR_ROW_BYTES_MAX * 2);

	memset(text, 'x', GENERATOR_ROW_BYTES_MAX * 2);
	text[GENERATOR_ROW_BYTES_MAX * 2 - 1] = '\0';
	memcpy(text, "a\n1\n", 4);
	dir_fixture_write(&dir, "a.csv", text);
	generator_fixture_expect_failure(CSV(""), dir.path, "{\"a\":\"1\"}\n",
					 "a.csv, line 3: the record is longer than 1048576 bytes");
	text[GENERATOR_ROW_BYTES_MAX + 100] = '\n'; /* its end is seen with the rest of it */
	dir_fixture_write(&dir, "a.csv", text);
	generator_fixture_expect_failure(CSV(""), dir.path, "{\"a\":\"1\"}\n",
					 "a.csv, line 3: the record is longer than 1048576 bytes");
	text[GENERATOR_ROW_BYTES_MAX + 100] = 'x';
	memcpy(text, "a\n1\n\"\n\"\n\"", 9);
	dir_fixture_write(&dir, "a.csv", text);
	generator_fixture_expect_failure(
		CSV(""), dir.path, "{\"a\":\"1\"}\n{\"a\":\"\\n\"}\n",
		"a.csv, line 5: a quote is opened here and not closed within 1048576 bytes");
}
END_TEST

START_TEST(many_records_are_the_same_in_any_room)
{
	AUTO_BUF struct buf text = BUF_INIT(4 << 20), want = BUF_INIT(4 << 20);

	buf_adds(&text, "id,\"text\",n\n");
	for (unsigned i = 0; i < 30000; i++) {
		buf_addf(&text, "%u,\"%.*s\"\"\n\",%u%s", i, (int)(i % 30),
			 "thirty characters, and no more", i * 7, i % 3 ? "\n" : "\r\n");
		buf_addf(&want, "{\"id\":\"%u\",\"text\":\"%.*s\\\"\\n\",\"n\":\"%u\"}\n", i,
			 (int)(i % 30), "thirty characters, and no more", i * 7);
	}
	dir_fixture_write(&dir, "a.csv", buf_text(&text));
	generator_fixture_expect(CSV(""), dir.path, buf_text(&want));
}
END_TEST

START_TEST(skips_to_any_row)
{
	AUTO_BUF struct buf got = BUF_INIT(1000);
	struct generator *g;

	dir_fixture_write(&dir, "a.csv", "a\n1\nx\n2\n\"\n\"\n3\n");
	g = generator_fixture_open(CSV(", \"column\": 0, \"numbers\": true, \"skip_bad\": true"),
				   dir.path);
	ck_assert(generator_replays(g));
	ck_assert_int_eq(generator_skip(g, 2, NULL), GENERATOR_MORE);
	ck_assert_int_eq(generator_fixture_fill(g, 9, 100, &got, NULL), GENERATOR_END);
	ck_assert_str_eq(buf_text(&got), "3\n");
	generator_close(g);
}
END_TEST

START_TEST(each_setting_is_in_the_fingerprint)
{
	static const char *const settings[] = {
		CSV(""),
		CSV(", \"column\": 0"),
		CSV(", \"column\": 1"),
		CSV(", \"column\": \"0\""),
		CSV(", \"header\": false"),
		CSV(", \"delimiter\": \";\""),
		CSV(", \"column\": 0, \"numbers\": true"),
		CSV(", \"skip_bad\": true"),
		CSV(", \"encoding\": \"latin-1\""),
		CSV(", \"invalid\": \"replace\""),
	};
	AUTO_BUF struct buf all = BUF_INIT(10000);

	dir_fixture_write(&dir, "a.csv", "a,b\n");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct generator *g = generator_fixture_open(settings[i], dir.path);
		AUTO_BUF struct buf print = BUF_INIT(1000);

		buf_adds(&print, "\n");
		generator_fingerprint(g, &print);
		buf_adds(&print, "\n");
		generator_close(g);
		ck_assert_ptr_nonnull(strstr(print.data, "a.csv 4 bytes, mtime "));
		ck_assert_msg(strstr(buf_text(&all), print.data) == NULL, "%s", settings[i]);
		buf_adds(&all, print.data);
	}
}
END_TEST

static const struct {
	const char *settings, *problem;
} wrongs[] = {
	{ "{\"csv\": []}", "generator.csv.file: want a file's path" },
	{ CSV(", \"column\": -1"), "generator.csv.column: want a column's name, or its number" },
	{ CSV(", \"column\": 16384"), "generator.csv.column: want a column's name, or its number" },
	{ CSV(", \"column\": null"), "generator.csv.column: want a column's name, or its number" },
	{ CSV(", \"column\": \"a\", \"header\": false"), "generator.csv.column: without a header" },
	{ CSV(", \"numbers\": true"), "generator.csv.column: \"numbers\" goes with a column" },
	{ CSV(", \"delimiter\": \"\""), "generator.csv.delimiter: want one ASCII character" },
	{ CSV(", \"delimiter\": \",,\""), "generator.csv.delimiter: want one ASCII character" },
	{ CSV(", \"delimiter\": \"\\\"\""), "generator.csv.delimiter: want one ASCII character" },
	{ CSV(", \"delimiter\": \"\xc3\xa4\""),
	  "generator.csv.delimiter: want one ASCII character" },
	{ CSV(", \"delimiter\": 1"), "generator.csv.delimiter: want one ASCII character" },
	{ CSV(", \"skip_bed\": true"),
	  "generator.csv.skip_bed: unknown key, did you mean \"skip_bad\"?" },
};

START_TEST(what_is_wrong_is_named)
{
	generator_fixture_expect_problem(wrongs[_i].settings, wrongs[_i].problem);
}
END_TEST

Suite *gen_csv_suite(void)
{
	Suite *s = suite_create("gen_csv");
	TCase *t = tcase_create("gen_csv");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_table_gives_its_rows, 0, (int)ARRAY_SIZE(tables));
	tcase_add_loop_test(t, what_is_broken_is_named_by_line, 0, (int)ARRAY_SIZE(failures));
	tcase_add_test(t, records_are_bounded_and_an_open_quote_is_named_where_it_is);
	tcase_add_test(t, many_records_are_the_same_in_any_room);
	tcase_add_test(t, skips_to_any_row);
	tcase_add_test(t, each_setting_is_in_the_fingerprint);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, (int)ARRAY_SIZE(wrongs));
	suite_add_tcase(s, t);
	return s;
}
