/* test_report_check.c - documents out of files: what is one, and what is wrong with others.
 *
 * The schema in docs/ has to say the same, but for what a schema cannot say.
 */
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/schema_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define SCHEMA "docs/load-report.schema.json"

static json_t *schema;

static void load_schema(void)
{
	schema = schema_fixture_load(SCHEMA);
}

static void release_schema(void)
{
	json_decref(schema);
}

static const char *const samples[] = { "tests/data/load/closed.json", "tests/data/load/open.json",
				       "tests/data/load/compare.json" };

START_TEST(what_is_made_is_taken_by_check_and_by_schema)
{
	json_auto_t *document = schema_fixture_load(samples[_i]);
	struct error e = { 0 };

	ck_assert_msg(report_check(document, &e) == 0, "%s", e.text);
	ck_assert(schema_fixture_takes(schema, document));
}
END_TEST

/* A closed loop, an open one, and a comparison of the closed one with itself. */
enum kind { CLOSED, OPEN, COMPARE };

static json_t *make(enum kind kind)
{
	json_t *runs[2], *compared = NULL;

	runs[0] = report_fixture_run("demo", kind == OPEN ? 1000 : 0, 2000, 4000000);
	if (kind != COMPARE)
		return runs[0];
	runs[1] = json_incref(runs[0]);
	ck_assert_int_eq(report_compare(runs, 2, 1, &compared, NULL), 0);
	json_decref(runs[0]);
	json_decref(runs[1]);
	return compared;
}

struct change {
	enum kind kind;
	const char *object, *key, *value; /* value NULL: the key is taken out */
	const char *want;                 /* NULL: it is taken */
	bool beyond;                      /* what a schema says */
};

static const struct change changes[] = {
	{ CLOSED, "", "file", "\"a.json\"", "file: unknown key", false },
	{ CLOSED, "", "name", "\"\\u001b[2J<script>\"", NULL, false },
	{ CLOSED, "workers/0", "core", "null", NULL, false },
	{ CLOSED, "total", "rate", "7", NULL, false },
	{ CLOSED, "", "eisen_load", "0", "eisen_load: want 1", false },
	{ CLOSED, "", "eisen_load", "2", "a report of version 2, from a later eisen", false },
	{ CLOSED, "", "eisen_load", NULL, "no report of a load", false },
	{ CLOSED, "", "eisen_load", "\"1\"", "eisen_load: want a whole number", false },
	{ CLOSED, "", "name", "7", "name: want a string", false },
	{ CLOSED, "", "colour", "7", "colour: unknown key", false },
	{ CLOSED, "", "interrupted", "0", "interrupted: want true or false", false },
	{ CLOSED, "", "ports", "{}", "ports: want an array", false },
	{ CLOSED, "", "total", "null", "total: want an object", false },
	{ CLOSED, "", "measured_s", "-1", "measured_s: want a number", false },
	{ CLOSED, "", "measured_s", "1e300", "measured_s: want a number", false },
	{ CLOSED, "", "unsent", NULL, "unsent: is missing", false },
	{ CLOSED, "ports/1", "url", NULL, "ports[1].url: is missing", false },
	{ CLOSED, "ports/1", "\033[2J", "7", "ports[1].\\x1b[2J: unknown key", false },
	{ CLOSED, "ports/1", "requests", "-1", "ports[1].requests: want a whole number", false },
	{ CLOSED, "ports/1", "requests", "1.5", "ports[1].requests: want a whole number", false },
	{ CLOSED, "ports/1", "requests", "null", "ports[1].requests: want a whole number", false },
	{ CLOSED, "ports/1", "requests", "9007199254740993", "ports[1].requests: want", false },
	{ CLOSED, "ports/1", "workers", "[[[[]]]]", "ports[1].workers[0]: want a whole", false },
	{ CLOSED, "ports/1", "workers", "[70000]", "ports[1].workers[0]: want a whole", false },
	{ CLOSED, "ports/1", "group", "\"red\"", "ports[1].group: want the name of one", true },
	{ CLOSED, "ports/1/status", "6xx", "0", "ports[1].status.6xx: unknown key", false },
	{ CLOSED, "ports/1/errors", "refused", NULL, "ports[1].errors.refused: is missing", false },
	{ CLOSED, "ports/1/latency_ns", "p99.9", "{}", "ports[1].latency_ns.p99.9: want", false },
	{ CLOSED, "ports/1", "histogram", "null", "ports[1].histogram: want an object", false },
	{ CLOSED, "ports/1/histogram", "max", "0", "ports[1].histogram: \"min\" and", true },
	{ CLOSED, "ports/1/histogram", "buckets", NULL, "ports[1].histogram.buckets: is", false },
	{ CLOSED, "ports/1/histogram", "buckets", "[0]", "ports[1].histogram: ", false },
	{ CLOSED, "ports/1/histogram", "buckets", "\"0\"", "ports[1].histogram: a gap", false },
	{ CLOSED, "ports/1/histogram", "buckets", "\"99999:1\"", "ports[1].histogram: ", true },
	{ CLOSED, "ports/1/histogram", "more", "0", "ports[1].histogram.more: unknown", false },
	{ CLOSED, "workers/1", "cpu", "[0.5]", "workers[1].cpu: want as many", true },
	{ CLOSED, "workers/1", "cpu", "[true]", "workers[1].cpu[0]: want a number", false },
	{ CLOSED, "over_time", "errors", "[]", "over_time.errors: want as many", true },
	{ CLOSED, "over_time", "requests", "[-1]", "over_time.requests[0]: want", false },
	{ CLOSED, "settings", "mode", "\"half\"", "settings.mode: want \"closed\" or", false },
	{ CLOSED, "settings", "mode", "\"open\"", "settings.rate: want a value", true },
	{ CLOSED, "settings", "rate", "5", "settings.rate: want null", true },
	{ CLOSED, "settings", "paths", "[]", "settings.paths: want as many", true },
	{ CLOSED, "settings", "connections", "1000000", "settings.connections: want", false },
	{ CLOSED, "", "service", "{}", "service.latency_ns: is missing", false },
	{ CLOSED, "", "warnings", "[null]", "warnings[0]: want a string", false },
	{ CLOSED, "", "thresholds", "[{\"text\": \"p99>5ms\", \"value\": 7.5, \"crossed\": true}]",
	  NULL, false },
	{ COMPARE, "", "thresholds",
	  "[{\"text\": \"cpu>5us\", \"value\": null, \"crossed\": true}]", NULL, false },
	{ CLOSED, "", "thresholds", "[{\"text\": \"p99>5ms\", \"value\": null}]",
	  "thresholds[0].crossed: is missing", false },
	{ OPEN, "settings", "rate", "0", "settings.rate: want more than 0", false },
	{ OPEN, "settings", "rate", "1e9", "settings.rate: want more than 0", false },
	{ OPEN, "", "service", "null", "service: want a value", true },
	{ OPEN, "groups/1", "service", "null", "groups[1].service: want a value", true },
	{ OPEN, "engine", "late_ns", "null", "engine.late_ns: want a value", true },
	{ OPEN, "engine", "late_histogram", "null", "engine.late_histogram: want", true },
	{ COMPARE, "", "eisen_load_compare", "2", "a report of version 2", false },
	{ COMPARE, "", "eisen_load_compare", "0", "eisen_load_compare: want 1", false },
	{ COMPARE, "", "eisen_load", "1", "eisen_load: unknown key", false },
	{ COMPARE, "", "layouts", "[]", "comparisons[0]: want a and b to be places", true },
	{ COMPARE, "", "rounds", "1001", "rounds: want a whole number", false },
	{ COMPARE, "layouts/1", "name", "[]", "layouts[1].name: want a string", false },
	{ COMPARE, "layouts/1", "eisen_load", "0", "layouts[1].eisen_load: want 1", false },
	{ COMPARE, "layouts/1/settings", "rate", "5", "layouts[1].settings.rate: want null", true },
	{ COMPARE, "layouts/1/ports/0", "group", "\"x\"", "layouts[1].ports[0].group: want", true },
	{ COMPARE, "comparisons/0", "b", "2", "comparisons[0]: want a and b to be places", true },
	{ COMPARE, "comparisons/0", "verdict", "\"?\"", "comparisons[0].verdict: want", false },
	{ COMPARE, "comparisons/0/metrics/0", "name", "\"x\"", "comparisons[0].metrics[0].",
	  false },
	{ COMPARE, "comparisons/0/metrics/0", "ratio", "true", "comparisons[0].metrics[0].",
	  false },
};

START_TEST(what_is_wrong_is_said_with_its_path)
{
	const struct change *change = &changes[_i];
	json_auto_t *document = make(change->kind);
	json_t *object = report_fixture_at(document, change->object);
	struct error e = { 0 };
	int result;

	ck_assert(schema_fixture_takes(schema, document));
	if (change->value != NULL)
		json_object_set_new(object, change->key,
				    json_loads(change->value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(object, change->key);
	result = report_check(document, &e);
	ck_assert_int_eq(result, change->want != NULL ? -EINVAL : 0);
	ck_assert_msg(result == 0 || strstr(e.text, change->want) == e.text, "%s", e.text);
	ck_assert(schema_fixture_takes(schema, document) == (result == 0 || change->beyond));
}
END_TEST

#define MOST 1125899906842624 /* 2^50 */

static const struct {
	const char *in, *key;
} summed[] = {
	{ "", "requests" },        { "", "answered" },    { "", "connects" },    { "", "bytes" },
	{ "", "server_requests" }, { "status", "other" }, { "errors", "local" },
};

/* Two of half of what all may have are taken, one more is not. */
START_TEST(sums_over_ports_are_bounded)
{
	json_auto_t *document = make(CLOSED);
	bool bytes = strcmp(summed[_i].key, "bytes") == 0;
	json_int_t half = (bytes ? 8 * MOST : MOST) / 2;
	struct error e = { 0 };
	char path[64];

	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++) {
		snprintf(path, sizeof(path), "ports/%d/%s", i, summed[_i].in);
		json_object_set_new(report_fixture_at(document, path), summed[_i].key,
				    json_integer(i < 2 ? half : 0));
	}
	ck_assert_msg(report_check(document, &e) == 0, "%s", e.text);
	json_object_set_new(report_fixture_at(document, path), summed[_i].key, json_integer(1));
	ck_assert_int_eq(report_check(document, &e), -EINVAL);
	snprintf(path, sizeof(path), "ports[2].%s%s%s: want less", summed[_i].in,
		 *summed[_i].in != '\0' ? "." : "", summed[_i].key);
	ck_assert_msg(strstr(e.text, path) == e.text, "%s", e.text);
}
END_TEST

START_TEST(values_of_all_histograms_are_bounded)
{
	json_auto_t *document = make(CLOSED);
	json_t *ports = report_fixture_at(document, "ports");
	struct error e = { 0 };

	json_object_set_new(report_fixture_at(ports, "0"), "histogram",
			    json_pack("{s:i, s:i, s:f, s:s}", "min", 0, "max", 0, "sum", 0.0,
				      "buckets", "0:1125899906842624"));
	while (json_array_size(ports) < 10)
		json_array_append(ports, json_array_get(ports, 1));
	ck_assert_msg(report_check(document, &e) == 0, "%s", e.text);
	for (int i = 0; i < 7; i++)
		json_array_append(ports, json_array_get(ports, 0));
	ck_assert_int_eq(report_check(document, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "ports[16].histogram: want fewer values") == e.text, "%s",
		      e.text);
}
END_TEST

/* What was due and not sent has a latency, and is no request. */
START_TEST(there_may_be_more_latencies_than_requests)
{
	struct report_fixture f;
	json_t *report;

	report_fixture_init(&f, 1000);
	histogram_add_many(&f.stats.targets[0].latency, 7000000, 5);
	f.stats.unsent = 5;
	report = report_fixture_make(&f);
	json_decref(report);
	report_fixture_release(&f);
}
END_TEST

START_TEST(what_is_no_object_is_no_report)
{
	static const char *const texts[] = { "null", "[]", "7", "\"eisen_load\"", "{}", "[[{}]]" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_auto_t *document = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		struct error e = { 0 };

		ck_assert_int_eq(report_check(document, &e), -EINVAL);
		ck_assert_ptr_nonnull(strstr(e.text, "no report of a load"));
		ck_assert(!schema_fixture_takes(schema, document));
	}
}
END_TEST

static json_t *array_of(size_t count, json_t *item)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append(array, item);
	json_decref(item);
	return array;
}

START_TEST(arrays_and_texts_have_an_upper_end)
{
	static char text[REPORT_TEXT_MAX + 2];
	json_auto_t *document = make(CLOSED);
	struct error e = { 0 };

	json_object_set_new(document, "warnings",
			    array_of(REPORT_WARNINGS_MAX + 1, json_string("x")));
	ck_assert_int_eq(report_check(document, &e), -EINVAL);
	ck_assert_str_eq(e.text, "warnings: want an array of at most 1000");
	ck_assert(!schema_fixture_takes(schema, document));
	json_object_set_new(document, "warnings", json_array());
	memset(text, 'x', REPORT_TEXT_MAX + 1);
	json_object_set_new(document, "name", json_string(text));
	ck_assert_int_eq(report_check(document, &e), -EINVAL);
	ck_assert_str_eq(e.text, "name: want a shorter string");
	ck_assert(!schema_fixture_takes(schema, document));
}
END_TEST

Suite *report_check_suite(void)
{
	Suite *suite = suite_create("report_check");
	TCase *tcase = tcase_create("check");

	tcase_add_checked_fixture(tcase, load_schema, release_schema);
	tcase_add_loop_test(tcase, what_is_made_is_taken_by_check_and_by_schema, 0,
			    ARRAY_SIZE(samples));
	tcase_add_loop_test(tcase, what_is_wrong_is_said_with_its_path, 0, ARRAY_SIZE(changes));
	tcase_add_loop_test(tcase, sums_over_ports_are_bounded, 0, ARRAY_SIZE(summed));
	tcase_add_test(tcase, values_of_all_histograms_are_bounded);
	tcase_add_test(tcase, there_may_be_more_latencies_than_requests);
	tcase_add_test(tcase, what_is_no_object_is_no_report);
	tcase_add_test(tcase, arrays_and_texts_have_an_upper_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
