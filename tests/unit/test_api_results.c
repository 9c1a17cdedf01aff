/* test_api_results.c - servers/api_results.h: pages, tickets, and what becomes
 * of the database */
#include "tests/unit/api_work_fixture.h"
#include "tests/unit/suites.h"

#include <sqlite3.h>
#include <string.h>

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	ck_assert_msg(value != NULL, "no %s", key);
	return value;
}

/* Tickets first .. last of mp_input_q, as a run of many would leave them. */
static void put(struct api_work_fixture *f, uint64_t first, uint64_t last)
{
	ck_assert_int_eq(results_begin(f->store, NULL), 0);
	for (uint64_t t = first; t <= last; t++)
		if (results_put(f->store, WORK_IN, t, 1, "{\"a\":1.50}", 10, NULL) < 0)
			ck_abort_msg("put");
	ck_assert_int_eq(results_commit(f->store, NULL), 0);
}

START_TEST(pages_follow_each_other_without_a_gap)
{
	struct api_work_fixture f;
	long long seen = 0, pages = 0, next = -1;

	api_work_fixture_init(&f, 0);
	put(&f, 0, 249);
	do {
		char path[128];
		json_t *doc, *items;
		size_t i;

		if (next < 0)
			snprintf(path, sizeof(path), "/api/results?queue=mp_input_q");
		else
			snprintf(path, sizeof(path), "/api/results?after=%lld", next);
		doc = api_work_fixture_get(&f, path, 200);
		items = member(doc, "items");
		for (i = 0; i < json_array_size(items); i++) {
			char want[32];

			snprintf(want, sizeof(want), "_TID_%lld", seen++);
			ck_assert_str_eq(
				json_string_value(json_array_get(json_array_get(items, i), 0)),
				want);
		}
		ck_assert_int_eq(api_fixture_number(doc, "total"), 250);
		next = json_is_null(member(doc, "next")) ? -1 : api_fixture_number(doc, "next");
		json_decref(doc);
		pages++;
	} while (next >= 0 && pages < 10);
	ck_assert_int_eq(seen, 250);
	ck_assert_int_eq(pages, 3);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(a_value_is_sent_as_it_is_stored)
{
	struct api_work_fixture f;
	struct http_reply reply;

	api_work_fixture_init(&f, 0);
	put(&f, 3, 4);
	http_client_expect(&f.api.client, "/api/results?limit=1&after=_TID_2", "", 200, &reply);
	ck_assert_str_eq(buf_text(&reply.body),
			 "{\"queue\":\"mp_input_q\",\"header\":\"mp_input_q (default)\","
			 "\"total\":2,\"items\":[[\"_TID_3\",{\"a\":1.50}]],\"next\":3}\n");
	http_reply_release(&reply);
	http_client_expect(&f.api.client, "/api/results/mp_input_q/3", "", 200, &reply);
	ck_assert_str_eq(buf_text(&reply.body),
			 "{\"queue\":\"mp_input_q\",\"header\":\"mp_input_q (default)\","
			 "\"ticket\":\"_TID_3\",\"state\":\"done\",\"rows\":1,"
			 "\"value\":{\"a\":1.50}}\n");
	http_reply_release(&reply);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(a_page_of_large_values_ends_early)
{
	const size_t len = 3u << 20;
	char *text = malloc(len);
	struct api_work_fixture f;
	json_t *doc;

	api_work_fixture_init(&f, 0);
	memset(text, '1', len);
	ck_assert_int_eq(results_begin(f.store, NULL), 0);
	for (uint64_t t = 0; t < 4; t++)
		ck_assert_int_eq(results_put(f.store, WORK_IN, t, 1, "\"\"", 2, NULL), 0);
	text[0] = text[len - 1] = '"';
	for (uint64_t t = 4; t < 8; t++)
		ck_assert_int_eq(results_put(f.store, WORK_IN, t, 1, text, len, NULL), 0);
	ck_assert_int_eq(results_commit(f.store, NULL), 0);
	doc = api_work_fixture_get(&f, "/api/results", 200);
	ck_assert_uint_eq(json_array_size(member(doc, "items")), 6);
	ck_assert_int_eq(api_fixture_number(doc, "next"), 5);
	json_decref(doc);
	free(text);
	api_work_fixture_release(&f);
}
END_TEST

/* A question, its status, and a word of the answer. */
static const struct {
	const char *path;
	int status;
	const char *says;
} questions[] = {
	{ "/api/results?limit=0", 400, "1..10000" },
	{ "/api/results?limit=10001", 400, "1..10000" },
	{ "/api/results?limit=-1", 400, "1..10000" },
	{ "/api/results?limit=", 400, "1..10000" },
	{ "/api/results?after=x", 400, "_TID_7" },
	{ "/api/results?after=-1", 400, "_TID_7" },
	{ "/api/results?after=99999999999999999999", 400, "_TID_7" },
	{ "/api/results?queue=", 400, "name" },
	{ "/api/results?queue=a&queue=b", 400, "twice" },
	{ "/api/results?limt=5", 400, "limt" },
	{ "/api/results?queue=%", 400, "malformed" },
	{ "/api/results?queue=nobody", 404, "batch_1|audio_lg" },
	{ "/api/results?queue=batch_1%7Caudio_lg", 200, "\"total\":0,\"items\":[],\"next\":null" },
	{ "/api/results?queue=mp_input_q+(default)&limit=10000", 200, "\"mp_input_q\"" },
	{ "/api/results/", 404, "\"endpoints\"" },
	{ "/api/results/mp_input_q", 400, "QUEUE/TICKET" },
	{ "/api/results/mp_input_q/", 400, "QUEUE/TICKET" },
	{ "/api/results//1", 400, "QUEUE/TICKET" },
	{ "/api/results/mp_input_q/one", 400, "QUEUE/TICKET" },
	{ "/api/results/mp_input_q/_TID_", 400, "QUEUE/TICKET" },
	{ "/api/results/mp_input_q%/1", 400, "QUEUE/TICKET" },
	{ "/api/results/nobody/1", 404, "no such queue" },
	{ "/api/results/mp_output_q/0", 404, "no such queue" },
};

START_TEST(questions_are_answered_or_refused_in_words)
{
	struct api_work_fixture f;
	struct http_reply reply;

	api_work_fixture_init(&f, 0);
	http_client_expect(&f.api.client, questions[_i].path, "", questions[_i].status, &reply);
	ck_assert_msg(strstr(buf_text(&reply.body), questions[_i].says) != NULL, "%s",
		      buf_text(&reply.body));
	http_reply_release(&reply);
	api_work_fixture_release(&f);
}
END_TEST

static void expect_ticket(struct api_work_fixture *f, const char *ticket, int status,
			  const char *state)
{
	char path[64];
	json_t *doc;

	snprintf(path, sizeof(path), "/api/results/mp_input_q/%s", ticket);
	doc = api_work_fixture_get(f, path, status);
	ck_assert_str_eq(api_fixture_text(doc, "state"), state);
	json_decref(doc);
}

START_TEST(a_ticket_is_pending_then_done_dead_or_unknown)
{
	struct api_work_fixture f;

	api_work_fixture_init(&f, 0);
	expect_ticket(&f, "0", 202, "pending"); /* the queue is open */
	queue_expect(&f.queue.handles[2], WORK_IN, 3);
	expect_ticket(&f, "_TID_2", 202, "pending");
	expect_ticket(&f, "3", 404, "unknown"); /* there will be three */
	api_work_fixture_feed(&f, WORK_IN, 3);
	expect_ticket(&f, "0", 202, "pending");
	api_work_fixture_work(&f, WORK_IN, 1);
	expect_ticket(&f, "0", 202, "pending"); /* finished, not stored */
	api_work_fixture_collect(&f);
	expect_ticket(&f, "0", 200, "done");
	expect_ticket(&f, "2", 202, "pending");
	queue_close(&f.queue.handles[1], WORK_IN);
	expect_ticket(&f, "2", 202, "pending");
	expect_ticket(&f, "3", 404, "unknown");
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(a_dead_letter_tells_its_reason)
{
	struct api_work_fixture f;
	json_t *doc;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 1);
	api_work_fixture_kill(&f, WORK_IN);
	doc = api_work_fixture_get(&f, "/api/results/mp_input_q/0", 422);
	ck_assert_str_eq(api_fixture_text(doc, "state"), "dead");
	ck_assert_str_eq(api_fixture_text(doc, "reason"), "bad number");
	ck_assert_str_eq(api_fixture_text(doc, "chunk"), "1\n");
	ck_assert_int_eq(api_fixture_number(doc, "attempts"), 2);
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(what_was_evicted_is_gone)
{
	struct api_work_fixture f;

	api_work_fixture_init(&f, 4096);
	put(&f, 0, 499);
	expect_ticket(&f, "0", 410, "evicted");
	expect_ticket(&f, "499", 200, "done");
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(what_is_nowhere_is_missing)
{
	struct api_work_fixture f;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 2);
	api_work_fixture_lose(&f, WORK_IN);
	expect_ticket(&f, "0", 404, "missing");
	expect_ticket(&f, "1", 202, "pending");
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(without_a_store_it_says_how_to_have_one)
{
	struct api_work_fixture f;
	json_t *doc, *results;

	api_work_fixture_init_without_store(&f);
	api_work_fixture_feed(&f, WORK_IN, 2);
	doc = api_work_fixture_get(&f, "/api/results", 404);
	ck_assert_ptr_nonnull(strstr(api_fixture_text(doc, "error"), "RESULTS_STORE"));
	json_decref(doc);
	expect_ticket(&f, "0", 202, "pending");
	api_work_fixture_work(&f, WORK_IN, 2);
	api_work_fixture_collect(&f);
	expect_ticket(&f, "0", 404, "not kept");
	doc = api_work_fixture_get(&f, "/api/status", 200);
	results = member(doc, "results");
	ck_assert(json_is_false(member(results, "store")));
	ck_assert(json_is_null(member(results, "error")));
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(the_status_tells_what_is_kept)
{
	struct api_work_fixture f;
	json_t *doc, *results, *q;

	api_work_fixture_init(&f, 0);
	put(&f, 0, 9);
	doc = api_work_fixture_get(&f, "/api/status", 200);
	results = member(doc, "results");
	ck_assert(json_is_true(member(results, "store")));
	ck_assert_str_eq(api_fixture_text(results, "db"), f.results.path);
	ck_assert_str_eq(api_fixture_text(results, "label"), "primes");
	ck_assert_uint_eq(json_array_size(member(results, "queues")), 2);
	q = json_array_get(member(results, "queues"), 0);
	ck_assert_str_eq(api_fixture_text(q, "name"), "mp_input_q");
	ck_assert_str_eq(api_fixture_text(q, "header"), "mp_input_q (default)");
	ck_assert_int_eq(api_fixture_number(q, "done"), 10);
	ck_assert_int_eq(api_fixture_number(q, "rows"), 10);
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

/* --fresh removes the file under a reader; another run makes a new one. It may
 * be asked for in between, or not. */
START_TEST(another_file_under_the_name_is_read_from_then_on)
{
	struct api_work_fixture f;
	json_t *doc;

	api_work_fixture_init(&f, 0);
	put(&f, 0, 0);
	expect_ticket(&f, "0", 200, "done");
	results_close(f.store);
	if (_i == 1) {
		ck_assert_int_eq(unlink(f.results.path), 0);
		doc = api_work_fixture_get(&f, "/api/results", 503);
		ck_assert_ptr_nonnull(strstr(api_fixture_text(doc, "error"), f.results.path));
		json_decref(doc);
	}
	f.store = results_fixture_open(&f.results, RESULTS_REPLACE, 0);
	doc = api_work_fixture_get(&f, "/api/results", 200);
	ck_assert_int_eq(api_fixture_number(doc, "total"), 0);
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(a_locked_database_is_no_reason_to_wait)
{
	struct api_work_fixture f;
	json_t *doc, *status;
	sqlite3 *db;

	api_work_fixture_init(&f, 0);
	put(&f, 0, 0);
	results_close(f.store);
	f.store = NULL;
	ck_assert_int_eq(sqlite3_open(f.results.path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db,
			     "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
			     "BEGIN EXCLUSIVE",
			     NULL, NULL, NULL),
		SQLITE_OK);
	doc = api_work_fixture_get(&f, "/api/results", 503);
	ck_assert_ptr_nonnull(strstr(api_fixture_text(doc, "error"), f.results.path));
	json_decref(doc);
	status = api_work_fixture_get(&f, "/api/status", 200);
	ck_assert(json_is_string(member(member(status, "results"), "error")));
	json_decref(status);
	sqlite3_close(db);
	doc = api_work_fixture_get(&f, "/api/results", 200);
	ck_assert_int_eq(api_fixture_number(doc, "total"), 1);
	json_decref(doc);
	results_fixture_release(&f.results);
	api_work_fixture_release(&f);
}
END_TEST

Suite *api_results_suite(void)
{
	Suite *s = suite_create("api_results");
	TCase *t = tcase_create("results");

	tcase_add_test(t, pages_follow_each_other_without_a_gap);
	tcase_add_test(t, a_value_is_sent_as_it_is_stored);
	tcase_add_test(t, a_page_of_large_values_ends_early);
	tcase_add_loop_test(t, questions_are_answered_or_refused_in_words, 0,
			    (int)ARRAY_SIZE(questions));
	tcase_add_test(t, a_ticket_is_pending_then_done_dead_or_unknown);
	tcase_add_test(t, a_dead_letter_tells_its_reason);
	tcase_add_test(t, what_was_evicted_is_gone);
	tcase_add_test(t, what_is_nowhere_is_missing);
	tcase_add_test(t, without_a_store_it_says_how_to_have_one);
	tcase_add_test(t, the_status_tells_what_is_kept);
	tcase_add_loop_test(t, another_file_under_the_name_is_read_from_then_on, 0, 2);
	tcase_add_test(t, a_locked_database_is_no_reason_to_wait);
	suite_add_tcase(s, t);
	return s;
}
