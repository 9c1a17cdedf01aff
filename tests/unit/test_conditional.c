/* test_conditional.c - servers/conditional.h */
#include "servers/conditional.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#define ETAG "\"18c-5f3-9b\""
#define MODIFIED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW 1700000000
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static const struct validators validators = { ETAG, MODIFIED, NOW };

/* What a header alone leads to: of a read, of a write. */
struct single {
	const char *value;
	enum conditional read, write;
};

#define GO CONDITIONAL_GO
#define CACHED CONDITIONAL_NOT_MODIFIED
#define FAILED CONDITIONAL_FAILED

/* RFC 9110, 13.1.1: strong comparison */
static const struct single matches[] = {
	{ ETAG, GO, GO },
	{ "*", GO, GO },
	{ "* ", GO, GO },
	{ ETAG " ", GO, GO },
	{ ETAG "\t ", GO, GO },
	{ "\"x\", " ETAG, GO, GO },
	{ ETAG ",\"x\"", GO, GO },
	{ "W/\"x\", " ETAG, GO, GO },
	{ "\"x\"", FAILED, FAILED },
	{ "", FAILED, FAILED },
	{ "W/" ETAG, FAILED, FAILED },
	{ "W/" ETAG ", W/\"x\"", FAILED, FAILED },
	{ "W/" ETAG ", " ETAG, GO, GO },
	/* what is malformed matches nothing, and ends the list */
	{ "18c-5f3-9b", FAILED, FAILED },
	{ "**", FAILED, FAILED },
	{ "\"x\", *", FAILED, FAILED },
	{ "x, " ETAG, FAILED, FAILED },
	{ ETAG "x", FAILED, FAILED },
	{ ETAG " " ETAG, FAILED, FAILED },
	{ "\"x" ETAG, FAILED, FAILED },
};

/* 13.1.2: weak comparison */
static const struct single none_matches[] = {
	{ ETAG, CACHED, FAILED },
	{ "W/" ETAG, CACHED, FAILED },
	{ "*", CACHED, FAILED },
	{ "*\t", CACHED, FAILED },
	{ ETAG "  ", CACHED, FAILED },
	{ "\"x\"", GO, GO },
	{ "", GO, GO },
	/* 8.8.3: lists, commas within quotes, empty elements */
	{ "\"x\", W/" ETAG, CACHED, FAILED },
	{ "\"a,b\", W/\"c\"," ETAG, CACHED, FAILED },
	{ ",, ,\t" ETAG ",,", CACHED, FAILED },
	{ "\"\"," ETAG, CACHED, FAILED },
	{ "\"\xc3\xa4!#~\"," ETAG, CACHED, FAILED },
	{ "\"x\",\"y\",", GO, GO },
	{ ",", GO, GO },
	{ "\"a," ETAG ",b\"", GO, GO },
	/* a tag is all of its characters, and their case counts */
	{ "\"18c-5f3-9\"", GO, GO },
	{ "\"18c-5f3-9b \"", GO, GO },
	{ "\"18c-5f3-9bb\"", GO, GO },
	{ "\"18C-5F3-9B\"", GO, GO },
	{ "\"18c-5f3-9b", GO, GO },
	{ "18c-5f3-9b\"", GO, GO },
	{ "'18c-5f3-9b'", GO, GO },
	/* "W/" in any other form is none */
	{ "w/" ETAG, GO, GO },
	{ "W" ETAG, GO, GO },
	{ "W/ " ETAG, GO, GO },
	{ "W/", GO, GO },
	{ "W", GO, GO },
	{ "W/W/" ETAG, GO, GO },
	/* no character of a tag: what follows is not read */
	{ "\"a b\", " ETAG, GO, GO },
	{ "\"a\x7f\", " ETAG, GO, GO },
	{ "\"a\x01\", " ETAG, GO, GO },
	{ "\"a\"; " ETAG, GO, GO },
	{ "*, " ETAG, GO, GO },
	/* but what came before counts */
	{ ETAG ", nonsense", CACHED, FAILED },
};

/* 13.1.3: reads only */
static const struct single modified_since[] = {
	{ SAME, CACHED, GO },
	{ AFTER, CACHED, GO },
	{ BEFORE, GO, GO },
	{ SAME " ", CACHED, GO },
	{ BEFORE "\t", GO, GO },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", CACHED, GO },
	{ "Sun Nov  6 08:49:37 1994", CACHED, GO },
	{ "Sun Nov  6 08:49:36 1994", GO, GO },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", CACHED, GO },
	/* no date: no condition */
	{ "", GO, GO },
	{ "yesterday", GO, GO },
	{ "784111777", GO, GO },
	{ SAME "; length=3", GO, GO },
	{ SAME "                                                              x ", GO, GO },
	{ "x                                                                   ", GO, GO },
	{ ETAG, GO, GO },
	{ "63 characters and a blank: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ", GO, GO },
	{ "64 characters and a blank: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ", GO, GO },
};

/* 13.1.4 */
static const struct single unmodified_since[] = {
	{ SAME, GO, GO },
	{ AFTER, GO, GO },
	{ AFTER " ", GO, GO },
	{ BEFORE, FAILED, FAILED },
	{ BEFORE " ", FAILED, FAILED },
	{ "Sunday, 06-Nov-94 08:49:36 GMT", FAILED, FAILED },
	{ "", GO, GO },
	{ "yesterday", GO, GO },
};

static void check_single(const struct conditions *c, const struct single *want)
{
	ck_assert_msg(conditional_evaluate(c, &validators, true) == want->read, "read: %s",
		      want->value);
	ck_assert_msg(conditional_evaluate(c, &validators, false) == want->write, "write: %s",
		      want->value);
}

START_TEST(if_match_compares_strongly)
{
	check_single(&(struct conditions) { .if_match = matches[_i].value }, &matches[_i]);
}
END_TEST

START_TEST(if_none_match_compares_weakly)
{
	check_single(&(struct conditions) { .if_none_match = none_matches[_i].value },
		     &none_matches[_i]);
}
END_TEST

START_TEST(if_modified_since_is_for_reads)
{
	check_single(&(struct conditions) { .if_modified_since = modified_since[_i].value },
		     &modified_since[_i]);
}
END_TEST

START_TEST(if_unmodified_since_is_for_all)
{
	check_single(&(struct conditions) { .if_unmodified_since = unmodified_since[_i].value },
		     &unmodified_since[_i]);
}
END_TEST

/* If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since */
static const struct {
	const char *match, *unmodified, *none_match, *modified;
	enum conditional read, write;
} orders[] = {
	{ NULL, NULL, NULL, NULL, GO, GO },
	/* RFC 9110, 13.2.2, step 2 is for requests without step 1 */
	{ ETAG, BEFORE, NULL, NULL, GO, GO },
	{ "\"x\"", AFTER, NULL, NULL, FAILED, FAILED },
	/* steps 1 and 2 come before 3 and 4 */
	{ "\"x\"", NULL, ETAG, NULL, FAILED, FAILED },
	{ NULL, BEFORE, ETAG, NULL, FAILED, FAILED },
	{ "\"x\"", NULL, NULL, SAME, FAILED, FAILED },
	{ NULL, BEFORE, NULL, SAME, FAILED, FAILED },
	/* and lead on to them */
	{ ETAG, NULL, ETAG, NULL, CACHED, FAILED },
	{ ETAG, NULL, "\"x\"", NULL, GO, GO },
	{ ETAG, NULL, NULL, SAME, CACHED, GO },
	{ NULL, SAME, NULL, SAME, CACHED, GO },
	{ NULL, "never", ETAG, NULL, CACHED, FAILED },
	/* step 4 is for requests without step 3 */
	{ NULL, NULL, "\"x\"", SAME, GO, GO },
	{ NULL, NULL, ETAG, BEFORE, CACHED, FAILED },
	{ NULL, NULL, "nonsense", SAME, GO, GO },
};

START_TEST(goes_by_the_order_of_the_steps)
{
	const struct conditions c = {
		.if_match = orders[_i].match,
		.if_unmodified_since = orders[_i].unmodified,
		.if_none_match = orders[_i].none_match,
		.if_modified_since = orders[_i].modified,
	};

	ck_assert_int_eq(conditional_evaluate(&c, &validators, true), orders[_i].read);
	ck_assert_int_eq(conditional_evaluate(&c, &validators, false), orders[_i].write);
}
END_TEST

START_TEST(leaves_if_range_to_ranges)
{
	const struct conditions c = { .if_range = "\"x\"" };

	ck_assert_int_eq(conditional_evaluate(&c, &validators, true), CONDITIONAL_GO);
}
END_TEST

/* RFC 9110, 13.1.5 */
static const struct {
	const char *value;
	bool holds;
} if_ranges[] = {
	{ NULL, true },
	{ ETAG, true },
	{ ETAG " ", true },
	{ SAME, true },
	{ SAME "\t", true },
	{ "Sun Nov  6 08:49:37 1994", true },
	/* the one strong tag: no list, no "*", no weak one */
	{ "\"x\"", false },
	{ "W/" ETAG, false },
	{ "W/\"x\"", false },
	{ "*", false },
	{ ETAG ", \"x\"", false },
	{ "\"x\", " ETAG, false },
	{ "18c-5f3-9b", false },
	/* exactly that date, unlike If-Unmodified-Since */
	{ BEFORE, false },
	{ AFTER, false },
	{ "yesterday", false },
	{ "", false },
};

START_TEST(if_range_holds_for_the_very_same)
{
	const struct conditions c = { .if_range = if_ranges[_i].value };

	ck_assert_int_eq(conditional_range_holds(&c, &validators), if_ranges[_i].holds);
}
END_TEST

/* RFC 9110, 8.8.2.2: within the file's last second it may change again */
START_TEST(if_range_takes_no_date_of_this_second)
{
	const struct conditions date = { .if_range = SAME }, tag = { .if_range = ETAG };
	struct validators v = validators;

	v.now = MODIFIED;
	ck_assert(!conditional_range_holds(&date, &v));
	ck_assert(conditional_range_holds(&tag, &v));
	v.now = MODIFIED - 1;
	ck_assert(!conditional_range_holds(&date, &v));
	v.now = MODIFIED + 1;
	ck_assert(conditional_range_holds(&date, &v));
}
END_TEST

Suite *conditional_suite(void)
{
	Suite *s = suite_create("conditional");
	TCase *tc = tcase_create("conditional");

	tcase_add_loop_test(tc, if_match_compares_strongly, 0, ARRAY_SIZE(matches));
	tcase_add_loop_test(tc, if_none_match_compares_weakly, 0, ARRAY_SIZE(none_matches));
	tcase_add_loop_test(tc, if_modified_since_is_for_reads, 0, ARRAY_SIZE(modified_since));
	tcase_add_loop_test(tc, if_unmodified_since_is_for_all, 0, ARRAY_SIZE(unmodified_since));
	tcase_add_loop_test(tc, goes_by_the_order_of_the_steps, 0, ARRAY_SIZE(orders));
	tcase_add_test(tc, leaves_if_range_to_ranges);
	tcase_add_loop_test(tc, if_range_holds_for_the_very_same, 0, ARRAY_SIZE(if_ranges));
	tcase_add_test(tc, if_range_takes_no_date_of_this_second);
	suite_add_tcase(s, tc);
	return s;
}
