/* test_generator.c - kinds by name, and whole numbers. */
#include "common/cc.h"
#include "common/error.h"
#include "common/problems.h"
#include "tests/unit/suites.h"
#include "work/generator.h"

#include <string.h>

/* All rows of the settings, in rooms of rows_max. */
static void expect_rows(const char *settings, uint32_t rows_max, const char *want)
{
	json_t *json = json_loads(settings, 0, NULL);
	char text[4096];
	struct generator_room room = { .to = text, .bytes = sizeof(text) - 1 };
	struct problems p = { 0 };
	struct generator *g;
	enum generator_state state;

	generator_check(json, "/", "generator", &p);
	ck_assert_uint_eq(p.errors, 0);
	ck_assert_int_eq(generator_open(json, "/", &g, NULL), 0);
	do {
		room.rows = 0;
		room.rows_max = rows_max;
		state = generator_fill(g, &room, NULL);
	} while (state == GENERATOR_MORE);
	ck_assert_int_eq(state, GENERATOR_END);
	*room.to = '\0';
	ck_assert_str_eq(text, want);
	generator_close(g);
	json_decref(json);
	problems_release(&p);
}

START_TEST(a_range_is_pythons)
{
	expect_rows("{\"range\": [1, 4]}", 2, "1\n2\n3\n");
	expect_rows("{\"range\": [5, -5, -4]}", 100, "5\n1\n-3\n");
	expect_rows("{\"range\": [3, 3]}", 100, "");
	expect_rows("{\"range\": [3, 1]}", 100, "");
	expect_rows("{\"range\": [9223372036854775806, 9223372036854775807, 7]}", 1,
		    "9223372036854775806\n");
	expect_rows("{\"//\": \"all of them\", \"range\": [-9223372036854775808, "
		    "9223372036854775807, 9223372036854775807]}",
		    1, "-9223372036854775808\n-1\n9223372036854775806\n");
}
END_TEST

static const struct wrong {
	const char *settings, *problem;
} wrongs[] = {
	{ "{\"range\": [1]}", "generator.range: want [FIRST, END]" },
	{ "{\"range\": [1, 2, 0]}", "generator.range: want [FIRST, END]" },
	{ "{\"range\": [1, 2.5]}", "generator.range: want [FIRST, END]" },
	{ "{\"rage\": [1, 2]}", "did you mean \"range\"?" },
	{ "{\"zzzzzzzz\": [1, 2]}", "no kind of generator is called \"zzzzzzzz\"" },
	{ "{\"range\": [1, 2], \"lines\": \"x\"}", "an object of one key" },
	{ "[1, 2]", "an object of one key" },
	{ "{}", "an object of one key" },
};

START_TEST(what_is_wrong_is_named)
{
	json_t *json = json_loads(wrongs[_i].settings, 0, NULL);
	struct problems p = { 0 };
	char text[1024];

	generator_check(json, "/", "generator", &p);
	ck_assert_uint_eq(p.errors, 1);
	snprintf(text, sizeof(text), "%s: %s", p.list[0].path, p.list[0].text);
	ck_assert_msg(strstr(text, wrongs[_i].problem) != NULL, "%s", text);
	problems_release(&p);
	json_decref(json);
}
END_TEST

Suite *generator_suite(void)
{
	Suite *s = suite_create("generator");
	TCase *t = tcase_create("generator");

	tcase_add_test(t, a_range_is_pythons);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, (int)ARRAY_SIZE(wrongs));
	suite_add_tcase(s, t);
	return s;
}
