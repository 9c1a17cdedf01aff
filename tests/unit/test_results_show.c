/* test_results_show.c - launcher/results_show.h and results_gone.h: what
 * 'eisen results' prints of a database. */
#include "launcher/results_show.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "launcher/results_gone.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <jansson.h>
#include <string.h>

#define TEXT_MAX (1u << 20)
#define AUDIO 1

static struct results_fixture f;
static struct results *r;

static void setup(void)
{
	const struct results_queue audio = { .name = "batch_1|\"audio\", lg",
					     .expected_rows = RESULTS_ROWS_UNKNOWN };

	results_fixture_init(&f);
	r = results_fixture_open(&f, RESULTS_NEW, 0);
	ck_assert_int_eq(results_declare(r, AUDIO, &audio, NULL), 0);
}

static void teardown(void)
{
	results_close(r);
	results_fixture_release(&f);
}

static void put(unsigned queue, uint64_t ticket, const char *json)
{
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put(r, queue, ticket, 1, json, strlen(json), NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
}

static void put_dead(uint64_t ticket, const char *reason)
{
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(
		results_put_dead(r, RESULTS_FIXTURE_QUEUE, ticket, 3, reason, 1, "1\n", 2, NULL),
		0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
}

static void issue(uint64_t tickets)
{
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put_issued(r, RESULTS_FIXTURE_QUEUE, tickets, NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
}

static int add(void *arg, const char *bytes, size_t len)
{
	buf_add(arg, bytes, len);
	return 0;
}

static int refuse(void *arg, const char *bytes ATTR_UNUSED, size_t len ATTR_UNUSED)
{
	return ++*(int *)arg < 3 ? 0 : -EPIPE;
}

struct queues {
	struct results_stored list[2];
	size_t count;
};

static int collect(void *arg, const struct results_stored *queue)
{
	struct queues *q = arg;

	q->list[q->count++] = *queue;
	return 0;
}

static struct queues queues_of(struct results_reader *reader)
{
	struct queues q = { .count = 0 };

	ck_assert_int_eq(results_each_queue(reader, collect, &q, NULL), 0);
	ck_assert_uint_eq(q.count, 2);
	return q;
}

static void expect_shown(enum results_form form, uint64_t from, uint64_t limit, const char *want)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	struct results_reader *reader = results_fixture_reader(&f);
	struct queues q = queues_of(reader);
	const struct results_wish wish = {
		.queues = q.list, .count = q.count, .from = from, .limit = limit, .form = form
	};

	ck_assert_int_eq(results_show(reader, &wish, add, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), want);
	results_reader_close(reader);
}

START_TEST(text_has_a_line_for_each_ticket)
{
	put(RESULTS_FIXTURE_QUEUE, 10, "1.50");
	put(RESULTS_FIXTURE_QUEUE, 9, "\"x\"");
	put(AUDIO, 0, "null");
	expect_shown(RESULTS_TEXT, 0, 0,
		     "mp_input_q (default)\n_TID_9 \"x\"\n_TID_10 1.50\n"
		     "batch_1|\"audio\", lg\n_TID_0 null\n");
	expect_shown(RESULTS_TEXT, 10, 0,
		     "mp_input_q (default)\n_TID_10 1.50\nbatch_1|\"audio\", lg\n");
	expect_shown(RESULTS_TEXT, 0, 1,
		     "mp_input_q (default)\n_TID_9 \"x\"\n"
		     "batch_1|\"audio\", lg\n_TID_0 null\n");
}
END_TEST

START_TEST(json_is_the_seeds_dictionary)
{
	expect_shown(RESULTS_JSON, 0, 0,
		     "{\"mp_input_q (default)\": [], \"batch_1|\\\"audio\\\", lg\": []}\n");
	put(RESULTS_FIXTURE_QUEUE, 0, "1.50");
	put(RESULTS_FIXTURE_QUEUE, 1, "[1, 2]");
	expect_shown(RESULTS_JSON, 0, 0,
		     "{\"mp_input_q (default)\": [[\"_TID_0\", 1.50], [\"_TID_1\", [1, 2]]], "
		     "\"batch_1|\\\"audio\\\", lg\": []}\n");
}
END_TEST

START_TEST(csv_quotes_what_it_must)
{
	put(RESULTS_FIXTURE_QUEUE, 0, "42");
	put(RESULTS_FIXTURE_QUEUE, 1, "\"plain\"");
	put(RESULTS_FIXTURE_QUEUE, 2, "\"a, \\\"b\\\"\\nc\"");
	put(RESULTS_FIXTURE_QUEUE, 3, "[1,\"x\"]");
	put(RESULTS_FIXTURE_QUEUE, 4, "null");
	put(AUDIO, 0, "true");
	expect_shown(RESULTS_CSV, 0, 0,
		     "queue,ticket,value\r\n"
		     "mp_input_q (default),0,42\r\n"
		     "mp_input_q (default),1,plain\r\n"
		     "mp_input_q (default),2,\"a, \"\"b\"\"\nc\"\r\n"
		     "mp_input_q (default),3,\"[1,\"\"x\"\"]\"\r\n"
		     "mp_input_q (default),4,\r\n"
		     "\"batch_1|\"\"audio\"\", lg\",0,true\r\n");
}
END_TEST

START_TEST(whoever_takes_no_more_ends_it)
{
	struct results_reader *reader;
	struct results_wish wish = { .count = 2, .form = _i };
	struct queues q;
	int calls = 0;

	results_fixture_put(r, 0, 9);
	reader = results_fixture_reader(&f);
	q = queues_of(reader);
	wish.queues = q.list;
	ck_assert_int_eq(results_show(reader, &wish, refuse, &calls, NULL), -EPIPE);
	ck_assert_int_eq(calls, 3);
	calls = 0;
	issue(20);
	q = queues_of(reader);
	ck_assert_int_eq(results_gone_list(reader, q.list, 2, true, false, refuse, &calls, NULL),
			 -EPIPE);
	results_reader_close(reader);
}
END_TEST

static void expect_gone(bool json, const char *want)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	struct results_reader *reader = results_fixture_reader(&f);
	struct queues q = queues_of(reader);

	ck_assert_int_eq(results_gone_list(reader, q.list, 1, json, false, add, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), want);
	results_reader_close(reader);
}

static void expect_told(const char *want)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	struct results_reader *reader = results_fixture_reader(&f);
	struct queues q = queues_of(reader);
	struct results_gone gone;

	ck_assert_int_eq(results_gone(reader, &q.list[0], &gone, NULL), 0);
	ck_assert_int_eq(results_gone_tell(reader, &q.list[0], &gone, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), want);
	results_reader_close(reader);
}

/* There should be ten: rows 10, ROWS_MAX 1. */
START_TEST(what_is_not_there_is_named)
{
	results_fixture_put(r, 0, 1);
	results_fixture_put(r, 4, 5);
	put_dead(6, "bad \"number\"");
	issue(8);
	expect_told("mp_input_q (default): 3 tickets are missing: _TID_2 to _TID_3, _TID_7\n"
		    "mp_input_q (default): 2 of 10 tickets were not given out\n"
		    "mp_input_q (default): 1 chunk failed for good\n");
	expect_gone(false, "mp_input_q (default) _TID_2 to _TID_3 missing\n"
			   "mp_input_q (default) _TID_7 missing\n"
			   "mp_input_q (default) _TID_6 failed for good after 3 attempts: "
			   "bad \"number\"\n"
			   "mp_input_q (default) _TID_8 to _TID_9 not given out\n");
	expect_gone(true,
		    "{\"mp_input_q (default)\": {\"missing\": [[2, 3], [7, 7]], "
		    "\"dead\": [{\"ticket\": 6, \"attempts\": 3, "
		    "\"reason\": \"bad \\\"number\\\"\"}], \"evicted\": 0, \"undone\": 2}}\n");
}
END_TEST

/* They may be in work. */
START_TEST(of_a_live_run_nothing_is_missing_but_pending)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	struct results_reader *reader;
	struct queues q;

	results_fixture_put(r, 0, 7);
	issue(10);
	reader = results_fixture_reader(&f);
	q = queues_of(reader);
	ck_assert_int_eq(results_gone_list(reader, q.list, 1, false, true, add, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), "mp_input_q (default) _TID_8 to _TID_9 pending\n");
	buf_clear(&text);
	ck_assert_int_eq(results_gone_list(reader, q.list, 1, true, true, add, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), "{\"mp_input_q (default)\": {\"pending\": [[8, 9]], "
					  "\"dead\": [], \"evicted\": 0, \"undone\": 0}}\n");
	results_reader_close(reader);
}
END_TEST

START_TEST(a_reason_is_one_harmless_line_and_valid_json_whatever_it_says)
{
	put_dead(6, "no\n\033[31m\377");
	issue(10);
	expect_gone(false, "mp_input_q (default) _TID_0 to _TID_5 missing\n"
			   "mp_input_q (default) _TID_7 to _TID_9 missing\n"
			   "mp_input_q (default) _TID_6 failed for good after 3 attempts: "
			   "no\\x0a\\x1b[31m\\xff\n");
	expect_gone(true, "{\"mp_input_q (default)\": {\"missing\": [[0, 5], [7, 9]], "
			  "\"dead\": [{\"ticket\": 6, \"attempts\": 3, "
			  "\"reason\": \"no\\n\\u001b[31m\xef\xbf\xbd\"}], "
			  "\"evicted\": 0, \"undone\": 0}}\n");
}
END_TEST

START_TEST(a_long_reason_is_not_cut_within_a_character)
{
	char reason[RESULTS_REASON_BYTES + 10], want[2 * RESULTS_REASON_BYTES];

	memset(reason, 'a', sizeof(reason));
	memcpy(reason + RESULTS_REASON_BYTES - 2, "\xe2\x82\xac", 4);
	put_dead(9, reason);
	issue(10);
	reason[RESULTS_REASON_BYTES - 2] = '\0';
	snprintf(want, sizeof(want),
		 "mp_input_q (default) _TID_0 to _TID_8 missing\n"
		 "mp_input_q (default) _TID_9 failed for good after 3 attempts: %s\n",
		 reason);
	expect_gone(false, want);
}
END_TEST

START_TEST(of_a_whole_run_nothing_is_told)
{
	results_fixture_put(r, 0, 9);
	issue(10);
	expect_told("");
	expect_gone(false, "");
	expect_gone(true, "{\"mp_input_q (default)\": {\"missing\": [], \"dead\": [], "
			  "\"evicted\": 0, \"undone\": 0}}\n");
}
END_TEST

/* Killed before it said how many it gave out: what is there tells. */
START_TEST(a_result_without_its_issue_counts_as_given_out)
{
	results_fixture_put(r, 0, 3);
	results_fixture_put(r, 9, 9);
	expect_told("mp_input_q (default): 5 tickets are missing: _TID_4 to _TID_8\n");
}
END_TEST

START_TEST(many_ranges_are_listed_and_a_few_are_told)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	struct results_reader *reader;
	struct results_gone gone;
	size_t lines = 0;
	struct queues q;

	for (uint64_t t = 0; t < 400; t += 2)
		put(RESULTS_FIXTURE_QUEUE, t, "1");
	reader = results_fixture_reader(&f);
	q = queues_of(reader);
	ck_assert_int_eq(results_gone(reader, &q.list[0], &gone, NULL), 0);
	ck_assert_uint_eq(gone.missing, 199);
	ck_assert_int_eq(results_gone_list(reader, q.list, 1, false, false, add, &text, NULL), 0);
	for (const char *at = buf_text(&text); (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_eq(lines, 199);
	buf_clear(&text);
	ck_assert_int_eq(results_gone_tell(reader, &q.list[0], &gone, &text, NULL), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "199 tickets are missing: _TID_1, _TID_3, "));
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "_TID_39, ...\n"));
	results_reader_close(reader);
}
END_TEST

Suite *results_show_suite(void)
{
	Suite *s = suite_create("results_show");
	TCase *t = tcase_create("results_show");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, text_has_a_line_for_each_ticket);
	tcase_add_test(t, json_is_the_seeds_dictionary);
	tcase_add_test(t, csv_quotes_what_it_must);
	tcase_add_loop_test(t, whoever_takes_no_more_ends_it, 0, 3);
	tcase_add_test(t, what_is_not_there_is_named);
	tcase_add_test(t, of_a_live_run_nothing_is_missing_but_pending);
	tcase_add_test(t, a_reason_is_one_harmless_line_and_valid_json_whatever_it_says);
	tcase_add_test(t, a_long_reason_is_not_cut_within_a_character);
	tcase_add_test(t, of_a_whole_run_nothing_is_told);
	tcase_add_test(t, a_result_without_its_issue_counts_as_given_out);
	tcase_add_test(t, many_ranges_are_listed_and_a_few_are_told);
	suite_add_tcase(s, t);
	return s;
}
