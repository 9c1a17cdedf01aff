/* test_html.c - load/html.h: pages of whole documents. */
#include "load/html.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "load/report.h"
#include "tests/unit/html_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static const char evil[] =
	"</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'";

static void check_document(const json_t *document)
{
	struct error e = { 0 };

	ck_assert_msg(report_check(document, &e) == 0, "%s", e.text);
}

/* The report's ports, count of them, each like the first one. */
static void set_ports(json_t *report, size_t count)
{
	json_t *ports = json_array(), *first = json_array_get(json_object_get(report, "ports"), 0);
	char url[64];

	for (size_t i = 0; i < count; i++) {
		json_t *port = json_copy(first);

		snprintf(url, sizeof(url), "http://127.0.%zu.%zu:8080/", i / 256, i % 256);
		json_object_set_new(port, "url", json_string(url));
		json_array_append_new(ports, port);
	}
	json_object_set_new(report, "ports", ports);
}

static void count_figures(const char *page, const char *what, size_t want)
{
	ck_assert_msg(html_count(page, what) == want, "%s: %zu, want %zu", what,
		      html_count(page, what), want);
}

START_TEST(shows_a_report_with_all_its_parts)
{
	static const char *const parts[] = { "Port groups",
					     "Latency by percentile",
					     "Requests per second over time",
					     "Ports",
					     "Workers",
					     "Share of a core over time",
					     "How it was measured",
					     "What came back" };
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	html_render(report, &page);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		ck_assert_msg(strstr(buf_text(&page), parts[i]) != NULL, "%s", parts[i]);
	count_figures(buf_text(&page), "<svg class=plot ", 4);
	count_figures(buf_text(&page), "Latency by percentile, from when due", 0);
}
END_TEST

START_TEST(shows_the_latency_from_when_due_beside_that_from_when_sent)
{
	json_auto_t *report = html_document("open.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	html_render(report, &page);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "Latency by percentile, from when due"));
	count_figures(buf_text(&page), "<svg class=plot ", 5);
}
END_TEST

START_TEST(shows_a_comparison_with_each_layout)
{
	json_auto_t *document = html_document("compare.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	const json_t *comparisons = json_object_get(document, "comparisons");
	size_t layouts = json_array_size(json_object_get(document, "layouts"));

	html_render(document, &page);
	count_figures(buf_text(&page), "<section id=r", layouts);
	count_figures(buf_text(&page), "<td class=forest>",
		      json_array_size(comparisons) * REPORT_METRIC_COUNT);
	count_figures(buf_text(&page), "Latency by percentile, by layout\"", 1);
}
END_TEST

static const struct {
	double measured_s;
	const char *row; /* the last: until, per second */
} lasts[] = {
	{ 0.3, "0.3 s</th><td>1,000<" },   { 0.31, "0.3 s</th><td>1,000<" },
	{ 0.28, "0.28 s</th><td>1,250<" }, { 0.22, "0.22 s</th><td>1,667<" },
	{ 0.15, "0.3 s</th><td>1,000<" },
};

START_TEST(the_last_interval_is_as_long_as_was_measured)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	const char *last;

	json_object_set_new(report, "measured_s", json_real(lasts[_i].measured_s));
	json_object_set_new(report, "over_time",
			    json_pack("{s:f, s:[i,i,i], s:[i,i,i], s:[i,i,i]}", "interval_s", 0.1,
				      "requests", 100, 100, 100, "errors", 0, 0, 0,
				      "latency_max_ns", 1, 1, 1));
	html_render(report, &page);
	last = strstr(buf_text(&page), "<caption>Over time");
	ck_assert_ptr_nonnull(last);
	ck_assert_msg(strstr(last, lasts[_i].row) != NULL, "%.900s", last);
}
END_TEST

static const struct {
	const char *object, *key, *want;
	int value; /* -1: null */
} limits[] = {
	{ "engine", "limit", "<span class=bad>it was the limit</span>", 1 },
	{ "engine", "shares_cores", "of a core: whether it was the limit is not known: it shares",
	  1 },
	{ "engine", "shares_cores", "of a core: not the limit", 0 },
	{ NULL, "server_cpu_us_per_request", "not known: nothing is known of the server", -1 },
};

START_TEST(the_engine_is_called_no_limit_only_when_that_is_known)
{
	json_auto_t *report = html_document("closed.json");
	json_t *engine = json_object_get(report, "engine");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	json_object_set_new(engine, "shares_cores", json_false());
	json_object_set_new(limits[_i].object != NULL ? engine : report, limits[_i].key,
			    limits[_i].value < 0 ? json_null() : json_boolean(limits[_i].value));
	html_render(report, &page);
	ck_assert_msg(strstr(buf_text(&page), limits[_i].want) != NULL, "%s", limits[_i].want);
}
END_TEST

static void set_evil(json_t *object, const char *key)
{
	ck_assert_ptr_nonnull(json_object_get(object, key));
	json_object_set_new(object, key, json_string(evil));
}

static void spoil(json_t *report)
{
	json_t *item, *groups = json_object_get(report, "groups");
	size_t i;

	set_evil(report, "name");
	set_evil(report, "started");
	set_evil(report, "version");
	set_evil(json_object_get(report, "settings"), "method");
	json_object_set_new(json_object_get(report, "settings"), "paths", json_pack("[s]", evil));
	json_object_set_new(report, "warnings", json_pack("[s]", evil));
	json_object_set_new(report, "thresholds",
			    json_pack("[{s:s, s:b}]", "text", evil, "crossed", 1));
	json_array_foreach(groups, i, item) set_evil(item, "name");
	json_array_foreach(json_object_get(report, "workers"), i, item) set_evil(item, "group");
	json_array_foreach(json_object_get(report, "ports"), i, item)
	{
		set_evil(item, "url");
		set_evil(item, "group");
	}
}

START_TEST(escapes_every_text_of_a_document)
{
	json_auto_t *report = html_document("closed.json");
	json_auto_t *compare = html_document("compare.json");
	json_t *item;
	size_t i;

	spoil(report);
	json_array_foreach(json_object_get(compare, "layouts"), i, item) spoil(item);
	json_array_foreach(json_object_get(compare, "comparisons"), i, item)
	{
		set_evil(item, "text");
		set_evil(item, "verdict");
		set_evil(json_array_get(json_object_get(item, "metrics"), 0), "verdict");
		set_evil(json_array_get(json_object_get(item, "metrics"), 0), "name");
	}
	for (i = 0; i < 2; i++) {
		AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

		html_render(i == 0 ? report : compare, &page);
		ck_assert_ptr_nonnull(strstr(buf_text(&page), "&lt;script&gt;"));
		ck_assert_ptr_null(strstr(buf_text(&page), "<script"));
		ck_assert_ptr_null(strstr(buf_text(&page), "<img"));
	}
}
END_TEST

START_TEST(says_which_thresholds_were_crossed)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	json_object_set_new(report, "thresholds",
			    json_pack("[{s:s, s:f, s:b}, {s:s, s:n, s:b}]", "text", "p99>5ms",
				      "value", 1.5e6, "crossed", 0, "text", "cpu>9us", "value",
				      "crossed", 1));
	html_render(report, &page);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "p99&gt;5ms</code>; it was 1.5"));
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "cpu&gt;9us</code>; it was not known<"));
	count_figures(buf_text(&page), ">kept</b>", 1);
	count_figures(buf_text(&page), ">failed</b>", 1);
}
END_TEST

START_TEST(shows_a_report_in_which_nothing_is)
{
	static const char *const lists[] = { "groups", "workers", "ports", "warnings" };
	json_auto_t *report = html_document("closed.json");
	json_t *over_time = json_object_get(report, "over_time");
	json_auto_t *empty = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		json_object_set_new(report, lists[i], json_array());
	json_object_set_new(over_time, "requests", json_array());
	json_object_set_new(over_time, "errors", json_array());
	json_object_set_new(over_time, "latency_max_ns", json_array());
	json_object_set_new(
		json_object_get(report, "total"), "histogram",
		json_pack("{s:i, s:i, s:f, s:s}", "min", 0, "max", 0, "sum", 0.0, "buckets", ""));
	check_document(report);
	for (int i = 0; i < 2; i++) {
		AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

		html_render(i == 0 ? report : empty, &page);
		count_figures(buf_text(&page), "<svg class=plot ", 0);
	}
}
END_TEST

START_TEST(has_no_latency_where_nothing_was_answered)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	json_t *port = json_array_get(json_object_get(report, "ports"), 0);

	json_object_set_new(json_object_get(report, "total"), "requests", json_integer(0));
	json_object_set_new(port, "requests", json_integer(0));
	set_ports(report, 1);
	html_render(report, &page);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "<dt>p99</dt><dd>\xe2\x80\x93</dd>"));
	count_figures(buf_text(&page), "\nrequests 0</title>", 2);
}
END_TEST

START_TEST(shows_servers_that_are_not_ours)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	json_t *port;
	size_t i;

	json_object_set_new(report, "workers", json_array());
	json_object_set_new(report, "server_cpu_us_per_request", json_null());
	json_object_set_new(report, "imbalance", json_null());
	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		json_object_set_new(port, "workers", json_array());
		json_object_set_new(port, "server_requests", json_null());
	}
	check_document(report);
	html_render(report, &page);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "The servers are not ours"));
	count_figures(buf_text(&page), "<div class=cells ", 1);
}
END_TEST

START_TEST(has_a_cell_and_a_row_for_each_port_and_stays_small)
{
	static const size_t counts[] = { 1, 2000 };
	json_auto_t *report = html_document("closed.json");

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

		set_ports(report, counts[i]);
		html_render(report, &page);
		count_figures(buf_text(&page), "<rect x=", 2 * (counts[i] + 7));
		count_figures(buf_text(&page), "/></i>http://127.0.", 0);
		count_figures(buf_text(&page), "</i>http://127.0.", counts[i]);
		ck_assert_uint_lt(page.len, 2000000);
	}
}
END_TEST

START_TEST(puts_neighbours_into_a_cell_when_there_are_too_many_ports)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	set_ports(report, 10000);
	html_render(report, &page);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "3 neighbouring ports"));
	count_figures(buf_text(&page), "<rect x=", 2 * (3334 + 7));
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "of 10000; the JSON report has all"));
	ck_assert_uint_lt(page.len, 5000000);
}
END_TEST

static void repeat(json_t *list, size_t count)
{
	for (size_t i = 0; json_array_size(list) < count; i++)
		json_array_append(list, json_array_get(list, i));
}

START_TEST(bounds_the_points_of_a_long_run)
{
	static const char *const series[] = { "requests", "errors", "latency_max_ns" };
	json_auto_t *report = html_document("open.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	json_t *workers = json_object_get(report, "workers"), *worker;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(series); i++)
		repeat(json_object_get(json_object_get(report, "over_time"), series[i]), 30000);
	json_array_foreach(workers, i, worker) repeat(json_object_get(worker, "cpu"), 30000);
	html_render(report, &page);
	ck_assert_uint_lt(page.len, 400000);
	buf_clear(&page);
	repeat(workers, 500); /* too many for lines */
	html_render(report, &page);
	ck_assert_uint_lt(page.len, 3000000);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "And 244 workers more."));
}
END_TEST

START_TEST(shows_the_first_of_many_layouts_one_by_one)
{
	json_auto_t *document = html_document("compare.json");
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);

	repeat(json_object_get(document, "layouts"), REPORT_LAYOUTS_MAX);
	check_document(document);
	html_render(document, &page);
	count_figures(buf_text(&page), "<section id=r", 8);
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "And 56 layouts more"));
}
END_TEST

START_TEST(fails_rather_than_writing_half_a_page)
{
	json_auto_t *report = html_document("closed.json");
	AUTO_BUF struct buf page = BUF_INIT(10000);

	html_write(report, &page);
	ck_assert(page.failed);
}
END_TEST

Suite *html_suite(void)
{
	Suite *s = suite_create("html");
	TCase *parts = tcase_create("parts"), *bounds = tcase_create("bounds");

	tcase_add_test(parts, shows_a_report_with_all_its_parts);
	tcase_add_test(parts, shows_the_latency_from_when_due_beside_that_from_when_sent);
	tcase_add_test(parts, shows_a_comparison_with_each_layout);
	tcase_add_loop_test(parts, the_last_interval_is_as_long_as_was_measured, 0,
			    ARRAY_SIZE(lasts));
	tcase_add_loop_test(parts, the_engine_is_called_no_limit_only_when_that_is_known, 0,
			    ARRAY_SIZE(limits));
	tcase_add_test(parts, escapes_every_text_of_a_document);
	tcase_add_test(parts, says_which_thresholds_were_crossed);
	tcase_add_test(parts, shows_a_report_in_which_nothing_is);
	tcase_add_test(parts, has_no_latency_where_nothing_was_answered);
	tcase_add_test(parts, shows_servers_that_are_not_ours);
	suite_add_tcase(s, parts);
	tcase_add_test(bounds, has_a_cell_and_a_row_for_each_port_and_stays_small);
	tcase_add_test(bounds, puts_neighbours_into_a_cell_when_there_are_too_many_ports);
	tcase_add_test(bounds, bounds_the_points_of_a_long_run);
	tcase_add_test(bounds, shows_the_first_of_many_layouts_one_by_one);
	tcase_add_test(bounds, fails_rather_than_writing_half_a_page);
	suite_add_tcase(s, bounds);
	return s;
}
