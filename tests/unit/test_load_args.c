/* test_load_args.c - launcher/load_args.h */
#include "launcher/load_args.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/problems.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct load_args args;
static struct problems problems;

static void setup(void)
{
	load_args_init(&args);
}

static void teardown(void)
{
	load_args_release(&args);
	problems_release(&problems);
}

static void take(enum load_option option, const char *text)
{
	load_args_take(&args, option, text, &problems);
}

static const char *told(void)
{
	static struct buf text = BUF_INIT(1u << 20);

	buf_clear(&text);
	problems_format(&problems, NULL, &text);
	return buf_text(&text);
}

static void finish(const char *want)
{
	load_args_finish(&args, &problems);
	ck_assert_str_eq(told(), want);
}

START_TEST(without_options_it_is_the_demo_with_the_defaults)
{
	finish("");
	ck_assert_ptr_null(args.source.file);
	ck_assert_uint_eq(args.wish.duration_ns, 10 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.warm_up_ns, CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.timeout_ns, 5 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.connections, 0);
	ck_assert_double_eq(args.wish.rate, 0);
	ck_assert_uint_eq(args.wish.request.path_count, 0);
}
END_TEST

START_TEST(what_is_asked_for_is_in_the_wish)
{
	take(LOAD_OPT_NAME, "site.json");
	take(LOAD_OPT_DURATION, "2m");
	take(LOAD_OPT_WARM_UP, "0");
	take(LOAD_OPT_TIMEOUT, "300ms");
	take(LOAD_OPT_CONNECTIONS, "200");
	take(LOAD_OPT_THREADS, "3");
	take(LOAD_OPT_RATE, "18.4k");
	take(LOAD_OPT_CLOSE, NULL);
	take(LOAD_OPT_PATH, "/a");
	take(LOAD_OPT_PATH, "/b");
	take(LOAD_OPT_PATH, "/c");
	take(LOAD_OPT_METHOD, "PUT");
	take(LOAD_OPT_HEADER, "Accept: text/html");
	take(LOAD_OPT_BODY, "text");
	take(LOAD_OPT_GROUPS, "blue,green");
	finish("");
	ck_assert_str_eq(args.source.file, "site.json");
	ck_assert_uint_eq(args.wish.duration_ns, 120 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.warm_up_ns, 0);
	ck_assert_uint_eq(args.wish.timeout_ns, 300 * CLOCK_NS_PER_MS);
	ck_assert_uint_eq(args.wish.connections, 200);
	ck_assert_uint_eq(args.wish.threads, 3);
	ck_assert_double_eq_tol(args.wish.rate, 18400, 1e-6);
	ck_assert(args.wish.request.close);
	ck_assert_uint_eq(args.wish.request.path_count, 3);
	ck_assert_str_eq(args.wish.request.paths[2], "/c");
	ck_assert_str_eq(args.wish.request.method, "PUT");
	ck_assert_uint_eq(args.wish.request.header_count, 1);
	ck_assert_uint_eq(args.wish.request.body_bytes, 4);
	ck_assert_uint_eq(args.wish.group_count, 2);
	ck_assert_str_eq(args.wish.groups[1], "green");
}
END_TEST

START_TEST(rounds_are_short_unless_it_is_said)
{
	take(LOAD_OPT_COMPARE, NULL);
	take(LOAD_OPT_NAME, "a.json");
	take(LOAD_OPT_NAME, "b.json");
	take(LOAD_OPT_WARM_UP, "1s");
	finish("");
	ck_assert_uint_eq(args.rounds, 10);
	ck_assert_uint_eq(args.wish.duration_ns, 2 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.warm_up_ns, CLOCK_NS_PER_S);
	ck_assert_ptr_null(args.source.file);
}
END_TEST

START_TEST(a_duration_that_is_said_is_that_of_each_round)
{
	take(LOAD_OPT_COMPARE, NULL);
	take(LOAD_OPT_NAME, "a.json");
	take(LOAD_OPT_NAME, "b.json");
	take(LOAD_OPT_DURATION, "7s");
	take(LOAD_OPT_ROUNDS, "4");
	finish("");
	ck_assert_uint_eq(args.rounds, 4);
	ck_assert_uint_eq(args.wish.duration_ns, 7 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(args.wish.warm_up_ns, 300 * CLOCK_NS_PER_MS);
}
END_TEST

START_TEST(a_name_is_the_instance_of_attach)
{
	take(LOAD_OPT_NAME, "site");
	take(LOAD_OPT_ATTACH, NULL);
	finish("");
	ck_assert(args.source.attach);
	ck_assert_str_eq(args.source.instance.name, "site");
	ck_assert_ptr_null(args.source.file);
}
END_TEST

START_TEST(body_and_paths_come_from_files)
{
	struct dir_fixture dir;
	char body[128], paths[128];

	dir_fixture_init(&dir);
	dir_fixture_write(&dir, "body", "{\"a\": 1}\n");
	dir_fixture_write(&dir, "paths", "# all\n/a\n\n/b\n");
	snprintf(body, sizeof(body), "@%s/body", dir.path);
	snprintf(paths, sizeof(paths), "%s/paths", dir.path);
	take(LOAD_OPT_PATHS, paths);
	take(LOAD_OPT_PATH, "/c");
	take(LOAD_OPT_BODY, body);
	finish("");
	ck_assert_uint_eq(args.wish.request.body_bytes, 9);
	ck_assert_int_eq(memcmp(args.wish.request.body, "{\"a\": 1}\n", 9), 0);
	ck_assert_uint_eq(args.wish.request.path_count, 3);
	ck_assert_str_eq(args.wish.request.paths[0], "/a");
	ck_assert_str_eq(args.wish.request.paths[1], "/b");
	ck_assert_str_eq(args.wish.request.paths[2], "/c");
	dir_fixture_release(&dir);
}
END_TEST

static const struct {
	enum load_option option;
	const char *text, *want;
} wrong[] = {
	{ LOAD_OPT_DURATION, "soon", "--duration: want a time as 500ms, 10s or 2m, got 'soon'\n" },
	{ LOAD_OPT_DURATION, "99ms",
	  "--duration: want a time from 100.0 ms to 1 d 0 h, got '99ms'\n" },
	{ LOAD_OPT_DURATION, "25h",
	  "--duration: want a time from 100.0 ms to 1 d 0 h, got '25h'\n" },
	{ LOAD_OPT_WARM_UP, "-1s", "--warm-up: want a time as 500ms, 10s or 2m, got '-1s'\n" },
	{ LOAD_OPT_TIMEOUT, "0", "--timeout: want a time from 1.0 ms to 1 h 0 min, got '0'\n" },
	{ LOAD_OPT_CONNECTIONS, "0", "--connections: want a number within 1..100000, got '0'\n" },
	{ LOAD_OPT_CONNECTIONS, "many",
	  "--connections: want a number within 1..100000, got 'many'\n" },
	{ LOAD_OPT_THREADS, "65", "--threads: want a number within 1..64, got '65'\n" },
	{ LOAD_OPT_RATE, "0",
	  "--rate: want requests per second as 500 or 18.4k, within 0.1..10000000, got '0'\n" },
	{ LOAD_OPT_RATE, "fast",
	  "--rate: want requests per second as 500 or 18.4k, within 0.1..10000000, got 'fast'\n" },
	{ LOAD_OPT_ROUNDS, "2",
	  "--rounds: want a number within 3..1000, got '2'\n--rounds: is for --compare\n" },
	{ LOAD_OPT_PATH, "a", "--path: a path begins with \"/\", got \"a\"\n" },
	{ LOAD_OPT_METHOD, "get", "--method: want a method as GET, POST or DELETE, got 'get'\n" },
	{ LOAD_OPT_METHOD, "", "--method: want a method as GET, POST or DELETE, got ''\n" },
	{ LOAD_OPT_GROUPS, "blue,,green",
	  "--groups: want names with commas between, got 'blue,,green'\n" },
	{ LOAD_OPT_GROUPS, ",,", "--groups: want names with commas between, got ',,'\n" },
	{ LOAD_OPT_BODY, "@", "--body: want a file's name, got ''\n" },
	{ LOAD_OPT_BODY, "@/dev/zero", "--body: /dev/zero: want at most 16777216 bytes\n" },
	{ LOAD_OPT_PATHS, "", "--paths: want a file's name, got ''\n" },
	{ LOAD_OPT_PATHS, "/dev/zero", "--paths: /dev/zero: want at most 67108864 bytes\n" },
	{ LOAD_OPT_GROUPS, "", "--groups: want names with commas between, got ''\n" },
	{ LOAD_OPT_PATHS, "/nonexistent/paths",
	  "--paths: /nonexistent/paths: No such file or directory\n" },
	{ LOAD_OPT_BODY, "@/nonexistent/body",
	  "--body: /nonexistent/body: No such file or directory\n" },
	{ LOAD_OPT_RUN_DIR, "/run/site",
	  "--run-dir: is of the running instance that --attach is for\n" },
	{ LOAD_OPT_COMPARE, NULL, "--compare: want two layouts or more, as A.json B.json\n" },
};

START_TEST(a_wrong_value_is_told_with_what_is_wanted)
{
	take(wrong[_i].option, wrong[_i].text);
	finish(wrong[_i].want);
}
END_TEST

START_TEST(all_that_is_wrong_is_told_at_once)
{
	take(LOAD_OPT_DURATION, "soon");
	take(LOAD_OPT_CONNECTIONS, "0");
	take(LOAD_OPT_NAME, "a.json");
	take(LOAD_OPT_NAME, "b.json");
	finish("--duration: want a time as 500ms, 10s or 2m, got 'soon'\n"
	       "--connections: want a number within 1..100000, got '0'\n"
	       "one FILE or DIR only, got 'a.json' and 'b.json'; --compare takes several\n");
}
END_TEST

static const struct {
	const enum load_option options[3];
	const char *const texts[3];
	const char *want;
} clashes[] = {
	{ { LOAD_OPT_ATTACH, LOAD_OPT_COMPARE },
	  { NULL },
	  "--attach, --url and --compare exclude each other\n" },
	{ { LOAD_OPT_URL, LOAD_OPT_NAME },
	  { "http://127.0.0.1:8080/", "a.json" },
	  "either --url or FILE, got 'a.json' as well\n" },
	{ { LOAD_OPT_URL, LOAD_OPT_GROUPS },
	  { "http://127.0.0.1:8080/", "blue" },
	  "--groups: a server of --url has none\n" },
	{ { LOAD_OPT_ATTACH, LOAD_OPT_NAME, LOAD_OPT_NAME },
	  { NULL, "a", "b" },
	  "one NAME only, got 'a' and 'b'; --compare takes several\n" },
	{ { LOAD_OPT_ATTACH, LOAD_OPT_NAME },
	  { NULL, "../a" },
	  "--attach: '../a' is no instance's name\n" },
	{ { LOAD_OPT_COMPARE, LOAD_OPT_NAME, LOAD_OPT_NAME },
	  { NULL, "a.json", "-" },
	  "--compare: reads each layout again and again: no standard input\n" },
	{ { LOAD_OPT_THREADS, LOAD_OPT_CONNECTIONS },
	  { "4", "3" },
	  "--threads: want at most one a connection, got 4 for 3\n" },
	{ { LOAD_OPT_CLOSE, LOAD_OPT_NAME, LOAD_OPT_NAME },
	  { NULL, "report", "a.json" },
	  "want options behind it: eisen load report FILE... [OPTION...]\n" },
	{ { LOAD_OPT_BODY, LOAD_OPT_BODY }, { "a", "b" }, "--body: one only\n" },
	{ { LOAD_OPT_GROUPS, LOAD_OPT_GROUPS },
	  { "a", "b" },
	  "--groups: once only, with commas between the names\n" },
};

START_TEST(options_that_clash_are_told)
{
	for (size_t i = 0; i < 3 && clashes[_i].options[i] != 0; i++)
		take(clashes[_i].options[i], clashes[_i].texts[i]);
	finish(clashes[_i].want);
}
END_TEST

/* request.c has the words. */
START_TEST(each_header_and_method_that_is_refused_is_told)
{
	take(LOAD_OPT_HEADER, "Host: a");
	take(LOAD_OPT_HEADER, "bad");
	take(LOAD_OPT_METHOD, "CONNECT");
	load_args_finish(&args, &problems);
	ck_assert_uint_eq(problems.errors, 3);
	ck_assert_ptr_nonnull(strstr(told(), "--header: the header Host is written by the load"));
	ck_assert_ptr_nonnull(strstr(told(), "--header: want a header as"));
	ck_assert_ptr_nonnull(strstr(told(), "--method: CONNECT makes a tunnel"));
}
END_TEST

START_TEST(a_list_has_its_bound)
{
	for (int i = 0; i < 200; i++)
		take(LOAD_OPT_HEADER, "A: b");
	finish("--header: want at most 100\n");
}
END_TEST

static const char *const bad_urls[] = {
	"", "a", "https://a/", "ftp://a", "http://", "http://a:0/", "http://a:99999/", "http://a b/"
};

START_TEST(a_url_that_is_none_is_told)
{
	take(LOAD_OPT_URL, bad_urls[_i]);
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert_int_eq(strncmp(told(), "--url: ", 7), 0);
}
END_TEST

Suite *load_args_suite(void)
{
	Suite *s = suite_create("load_args");
	TCase *t = tcase_create("load_args");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, without_options_it_is_the_demo_with_the_defaults);
	tcase_add_test(t, what_is_asked_for_is_in_the_wish);
	tcase_add_test(t, rounds_are_short_unless_it_is_said);
	tcase_add_test(t, a_duration_that_is_said_is_that_of_each_round);
	tcase_add_test(t, a_name_is_the_instance_of_attach);
	tcase_add_test(t, body_and_paths_come_from_files);
	tcase_add_loop_test(t, a_wrong_value_is_told_with_what_is_wanted, 0, ARRAY_SIZE(wrong));
	tcase_add_test(t, all_that_is_wrong_is_told_at_once);
	tcase_add_loop_test(t, options_that_clash_are_told, 0, ARRAY_SIZE(clashes));
	tcase_add_test(t, each_header_and_method_that_is_refused_is_told);
	tcase_add_test(t, a_list_has_its_bound);
	tcase_add_loop_test(t, a_url_that_is_none_is_told, 0, ARRAY_SIZE(bad_urls));
	suite_add_tcase(s, t);
	return s;
}
