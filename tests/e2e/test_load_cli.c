/* test_load_cli.c - the command line of eisen load: what it refuses and in which
 * words, what it writes, its exit status, old reports, comparisons.
 *
 * What a load counts is in test_load.c.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/loading.h"
#include "tests/e2e/spawn.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define ARGS(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define SHORT "--duration=200ms", "--warm-up=0"

static void run(struct outcome *ret, const char *const *args)
{
	struct command command = { .args = { "load" }, .env = { harness_runtime_dir() } };

	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(i + 2, HARNESS_ARGS_MAX);
		command.args[i + 1] = args[i];
	}
	command_run(&command, ret);
}

static void expect(struct outcome *ret, int status, const char *const *args)
{
	run(ret, args);
	ck_assert_msg(ret->status == status, "exit status %d instead of %d\n%s%s", ret->status,
		      status, ret->out, ret->err);
}

static void expect_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no \"%s\" in:\n%s", want, text);
}

/* A config in this test's folder. */
static const char *layout(void)
{
	const char *path = harness_path("site.json");

	files_write(path, layout_one(""));
	return path;
}

static json_t *read_json(const char *path)
{
	json_t *doc = json_load_file(path, 0, NULL);

	ck_assert_msg(doc != NULL, "%s: no JSON", path);
	return keep_json(doc);
}

/* A short load of layout(); its report's path. */
static const char *make_report(const char *name)
{
	const char *path = harness_path(name);
	struct outcome outcome;

	expect(&outcome, 0, ARGS(layout(), SHORT, "-q", "--json", path));
	return path;
}

/* What is refused ----------------------------------------------------------- */

static const struct {
	const char *args[9];
	int status;
	const char *err; /* all of it; in part when it begins with "…" */
} wrong[] = {
	{ { "--duration", "soon" },
	  2,
	  "eisen: load: --duration: want a time as 500ms, 10s or 2m, got 'soon'\n" },
	{ { "--duration", "1", "--connections", "0", "--rate", "x", "a", "b" },
	  2,
	  "eisen: load: --connections: want a number within 1..100000, got '0'\n"
	  "eisen: load: --rate: want requests per second as 500 or 18.4k, within 0.1..10000000, "
	  "got 'x'\n"
	  "eisen: load: one FILE or DIR only, got 'a' and 'b'; --compare takes several\n" },
	{ { "--compare", "a.json" },
	  2,
	  "eisen: load: --compare: want two layouts or more, as A.json B.json\n" },
	{ { "--rounds", "5" }, 2, "eisen: load: --rounds: is for --compare\n" },
	{ { "--attach", "--compare" },
	  2,
	  "eisen: load: --attach, --url and --compare exclude each other\n" },
	{ { "--fail-if", "p99>5" }, 2, "…--fail-if: \"p99>5\": a unit is wanted" },
	{ { "--fail-if", "speed>5" }, 2, "…--fail-if: \"speed>5\": \"speed\" is no metric" },
	{ { "--url", "https://127.0.0.1/" }, 2, "…eisen: load: --url: " },
	{ { "--header", "Host: a" }, 2, "…--header: the header Host is written by" },
	{ { "--body", "@/nonexistent/x" },
	  2,
	  "eisen: load: --body: /nonexistent/x: No such file or directory\n" },
	{ { "--paths", "/dev/null" },
	  2,
	  "…eisen: load: --paths: /dev/null: there is no path in it" },
	{ { "--json", "/nonexistent/x.json" },
	  2,
	  "eisen: load: --json: /nonexistent/x.json cannot be written: No such file or "
	  "directory\n" },
	{ { "--json", "" }, 2, "eisen: load: --json: want a file's name, got ''\n" },
	{ { "--html", "/" }, 2, "eisen: load: --html: / is a folder, want a file\n" },
	{ { "--json", "-", "--html", "-" },
	  2,
	  "eisen: load: --html: want another file than --json\n" },
	{ { "--json" }, 2, "…option '--json' requires an argument" },
	{ { "--frobnicate" }, 2, "…unrecognized option '--frobnicate'" },
	{ { "nothing.json" },
	  2,
	  "eisen: nothing.json: cannot be read: No such file or directory\n" },
	{ { "--compare", "nothing.json", "none.json" },
	  2,
	  "eisen: nothing.json: cannot be read: No such file or directory\n"
	  "eisen: none.json: cannot be read: No such file or directory\n" },
	{ { "--groups", "blue,red" }, 2, "eisen: demo: --groups: there is no port group 'red'\n" },
	{ { "--attach" }, 1, "…no eisen is running" },
	{ { "report" }, 2, "…want a FILE that --json wrote" },
	{ { "report", "nothing.json", "none.json" },
	  2,
	  "eisen: nothing.json: cannot be read: No such file or directory\n"
	  "eisen: none.json: cannot be read: No such file or directory\n" },
};

START_TEST(what_is_wrong_is_told_at_once_and_nothing_is_started)
{
	static const char part[] = "…";
	struct outcome outcome;

	expect(&outcome, wrong[_i].status, wrong[_i].args);
	ck_assert_str_eq(outcome.out, "");
	if (strncmp(wrong[_i].err, part, strlen(part)) == 0)
		expect_has(outcome.err, wrong[_i].err + strlen(part));
	else
		ck_assert_str_eq(outcome.err, wrong[_i].err);
}
END_TEST

START_TEST(a_config_is_never_overwritten_by_a_report)
{
	const char *site = layout(), *other = harness_path("other.json");
	struct outcome outcome;

	files_write(other, "{\"PROCS_MAX\": 1}");
	expect(&outcome, 2, ARGS(site, "--json", site));
	expect_has(outcome.err, "is what is read: it is not overwritten");
	expect(&outcome, 2, ARGS(site, "--json", other));
	expect_has(outcome.err, "is there, and no report: it is not overwritten");
	expect(&outcome, 2, ARGS("report", site, "--html", site));
	files_write(other, "<!doctype html>\n<title>Mine</title>");
	expect(&outcome, 2, ARGS(site, "--html", other));
	expect_has(outcome.err, "is there, and no report: it is not overwritten");
	ck_assert_str_eq(files_text(other), "<!doctype html>\n<title>Mine</title>");
	files_write(other, "{\"PROCS_MAX\": 1}");
	expect(&outcome, 2, ARGS(site, "--html", other));
	ck_assert_str_eq(files_text(site), layout_one(""));
	ck_assert_str_eq(files_text(other), "{\"PROCS_MAX\": 1}");
}
END_TEST

/* What is written ----------------------------------------------------------- */

static void expect_nothing_beside(void)
{
	DIR *dir = opendir(harness_path(""));

	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		ck_assert_msg(strstr(entry->d_name, "out.json.") == NULL &&
				      strstr(entry->d_name, "out.html.") == NULL,
			      "%s is left", entry->d_name);
	closedir(dir);
}

START_TEST(a_load_prints_tables_and_writes_its_files_whole)
{
	const char *json = harness_path("out.json"), *html = harness_path("out.html");
	const char *page, *end = "</html>\n";
	struct outcome outcome;

	expect(&outcome, 0, ARGS(layout(), SHORT, "-v", "--json", json, "--html", html));
	ck_assert_str_eq(outcome.err, "");
	expect_has(outcome.out, "closed loop, 72 connections");
	expect_has(outcome.out, "START_SEQUENCE_NUM");
	expect_has(outcome.out, keep_printf("http://%s:11000/", harness_address(0)));
	expect_has(outcome.out, "engine: ");
	ck_assert_ptr_null(strchr(outcome.out, '\x1b'));
	ck_assert_int_eq(json_integer_value(json_object_get(read_json(json), "eisen_load")), 1);
	page = files_text(html);
	ck_assert_int_eq(strncasecmp(page, "<!doctype html>", 15), 0);
	ck_assert_ptr_nonnull(strstr(page, "</svg>"));
	ck_assert_str_eq(page + strlen(page) - strlen(end), end);
	expect_nothing_beside();
	/* Again, over the files that are there now. */
	expect(&outcome, 0, ARGS(layout(), SHORT, "-q", "--json", json, "--html", html));
	ck_assert_str_eq(outcome.out, "");
	ck_assert_str_eq(outcome.err, "");
	expect_nothing_beside();
}
END_TEST

START_TEST(a_dash_prints_the_document_instead_of_the_tables)
{
	struct outcome outcome;
	json_t *doc;

	expect(&outcome, 0, ARGS(layout(), SHORT, "--json", "-"));
	doc = keep_json(json_loads(outcome.out, 0, NULL));
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "eisen_load")), 1);
	expect(&outcome, 0, ARGS(layout(), SHORT, "--html", "-"));
	ck_assert_int_eq(strncasecmp(outcome.out, "<!doctype html>", 15), 0);
}
END_TEST

START_TEST(an_output_that_cannot_be_written_in_the_end_fails)
{
	struct outcome outcome;

	expect(&outcome, 1, ARGS(layout(), SHORT, "-q", "--json", "/dev/full"));
	ck_assert_str_eq(outcome.err,
			 "eisen: /dev/full cannot be written: No space left on device\n");
}
END_TEST

START_TEST(a_threshold_that_holds_sets_the_exit_status_and_is_named)
{
	const char *json = harness_path("out.json");
	const json_t *list;
	struct outcome outcome;

	expect(&outcome, 0,
	       ARGS(layout(), SHORT, "-q", "--fail-if", "errors>0", "--fail-if", "requests<1"));
	ck_assert_str_eq(outcome.err, "");
	expect(&outcome, 1,
	       ARGS(layout(), SHORT, "--json", json, "--fail-if", "errors>0", "--fail-if",
		    "p99>1us"));
	expect_has(outcome.err, "eisen: --fail-if 'p99>1us' holds: ");
	ck_assert_ptr_null(strstr(outcome.err, "errors"));
	expect_has(outcome.out, "engine: ");
	list = json_object_get(read_json(json), "thresholds");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert(json_is_false(json_object_get(json_array_get(list, 0), "crossed")));
	ck_assert(json_is_true(json_object_get(json_array_get(list, 1), "crossed")));
	/* Of an old report as well. */
	expect(&outcome, 1, ARGS("report", json, "-q", "--fail-if", "rate>0.1"));
	expect_has(outcome.err, "eisen: --fail-if 'rate>0.1' holds: ");
}
END_TEST

START_TEST(a_load_that_nobody_answers_fails_with_its_document_written)
{
	const char *json = harness_path("out.json");
	const char *url = keep_printf("http://%s:11000/", harness_address(0));
	const json_t *total;
	struct outcome outcome;

	expect(&outcome, 1, ARGS("--url", url, SHORT, "--json", json));
	expect_has(outcome.err, "nothing was answered (refused ");
	expect_has(outcome.err, "is the server up");
	expect_has(outcome.out, "errors: refused ");
	total = json_object_get(read_json(json), "total");
	ck_assert_int_eq(json_integer_value(json_object_get(total, "requests")), 0);
	/* To show it again is no failure. */
	expect(&outcome, 0, ARGS("report", json, "-q"));
	ck_assert_str_eq(outcome.err, "");
}
END_TEST

/* On a terminal ------------------------------------------------------------- */

START_TEST(a_terminal_sees_one_line_that_is_rewritten_and_goes_away)
{
	const char *args[] = { "load", layout(), SHORT, NULL };
	const char *env[SPAWN_ENV_MAX + 1] = { "TERM=xterm", harness_runtime_dir() };
	AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	AUTO_CLOSE int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	AUTO_CLOSE int slave = -1;
	AUTO_CLOSE int pid_fd = -1;
	char text[16384] = "";
	struct spawn spawn = { .args = args, .env = env, .in_fd = null, .out_fd = null };
	size_t len = 0;
	pid_t pid;

	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	spawn.err_fd = slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(slave, 0);
	pid = spawn_program(&spawn, &pid_fd);
	ck_assert_int_eq(spawn_wait(pid, pid_fd), 0);
	for (ssize_t n; (n = read(master, text + len, sizeof(text) - 1 - len)) > 0;)
		len += (size_t)n;
	expect_has(text, "\rstarting ");
	expect_has(text, "measuring: 100 %, 0 us left");
	expect_has(text, " answered, 0 errors, ");
	ck_assert_ptr_null(strchr(text, '\n'));
	ck_assert_str_eq(text + strlen(text) - 4, "\r\x1b[K");
}
END_TEST

/* Old reports --------------------------------------------------------------- */

START_TEST(an_old_report_shows_what_the_load_showed)
{
	const char *json = harness_path("out.json"), *html = harness_path("out.html");
	struct outcome load, report;

	expect(&load, 0, ARGS(layout(), SHORT, "-v", "--rate", "1k", "--json", json));
	expect_has(load.out, "open loop, 1000 requests per second");
	expect_has(load.out, "service time");
	expect(&report, 0, ARGS("report", "-v", json, "--html", html));
	ck_assert_str_eq(report.out, load.out);
	ck_assert_str_eq(report.err, "");
	ck_assert_int_eq(strncasecmp(files_text(html), "<!doctype html>", 15), 0);
}
END_TEST

START_TEST(reports_side_by_side_say_that_they_tell_nothing_of_noise)
{
	const char *a = make_report("a.json"), *b = make_report("b.json");
	struct outcome outcome;
	const json_t *doc;

	expect(&outcome, 0, ARGS("report", a, b));
	expect_has(outcome.out, "B / A  rate");
	expect_has(outcome.out, "Single runs tell nothing about noise");
	expect(&outcome, 0, ARGS("report", a, b, a, "--json", "-"));
	doc = keep_json(json_loads(outcome.out, 0, NULL));
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "layouts")), 3);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "comparisons")), 2);
}
END_TEST

START_TEST(an_open_loop_is_not_compared_to_a_closed_one)
{
	const char *closed = make_report("closed.json"), *open = harness_path("open.json");
	struct outcome outcome;

	expect(&outcome, 0, ARGS(layout(), SHORT, "-q", "--rate", "1k", "--json", open));
	expect(&outcome, 2, ARGS("report", closed, open));
	expect_has(outcome.err, "want both in the same");
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

/* The text of a good report, damaged. */
static const char *damaged(int kind, const char *good)
{
	static const char version[] = "\"eisen_load\":1";
	char *text = keep_printf("%s", good);

	switch (kind) {
	case 0:
		return "";
	case 1:
		text[strlen(text) / 2] = '\0';
		return text;
	case 2:
		return "{\"PROCS_MAX\": 1}";
	case 3:
		ck_assert_int_eq(strncmp(text + 1, version, strlen(version)), 0);
		text[strlen(version)] = '9';
		return text;
	case 4:
		return "{\"eisen_load\": 1}";
	default:
		return "[1, 2, 3]";
	}
}
#define DAMAGES 6

START_TEST(a_damaged_report_is_refused_and_named)
{
	const char *good = make_report("good.json"), *bad = harness_path("bad.json");
	struct outcome outcome;

	files_write(bad, damaged(_i, files_text(good)));
	expect(&outcome, 2, ARGS("report", bad));
	ck_assert_str_eq(outcome.out, "");
	expect_has(outcome.err, keep_printf("eisen: %s: ", bad));
	expect(&outcome, 2, ARGS("report", good, bad));
	ck_assert_str_eq(outcome.out, "");
	expect_has(outcome.err, bad);
}
END_TEST

/* Comparisons --------------------------------------------------------------- */

START_TEST(a_comparison_ends_with_its_verdict_and_keeps_all_rounds)
{
	const char *a = layout(), *b = harness_path("b.json"), *json = harness_path("out.json");
	const json_t *doc, *layouts, *pair;
	struct outcome outcome, report;
	const char *text;

	files_write(b, layout_one(""));
	expect(&outcome, 0, ARGS("--compare", a, b, "--rounds", "3", SHORT, "--json", json));
	ck_assert_str_eq(outcome.err, "");
	doc = read_json(json);
	layouts = json_object_get(doc, "layouts");
	pair = json_array_get(json_object_get(doc, "comparisons"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "rounds")), 3);
	ck_assert_uint_eq(json_array_size(layouts), 2);
	for (size_t i = 0; i < 2; i++) /* the rounds' times are added */
		ck_assert_double_ge(json_number_value(json_object_get(json_array_get(layouts, i),
								      "measured_s")),
				    0.6);
	text = json_string_value(json_object_get(pair, "text"));
	ck_assert_ptr_nonnull(text);
	expect_has(outcome.out, keep_printf("\n\n%s\n", text));
	ck_assert_str_eq(outcome.out + strlen(outcome.out) - strlen(text) - 1,
			 keep_printf("%s\n", text));
	expect(&report, 0, ARGS("report", json));
	ck_assert_str_eq(report.out, outcome.out);
	expect(&report, 2, ARGS("report", json, json));
	expect_has(report.err, "is a comparison, want a single report beside others");
}
END_TEST

START_TEST(layouts_of_a_comparison_are_driven_with_as_many_connections)
{
	const char *a = layout(), *b = harness_path("b.json"), *json = harness_path("out.json");
	const json_t *layouts;
	struct outcome outcome;

	files_write(b, keep_config("{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '%s', "
				   "'ports': '12000-12004', 'app': {'kind': 'hello'}}}}",
				   harness_address(0)));
	expect(&outcome, 0, ARGS("--compare", a, b, "--rounds", "3", SHORT, "--json", json));
	layouts = json_object_get(read_json(json), "layouts");
	for (size_t i = 0; i < 2; i++) {
		const json_t *settings = json_object_get(json_array_get(layouts, i), "settings");

		ck_assert_int_eq(json_integer_value(json_object_get(settings, "connections")), 75);
		ck_assert_int_eq(json_integer_value(json_object_get(settings, "threads")), 1);
	}
	ck_assert_ptr_null(strstr(outcome.out, "not driven alike"));
}
END_TEST

/* A layout that is damaged while the first round is under way starts no more. */
START_TEST(a_later_round_that_fails_leaves_the_whole_ones)
{
	const char *a = layout(), *b = harness_path("b.json");
	const struct http_call call = { .url = keep_printf("http://%s:11000/",
							   harness_address(0)) };
	struct loading load;
	long rounds;

	files_write(b, layout_one(""));
	loading_start(&load, ARGS("--compare", a, b, "--duration=1s", "--warm-up=0"));
	await(http_status(&call) == 200);
	files_write(a, "{");
	loading_expect_end(&load, 1);
	rounds = json_integer_value(json_object_get(loading_report(&load), "rounds"));
	ck_assert_int_ge(rounds, 1);
	expect_has(loading_err(&load),
		   keep_printf("\neisen: round %ld of 10: %s: the layout did not start\n"
			       "eisen: ended after %ld of 10 rounds\n",
			       rounds + 1, a, rounds));
}
END_TEST

/* Its port is another's: that is found when it starts. */
START_TEST(a_round_that_cannot_start_ends_it_and_is_named)
{
	const char *a = layout(), *b = harness_path("b.json");
	const struct start busy = { .config = layout_one("") };
	struct instance *in = instance_start(&busy);
	struct outcome outcome;

	files_write(b, layout_one(""));
	expect(&outcome, 2, ARGS("--compare", a, b, SHORT));
	expect_has(outcome.err, "port 11000");
	expect_has(outcome.err,
		   keep_printf("eisen: round 1 of 10: %s: the layout did not start", a));
	ck_assert_str_eq(outcome.out, "");
	instance_stop(in);
}
END_TEST

Suite *load_cli_suite(void)
{
	Suite *s = suite_create("load_cli");
	TCase *t = harness_case(s, "load_cli");

	tcase_add_loop_test(t, what_is_wrong_is_told_at_once_and_nothing_is_started, 0,
			    ARRAY_SIZE(wrong));
	tcase_add_test(t, a_config_is_never_overwritten_by_a_report);
	tcase_add_test(t, a_load_prints_tables_and_writes_its_files_whole);
	tcase_add_test(t, a_dash_prints_the_document_instead_of_the_tables);
	tcase_add_test(t, an_output_that_cannot_be_written_in_the_end_fails);
	tcase_add_test(t, a_threshold_that_holds_sets_the_exit_status_and_is_named);
	tcase_add_test(t, a_load_that_nobody_answers_fails_with_its_document_written);
	tcase_add_test(t, a_terminal_sees_one_line_that_is_rewritten_and_goes_away);
	tcase_add_test(t, an_old_report_shows_what_the_load_showed);
	tcase_add_test(t, reports_side_by_side_say_that_they_tell_nothing_of_noise);
	tcase_add_test(t, an_open_loop_is_not_compared_to_a_closed_one);
	tcase_add_loop_test(t, a_damaged_report_is_refused_and_named, 0, DAMAGES);
	tcase_add_test(t, a_comparison_ends_with_its_verdict_and_keeps_all_rounds);
	tcase_add_test(t, layouts_of_a_comparison_are_driven_with_as_many_connections);
	tcase_add_test(t, a_later_round_that_fails_leaves_the_whole_ones);
	tcase_add_test(t, a_round_that_cannot_start_ends_it_and_is_named);
	return s;
}
