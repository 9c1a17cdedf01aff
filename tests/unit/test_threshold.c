/* test_threshold.c - load/threshold.h: what is written, what is crossed, what is refused. */
#include "load/threshold.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"

#include <math.h>
#include <string.h>

#define REPORT \
	"{\"total\": {\"requests\": 990, \"rate\": 1234.5," \
	" \"errors\": {\"total\": 20, \"refused\": 10, \"status\": 10}," \
	" \"latency_ns\": {\"min\": 1000, \"mean\": 2500000.5, \"p50\": 2000000," \
	" \"p90\": 3000000, \"p99\": 5000000, \"p99.9\": 6000000, \"p99.99\": 7000000," \
	" \"max\": 8000000}}," \
	" \"workers\": [{\"cpu_us_per_request\": 40.5, \"rss_bytes\": 10485760}," \
	" {\"cpu_us_per_request\": null, \"rss_bytes\": 20971520}," \
	" {\"cpu_us_per_request\": null, \"rss_bytes\": 15728640}]," \
	" \"server_cpu_us_per_request\": 42.5, \"imbalance\": 1.25}"
/* Of servers that are not ours. */
#define FOREIGN \
	"{\"total\": {\"requests\": 1, \"rate\": 0.1, \"errors\": {\"total\": 0, \"status\": 0}," \
	" \"latency_ns\": {\"p99\": 1}}, \"workers\": []," \
	" \"server_cpu_us_per_request\": null, \"imbalance\": null}"
/* Nobody answered. */
#define SILENT \
	"{\"total\": {\"requests\": 0, \"rate\": 0, \"errors\": {\"total\": 3, \"status\": 0}," \
	" \"latency_ns\": {\"p99\": 0, \"max\": 0}}, \"workers\": [{\"rss_bytes\": 4096}," \
	" {\"rss_bytes\": null}]}"
/* Nobody was asked. */
#define IDLE "{\"total\": {\"requests\": 0, \"errors\": {\"total\": 0, \"status\": 0}}}"
/* Of 100 that were due one was a 404, three had no reply, and two were not sent. */
#define OVERRUN \
	"{\"total\": {\"requests\": 95, \"errors\": {\"total\": 4, \"timeout\": 3," \
	" \"status\": 1}}, \"unsent\": 2}"
#define COMPARISON(layouts) "{\"eisen_load_compare\": 1, \"layouts\": [" layouts "]}"

static void check(const char *text, const char *document, bool want, double seen)
{
	json_auto_t *report = json_loads(document, JSON_DECODE_ANY, NULL);
	struct threshold t;
	struct error e = { 0 };
	double value = -1;

	ck_assert_ptr_nonnull(report);
	if (threshold_parse(&t, text, &e) < 0)
		ck_abort_msg("%s", e.text);
	ck_assert_int_eq(threshold_crossed(&t, report, &value), want);
	if (isnan(seen))
		ck_assert_msg(isnan(value), "%s: saw %g", text, value);
	else
		ck_assert_double_eq_tol(value, seen, 1e-12 + fabs(seen) * 1e-12);
}

static const struct {
	const char *text;
	bool crossed;
	double seen;
} on_a_report[] = {
	{ "p50>1999us", true, 2e6 },
	{ "p50>2ms", false, 2e6 },
	{ "p90>2.9ms", true, 3e6 },
	{ "p90>3.1ms", false, 3e6 },
	{ "p99>0.004s", true, 5e6 },
	{ "p99>5ms", false, 5e6 },
	{ "p99>=5ms", true, 5e6 },
	{ "p99>=5.000001ms", false, 5e6 },
	{ "p99<5ms", false, 5e6 },
	{ "p99<5.000001ms", true, 5e6 },
	{ "p99<=5ms", true, 5e6 },
	{ "p99<=4.999999ms", false, 5e6 },
	{ "p99.9>5ms", true, 6e6 },
	{ "p99.99>6ms", true, 7e6 },
	{ "p99.99>7ms", false, 7e6 },
	{ "max>7999us", true, 8e6 },
	{ "max>1s", false, 8e6 },
	{ "mean>2500us", true, 2500000.5 },
	{ "mean>2501us", false, 2500000.5 },
	{ "rate<1235", true, 1234.5 },
	{ "rate<1234", false, 1234.5 },
	{ "rate<1234.6", true, 1234.5 },
	{ "requests<991", true, 990 },
	{ "requests<990", false, 990 },
	{ "errors>0", true, 20 },
	{ "errors>20", false, 20 },
	{ "errors>=20", true, 20 },
	{ "errors>1%", true, 2 },
	{ "errors>2%", false, 2 },
	{ "errors>=2%", true, 2 },
	{ "cpu>42us", true, 42.5 },
	{ "cpu>50us", false, 42.5 },
	{ "rss>20479KiB", true, 20971520 },
	{ "rss>20MiB", false, 20971520 },
	{ "rss>=20MiB", true, 20971520 },
	{ "rss>64MiB", false, 20971520 },
	{ "rss<1GiB", true, 20971520 },
	{ "imbalance>1.2", true, 1.25 },
	{ "imbalance>1.25", false, 1.25 },
	{ " p99 \t>= 5 ms ", true, 5e6 },
	{ "errors>2 %", false, 2 },
};

START_TEST(a_metric_is_compared_in_its_unit)
{
	check(on_a_report[_i].text, REPORT, on_a_report[_i].crossed, on_a_report[_i].seen);
}
END_TEST

static const struct {
	const char *text, *report;
} unseen[] = {
	{ "cpu>50us", FOREIGN },
	{ "cpu<50us", FOREIGN },
	{ "rss>64MiB", FOREIGN },
	{ "rss<64MiB", FOREIGN },
	{ "imbalance>1.2", FOREIGN },
	{ "p50>1s", FOREIGN },
	{ "p99>5ms", SILENT },
	{ "max<5ms", SILENT },
	{ "rss>64MiB", SILENT },
	{ "errors>1%", IDLE },
	{ "rate<1", IDLE },
	{ "p99>5ms", "{}" },
	{ "p99>5ms", "[]" },
	{ "errors>0", "{\"total\": 5}" },
	{ "errors>0", "{\"total\": {\"errors\": {\"total\": \"0\"}}}" },
	{ "requests<1", "null" },
	{ "rss>64MiB", "{\"workers\": [5]}" },
	{ "errors>0", COMPARISON("") },
	{ "rss>64MiB", "{\"workers\": [{\"rss_bytes\": null}, {\"rss_bytes\": 4096}]}" },
	{ "errors>1%",
	  "{\"total\": {\"requests\": 0, \"errors\": {\"total\": 3, \"status\": 3}}}" },
	{ "cpu>50us", COMPARISON(REPORT "," FOREIGN) },
	{ "cpu>50us", COMPARISON(FOREIGN "," REPORT) },
};

START_TEST(what_the_document_does_not_have_is_crossed)
{
	check(unseen[_i].text, unseen[_i].report, true, NAN);
}
END_TEST

START_TEST(failed_attempts_are_a_share_even_when_nothing_was_answered)
{
	check("errors>99.9%", SILENT, true, 100);
	check("errors>0", IDLE, false, 0);
	check("errors>5.9%", OVERRUN, true, 6);
	check("errors>4", OVERRUN, false, 4);
}
END_TEST

START_TEST(a_comparison_is_crossed_by_its_worst_layout)
{
	check("requests<990", COMPARISON(REPORT "," FOREIGN), true, 1);
	check("requests<990", COMPARISON(FOREIGN "," REPORT), true, 1);
	check("requests<=0", COMPARISON(FOREIGN "," REPORT), false, 1);
	check("errors>0", COMPARISON(FOREIGN "," FOREIGN "," REPORT), true, 20);
	check("errors>0", COMPARISON(REPORT "," FOREIGN), true, 20);
	check("errors>=21", COMPARISON(REPORT "," FOREIGN), false, 20);
}
END_TEST

START_TEST(the_text_is_kept_as_it_was_given)
{
	struct threshold t;
	const char *longest = "imbalance                >=                  1.000000001       ";

	ck_assert_uint_eq(strlen(longest), THRESHOLD_TEXT_BYTES - 1);
	ck_assert_int_eq(threshold_parse(&t, longest, NULL), 0);
	ck_assert_str_eq(t.text, longest);
	ck_assert(t.value == 1.000000001);
	ck_assert(!t.percent);
	ck_assert_int_eq(threshold_parse(&t, "p99>5ms", NULL), 0);
	ck_assert(!t.percent);
	ck_assert_int_eq(threshold_parse(&t, "errors>1%", NULL), 0);
	ck_assert(t.percent);
}
END_TEST

#define NAMES \
	"they are p50, p90, p99, p99.9, p99.99, max, mean, rate, requests, errors, cpu, rss, " \
	"imbalance"
#define NUMBER "a number up to 10^15, with at most 18 digits after its point, is wanted after "
#define TIMES "a unit is wanted after the number: us, ms or s"

static const struct {
	const char *text, *want;
} bad[] = {
	{ "", "\"\": \"\" is no metric; " NAMES },
	{ ">5ms", "\">5ms\": \"\" is no metric; " NAMES },
	{ "p98>5ms", "\"p98>5ms\": \"p98\" is no metric; " NAMES },
	{ "P99>5ms", "\"P99>5ms\": \"P99\" is no metric; " NAMES },
	{ "p99.>5ms", "\"p99.>5ms\": \"p99.\" is no metric; " NAMES },
	{ "5ms<p99", "\"5ms<p99\": \"5ms\" is no metric; " NAMES },
	{ "p99", "\"p99\": >, >=, < or <= is wanted after p99, as in p99>5ms" },
	{ "rate=5", "\"rate=5\": >, >=, < or <= is wanted after rate, as in rate<1000" },
	{ "rss 5", "\"rss 5\": >, >=, < or <= is wanted after rss, as in rss>64MiB" },
	{ "p99>", "\"p99>\": " NUMBER ">, as in p99>5ms" },
	{ "p99>ms", "\"p99>ms\": " NUMBER ">, as in p99>5ms" },
	{ "p99>>5ms", "\"p99>>5ms\": " NUMBER ">, as in p99>5ms" },
	{ "p99>==5ms", "\"p99>==5ms\": " NUMBER ">=, as in p99>5ms" },
	{ "p99<-5ms", "\"p99<-5ms\": " NUMBER "<, as in p99>5ms" },
	{ "p99>.5ms", "\"p99>.5ms\": " NUMBER ">, as in p99>5ms" },
	{ "p99>5.ms", "\"p99>5.ms\": " NUMBER ">, as in p99>5ms" },
	{ "p99>1.0000000000000000001ms",
	  "\"p99>1.0000000000000000001ms\": " NUMBER ">, as in p99>5ms" },
	{ "cpu>1000000000000001us", "\"cpu>1000000000000001us\": " NUMBER ">, as in cpu>50us" },
	{ "max>99999999999999999999s", "\"max>99999999999999999999s\": " NUMBER ">, as in max>1s" },
	{ "p99>5", "\"p99>5\": " TIMES ", as in p99>5ms" },
	{ "p99>5ns", "\"p99>5ns\": " TIMES ", not \"ns\", as in p99>5ms" },
	{ "p99>5msx", "\"p99>5msx\": " TIMES ", not \"msx\", as in p99>5ms" },
	{ "p99>5ms or so", "\"p99>5ms or so\": " TIMES ", not \"ms or so\", as in p99>5ms" },
	{ "p99>5e3ms", "\"p99>5e3ms\": " TIMES ", not \"e3ms\", as in p99>5ms" },
	{ "p99>1,5ms", "\"p99>1,5ms\": " TIMES ", not \",5ms\", as in p99>5ms" },
	{ "p99>5%", "\"p99>5%\": " TIMES ", not \"%\", as in p99>5ms" },
	{ "cpu>5ms", "\"cpu>5ms\": a unit is wanted after the number: us, not \"ms\", as in "
		     "cpu>50us" },
	{ "rss>5MB", "\"rss>5MB\": a unit is wanted after the number: KiB, MiB or GiB, not "
		     "\"MB\", as in rss>64MiB" },
	{ "rate<5/s", "\"rate<5/s\": nothing is wanted after the number of rate, as in rate<1000" },
	{ "requests<5%", "\"requests<5%\": nothing is wanted after the number of requests, as in "
			 "requests<1000" },
	{ "imbalance>2x", "\"imbalance>2x\": nothing is wanted after the number of imbalance, as "
			  "in imbalance>1.2" },
	{ "errors>1ms", "\"errors>1ms\": nothing but % is wanted after the number of errors, as in "
			"errors>0 or errors>1%" },
	{ "p99>0000000000000000000000000000000000000000000000000000000005ms",
	  "a threshold has at most 63 bytes, as in p99>5ms" },
};

START_TEST(a_bad_text_is_refused_with_what_is_wanted)
{
	struct threshold t = { .metric = 77 };
	struct error e = { 0 };

	ck_assert_int_eq(threshold_parse(&t, bad[_i].text, &e), -EINVAL);
	ck_assert_str_eq(e.text, bad[_i].want);
	ck_assert_int_eq(t.metric, 77);
}
END_TEST

static const struct {
	const char *text;
	double value;
	const char *shown;
} seen[] = {
	{ "p99>5ms", 7300000, "7.3 ms" },
	{ "p99>5ms", 850000, "850 us" },
	{ "max>1s", 2500000000, "2.5 s" },
	{ "p50>5us", 12, "0.012 us" },
	{ "errors>0", 12, "12" },
	{ "errors>0.1%", 0.25, "0.25 %" },
	{ "requests<5", 1234567, "1234567" },
	{ "rate<5000", 4123.4, "4123" },
	{ "cpu>50us", 61.25, "61.25 us" },
	{ "rss>64MiB", 96.5 * 1048576, "96.5 MiB" },
	{ "imbalance>1.2", 1.25, "1.25" },
	{ "cpu>50us", NAN, "not known" },
};

START_TEST(what_was_seen_is_told_in_the_unit_that_fits)
{
	char text[THRESHOLD_TEXT_BYTES];
	struct threshold t;

	ck_assert_int_eq(threshold_parse(&t, seen[_i].text, NULL), 0);
	threshold_show(&t, seen[_i].value, text, sizeof(text));
	ck_assert_str_eq(text, seen[_i].shown);
}
END_TEST

Suite *threshold_suite(void)
{
	Suite *s = suite_create("threshold");
	TCase *t = tcase_create("threshold");

	tcase_add_loop_test(t, a_metric_is_compared_in_its_unit, 0, ARRAY_SIZE(on_a_report));
	tcase_add_loop_test(t, what_the_document_does_not_have_is_crossed, 0, ARRAY_SIZE(unseen));
	tcase_add_test(t, failed_attempts_are_a_share_even_when_nothing_was_answered);
	tcase_add_test(t, a_comparison_is_crossed_by_its_worst_layout);
	tcase_add_test(t, the_text_is_kept_as_it_was_given);
	tcase_add_loop_test(t, what_was_seen_is_told_in_the_unit_that_fits, 0, ARRAY_SIZE(seen));
	tcase_add_loop_test(t, a_bad_text_is_refused_with_what_is_wanted, 0, ARRAY_SIZE(bad));
	suite_add_tcase(s, t);
	return s;
}
