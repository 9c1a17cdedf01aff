/* test_table_work.c - the tables of queues and feeders in launcher/table.h */
#include "launcher/table.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

#define TEXT_MAX (1u << 20)

static const char queues[] =
	"[{'name': 'mp_input_q', 'category': null, 'kind': 'work', 'maxsize': 8, 'in': 9, 'out': 9,"
	"'depth': 1, 'queued': 1, 'leased': 2, 'kept': 3, 'finishing': 4, 'done': 5, 'dead': 0,"
	"'skipped': 6, 'issued': 24, 'expected': 30, 'retries': 7, 'oldest_ms': 1500,"
	"'closed': false, 'conservation': false, 'difference': 3,"
	"'missing': {'count': 3, 'ranges': [[2, 3], [7, 7]], 'more': false}},"
	"{'name': 'mp_output_q', 'category': null, 'kind': 'output', 'out': 5, 'depth': 4,"
	"'queued': 4, 'leased': 0, 'oldest_ms': null}]";

static json_t *load(const char *text)
{
	char *copy = strdup(text), *at;
	json_t *doc;

	while ((at = strchr(copy, '\'')) != NULL)
		*at = '"';
	doc = json_loads(copy, 0, NULL);
	ck_assert_ptr_nonnull(doc);
	free(copy);
	return doc;
}

/* The words of the line that begins with word, one blank between them. */
static const char *line_of(const struct buf *text, const char *word)
{
	static char line[1024];
	const char *at = buf_text(text);
	size_t n = 0;

	while (strncmp(at, word, strlen(word)) != 0) {
		at = strchr(at, '\n');
		ck_assert_msg(at != NULL, "no line of %s in %s", word, buf_text(text));
		at++;
	}
	for (; *at != '\n' && *at != '\0' && n < sizeof(line) - 1; at++)
		if (*at != ' ' || (n > 0 && line[n - 1] != ' '))
			line[n++] = *at;
	line[n] = '\0';
	return line;
}

START_TEST(each_queue_has_a_row_and_its_account)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_t *doc = load(queues);

	table_queues(doc, NULL, 0, false, &text);
	ck_assert_str_eq(line_of(&text, "mp_input_q "),
			 "mp_input_q 8 1 2 3 4 5 0 6 24 30 7 1.5 s - open");
	ck_assert_str_eq(line_of(&text, "mp_output_q"),
			 "mp_output_q - 4 0 - - - - - - - - - - output");
	ck_assert_str_eq(line_of(&text, "mp_input_q: 24"),
			 "mp_input_q: 24 issued = 1 queued + 2 leased + 3 kept + 4 finishing + "
			 "5 done + 0 dead + 6 skipped + 3 missing");
	ck_assert_str_eq(line_of(&text, "mp_input_q: 3 "),
			 "mp_input_q: 3 tickets are missing: _TID_2 to _TID_3, _TID_7");
	json_decref(doc);
}
END_TEST

START_TEST(rates_are_those_since_the_last_look)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_t *before = load(queues), *doc = load(queues);

	json_object_set_new(json_array_get(doc, 0), "out", json_integer(109));
	table_queues(doc, before, 2, false, &text);
	ck_assert_str_eq(line_of(&text, "mp_input_q "),
			 "mp_input_q 8 1 2 3 4 5 0 6 24 30 7 1.5 s 50 open");
	json_decref(before);
	json_decref(doc);
}
END_TEST

START_TEST(what_is_missing_or_dead_is_lost)
{
	json_t *doc = load(queues), *queue = json_array_get(doc, 0);
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	ck_assert(table_queues_lost(doc));
	json_object_set_new(json_object_get(queue, "missing"), "count", json_integer(0));
	ck_assert(!table_queues_lost(doc));
	json_object_set_new(queue, "dead", json_integer(1));
	ck_assert(table_queues_lost(doc));
	table_queues(doc, NULL, 0, false, &text);
	ck_assert_ptr_null(strstr(buf_text(&text), "missing:"));
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "mp_input_q: 1 chunk failed for good"));
	json_decref(doc);
}
END_TEST

START_TEST(the_status_has_feeders_and_queues_with_tickets)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_t *status = load("{'queues': [], 'feeders': [{'name': 'primes', 'queue': 'mp_input_q',"
			      "'generator': 'range', 'state': 'ready', 'pid': 7, 'uptime_s': 1.5,"
			      "'restarts': 2, 'rows': 10, 'rows_expected': 40, 'tickets': 1,"
			      "'expected': 4, 'percent': 25.0, 'rows_per_s': 5.0, 'eta_s': 6.0,"
			      "'end': null}, {'name': 'done', 'queue': 'q', 'generator': 'lines',"
			      "'state': 'done', 'pid': null, 'uptime_s': null, 'restarts': 0,"
			      "'rows': 3, 'rows_expected': null, 'tickets': 1, 'expected': null,"
			      "'percent': null, 'rows_per_s': null, 'eta_s': null,"
			      "'end': 'failed'}]}");

	json_object_set_new(status, "queues", load(queues));
	table_work(status, NULL, 0, false, &text);
	ck_assert_str_eq(line_of(&text, "primes"),
			 "primes mp_input_q range ready 7 2 10 40 25.0 % 5 6.0 s");
	ck_assert_str_eq(line_of(&text, "done"), "done q lines failed - 0 3 - - - -");
	ck_assert_str_eq(line_of(&text, "mp_input_q "),
			 "mp_input_q 8 1 2 3 4 5 0 6 24 30 7 1.5 s - open");
	ck_assert_ptr_null(strstr(buf_text(&text), "mp_output_q"));
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "3 tickets are missing"));
	json_decref(status);
}
END_TEST

START_TEST(without_work_the_status_shows_none)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_t *status = load("{'queues': [{'name': 'mp_blue_q', 'kind': 'ports', 'maxsize': 6,"
			      "'depth': 0, 'queued': 0, 'leased': 6}], 'feeders': []}");

	table_work(status, NULL, 0, false, &text);
	ck_assert_str_eq(buf_text(&text), "");
	json_decref(status);
}
END_TEST

/* An instance of another version, or something that is none. */
START_TEST(a_document_without_its_members_harms_nobody)
{
	static const char *const documents[] = { "[]",
						 "[{}]",
						 "[1, null, []]",
						 "{}",
						 "[{'kind': 'work', 'missing': 3}]",
						 ("[{'kind': 'work', 'oldest_ms': -5, "
						  "'missing': {'count': 2, 'ranges': [[], 1]}}]") };
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	json_t *doc = load(documents[_i]),
	       *status = json_pack("{s:O, s:O}", "queues", doc, "feeders", doc);

	table_queues(doc, doc, 1, false, &text);
	table_queues_lost(doc);
	table_work(status, status, 1, false, &text);
	ck_assert(!text.failed);
	json_decref(status);
	json_decref(doc);
}
END_TEST

Suite *table_work_suite(void)
{
	Suite *s = suite_create("table_work");
	TCase *t = tcase_create("table_work");

	tcase_add_test(t, each_queue_has_a_row_and_its_account);
	tcase_add_test(t, rates_are_those_since_the_last_look);
	tcase_add_test(t, what_is_missing_or_dead_is_lost);
	tcase_add_test(t, the_status_has_feeders_and_queues_with_tickets);
	tcase_add_test(t, without_work_the_status_shows_none);
	tcase_add_loop_test(t, a_document_without_its_members_harms_nobody, 0, 6);
	suite_add_tcase(s, t);
	return s;
}
