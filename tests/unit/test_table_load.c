/* test_table_load.c - launcher/table_load.h */
#include "launcher/table_load.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

#define TEXT_MAX (1u << 20)

#define LATENCY(max) \
	"'latency_ns': {'min': 90000, 'mean': 150000, 'p50': 120000, 'p90': 300000, " \
	"'p99': 1200000, 'p99.9': 4200000, 'p99.99': 8800000, 'max': " max "}"
#define COUNTS(requests, errors) \
	"'requests': " requests ", 'answered': 20000, 'rate': 18400.0, 'bytes': 1, " \
	"'status': {'1xx': 0, '2xx': 18000, '3xx': 0, '4xx': 400, '5xx': 0, 'other': 0}, " \
	"'errors': " errors ", " LATENCY("9000000")
#define ERRORS "{'total': 415, 'refused': 12, 'timeout': 3, 'status': 400, 'local': 0}"
#define NONE "{'total': 0, 'refused': 0}"

#define REPORT(mode, service, more) \
	"{'eisen_load': 1, 'version': '0.1.0', 'name': 'site.json', 'started': 'now', " \
	"'interrupted': false, 'settings': {'mode': '" mode "', 'rate': 18400, 'duration_s': 10, " \
	"'warm_up_s': 1, 'connections': 64, 'threads': 2, 'close': false}, 'measured_s': 10.0, " \
	"'total': {" COUNTS( \
		"18400", \
		ERRORS) "}, 'service': " service ", " \
			"'server_cpu_us_per_request': 12.5, 'imbalance': 1.25, " \
			"'groups': [{'name': 'blue', 'ports': 2, " COUNTS( \
				"10000", \
				NONE) ", 'service': " service \
				      "}, {'name': 'green', 'ports': 1, " COUNTS( \
					      "8400", \
					      ERRORS) ", 'service': " service "}], " \
						      "'workers': [{'START_SEQUENCE_NUM': 0, " \
						      "'group': 'blue', 'core': 1, " \
						      "'server_requests': 11000, " COUNTS( \
							      "10000", \
							      NONE) ", 'cpu_s': 0.125, " \
								    "'cpu_us_per_request': 12.5, " \
								    "'rss_bytes': 4194304, " \
								    "'restarts': 0, 'cpu': []}, " \
								    "{'START_SEQUENCE_NUM': 1, " \
								    "'group': 'green', 'core': " \
								    "null, " \
								    "'server_requests': 9000, " \
								    "'requests': null, " \
								    "'answered': null, 'rate': " \
								    "null, 'errors': null, " \
								    "'latency_ns': null, " \
								    "'cpu_s': null, " \
								    "'cpu_us_per_request': null, " \
								    "'rss_bytes': 0, " \
								    "'restarts': 2, 'cpu': []}], " \
								    "'ports': [{'url': " \
								    "'http://127.0.0.1:1', " \
								    "'group': 'blue', 'workers': " \
								    "[0, 1], " \
								    "'server_requests': " \
								    "11000, " COUNTS( \
									    "10000", \
									    NONE) "}, {'url': " \
										  "'http://" \
										  "127.0.0.1:2', " \
										  "'group': " \
										  "'blue', " \
										  "'workers': " \
										  "[], " \
										  "'server_" \
										  "requests': " \
										  "null, " COUNTS( \
											  "8400", \
											  NONE) "}], " \
												"'engine': {'threads': 2, 'cpus': [], 'cpu_share': 0.384, 'cpu_us_per_request': 9.87, " \
												"'memory_bytes': 8388608}, 'warnings': [" more \
												"]}"

static json_t *load(const char *text)
{
	char *copy = strdup(text), *at;
	json_t *doc;

	while ((at = strchr(copy, '\'')) != NULL)
		*at = '"';
	doc = json_loads(copy, 0, NULL);
	ck_assert_msg(doc != NULL, "no JSON: %s", copy);
	free(copy);
	return doc;
}

/* The words of the line that begins with word, one blank between them. */
static const char *line_of(const struct buf *text, const char *word)
{
	static char line[1024];
	const char *at = buf_text(text);
	size_t n = 0;

	while (strncmp(at + strspn(at, " "), word, strlen(word)) != 0) {
		at = strchr(at, '\n');
		ck_assert_msg(at != NULL, "no line of %s in %s", word, buf_text(text));
		at++;
	}
	for (at += strspn(at, " "); *at != '\n' && *at != '\0' && n < sizeof(line) - 1; at++)
		if (*at != ' ' || (n > 0 && line[n - 1] != ' '))
			line[n++] = *at;
	line[n] = '\0';
	return line;
}

static void show(const char *document, bool ports, struct buf *ret)
{
	json_auto_t *doc = load(document);

	table_load(doc, ports, false, ret);
}

START_TEST(a_report_has_a_row_per_group_and_one_of_all)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(REPORT("closed", "null", ""), false, &text);
	ck_assert_str_eq(line_of(&text, "site.json"),
			 "site.json: closed loop, 64 connections, measured 10.0 s after 1.0 s of "
			 "warm-up");
	ck_assert_str_eq(line_of(&text, "blue"),
			 "blue 2 10000 0 18.4k 120 us 300 us 1.2 ms 4.2 ms 8.8 ms 9.0 ms 12.5 us "
			 "4.0 MiB");
	ck_assert_str_eq(line_of(&text, "green"),
			 "green 1 8400 415 18.4k 120 us 300 us 1.2 ms 4.2 ms 8.8 ms 9.0 ms - -");
	ck_assert_str_eq(line_of(&text, "all"),
			 "all 2 18400 415 18.4k 120 us 300 us 1.2 ms 4.2 ms 8.8 ms 9.0 ms 12.5 us "
			 "4.0 MiB");
}
END_TEST

START_TEST(a_worker_whose_ports_are_shared_has_what_it_served)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(REPORT("closed", "null", ""), false, &text);
	ck_assert_str_eq(line_of(&text, "0 "),
			 "0 blue 1 10000 0 18.4k 120 us 300 us 1.2 ms 4.2 ms 8.8 ms 9.0 ms 11000 "
			 "12.5 us 1 % 4.0 MiB 0");
	ck_assert_str_eq(line_of(&text, "1 "), "1 green - - - - - - - - - - 9000 - - - 2");
	ck_assert_ptr_null(strstr(buf_text(&text), "http://"));
}
END_TEST

START_TEST(of_nothing_there_is_no_latency)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show("{'groups': [{'name': 'blue', 'ports': 1, 'requests': 0, 'rate': 0.0, 'errors': "
	     "{'total': 7}, 'latency_ns': {'p50': 0, 'p90': 0, 'p99': 0, 'p99.9': 0, 'p99.99': 0, "
	     "'max': 0}}]}",
	     false, &text);
	ck_assert_str_eq(line_of(&text, "blue"), "blue 1 0 7 0 - - - - - - - -");
}
END_TEST

#define COSTS(us) \
	"{'groups': [{'name': 'blue', 'ports': 1, 'requests': 10, 'rate': 1.0, 'errors': " \
	"{'total': 0}}], 'workers': [{'START_SEQUENCE_NUM': 0, 'group': 'blue', 'core': 1, " \
	"'requests': 10, 'cpu_s': 5.0, 'rss_bytes': 0}], 'server_cpu_us_per_request': " us \
	", 'engine': {'threads': 1, 'cpu_us_per_request': " us "}}"

static const struct {
	const char *document, *row, *engine;
} costs[] = {
	{ COSTS("0.8"), "blue 1 10 0 1.00 - - - - - - 0.80 us -", ", 0.80 us of processor time" },
	{ COSTS("999.2"), "blue 1 10 0 1.00 - - - - - - 999 us -", ", 999 us of" },
	{ COSTS("1480"), "blue 1 10 0 1.00 - - - - - - 1.5 ms -", ", 1.5 ms of" },
	{ COSTS("null"), "blue 1 10 0 1.00 - - - - - - - -", ", - of processor time" },
};

START_TEST(processor_time_is_the_documents_in_a_unit_that_fits)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(costs[_i].document, false, &text);
	ck_assert_str_eq(line_of(&text, "blue"), costs[_i].row);
	ck_assert_ptr_nonnull(strstr(line_of(&text, "engine:"), costs[_i].engine));
}
END_TEST

START_TEST(a_worker_that_served_nothing_hides_no_processor_time)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show("{'groups': [{'name': 'blue', 'ports': 1, 'requests': 10, 'rate': 1.0}, {'name': "
	     "'green', 'ports': 1, 'requests': 10, 'rate': 1.0}], 'workers': [{'group': 'blue', "
	     "'requests': 10, 'cpu_s': 0.001}, {'group': 'blue', 'requests': 0, 'cpu_s': null, "
	     "'server_requests': 0}, {'group': 'green', 'requests': 10, 'cpu_s': 0.001}, "
	     "{'group': 'green', 'requests': null, 'cpu_s': null, 'server_requests': 5}]}",
	     false, &text);
	ck_assert_str_eq(line_of(&text, "blue"), "blue 1 10 - 1.00 - - - - - - 100 us -");
	ck_assert_str_eq(line_of(&text, "green"), "green 1 10 - 1.00 - - - - - - - -");
}
END_TEST

START_TEST(ports_have_rows_when_they_are_wanted)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(REPORT("closed", "null", ""), true, &text);
	ck_assert_str_eq(line_of(&text, "http://127.0.0.1:1"),
			 "http://127.0.0.1:1 blue 0, 1 10000 0 18.4k 120 us 300 us 1.2 ms 4.2 ms "
			 "8.8 ms 9.0 ms 20000 11000");
	ck_assert_str_eq(line_of(&text, "http://127.0.0.1:2"),
			 "http://127.0.0.1:2 blue - 8400 0 18.4k 120 us 300 us 1.2 ms 4.2 ms 8.8 "
			 "ms 9.0 ms 20000 -");
}
END_TEST

START_TEST(errors_status_engine_and_warnings_are_told_in_words)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(REPORT("closed", "null", "'the engine shares cores\\u001b[31m', 3"), false, &text);
	ck_assert_str_eq(line_of(&text, "errors:"), "errors: refused 12, timeout 3, status 400");
	ck_assert_str_eq(line_of(&text, "status:"), "status: 2xx 18000, 4xx 400");
	ck_assert_str_eq(line_of(&text, "imbalance"), "imbalance between workers: 1.25");
	ck_assert_str_eq(line_of(&text, "engine:"), "engine: 2 threads, the busiest one busy for "
						    "38 % of the time, 9.87 us of processor "
						    "time per request, 8.0 MiB");
	ck_assert_str_eq(line_of(&text, "warning:"), "warning: the engine shares cores\\x1b[31m");
	ck_assert_ptr_null(strstr(buf_text(&text), "service time"));
}
END_TEST

START_TEST(an_open_loop_shows_service_time_and_what_it_means)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	show(REPORT("open", "{" LATENCY("130000") "}", ""), false, &text);
	ck_assert_str_eq(
		line_of(&text, "site.json"),
		"site.json: open loop, 18400 requests per second, 64 connections, measured "
		"10.0 s after 1.0 s of warm-up");
	ck_assert_str_eq(line_of(&text, "service time"),
			 "service time 120 us 300 us 1.2 ms 4.2 ms 8.8 ms 130 us ");
	ck_assert_str_eq(line_of(&text, "A latency"),
			 "A latency counts from when the rate wanted the request sent, a service "
			 "time from when it was sent: between them it waited for a connection that "
			 "was still busy.");
}
END_TEST

#define METRIC(name, ratio, low, high, verdict) \
	"{'name': '" name "', 'ratio': " ratio ", 'low': " low ", 'high': " high \
	", 'verdict': '" verdict "'}"
#define COMPARISON(rounds) \
	"{'eisen_load_compare': 1, 'rounds': " rounds \
	", 'layouts': [" REPORT("closed", "null", "") ", " REPORT( \
		"closed", "null", \
		"") "], 'comparisons': [{'a': 0, 'b': 1, 'metrics': " \
		    "[" METRIC("rate", "0.9021", "0.8861", "0.9191", "lower") ", " METRIC( \
			    "p99", "1.0", "null", "null", "too few rounds") "]," \
									    " '" \
									    "ve" \
									    "rd" \
									    "ic" \
									    "t'" \
									    ": " \
									    "'l" \
									    "ow" \
									    "er" \
									    "'," \
									    " '" \
									    "te" \
									    "xt" \
									    "':" \
									    " '" \
									    "B " \
									    "se" \
									    "rv" \
									    "es" \
									    " 9" \
									    ".8" \
									    " %" \
									    " f" \
									    "ew" \
									    "er" \
									    "\\" \
									    "nr" \
									    "eq" \
									    "ue" \
									    "st" \
									    "s'" \
									    "}]" \
									    "}"

START_TEST(a_comparison_has_layouts_metrics_and_its_verdict_last)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_auto_t *doc = load(COMPARISON("10"));

	table_load_compare(doc, true, false, &text);
	ck_assert_str_eq(line_of(&text, "A "),
			 "A site.json 2 18400 415 18.4k 120 us 1.2 ms 4.2 ms 12.5 us");
	ck_assert_str_eq(line_of(&text, "B "),
			 "B site.json 2 18400 415 18.4k 120 us 1.2 ms 4.2 ms 12.5 us");
	ck_assert_str_eq(line_of(&text, "B / A  rate"), "B / A rate 0.902 0.886 to 0.919 lower");
	ck_assert_str_eq(line_of(&text, "B / A  p99"), "B / A p99 1.000 - too few rounds");
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "\nB serves 9.8 % fewer\\x0arequests\n"));
}
END_TEST

START_TEST(single_runs_tell_nothing_about_noise)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_auto_t *doc = load(COMPARISON("1"));

	table_load_compare(doc, false, false, &text);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "\nSingle runs tell nothing about noise"));
	ck_assert_ptr_null(strstr(buf_text(&text), "fewer"));
}
END_TEST

START_TEST(an_interrupted_comparison_says_how_many_rounds_it_takes)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_auto_t *one = load(COMPARISON("1")), *two = load(COMPARISON("2"));

	table_load_compare(one, true, false, &text);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "\nInterrupted after 1 round: want 3 to"));
	table_load_compare(two, true, false, &text);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "\nInterrupted after 2 rounds: want 3 to"));
	ck_assert_ptr_null(strstr(buf_text(&text), "--compare"));
}
END_TEST

/* report_check() stands before them; these hold all the same. */
static const char *const damaged[] = {
	"{}",
	"[]",
	"{'settings': 3, 'groups': 4, 'workers': {}, 'ports': 'x', 'warnings': 1}",
	"{'groups': [null, 1, {}, []], 'workers': [null, {}], 'ports': [1, {}]}",
	"{'groups': [{'latency_ns': {'p50': -5, 'max': 1e300}, 'errors': 1}], 'measured_s': 1e99}",
	"{'engine': {'memory_bytes': 1e300, 'threads': -1}, 'total': {'errors': {'total': 1}}}",
	"{'layouts': [1, {}], 'comparisons': [1, {}, {'a': 99, 'b': -1, 'metrics': [1, {}]}]}",
};

START_TEST(a_document_without_its_members_harms_nobody)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_auto_t *doc = load(damaged[_i]);

	table_load(doc, true, true, &text);
	table_load_compare(doc, false, true, &text);
	ck_assert(!text.failed);
}
END_TEST

Suite *table_load_suite(void)
{
	Suite *s = suite_create("table_load");
	TCase *t = tcase_create("table_load");

	tcase_add_test(t, a_report_has_a_row_per_group_and_one_of_all);
	tcase_add_test(t, a_worker_whose_ports_are_shared_has_what_it_served);
	tcase_add_test(t, of_nothing_there_is_no_latency);
	tcase_add_test(t, a_worker_that_served_nothing_hides_no_processor_time);
	tcase_add_loop_test(t, processor_time_is_the_documents_in_a_unit_that_fits, 0,
			    ARRAY_SIZE(costs));
	tcase_add_test(t, ports_have_rows_when_they_are_wanted);
	tcase_add_test(t, errors_status_engine_and_warnings_are_told_in_words);
	tcase_add_test(t, an_open_loop_shows_service_time_and_what_it_means);
	tcase_add_test(t, a_comparison_has_layouts_metrics_and_its_verdict_last);
	tcase_add_test(t, single_runs_tell_nothing_about_noise);
	tcase_add_test(t, an_interrupted_comparison_says_how_many_rounds_it_takes);
	tcase_add_loop_test(t, a_document_without_its_members_harms_nobody, 0, ARRAY_SIZE(damaged));
	suite_add_tcase(s, t);
	return s;
}
