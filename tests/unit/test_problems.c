/* test_problems.c - common/problems.h */
#include "common/problems.h"

#include "common/buf.h"
#include "tests/unit/suites.h"

#include <string.h>

static char *formatted(const struct problems *p, const char *prefix)
{
	struct buf b = BUF_INIT(1 << 20);

	problems_format(p, prefix, &b);
	return buf_take(&b);
}

START_TEST(formats_in_order_with_and_without_a_prefix)
{
	struct problems p = { 0 };
	AUTO_FREE char *bare = NULL, *prefixed = NULL;

	problems_error(&p, "a.b", "want %d", 7);
	problems_warning(&p, "c", "odd");
	problems_error(&p, "", "not JSON");
	bare = formatted(&p, NULL);
	prefixed = formatted(&p, "x.json");
	ck_assert_str_eq(bare, "a.b: want 7\nwarning: c: odd\nnot JSON\n");
	ck_assert_str_eq(prefixed,
			 "x.json: a.b: want 7\nx.json: warning: c: odd\nx.json: not JSON\n");
	ck_assert_uint_eq(p.errors, 2);
	ck_assert_uint_eq(p.warnings, 1);
	problems_release(&p);
	ck_assert_uint_eq(p.kept + p.errors + p.warnings, 0);
}
END_TEST

START_TEST(escapes_hostile_paths_and_texts)
{
	struct problems p = { 0 };

	problems_error(&p, "a\nb", "got \x1b[2J");
	ck_assert_str_eq(p.list[0].path, "a\\x0ab");
	ck_assert_str_eq(p.list[0].text, "got \\x1b[2J");
	problems_release(&p);
}
END_TEST

START_TEST(keeps_so_many_and_counts_the_rest)
{
	struct problems p = { 0 };
	AUTO_FREE char *text = NULL;

	for (int i = 0; i < PROBLEMS_MAX + 5; i++)
		problems_error(&p, "", "e%d", i);
	problems_warning(&p, "", "w");
	ck_assert_uint_eq(p.kept, PROBLEMS_MAX);
	ck_assert_uint_eq(p.errors, PROBLEMS_MAX + 5);
	text = formatted(&p, NULL);
	ck_assert_ptr_nonnull(strstr(text, "e199\n… and 5 more errors, 1 more warnings\n"));
	ck_assert_ptr_null(strstr(text, "e200"));
	problems_release(&p);
}
END_TEST

START_TEST(an_error_takes_the_place_of_a_warning)
{
	struct problems p = { 0 };
	AUTO_FREE char *text = NULL;

	for (int i = 0; i < PROBLEMS_MAX; i++)
		problems_warning(&p, "", "w%d", i);
	problems_error(&p, "", "the error");
	ck_assert_uint_eq(p.kept, PROBLEMS_MAX);
	text = formatted(&p, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\nthe error\n… and 0 more errors, 1 more warnings\n"));
	problems_release(&p);
}
END_TEST

START_TEST(the_last_warning_goes_and_the_order_stays)
{
	struct problems p = { 0 };

	for (int i = 0; i < PROBLEMS_MAX - 2; i++)
		problems_warning(&p, "", "w%d", i);
	problems_error(&p, "", "first");
	problems_error(&p, "", "second");
	problems_error(&p, "", "third");
	ck_assert_uint_eq(p.kept, PROBLEMS_MAX);
	ck_assert_str_eq(p.list[PROBLEMS_MAX - 4].text, "w196");
	ck_assert_str_eq(p.list[PROBLEMS_MAX - 3].text, "first");
	ck_assert_str_eq(p.list[PROBLEMS_MAX - 2].text, "second");
	ck_assert_str_eq(p.list[PROBLEMS_MAX - 1].text, "third");
	problems_release(&p);
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	struct problems p = { 0 };
	char path[10000];

	memset(path, 1, sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	problems_error(&p, path, "%s", path);
	ck_assert_uint_eq(strlen(p.list[0].path), 4096);
	ck_assert_str_eq(p.list[0].text, "(text too long)");
	problems_release(&p);
}
END_TEST

Suite *problems_suite(void)
{
	Suite *s = suite_create("problems");
	TCase *t = tcase_create("problems");

	tcase_add_test(t, formats_in_order_with_and_without_a_prefix);
	tcase_add_test(t, escapes_hostile_paths_and_texts);
	tcase_add_test(t, keeps_so_many_and_counts_the_rest);
	tcase_add_test(t, an_error_takes_the_place_of_a_warning);
	tcase_add_test(t, the_last_warning_goes_and_the_order_stays);
	tcase_add_test(t, cuts_what_is_too_long);
	suite_add_tcase(s, t);
	return s;
}
