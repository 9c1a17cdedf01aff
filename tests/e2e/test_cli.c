/* test_cli.c - every command: exit status, and what goes to stdout and what to
 * stderr.
 */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <fcntl.h>
#include <string.h>

static void run(struct outcome *ret, const char *const *args)
{
	struct command command = { .env = { harness_runtime_dir() } };

	for (size_t i = 0; args[i] != NULL; i++)
		command.args[i] = args[i];
	command_run(&command, ret);
}

/* Each of these has one answer, whatever the machine. "" wants nothing there,
 * NULL takes anything. */
static const struct {
	const char *args[6];
	int status;
	const char *out, *err;
} cases[] = {
	{ { NULL }, 2, "", "Usage: eisen COMMAND" },
	{ { "--help" }, 0, "Usage: eisen COMMAND", "" },
	{ { "-h" }, 0, "Usage: eisen COMMAND", "" },
	{ { "help" }, 0, "Usage: eisen COMMAND", "" },
	{ { "run", "--help" }, 0, "Usage: eisen run", "" },
	{ { "check", "--help" }, 0, "Usage: eisen check", "" },
	{ { "plan", "--help" }, 0, "Usage: eisen plan", "" },
	{ { "status", "--help" }, 0, "Usage: eisen status", "" },
	{ { "load", "--help" }, 0, "Usage: eisen load", "" },
	{ { "load", "report", "--help" }, 0, "Usage: eisen load report", "" },
	{ { "stop", "--help" }, 0, "Usage: eisen stop", "" },
	{ { "init", "--help" }, 0, "Usage: eisen init", "" },
	{ { "examples", "--help" }, 0, "Usage: eisen examples", "" },
	{ { "version", "--help" }, 0, "Usage: eisen version", "" },
	{ { "version" }, 0, "libmicrohttpd", "" },
	{ { "version" }, 0, "sqlite", "" },
	{ { "version" }, 0, "zlib", "" },
	{ { "--version" }, 0, "eisen 0.", "" },
	{ { "-V" }, 0, "eisen 0.", "" },
	{ { "plna" }, 2, "", "no command 'plna'; did you mean 'plan'?" },
	{ { "frobnicate" }, 2, "", "no command 'frobnicate'; 'eisen --help' lists them" },
	{ { "" }, 2, "", "no command ''" },
	{ { "run", "--frobnicate" }, 2, "", "unrecognized option '--frobnicate'" },
	{ { "run", "--base-port", "0" }, 2, "", "'0' is not a port within 1..65535" },
	{ { "plan", "--base-port", "61530" }, 0, "65530-65535", NULL },
	{ { "run", "--base-port", "61531" }, 2, "", "--base-port wants at most 61530, got 61531" },
	{ { "run", "--status-port", "65536" }, 2, "", "'65536' is not a port" },
	{ { "run", "--status-port", "-1" }, 2, "", "'-1' is not a port" },
	{ { "run", "--log-format", "xml" }, 2, "", "--log-format wants text or json, got 'xml'" },
	{ { "run", "--name", "../x" }, 2, "", "--name wants letters" },
	{ { "run", "a.json", "b.json" }, 2, "", "one FILE or DIR only" },
	{ { "run", "a.json", "--ip", "127.0.0.1" }, 2, "", "are for the demo" },
	{ { "check" }, 0, "demo: fine: 3 workers, 18 servers, 3 port groups", NULL },
	{ { "check", "nothing.json" }, 2, "", "nothing.json" },
	{ { "check", "--json", "nothing.json" }, 2, "\"ok\": false", "" },
	{ { "plan" }, 0, "START_SEQUENCE_NUM", NULL },
	{ { "plan", "--frobnicate" }, 2, "", "unrecognized option" },
	{ { "plan", "nothing.json" }, 2, "", "nothing.json" },
	{ { "plan", "--ip", "no-address" }, 2, "", "no-address" },
	{ { "status" }, 1, "", "no eisen is running" },
	{ { "status", "x" }, 1, "", "no eisen is running" },
	{ { "status", "a", "b" }, 2, "", "one NAME only" },
	{ { "status", "--watch=0" }, 2, "", "--watch wants seconds" },
	{ { "status", "--watch", "--json" }, 2, "", "exclude each other" },
	{ { "status", "--run-dir", "/nonexistent" }, 1, "", "no eisen is running in /nonexistent" },
	{ { "stop" }, 1, "", "no eisen is running" },
	{ { "stop", "../x" }, 2, "", "is no instance's name" },
	{ { "stop", "--timeout", "soon" }, 2, "", "--timeout wants seconds, got 'soon'" },
	{ { "init", "-" }, 0, "port_groups", "" },
	{ { "init", "a", "b" }, 2, "", "one FILE only" },
	{ { "init", "/nonexistent/x.json" }, 1, "", "No such file" },
	{ { "examples" }, 0, "one-per-core", "" },
	{ { "examples", "nothing" }, 2, "", "no example 'nothing'" },
	{ { "examples", "../x" }, 2, "", "no example's name" },
};

static void expect_text(const char *where, const char *text, const char *want)
{
	if (want == NULL)
		return;
	if (want[0] == '\0')
		ck_assert_msg(text[0] == '\0', "%s should be empty:\n%s", where, text);
	else
		ck_assert_msg(strstr(text, want) != NULL, "no \"%s\" on %s:\n%s", want, where,
			      text);
}

START_TEST(a_command_line_has_its_exit_status_and_words)
{
	struct outcome outcome;

	run(&outcome, cases[_i].args);
	ck_assert_msg(outcome.status == cases[_i].status, "exit status %d instead of %d\n%s%s",
		      outcome.status, cases[_i].status, outcome.out, outcome.err);
	expect_text("stdout", outcome.out, cases[_i].out);
	expect_text("stderr", outcome.err, cases[_i].err);
	ck_assert_ptr_null(strchr(outcome.out, '\x1b'));
	ck_assert_ptr_null(strchr(outcome.err, '\x1b'));
}
END_TEST

static json_t *run_json(const char *const *args, int status)
{
	struct outcome outcome;

	run(&outcome, args);
	ck_assert_msg(outcome.status == status, "exit status %d: %s", outcome.status, outcome.err);
	return keep_json(json_loads(outcome.out, 0, NULL));
}

START_TEST(version_json_names_every_library)
{
	static const char *const libraries[] = { "libmicrohttpd", "jansson", "libev",
						 "hwloc",         "libcurl", "libsmartcols" };
	const json_t *doc = run_json((const char *[]) { "version", "--json", NULL }, 0);

	ck_assert(json_is_string(json_object_get(doc, "version")));
	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++)
		ck_assert(json_is_string(
			json_object_get(json_object_get(doc, "libraries"), libraries[i])));
}
END_TEST

START_TEST(the_plan_as_json_is_the_plan_as_a_table)
{
	struct layout layout;
	struct outcome outcome;

	layout_read(run_json((const char *[]) { "plan", "--json", NULL }, 0), &layout);
	ck_assert_uint_eq(layout.count, LAYOUT_SERVERS);
	run(&outcome, (const char *[]) { "plan", NULL });
	ck_assert_ptr_nonnull(strstr(outcome.out, "11000-11005"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "14000-14005"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "15000-15005"));
}
END_TEST

START_TEST(check_as_json_has_errors_and_warnings_with_their_paths)
{
	const char *file = harness_path("bad.json");
	const json_t *doc, *error;

	files_write(file, keep_config("{'PROCS_MAX': 0, 'drain_ms': 'soon'}"));
	doc = run_json((const char *[]) { "check", "--json", file, NULL }, 2);
	ck_assert(json_is_false(json_object_get(doc, "ok")));
	ck_assert(json_is_array(json_object_get(doc, "warnings")));
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "errors")), 2);
	error = json_array_get(json_object_get(doc, "errors"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(error, "path")), "PROCS_MAX");
	doc = run_json((const char *[]) { "check", "--json", NULL }, 0);
	ck_assert(json_is_true(json_object_get(doc, "ok")));
}
END_TEST

START_TEST(a_config_comes_from_stdin_too)
{
	const struct command command = { .args = { "check", "-" }, .input = layout_three("") };
	struct outcome outcome;

	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	ck_assert_ptr_nonnull(strstr(outcome.out, "18 servers"));
}
END_TEST

START_TEST(init_writes_a_config_that_check_takes)
{
	const char *file = harness_path("new.json");
	struct outcome outcome;

	run(&outcome, (const char *[]) { "init", file, NULL });
	ck_assert_int_eq(outcome.status, 0);
	run(&outcome, (const char *[]) { "check", file, NULL });
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	files_write(file, "mine");
	run(&outcome, (const char *[]) { "init", file, NULL });
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "--force"));
	ck_assert_str_eq(files_text(file), "mine");
	run(&outcome, (const char *[]) { "init", "--force", file, NULL });
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_str_ne(files_text(file), "mine");
}
END_TEST

START_TEST(every_example_is_listed_and_passes_check)
{
	const json_t *doc;
	struct outcome outcome;
	const char *line;
	int examples = 0;

	run(&outcome, (const char *[]) { "examples", NULL });
	for (line = outcome.out; line[strcspn(line, "\n")] == '\n'; line = strchr(line, '\n') + 1) {
		const char *name = keep_printf("%.*s", (int)strcspn(line, " \n"), line);
		const char *file = harness_source(keep_printf("examples/%s.json", name));

		if (access(file, R_OK) < 0)
			continue; /* head and foot of the table */
		doc = run_json((const char *[]) { "check", "--json", file, NULL }, 0);
		ck_assert(json_is_true(json_object_get(doc, "ok")));
		examples++;
	}
	ck_assert_int_ge(examples, 8);
}
END_TEST

START_TEST(an_example_runs_by_its_name)
{
	struct outcome outcome;
	const struct command command = { .args = { "examples", "one-per-core", "--status-port",
						   "nonsense" } };

	/* It gets as far as the options of run. */
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "eisen run"));
	ck_assert_ptr_nonnull(strstr(outcome.err, "'nonsense' is not a port"));
}
END_TEST

START_TEST(output_that_cannot_be_written_is_a_failure)
{
	static const char *const commands[] = { "plan", "check", "version" };
	AUTO_CLOSE int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct outcome outcome;

	ck_assert_int_ge(full, 0);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		command_run(&(struct command) { .args = { commands[i] }, .out_fd = full },
			    &outcome);
		ck_assert_int_eq(outcome.status, 1);
		ck_assert_ptr_nonnull(strstr(outcome.err, "No space left on device"));
	}
}
END_TEST

Suite *cli_suite(void)
{
	Suite *suite = suite_create("cli");
	TCase *lines = harness_case(suite, "lines"), *commands = harness_case(suite, "commands");

	tcase_add_loop_test(lines, a_command_line_has_its_exit_status_and_words, 0,
			    ARRAY_SIZE(cases));
	tcase_add_test(commands, version_json_names_every_library);
	tcase_add_test(commands, the_plan_as_json_is_the_plan_as_a_table);
	tcase_add_test(commands, check_as_json_has_errors_and_warnings_with_their_paths);
	tcase_add_test(commands, a_config_comes_from_stdin_too);
	tcase_add_test(commands, init_writes_a_config_that_check_takes);
	tcase_add_test(commands, every_example_is_listed_and_passes_check);
	tcase_add_test(commands, an_example_runs_by_its_name);
	tcase_add_test(commands, output_that_cannot_be_written_is_a_failure);
	return suite;
}
