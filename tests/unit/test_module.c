/* test_module.c - work/module.h */
#include "work/module.h"

#include "common/cc.h"
#include "common/error.h"
#include "include/eisen.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/module_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <sys/stat.h>

static struct module load(const char *name)
{
	struct module m = { 0 };
	struct error e = { 0 };
	AUTO_FREE char *path = module_fixture_path(name);

	ck_assert_msg(module_load(path, &m, &e) == 0, "%s", e.text);
	return m;
}

START_TEST(loads_a_module_and_its_function)
{
	struct module m = load("module_plain");
	struct error e = { 0 };
	void *found = NULL;

	ck_assert_str_eq(m.about, "counts the calls");
	ck_assert_msg(module_function(&m, "worker_entrance", &found, &e) == 0, "%s", e.text);
	ck_assert_ptr_nonnull(found);
	module_unload(&m);
	module_unload(&m);
}
END_TEST

static const struct {
	const char *name;
	int code;
	const char *why;
} refused[] = {
	{ "module_bare", -EPROTO, "has no EISEN_MODULE(\"...\") line" },
	{ "module_old", -EPROTO, "was built for interface 42 of eisen, this program has" },
	{ "module_missing", -ENOEXEC, "undefined symbol: eisen_of_no_one" },
	{ "module_nowhere", -ENOENT, "module_nowhere.so: No such file or directory" },
};

START_TEST(refuses_what_is_no_module_for_this_program_and_says_why)
{
	AUTO_FREE char *path = module_fixture_path(refused[_i].name);
	struct module m = { .about = "untouched" };
	struct error e = { 0 };

	ck_assert_int_eq(module_load(path, &m, &e), refused[_i].code);
	ck_assert_msg(strstr(e.text, refused[_i].why) != NULL, "%s", e.text);
	ck_assert_str_eq(m.about, "untouched");
}
END_TEST

START_TEST(refuses_a_folder_a_fifo_a_text_and_a_bare_name)
{
	struct dir_fixture d;
	struct module m;
	struct error e = { 0 };
	char path[128];

	dir_fixture_init(&d);
	dir_fixture_write(&d, "text.so", "not ELF");
	ck_assert_int_eq(module_load(d.path, &m, &e), -ENOEXEC);
	ck_assert(strstr(e.text, "is no file") != NULL);
	snprintf(path, sizeof(path), "%s/fifo", d.path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(module_load(path, &m, &e), -ENOEXEC);
	snprintf(path, sizeof(path), "%s/text.so", d.path);
	ck_assert_int_eq(module_load(path, &m, &e), -ENOEXEC);
	ck_assert_msg(strstr(e.text, "text.so: file too short") != NULL ||
			      strstr(e.text, "text.so: invalid ELF header") != NULL,
		      "%s", e.text);
	ck_assert_int_eq(module_load("libc.so.6", &m, &e), -EINVAL);
	dir_fixture_release(&d);
}
END_TEST

static const struct {
	const char *name;
	int code;
	const char *why;
} misnamed[] = {
	{ "worker_entrnce", -ENOENT, "did you mean \"worker_entrance\"?" },
	{ "rows", -ENOENT, "it has: " },
	{ "snprintf", -ENOENT, "has no \"snprintf\"" }, /* a library's, not its own */
	{ "eisen_stopping", -ENOENT, "has no \"eisen_stopping\"" },
	{ "module_plain_data", -EINVAL, "is data, want a function" },
	{ "", -ENOENT, "has no \"\"" },
};

START_TEST(refuses_a_function_that_is_not_the_modules_own)
{
	struct module m = load("module_plain");
	struct error e = { 0 };
	void *found = &m;

	ck_assert_int_eq(module_function(&m, misnamed[_i].name, &found, &e), misnamed[_i].code);
	ck_assert_msg(strstr(e.text, misnamed[_i].why) != NULL, "%s", e.text);
	ck_assert_ptr_eq(found, &m);
	module_unload(&m);
}
END_TEST

START_TEST(the_list_of_what_there_is_has_the_modules_own_names_only)
{
	struct module m = load("module_plain");
	struct error e = { 0 };
	void *found;

	ck_assert_int_eq(module_function(&m, "zzz", &found, &e), -ENOENT);
	ck_assert(strstr(e.text, "worker_entrance") != NULL);
	ck_assert(strstr(e.text, "module_plain_data") != NULL);
	ck_assert(strstr(e.text, "eisen_module") == NULL);
	ck_assert(strstr(e.text, "eisen_stopping") == NULL);
	module_unload(&m);
}
END_TEST

START_TEST(finds_an_object_of_the_size_that_is_wanted)
{
	struct module m = load("module_plain");
	struct error e = { 0 };
	const void *found = NULL;

	ck_assert_int_eq(module_object(&m, "module_plain_data", 4 * sizeof(int), &found, &e), 0);
	ck_assert_ptr_nonnull(found);
	/* A sanitizer may have made it larger than it is. */
	ck_assert_int_eq(module_object(&m, "module_plain_data", 4096, &found, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, " bytes, want 4096") != NULL, "%s", e.text);
	ck_assert_int_eq(module_object(&m, "worker_entrance", 1, &found, &e), -EINVAL);
	ck_assert(strstr(e.text, "is a function, want data") != NULL);
	module_unload(&m);
}
END_TEST

/* Where modules are ------------------------------------------------------------ */

static void expect_found(const char *name, const char *base_dir, const char *want)
{
	AUTO_FREE char *path = NULL;
	struct error e = { 0 };

	ck_assert_msg(module_find(name, base_dir, &path, &e) == 0, "%s", e.text);
	ck_assert_str_eq(path, want);
}

START_TEST(a_path_with_a_slash_starts_at_the_config_or_at_the_root)
{
	expect_found("/opt/x.so", "/etc", "/opt/x.so");
	expect_found("mods/x.so", "/etc", "/etc/mods/x.so");
	expect_found("./x.so", "/etc", "/etc/./x.so");
}
END_TEST

START_TEST(a_bare_name_is_looked_for_along_the_path_with_and_without_its_suffix)
{
	struct dir_fixture a, b;
	char list[256], want[128];

	dir_fixture_init(&a);
	dir_fixture_init(&b);
	dir_fixture_write(&a, "one.so", "");
	dir_fixture_write(&b, "one.so", "");
	dir_fixture_write(&b, "two.so", "");
	snprintf(list, sizeof(list), ":%s:/nowhere::%s", a.path, b.path);
	ck_assert_int_eq(setenv("EISEN_MODULE_PATH", list, 1), 0);
	snprintf(want, sizeof(want), "%s/one.so", a.path);
	expect_found("one.so", "/etc", want);
	expect_found("one", "/etc", want);
	snprintf(want, sizeof(want), "%s/two.so", b.path);
	expect_found("two", "/etc", want);
	dir_fixture_release(&a);
	dir_fixture_release(&b);
}
END_TEST

START_TEST(says_where_it_looked)
{
	AUTO_FREE char *path = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(setenv("EISEN_MODULE_PATH", "/nowhere:/else", 1), 0);
	ck_assert_int_eq(module_find("prme", "/etc", &path, &e), -ENOENT);
	ck_assert_msg(strstr(e.text, "/tests/unit/modules, ") != NULL, "%s", e.text);
	ck_assert_msg(strstr(e.text, "(EISEN_MODULE_PATH names more)") != NULL, "%s", e.text);
	ck_assert_msg(strncmp(e.text, "no module \"prme\" in /nowhere, /else, /", 37) == 0, "%s",
		      e.text);
	ck_assert_int_eq(unsetenv("EISEN_MODULE_PATH"), 0);
	ck_assert_int_eq(module_find("prme", "/etc", &path, &e), -ENOENT);
	ck_assert_int_eq(module_find("", "/etc", &path, &e), -EINVAL);
	ck_assert_ptr_null(path);
}
END_TEST

Suite *module_suite(void)
{
	Suite *s = suite_create("module");
	TCase *t = tcase_create("load");

	tcase_add_test(t, loads_a_module_and_its_function);
	tcase_add_loop_test(t, refuses_what_is_no_module_for_this_program_and_says_why, 0,
			    ARRAY_SIZE(refused));
	tcase_add_test(t, refuses_a_folder_a_fifo_a_text_and_a_bare_name);
	tcase_add_loop_test(t, refuses_a_function_that_is_not_the_modules_own, 0,
			    ARRAY_SIZE(misnamed));
	tcase_add_test(t, the_list_of_what_there_is_has_the_modules_own_names_only);
	tcase_add_test(t, finds_an_object_of_the_size_that_is_wanted);
	suite_add_tcase(s, t);
	t = tcase_create("find");
	tcase_add_test(t, a_path_with_a_slash_starts_at_the_config_or_at_the_root);
	tcase_add_test(t, a_bare_name_is_looked_for_along_the_path_with_and_without_its_suffix);
	tcase_add_test(t, says_where_it_looked);
	suite_add_tcase(s, t);
	return s;
}
