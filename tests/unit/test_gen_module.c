/* test_gen_module.c - work/gen_module.c: rows of a module's function, good and bad. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static const char *modules_dir(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/tests/unit/modules", getenv("EISEN_BUILDDIR"));
	return path;
}

START_TEST(rows_of_every_call_are_json_lines)
{
	generator_fixture_expect("{\"module\": \"./rows.so\"}", modules_dir(),
				 "-9223372036854775808\n\"say \\\"\xc3\xa4\\\"\\n\"\n[1, 2]\n"
				 "{\"path\":\"./rows.so\"}\n");
}
END_TEST

START_TEST(its_settings_say_how_many_rows_and_it_says_so_before_the_first)
{
	static const char settings[] =
		"{\"module\": {\"path\": \"./rows.so\", \"entry\": \"squares\", \"last\": 5}}";
	struct generator *g = generator_fixture_open(settings, modules_dir());

	ck_assert_uint_eq(generator_rows(g), 5);
	ck_assert(generator_replays(g));
	generator_close(g);
	generator_fixture_expect(settings, modules_dir(), "1\n4\n9\n16\n25\n");
}
END_TEST

START_TEST(rows_can_be_left_out)
{
	static const uint64_t skips[] = { 0, 1, 3, 5 };
	static const char *const want[] = { "1\n4\n9\n16\n25\n", "4\n9\n16\n25\n", "16\n25\n", "" };

	for (size_t i = 0; i < ARRAY_SIZE(skips); i++) {
		struct generator *g =
			generator_fixture_open("{\"module\": {\"path\": \"./rows.so\", \"entry\": "
					       "\"squares\", \"last\": 5}}",
					       modules_dir());
		AUTO_BUF struct buf got = BUF_INIT(100);

		ck_assert_int_ne(generator_skip(g, skips[i], NULL), GENERATOR_FAILED);
		ck_assert_int_eq(generator_fixture_fill(g, 10, 4096, &got, NULL), GENERATOR_END);
		ck_assert_str_eq(buf_text(&got), want[i]);
		generator_close(g);
	}
}
END_TEST

START_TEST(the_longest_row_there_may_be_comes_through_whole)
{
	struct generator *g = generator_fixture_open(
		"{\"module\": {\"path\": \"./rows.so\", \"entry\": \"largest\"}}", modules_dir());
	AUTO_BUF struct buf got = BUF_INIT(1 << 21);

	ck_assert_int_eq(generator_fixture_fill(g, 10, 100, &got, NULL), GENERATOR_END);
	ck_assert_uint_eq(got.len, GENERATOR_ROW_BYTES_MAX + 1);
	generator_close(g);
}
END_TEST

/* The row before the bad one is there, nothing of the bad one is. */
static const struct {
	const char *entry, *why;
} bad[] = {
	{ "none", "it returned EISEN_ROW and added none" },
	{ "twice", "it added two rows in one call" },
	{ "bad_json", "a row is no JSON: want " },
	{ "two_lines", "a row is one line" },
	{ "no_text", "a string is no UTF-8 at byte 3" },
	{ "no_value", "a row is no value that can be written as JSON" },
	{ "long_row", "a row has 1048576 bytes at most" },
	{ "long_string", "a row has 1048576 bytes at most" },
	{ "says_why", "no rows today" },
	{ "says_nothing", "it failed and gave no reason" },
	{ "row_at_end", "it added a row and returned EISEN_END" },
	{ "nonsense", "it returned neither EISEN_ROW, EISEN_END nor EISEN_ERROR" },
	{ "too_few", "it ended, and said that there are 5 rows" },
	{ "too_many", "it said that there are 1 rows" },
	{ "state", "no state of 1000 bytes (it has 8)" },
};

START_TEST(what_the_function_does_wrong_is_said_with_the_row)
{
	char settings[128], where[64];

	snprintf(settings, sizeof(settings),
		 "{\"module\": {\"path\": \"./rows.so\", \"entry\": \"%s\"}}", bad[_i].entry);
	generator_fixture_expect_failure(settings, modules_dir(), "1\n", bad[_i].why);
	snprintf(where, sizeof(where), "rows.so: row 2: ");
	generator_fixture_expect_failure(settings, modules_dir(), "1\n", where);
}
END_TEST

static const struct {
	const char *settings, *why;
} unopened[] = {
	{ "{\"module\": \"./nowhere.so\"}", "generator module: " },
	{ "{\"module\": \"./nowhere.so\"}", "nowhere.so: No such file or directory" },
	{ "{\"module\": \"nowhere\"}", "no module \"nowhere\" in " },
	{ "{\"module\": {\"path\": \"./rows.so\", \"entry\": \"row\"}}", "did you mean \"rows\"?" },
	{ "{\"module\": \"./module_old.so\"}", "built for interface 42" },
};

START_TEST(a_module_that_cannot_begin_fails_the_start)
{
	json_auto_t *json = json_loads(unopened[_i].settings, 0, NULL);
	struct generator *g = NULL;
	struct error e = { 0 };

	ck_assert_int_lt(generator_open(json, modules_dir(), &g, &e), 0);
	ck_assert_msg(strstr(e.text, unopened[_i].why) != NULL, "%s", e.text);
	ck_assert_ptr_null(g);
}
END_TEST

START_TEST(settings_are_checked_without_loading_anything)
{
	generator_fixture_expect_problem("{\"module\": 7}", "generator.module");
	generator_fixture_expect_problem("{\"module\": {}}", "generator.module.path");
	generator_fixture_expect_problem("{\"module\": {\"path\": \"x\", \"entry\": 1}}",
					 "generator.module.entry");
}
END_TEST

START_TEST(another_module_or_other_settings_are_another_source)
{
	static const char *const settings[] = {
		"{\"module\": {\"path\": \"./rows.so\", \"entry\": \"squares\", \"last\": 5}}",
		"{\"module\": {\"path\": \"./rows.so\", \"entry\": \"squares\", \"last\": 6}}",
		"{\"module\": {\"path\": \"./rows.so\"}}",
	};
	struct buf texts[3] = { BUF_INIT(8192), BUF_INIT(8192), BUF_INIT(8192) };

	for (size_t i = 0; i < 3; i++) {
		struct generator *g = generator_fixture_open(settings[i], modules_dir());
		AUTO_BUF struct buf again = BUF_INIT(8192);

		generator_fingerprint(g, &texts[i]);
		generator_fingerprint(g, &again);
		ck_assert_str_eq(buf_text(&texts[i]), buf_text(&again));
		generator_close(g);
	}
	ck_assert_str_ne(buf_text(&texts[0]), buf_text(&texts[1]));
	ck_assert_str_ne(buf_text(&texts[0]), buf_text(&texts[2]));
	for (size_t i = 0; i < 3; i++)
		buf_release(&texts[i]);
}
END_TEST

Suite *gen_module_suite(void)
{
	Suite *s = suite_create("gen_module");
	TCase *t = tcase_create("gen_module");

	tcase_add_test(t, rows_of_every_call_are_json_lines);
	tcase_add_test(t, its_settings_say_how_many_rows_and_it_says_so_before_the_first);
	tcase_add_test(t, rows_can_be_left_out);
	tcase_add_test(t, the_longest_row_there_may_be_comes_through_whole);
	tcase_add_loop_test(t, what_the_function_does_wrong_is_said_with_the_row, 0,
			    ARRAY_SIZE(bad));
	tcase_add_loop_test(t, a_module_that_cannot_begin_fails_the_start, 0, ARRAY_SIZE(unopened));
	tcase_add_test(t, settings_are_checked_without_loading_anything);
	tcase_add_test(t, another_module_or_other_settings_are_another_source);
	suite_add_tcase(s, t);
	return s;
}
