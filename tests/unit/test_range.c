/* test_range.c - portmap/range.h */
#include "portmap/range.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/problems.h"
#include "tests/unit/suites.h"

/* What is wrong with value, one line each; "" when it was stored in ret. */
static char *parse(const char *text, unsigned min, unsigned max, struct range *ret)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	struct problems p = { 0 };
	struct buf b = BUF_INIT(1 << 16);
	bool ok;

	ck_assert_ptr_nonnull(value);
	ok = range_parse(value, "ports", min, max, ret, &p);
	ck_assert(ok == (p.errors == 0));
	problems_format(&p, NULL, &b);
	problems_release(&p);
	json_decref(value);
	return buf_take(&b);
}

static const struct {
	const char *text, *formatted;
	size_t count;
	unsigned first, last;
} good[] = {
	{ "7", "7", 1, 7, 7 },
	{ "\"7\"", "7", 1, 7, 7 },
	{ "\"11000-11005\"", "11000-11005", 6, 11000, 11005 },
	{ "\"1-65535\"", "1-65535", 65535, 1, 65535 },
	{ "\"11000-11005/2\"", "11000-11004/2", 3, 11000, 11004 },
	{ "\"5-9/100\"", "5", 1, 5, 5 },
	{ "\"5-5/18446744073709551615\"", "5", 1, 5, 5 },
	{ "[20, \"3-9/2\", 4]", "20, 3-9/2, 4", 6, 20, 4 },
	{ "\"3-9/2, 20,30\"", "3-9/2, 20, 30", 6, 3, 30 },
	{ "[\"1-2\", \"4-5\"]", "1-2, 4-5", 4, 1, 5 },
	{ "[1, 3]", "1, 3", 2, 1, 3 },
	{ "[1, 3, 4, 5]", "1, 3-5", 4, 1, 5 },
	{ "[5, 4, 3]", "5, 4, 3", 3, 5, 3 },
};

START_TEST(parses_in_order_and_formats_what_parses_to_the_same)
{
	struct range r = { 0 }, again = { 0 };
	AUTO_BUF struct buf text = BUF_INIT(1 << 16), quoted = BUF_INIT(1 << 16);
	AUTO_FREE char *problems = parse(good[_i].text, 1, 65535, &r);
	AUTO_FREE char *more = NULL;

	ck_assert_str_eq(problems, "");
	ck_assert_uint_eq(r.count, good[_i].count);
	ck_assert_uint_eq(r.numbers[0], good[_i].first);
	ck_assert_uint_eq(r.numbers[r.count - 1], good[_i].last);
	range_format(&r, &text);
	ck_assert_str_eq(buf_text(&text), good[_i].formatted);

	buf_addf(&quoted, "\"%s\"", buf_text(&text));
	more = parse(buf_text(&quoted), 1, 65535, &again);
	ck_assert_str_eq(more, "");
	ck_assert_uint_eq(again.count, r.count);
	ck_assert_mem_eq(again.numbers, r.numbers, r.count * sizeof(*r.numbers));
	range_release(&r);
	range_release(&again);
}
END_TEST

#define SPAN "want \"FIRST-LAST\" within 1..65535, got "
static const struct {
	const char *text, *want;
} bad[] = {
	{ "\"11000-\"", "ports: " SPAN "\"11000-\"\n" },
	{ "\"-5\"", "ports: " SPAN "\"-5\"\n" },
	{ "\"\"", "ports: " SPAN "\"\"\n" },
	{ "\"7/2\"", "ports: " SPAN "\"7/2\"\n" },
	{ "\"7-9/\"", "ports: " SPAN "\"7-9/\"\n" },
	{ "\"7-9x\"", "ports: " SPAN "\"7-9x\"\n" },
	{ "\"7,\"", "ports: " SPAN "\"7,\"\n" },
	{ "\"7 9\"", "ports: " SPAN "\"7 9\"\n" },
	{ "\"7 - 9\"", "ports: " SPAN "\"7 - 9\"\n" },
	{ "\"0-5\"", "ports: " SPAN "\"0-5\"\n" },
	{ "\"5-0\"", "ports: " SPAN "\"5-0\"\n" },
	{ "\"5-65536\"", "ports: " SPAN "\"5-65536\"\n" },
	{ "\"1-99999999999999999999\"", "ports: " SPAN "\"1-99999999999999999999\"\n" },
	{ "\"9-3\"", "ports: want FIRST not above LAST, got \"9-3\"\n" },
	{ "\"3-9/0\"", "ports: want a STEP of at least 1, got \"3-9/0\"\n" },
	{ "0", "ports: want a number within 1..65535, got 0\n" },
	{ "-1", "ports: want a number within 1..65535, got -1\n" },
	{ "65536", "ports: want a number within 1..65535, got 65536\n" },
	{ "9223372036854775807",
	  "ports: want a number within 1..65535, got 9223372036854775807\n" },
	{ "1.5", "ports: want a number, \"FIRST-LAST\", \"FIRST-LAST/STEP\" or a list of these "
		 "within 1..65535, got 1.5\n" },
	{ "null", "ports: want a number, \"FIRST-LAST\", \"FIRST-LAST/STEP\" or a list of these "
		  "within 1..65535, got null\n" },
	{ "[]", "ports: want at least one number, got []\n" },
	{ "[[7]]", "ports[0]: want a number or \"FIRST-LAST\" within 1..65535, got [7]\n" },
	{ "[7, 0, \"x\"]", "ports[1]: want a number within 1..65535, got 0\n"
			   "ports[2]: " SPAN "\"x\"\n" },
	{ "[0, \"7, 8\", \"8-10\", 7]",
	  "ports[0]: want a number within 1..65535, got 0\n"
	  "ports[2]: 8 is named twice\nports[3]: 7 is named twice\n" },
	{ "\"1-65535, 1-65535\"", "ports: 1 is named twice\n" },
};

START_TEST(reports_all_and_leaves_the_result_alone)
{
	unsigned number = 77;
	struct range r = { .numbers = &number, .count = 1 };
	AUTO_FREE char *problems = parse(bad[_i].text, 1, 65535, &r);

	ck_assert_str_eq(problems, bad[_i].want);
	ck_assert_ptr_eq(r.numbers, &number);
	ck_assert_uint_eq(r.count, 1);
}
END_TEST

START_TEST(a_second_parse_replaces_the_first)
{
	struct range r = { 0 };
	AUTO_FREE char *first = parse("\"0-9\"", 0, 65535, &r);
	AUTO_FREE char *second = parse("3", 0, 65535, &r);

	ck_assert_str_eq(first, "");
	ck_assert_str_eq(second, "");
	ck_assert_uint_eq(r.count, 1);
	ck_assert(range_has(&r, 3));
	ck_assert(!range_has(&r, 4));
	range_release(&r);
	ck_assert(!range_has(&r, 3));
	range_release(&r);
}
END_TEST

Suite *range_suite(void)
{
	Suite *s = suite_create("range");
	TCase *t = tcase_create("range");

	tcase_add_loop_test(t, parses_in_order_and_formats_what_parses_to_the_same, 0,
			    ARRAY_SIZE(good));
	tcase_add_loop_test(t, reports_all_and_leaves_the_result_alone, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, a_second_parse_replaces_the_first);
	suite_add_tcase(s, t);
	return s;
}
