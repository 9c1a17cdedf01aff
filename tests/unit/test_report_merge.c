/* test_report_merge.c - rounds of one layout as one report. */
#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/schema_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static const char *const samples[] = { "tests/data/load/closed.json", "tests/data/load/open.json" };

static json_t *merge(json_t *const *runs, size_t count)
{
	struct error e = { 0 };
	json_t *merged = NULL;

	ck_assert_msg(report_merge(runs, count, &merged, &e) == 0, "%s", e.text);
	ck_assert_msg(report_check(merged, &e) == 0, "%s", e.text);
	return merged;
}

/* Made by report_make() once, and written with 12 digits: equal but for those. */
static bool alike(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_number(a) && json_is_number(b)) {
		double off = json_number_value(a) - json_number_value(b);

		return off * off <= 1e-18 * json_number_value(a) * json_number_value(a);
	}
	if (json_is_array(a) && json_array_size(a) == json_array_size(b)) {
		json_array_foreach(a, i, value)
		{
			if (!alike(value, json_array_get(b, i)))
				return false;
		}
		return true;
	}
	if (json_is_object(a) && json_object_size(a) == json_object_size(b)) {
		json_object_foreach((json_t *)a, key, value)
		{
			if (!alike(value, json_object_get(b, key)))
				return false;
		}
		return true;
	}
	return json_equal(a, b);
}

START_TEST(one_round_is_itself)
{
	json_auto_t *run = schema_fixture_load(samples[_i]);
	json_auto_t *merged = merge(&run, 1);
	const char *key;
	json_t *value;

	json_object_foreach(run, key, value)
	{
		const json_t *other = json_object_get(merged, key);

		/* Their words may have changed since. */
		if (strcmp(key, "warnings") == 0)
			ck_assert_uint_eq(json_array_size(value), json_array_size(other));
		else
			ck_assert_msg(alike(value, other), "%s", key);
	}
	ck_assert_uint_eq(json_object_size(run), json_object_size(merged));
}
END_TEST

#define assert_number(report, path, want) \
	ck_assert_double_eq_tol(report_fixture_number((report), (path)), (want), 1e-9)

START_TEST(counts_are_added_and_what_follows_follows_anew)
{
	json_t *runs[] = { report_fixture_run("demo", 0, 2000, 4000000),
			   report_fixture_run("demo", 0, 3000, 6000000) };
	json_auto_t *merged = merge(runs, 2);

	assert_number(merged, "measured_s", 4);
	assert_number(merged, "total/requests", 5000);
	assert_number(merged, "total/rate", 1250);
	assert_number(merged, "ports/0/requests", 2200);
	assert_number(merged, "ports/0/answered", 1300);
	assert_number(merged, "ports/0/latency_ns/max", 6e6);
	assert_number(merged, "ports/0/latency_ns/mean", (600 * 4e6 + 1600 * 6e6) / 2200);
	assert_number(merged, "workers/0/requests", 2200);
	assert_number(merged, "workers/0/cpu_s", 0.12);
	assert_number(merged, "workers/0/cpu_us_per_request", 120000 / 2200.0);
	assert_number(merged, "engine/cpu_s", 2);
	assert_number(merged, "imbalance", 2200 / (5000 / 3.0));
	json_decref(runs[0]);
	json_decref(runs[1]);
}
END_TEST

START_TEST(series_stand_one_behind_the_other)
{
	json_t *runs[] = { report_fixture_run("demo", 0, 2000, 4000000),
			   report_fixture_run("demo", 0, 2000, 4000000) };
	json_auto_t *merged = NULL;

	json_array_set_new(report_fixture_at(runs[1], "over_time/requests"), 0, json_integer(7));
	json_array_set_new(report_fixture_at(runs[1], "workers/2/cpu"), 1, json_real(0.75));
	merged = merge(runs, 2);
	ck_assert_uint_eq(json_array_size(report_fixture_at(merged, "over_time/requests")), 8);
	assert_number(merged, "over_time/requests/3", 500);
	assert_number(merged, "over_time/requests/4", 7);
	ck_assert_uint_eq(json_array_size(report_fixture_at(merged, "workers/2/cpu")), 8);
	assert_number(merged, "workers/2/cpu/1", 0.5);
	assert_number(merged, "workers/2/cpu/5", 0.75);
	json_decref(runs[0]);
	json_decref(runs[1]);
}
END_TEST

START_TEST(what_is_not_known_of_one_round_is_not_known)
{
	static const char *const unknown[] = { "cpu_s", "server_requests", "restarts" };
	json_t *runs[3];
	json_auto_t *merged = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		runs[i] = report_fixture_run("demo", 0, 2000, 4000000);
	json_object_set_new(report_fixture_at(runs[0], "workers/0"), "core", json_null());
	json_object_set_new(report_fixture_at(runs[_i], "workers/0"), unknown[0], json_null());
	json_object_set_new(report_fixture_at(runs[_i], "ports/1"), unknown[1], json_null());
	json_object_set_new(report_fixture_at(runs[_i], "workers/1"), unknown[1 + _i % 2],
			    json_null());
	merged = merge(runs, ARRAY_SIZE(runs));
	ck_assert(json_is_null(report_fixture_at(merged, "workers/0/core")));
	ck_assert(json_is_null(report_fixture_at(merged, "workers/0/cpu_s")));
	ck_assert(json_is_null(report_fixture_at(merged, "server_cpu_us_per_request")));
	ck_assert(json_is_null(report_fixture_at(merged, "ports/1/server_requests")));
	ck_assert(json_is_null(report_fixture_at(merged, "workers/1/server_requests")));
	ck_assert(json_is_null(report_fixture_at(merged, "workers/1/restarts")));
	assert_number(merged, "workers/1/cpu_s", 0.12);
	assert_number(merged, "workers/0/restarts", 0);
	assert_number(merged, "ports/0/server_requests", 1950);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		json_decref(runs[i]);
}
END_TEST

START_TEST(an_open_loop_keeps_service_time_lateness_and_what_was_not_sent)
{
	json_t *runs[] = { report_fixture_run("demo", 1000, 2000, 4000000),
			   report_fixture_run("demo", 1000, 2000, 4000000) };
	json_auto_t *merged = NULL;

	json_object_set_new(runs[0], "unsent", json_integer(3));
	json_object_set_new(runs[1], "unsent", json_integer(4));
	merged = merge(runs, 2);
	assert_number(merged, "unsent", 7);
	assert_number(merged, "service/latency_ns/max", 5e5);
	assert_number(merged, "groups/0/service/latency_ns/max", 5e5);
	assert_number(merged, "engine/late_ns/max", 1000);
	assert_number(merged, "settings/rate", 1000);
	json_decref(runs[0]);
	json_decref(runs[1]);
}
END_TEST

START_TEST(warnings_are_those_of_the_whole)
{
	json_t *runs[2];
	json_auto_t *merged = NULL;
	struct report_fixture f;

	runs[0] = report_fixture_run("demo", 0, 2000, 4000000);
	report_fixture_init(&f, 0);
	f.stats.targets[0].counts.errors[LOAD_ERROR_RESET] = 1;
	f.input.interrupted = true;
	runs[1] = report_fixture_make(&f);
	merged = merge(runs, 2);
	ck_assert_str_eq(json_string_value(report_fixture_at(merged, "warnings/0")),
			 "ended early: these are the numbers of 4.0 s");
	ck_assert_str_eq(json_string_value(report_fixture_at(merged, "warnings/1")),
			 "1 error of 4001 attempts: 1 reset; without a whole reply an attempt "
			 "has no latency");
	report_fixture_release(&f);
	json_decref(runs[0]);
	json_decref(runs[1]);
}
END_TEST

static const struct {
	const char *object, *key, *value, *want;
} others[] = {
	{ "ports/1", "url", "\"http://127.0.0.1:9/\"", "round 2 is of another layout" },
	{ "ports/1", "workers", "[2]", "round 2 is of another layout" },
	{ "ports/1", "group", "\"green\"", "round 2 is of another layout" },
	{ "groups/1", "name", "\"red\"", "round 2 is of another layout" },
	{ "workers/1", "START_SEQUENCE_NUM", "7", "round 2 is of another layout" },
	{ "", "workers", "[]", "round 2 is of another layout" },
	{ "settings", "rate", "2000", "round 2 was driven at another rate" },
	{ "over_time", "interval_s", "0.1", "round 2 has another interval_s" },
};

START_TEST(rounds_of_another_layout_or_drive_are_refused)
{
	json_t *runs[] = { report_fixture_run("demo", 1000, 2000, 4000000),
			   report_fixture_run("demo", 1000, 2000, 4000000) };
	json_t *backwards[] = { runs[1], runs[0] };
	json_t *merged = runs[0];
	struct error e = { 0 };

	json_object_set_new(report_fixture_at(runs[1], others[_i].object), others[_i].key,
			    json_loads(others[_i].value, JSON_DECODE_ANY, NULL));
	ck_assert_int_eq(report_merge(runs, 2, &merged, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, others[_i].want) == e.text, "%s", e.text);
	ck_assert_int_eq(report_merge(backwards, 2, &merged, &e), -EINVAL);
	ck_assert_ptr_eq(merged, runs[0]);
	json_decref(runs[0]);
	json_decref(runs[1]);
}
END_TEST

START_TEST(series_have_an_upper_end)
{
	static const char *const series[] = { "requests", "errors", "latency_max_ns" };
	json_t *run = report_fixture_run("demo", 0, 2000, 4000000), *runs[] = { run, run };
	json_t *merged = NULL, *zero = json_integer(0);
	struct error e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(series); i++) {
		json_t *list = report_fixture_at(report_fixture_at(run, "over_time"), series[i]);

		while (json_array_size(list) <= REPORT_SERIES_MAX / 2)
			json_array_append(list, zero);
	}
	ck_assert_int_eq(report_check(run, &e), 0);
	ck_assert_int_eq(report_merge(runs, 2, &merged, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "too much to be one report") == e.text, "%s", e.text);
	ck_assert_ptr_null(merged);
	json_decref(zero);
	json_decref(run);
}
END_TEST

START_TEST(no_round_is_no_report)
{
	json_t *merged = NULL;

	ck_assert_int_eq(report_merge(NULL, 0, &merged, NULL), -EINVAL);
	ck_assert_ptr_null(merged);
}
END_TEST

Suite *report_merge_suite(void)
{
	Suite *suite = suite_create("report_merge");
	TCase *tcase = tcase_create("merge");

	tcase_add_loop_test(tcase, one_round_is_itself, 0, ARRAY_SIZE(samples));
	tcase_add_test(tcase, counts_are_added_and_what_follows_follows_anew);
	tcase_add_test(tcase, series_stand_one_behind_the_other);
	tcase_add_loop_test(tcase, what_is_not_known_of_one_round_is_not_known, 0, 3);
	tcase_add_test(tcase, an_open_loop_keeps_service_time_lateness_and_what_was_not_sent);
	tcase_add_test(tcase, warnings_are_those_of_the_whole);
	tcase_add_loop_test(tcase, rounds_of_another_layout_or_drive_are_refused, 0,
			    ARRAY_SIZE(others));
	tcase_add_test(tcase, series_have_an_upper_end);
	tcase_add_test(tcase, no_round_is_no_report);
	suite_add_tcase(suite, tcase);
	return suite;
}
