/* test_histogram_json.c - common/histogram.h: out to JSON and back, and hostile JSON. */
#include "common/histogram.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"

START_TEST(a_small_one_reads_as_documented)
{
	struct histogram h = { 0 };
	json_auto_t *got = NULL, *want = NULL;

	histogram_add_many(&h, 3, 2);
	histogram_add(&h, 4);
	histogram_add(&h, 10);
	got = histogram_json(&h);
	want = json_pack("{s:i, s:i, s:f, s:s}", "min", 3, "max", 10, "sum", 20.0, "buckets",
			 "3:2 0:1 5:1");
	ck_assert_int_eq(json_equal(got, want), 1);
	histogram_release(&h);
}
END_TEST

static void assert_round_trip(const struct histogram *h)
{
	json_auto_t *first = histogram_json(h), *read = NULL, *second = NULL;
	AUTO_FREE char *text = json_dumps(first, 0);
	struct histogram again = { 0 };
	struct error e = { 0 };

	ck_assert_ptr_nonnull(text);
	read = json_loads(text, 0, NULL);
	if (histogram_from_json(&again, read, &e) < 0)
		ck_abort_msg("%s", e.text);
	second = histogram_json(&again);
	ck_assert_int_eq(json_equal(first, second), 1);
	ck_assert_uint_eq(again.count, h->count);
	ck_assert_uint_eq(again.lost, h->lost);
	ck_assert_uint_eq(histogram_percentile(&again, 99), histogram_percentile(h, 99));
	histogram_release(&again);
}

START_TEST(what_was_written_reads_the_same)
{
	struct histogram h = { 0 };

	assert_round_trip(&h);
	histogram_add(&h, 0);
	assert_round_trip(&h);
	for (uint64_t v = 1; v < HISTOGRAM_VALUE_MAX; v = v * 5 / 4 + 1)
		histogram_add_many(&h, v, v % 7);
	histogram_add_many(&h, 500000, UINT64_C(1) << 40);
	assert_round_trip(&h);
	histogram_add(&h, HISTOGRAM_VALUE_MAX + 1000);
	assert_round_trip(&h);
	h.count += 5; /* as when memory was short */
	h.lost += 5;
	assert_round_trip(&h);
	histogram_release(&h);
}
END_TEST

#define MIN_MAX "\"min\" and \"max\" want to be in the first and the last of \"buckets\""
#define GAP \
	"a gap in \"buckets\" wants an integer from 0 that stays within the " \
	"33792 buckets, and a ':' behind it"
#define COUNT \
	"a count in \"buckets\" wants an integer from 1, all of them together at most " \
	"1125899906842624"
#define PAIRS "\"buckets\" wants a text \"gap:count gap:count\""

static const struct {
	const char *json, *want;
} hostile[] = {
	{ "[]", "a histogram wants to be an object" },
	{ "null", "a histogram wants to be an object" },
	{ "{}", "\"sum\" wants a number" },
	{ "{'min':1,'max':1,'sum':'1','buckets':'1:1'}", "\"sum\" wants a number" },
	{ "{'min':1,'max':1,'sum':1}", PAIRS },
	{ "{'min':1,'max':1,'sum':1,'buckets':{}}", PAIRS },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1 '}", PAIRS },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1,1:1'}", PAIRS },
	{ "{'min':1,'max':1,'sum':1,'buckets':'-1:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':' 1:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1,1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1.0:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'null:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'33792:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'33791:1 0:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1 9223372036854775807:1'}", GAP },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:0'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1: 1'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:-1'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1.5'}", PAIRS },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:true'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:9223372036854775807'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:99999999999999999999'}", COUNT },
	{ "{'min':1,'max':2,'sum':1,'buckets':'1:1125899906842624 0:1'}", COUNT },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1125899906842623','lost':2}",
	  "\"lost\" wants an integer from 0 to 1" },
	{ "{'min':-1,'max':1,'sum':1,'buckets':'1:1'}",
	  "\"min\" wants an integer from 0 to 9223372036854775807" },
	{ "{'min':1,'max':1.0,'sum':1,'buckets':'1:1'}",
	  "\"max\" wants an integer from 0 to 9223372036854775807" },
	{ "{'min':1,'max':1,'sum':1,'buckets':'1:1','lost':-1}",
	  "\"lost\" wants an integer from 0 to 1125899906842623" },
	{ "{'min':5,'max':1,'sum':1,'buckets':'1:1'}", MIN_MAX },
	{ "{'min':0,'max':1,'sum':1,'buckets':'1:1'}", MIN_MAX },
	{ "{'min':1,'max':9,'sum':1,'buckets':'1:1'}", MIN_MAX },
	{ "{'min':1,'max':1,'sum':2,'buckets':'1:1 0:1'}", MIN_MAX },
	{ "{'min':2,'max':2,'sum':2,'buckets':'1:1','lost':1}", MIN_MAX },
	{ "{'min':1,'max':2,'sum':5,'buckets':'1:1 1:1','lost':1}", MIN_MAX },
	{ "{'min':1,'max':1,'sum':9,'buckets':'1:1'}",
	  "\"sum\" wants to be between \"min\" and \"max\" for each value" },
	{ "{'min':1,'max':1,'sum':-1.0,'buckets':'1:1'}",
	  "\"sum\" wants to be between \"min\" and \"max\" for each value" },
	{ "{'min':0,'max':1,'sum':0,'buckets':''}",
	  "\"min\", \"max\" and \"sum\" want to be 0 when there is no value" },
};

START_TEST(hostile_json_is_refused_with_words)
{
	json_auto_t *value = NULL;
	struct histogram h = { 0 };
	struct error e = { 0 };
	char text[256];
	size_t len = 0;

	for (const char *p = hostile[_i].json; *p != '\0' && len < sizeof(text) - 1; p++)
		text[len++] = *p == '\'' ? '"' : *p;
	text[len] = '\0';
	value = json_loads(text, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(value);
	ck_assert_int_eq(histogram_from_json(&h, value, &e), -EINVAL);
	ck_assert_str_eq(e.text, hostile[_i].want);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_ptr_null(h.pages);
}
END_TEST

START_TEST(nothing_at_all_is_refused)
{
	struct histogram h = { 0 };

	ck_assert_int_eq(histogram_from_json(&h, NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(every_bucket_may_be_in_use)
{
	json_auto_t *value = NULL;
	struct histogram h = { 0 }, again = { 0 };

	for (uint64_t v = 0; v < HISTOGRAM_EXACT; v++)
		histogram_add(&h, v);
	for (unsigned shift = 1; shift <= 31; shift++) {
		for (uint64_t v = 1024; v < 2048; v++)
			histogram_add(&h, v << shift);
	}
	value = histogram_json(&h);
	ck_assert_int_eq(histogram_from_json(&again, value, NULL), 0);
	ck_assert_uint_eq(again.count, HISTOGRAM_BUCKETS);
	histogram_release(&h);
	histogram_release(&again);
}
END_TEST

Suite *histogram_json_suite(void)
{
	Suite *s = suite_create("histogram_json");
	TCase *t = tcase_create("json");

	tcase_add_test(t, a_small_one_reads_as_documented);
	tcase_add_test(t, what_was_written_reads_the_same);
	tcase_add_loop_test(t, hostile_json_is_refused_with_words, 0, ARRAY_SIZE(hostile));
	tcase_add_test(t, nothing_at_all_is_refused);
	tcase_add_test(t, every_bucket_may_be_in_use);
	suite_add_tcase(s, t);
	return s;
}
