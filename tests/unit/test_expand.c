/* test_expand.c - launcher/expand.h */
#include "launcher/expand.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/problems.h"
#include "tests/unit/suites.h"

#include <string.h>

static void set_environment(void)
{
	ck_assert_int_eq(setenv("EXPAND_A", "alpha", 1), 0);
	ck_assert_int_eq(setenv("EXPAND_REF", "${EXPAND_A}", 1), 0);
	ck_assert_int_eq(setenv("EXPAND_EMPTY", "", 1), 0);
	ck_assert_int_eq(setenv("EXPAND_LATIN1", "caf\xe9", 1), 0);
	ck_assert_int_eq(unsetenv("EXPAND_NONE"), 0);
}

/* The document afterwards; what was wrong goes to *ret_problems. */
static char *expand(const char *text, char **ret_problems)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	struct problems p = { 0 };
	struct buf b = BUF_INIT(1 << 16);
	char *after;

	ck_assert_ptr_nonnull(value);
	expand_strings(value, &p);
	problems_format(&p, NULL, &b);
	problems_release(&p);
	*ret_problems = buf_take(&b);
	after = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
	return after;
}

static const struct {
	const char *text, *want;
} good[] = {
	{ "\"plain $ {text} $\"", "\"plain $ {text} $\"" },
	{ "\"${EXPAND_A}\"", "\"alpha\"" },
	{ "\"<${EXPAND_A}-${EXPAND_A}>\"", "\"<alpha-alpha>\"" },
	{ "\"${EXPAND_A:-x}\"", "\"alpha\"" },
	{ "\"${EXPAND_NONE:-x y}\"", "\"x y\"" },
	{ "\"${EXPAND_NONE:-}\"", "\"\"" },
	{ "\"${EXPAND_EMPTY}\"", "\"\"" },
	{ "\"${EXPAND_EMPTY:-x}\"", "\"x\"" },
	{ "\"${EXPAND_REF}\"", "\"${EXPAND_A}\"" }, /* not again */
	{ "\"a$${EXPAND_A}b\"", "\"a${EXPAND_A}b\"" },
	{ "\"$$\"", "\"$$\"" },
	{ "[7,null,{\"${EXPAND_A}\":[\"${EXPAND_A}\"]}]",
	  "[7,null,{\"${EXPAND_A}\":[\"alpha\"]}]" },
	{ "{\"//x\":\"${EXPAND_NONE}\",\"//\":{\"a\":\"${\"}}",
	  "{\"//x\":\"${EXPAND_NONE}\",\"//\":{\"a\":\"${\"}}" },
};

START_TEST(expands_strings_and_nothing_else)
{
	AUTO_FREE char *problems = NULL, *after = NULL;

	set_environment();
	after = expand(good[_i].text, &problems);
	ck_assert_str_eq(after, good[_i].want);
	ck_assert_str_eq(problems, "");
}
END_TEST

#define WANT "want ${NAME} or ${NAME:-DEFAULT}, got "
static const struct {
	const char *text, *want;
} bad[] = {
	{ "{\"a\":[\"x${EXPAND_NONE}\"]}",
	  "a[0]: ${EXPAND_NONE} is not set in the environment; a default would be "
	  "${EXPAND_NONE:-DEFAULT}\n" },
	{ "\"${EXPAND_A\"", WANT "\"${EXPAND_A\"\n" },
	{ "\"${}\"", WANT "\"${}\"\n" },
	{ "\"${0A}\"", WANT "\"${0A}\"\n" },
	{ "\"${9A}\"", WANT "\"${9A}\"\n" },
	{ "\"${EXPAND A}\"", WANT "\"${EXPAND A}\"\n" },
	{ "\"${EXPAND_A-x}\"", WANT "\"${EXPAND_A-x}\"\n" },
	{ "\"${EXPAND_NONE:-${EXPAND_A}}\"", WANT "\"${EXPAND_NONE:-${EXPAND_A}}\"\n" },
	{ "\"${EXPAND_NONE:-x\"", WANT "\"${EXPAND_NONE:-x\"\n" },
	{ "\"${EXPAND_\\u0001}\"", WANT "\"${EXPAND_\\x01}\"\n" },
	{ "\"${EXPAND_LATIN1}\"", "what it expands to is not UTF-8\n" },
	{ "[\"${\",\"${EXPAND_A}\",\"${\"]", "[0]: " WANT "\"${\"\n[2]: " WANT "\"${\"\n" },
};

START_TEST(reports_what_cannot_be_expanded)
{
	AUTO_FREE char *problems = NULL, *after = NULL;

	set_environment();
	after = expand(bad[_i].text, &problems);
	ck_assert_str_eq(problems, bad[_i].want);
}
END_TEST

START_TEST(leaves_a_string_with_a_problem_as_it_is)
{
	AUTO_FREE char *problems = NULL, *after = NULL;

	set_environment();
	after = expand("[\"${EXPAND_A}${EXPAND_NONE}\"]", &problems);
	ck_assert_str_eq(after, "[\"${EXPAND_A}${EXPAND_NONE}\"]");
}
END_TEST

/* 128 letters, then one more. */
START_TEST(bounds_the_length_of_names)
{
	AUTO_BUF struct buf text = BUF_INIT(1000);
	AUTO_FREE char *problems = NULL, *after = NULL;

	buf_adds(&text, "\"${");
	for (int i = 0; i < 128 + _i; i++)
		buf_adds(&text, "N");
	buf_adds(&text, ":-x}\"");
	after = expand(buf_text(&text), &problems);
	ck_assert((strstr(problems, WANT) != NULL) == (_i == 1));
}
END_TEST

/* 64 lists within each other, then one more. */
START_TEST(bounds_the_depth)
{
	char text[200] = "";
	AUTO_FREE char *problems = NULL, *after = NULL;
	int depth = EXPAND_DEPTH_MAX + _i;

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	after = expand(text, &problems);
	if (_i == 0)
		ck_assert_str_eq(problems, "");
	else
		ck_assert_ptr_nonnull(strstr(problems, "[0]: nested deeper than 64 levels\n"));
}
END_TEST

START_TEST(bounds_what_comes_out)
{
	struct problems p = { 0 };
	json_t *list = json_array();
	AUTO_FREE char *big = malloc(100001);

	memset(big, 'x', 100000);
	big[100000] = '\0';
	ck_assert_int_eq(setenv("EXPAND_BIG", big, 1), 0);
	for (int i = 0; i < 50; i++)
		json_array_append_new(list, json_string("${EXPAND_BIG}"));
	expand_strings(list, &p);
	ck_assert_uint_eq(p.errors, 50 - EXPAND_BYTES_MAX / 100000);
	ck_assert_str_eq(p.list[0].text, "more than 4194304 bytes once expanded");
	problems_release(&p);
	json_decref(list);
}
END_TEST

Suite *expand_suite(void)
{
	Suite *s = suite_create("expand");
	TCase *t = tcase_create("expand");

	tcase_add_loop_test(t, expands_strings_and_nothing_else, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(t, reports_what_cannot_be_expanded, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, leaves_a_string_with_a_problem_as_it_is);
	tcase_add_loop_test(t, bounds_the_length_of_names, 0, 2);
	tcase_add_loop_test(t, bounds_the_depth, 0, 2);
	tcase_add_test(t, bounds_what_comes_out);
	suite_add_tcase(s, t);
	return s;
}
