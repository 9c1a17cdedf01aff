/* test_module_new.c - eisen module new: what it writes compiles and runs as it
 * is, with what pkg-config says.
 */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void enter_folder(void)
{
	if (chdir(harness_path(".")) < 0)
		_exit(99);
}

/* build: where pkg-config finds eisen; NULL: it finds nothing. */
static int run_make(const char *target, const char *build)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		unsetenv("MAKEFLAGS"); /* of a make that runs the tests */
		setenv("PKG_CONFIG_PATH", build != NULL ? build : "/nowhere", 1);
		if (build == NULL)
			setenv("PKG_CONFIG_LIBDIR", "/nowhere", 1);
		if (freopen(harness_path("make.err"), "w", stderr) == NULL)
			_exit(126);
		execlp("make", "make", "-s", "-C", harness_path("."), "CFLAGS=-Werror", target,
		       NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* As an author does, with what pkg-config says of the build tree. */
static void write_and_compile(const char *option, const char *name)
{
	struct command command = { .args = { "module", "new", name, option },
				   .prepare = enter_folder };
	struct outcome outcome;

	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	ck_assert_int_eq(run_make(keep_printf("%s.so", name), getenv("EISEN_BUILDDIR")), 0);
}

START_TEST(a_new_worker_module_compiles_and_runs_as_it_is)
{
	struct command command = { .args = { "run", "--fresh", harness_path("sums.json"),
					     "--run-dir", harness_path("run") } };
	struct outcome outcome;
	json_t *results, *result;
	size_t i;

	write_and_compile(NULL, "sums");
	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	results = json_object_get(keep_json(json_loads(outcome.out, 0, NULL)),
				  "mp_input_q (default)");
	ck_assert_uint_eq(json_array_size(results), 10);
	json_array_foreach(results, i, result) ck_assert_int_eq(
		json_integer_value(json_array_get(result, 1)), (json_int_t)(10100 + 20000 * i));
}
END_TEST

START_TEST(a_new_makefile_says_what_pkg_config_needs_and_cleans_up)
{
	write_and_compile(NULL, "sums");
	ck_assert_ptr_nonnull(files_read(harness_path("sums.so"), NULL));
	ck_assert_int_eq(run_make("clean", getenv("EISEN_BUILDDIR")), 0);
	ck_assert_ptr_null(files_read(harness_path("sums.so"), NULL));
	ck_assert_ptr_nonnull(files_read(harness_path("sums.c"), NULL));
	ck_assert_int_ne(run_make("sums.so", NULL), 0);
	ck_assert_ptr_nonnull(strstr(files_text(harness_path("make.err")), "Set PKG_CONFIG_PATH"));
}
END_TEST

/* The program of a build tree has its modules beside it. */
START_TEST(a_build_tree_needs_no_variable_for_its_own_modules)
{
	struct command command = { .args = { "check", harness_path("prime.json") },
				   .env = { "EISEN_MODULE_PATH" } };
	struct outcome outcome;

	files_write(harness_path("prime.json"),
		    "{\"feeders\": [{\"generator\": {\"range\": [1, 9]}}],"
		    " \"WORKER_PATH\": \"prime.so\"}");
	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
}
END_TEST

START_TEST(a_new_app_module_compiles_and_serves_as_it_is)
{
	const char *url = keep_printf("http://%s:11003/x", harness_address(0));
	json_t *doc, *group;
	struct instance *in;

	write_and_compile("--app", "greeter");
	doc = keep_json(json_loads(files_text(harness_path("greeter.json")), 0, NULL));
	group = json_object_get(json_object_get(doc, "port_groups"), "blue");
	json_object_set_new(group, "ip", json_string(harness_address(0)));
	in = instance_start(&(struct start) { .config = keep(json_dumps(doc, 0)) });
	for (int i = 1; i < 3; i++) {
		doc = http_json(keep_printf("http://%s:11000/", harness_address(0)));
		ck_assert_str_eq(json_string_value(json_object_get(doc, "hello")), "greeter");
		ck_assert_int_eq(json_integer_value(json_object_get(doc, "greetings")), i);
	}
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url }), 404);
	instance_stop(in);
}
END_TEST

START_TEST(a_new_module_overwrites_nothing)
{
	struct command command = { .args = { "module", "new", "sums" }, .prepare = enter_folder };
	struct outcome outcome;

	files_write(harness_path("Makefile"), "mine\n");
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_str_eq(outcome.err, "eisen: Makefile exists already; nothing was written\n");
	ck_assert_str_eq(files_text(harness_path("Makefile")), "mine\n");
	ck_assert_ptr_null(files_read(harness_path("sums.c"), NULL));
}
END_TEST

static const char *const bad_names[] = { "", "1x", "../x", "a/b", "a b", "a.c", "-x" };

START_TEST(a_new_module_needs_a_name)
{
	struct command command = { .args = { "module", "new", "--", bad_names[_i] },
				   .prepare = enter_folder };
	struct outcome outcome;

	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "is no name for a module"));
}
END_TEST

Suite *module_new_suite(void)
{
	Suite *suite = suite_create("module_new");
	TCase *t = harness_case(suite, "module_new");

	tcase_add_test(t, a_new_worker_module_compiles_and_runs_as_it_is);
	tcase_add_test(t, a_new_makefile_says_what_pkg_config_needs_and_cleans_up);
	tcase_add_test(t, a_build_tree_needs_no_variable_for_its_own_modules);
	tcase_add_test(t, a_new_app_module_compiles_and_serves_as_it_is);
	tcase_add_test(t, a_new_module_overwrites_nothing);
	tcase_add_loop_test(t, a_new_module_needs_a_name, 0, (int)ARRAY_SIZE(bad_names));
	return suite;
}
