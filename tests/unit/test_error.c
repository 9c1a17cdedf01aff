/* test_error.c - common/error.h */
#include "common/error.h"

#include "tests/unit/suites.h"

#include <string.h>

START_TEST(returns_the_negative_code_and_keeps_the_text)
{
	struct error e = { 0 };

	ck_assert_int_eq(error_set(&e, EINVAL, "port %d", 80), -EINVAL);
	ck_assert_int_eq(e.code, EINVAL);
	ck_assert_str_eq(e.text, "port 80");
	ck_assert_int_eq(error_set(NULL, EIO, "nobody reads"), -EIO);
}
END_TEST

START_TEST(prefixes_the_outermost_action_first)
{
	struct error e = { 0 };

	error_errno(&e, ENOENT, "open %s", "a.json");
	ck_assert_int_eq(error_prefix(&e, "config"), -ENOENT);
	ck_assert_str_eq(e.text, "config: open a.json: No such file or directory");
}
END_TEST

START_TEST(cuts_a_text_that_does_not_fit)
{
	struct error e = { 0 };
	char longer[2 * sizeof(e.text)];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	error_errno(&e, EIO, "%s", longer);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	error_prefix(&e, "%s", longer);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
}
END_TEST

Suite *error_suite(void)
{
	Suite *s = suite_create("error");
	TCase *t = tcase_create("error");

	tcase_add_test(t, returns_the_negative_code_and_keeps_the_text);
	tcase_add_test(t, prefixes_the_outermost_action_first);
	tcase_add_test(t, cuts_a_text_that_does_not_fit);
	suite_add_tcase(s, t);
	return s;
}
