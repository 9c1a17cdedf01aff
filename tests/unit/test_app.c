/* test_app.c - servers/app.h: the kinds a config may name */
#include "servers/app.h"

#include "common/buf.h"
#include "common/problems.h"
#include "tests/unit/suites.h"

START_TEST(finds_the_kinds_by_name)
{
	ck_assert_str_eq(app_kind_find("hello")->name, "hello");
	ck_assert_ptr_null(app_kind_find("Hello"));
	ck_assert_ptr_null(app_kind_find(""));
	/* the status endpoint is no app for a config */
	ck_assert_ptr_null(app_kind_find("status"));
}
END_TEST

static const struct {
	const char *settings, *problem;
} checks[] = {
	{ "{\"kind\": \"hello\"}", "" },
	{ "{\"kind\": \"hello\", \"//\": \"a comment\"}", "" },
	{ "{}", "app.kind: want the app's kind, such as \"hello\"; it is missing\n" },
	{ "[]", "app: want an object with \"kind\", got []\n" },
	{ "{\"kind\": 7}", "app.kind: want \"echo\", \"hello\", \"module\", \"static\", got 7\n" },
	{ "{\"kind\": \"helo\"}", "app.kind: want \"echo\", \"hello\", \"module\", \"static\" (did "
				  "you mean \"hello\"?), got \"helo\"\n" },
	{ "{\"kind\": \"ftp\"}",
	  "app.kind: want \"echo\", \"hello\", \"module\", \"static\", got \"ftp\"\n" },
};

START_TEST(checks_settings)
{
	json_auto_t *settings = json_loads(checks[_i].settings, 0, NULL);
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct problems p = { 0 };

	app_check(settings, "/base", "app", &p);
	problems_format(&p, NULL, &text);
	ck_assert_str_eq(buf_text(&text), checks[_i].problem);
	problems_release(&p);
}
END_TEST

START_TEST(knows_no_settings_that_are_not_there)
{
	json_auto_t *settings = json_loads("{\"kind\": \"hello\", \"root\": \"/\"}", 0, NULL);
	struct problems p = { 0 };

	app_check(settings, "/base", "app", &p);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert_str_eq(p.list[0].path, "app.root");
	problems_release(&p);
}
END_TEST

Suite *app_suite(void)
{
	Suite *s = suite_create("app");
	TCase *t = tcase_create("app");

	tcase_add_test(t, finds_the_kinds_by_name);
	tcase_add_loop_test(t, checks_settings, 0, (int)ARRAY_SIZE(checks));
	tcase_add_test(t, knows_no_settings_that_are_not_there);
	suite_add_tcase(s, t);
	return s;
}
