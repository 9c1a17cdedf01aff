/* test_api_queues.c - servers/api_queues.h and api_missing.h */
#include "tests/unit/api_work_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	ck_assert_msg(value != NULL, "no %s", key);
	return value;
}

/* These numbers, by name, NULL at the end. */
static void expect_numbers(const json_t *queue, const char *const *names, const long long *want)
{
	for (size_t i = 0; names[i] != NULL; i++)
		ck_assert_msg(api_fixture_number(queue, names[i]) == want[i],
			      "%s is %lld, want %lld", names[i],
			      api_fixture_number(queue, names[i]), want[i]);
}

START_TEST(each_term_is_what_was_done)
{
	static const char *const names[] = { "depth",     "queued",     "leased", "kept",
					     "finishing", "done",       "dead",   "skipped",
					     "issued",    "retries",    "in",     "out",
					     "maxsize",   "difference", NULL };
	static const long long want[] = { 0, 0, 1, 1, 1, 2, 1, 1, 7, 1, 6, 7, 8, 0 };
	struct api_work_fixture f;
	json_t *q;

	api_work_fixture_init(&f, 0);
	ck_assert_int_eq(queue_skip_ticket(&f.queue.handles[2], WORK_IN, 1), 0);
	api_work_fixture_feed(&f, WORK_IN, 1);
	api_work_fixture_kill(&f, WORK_IN); /* alone, so that it comes next again */
	api_work_fixture_feed(&f, WORK_IN, 5);
	queue_expect(&f.queue.handles[2], WORK_IN, 40);
	api_work_fixture_work(&f, WORK_IN, 2);
	api_work_fixture_collect(&f);
	api_work_fixture_work(&f, WORK_IN, 1);
	api_work_fixture_take(&f, WORK_IN);
	ck_assert_int_eq(queue_keep(&f.queue.handles[3], api_work_fixture_take(&f, WORK_IN), 0), 0);
	q = api_work_fixture_get(&f, "/api/queues/mp_input_q", 200);
	expect_numbers(q, names, want);
	ck_assert_int_eq(api_fixture_number(q, "expected"), 40);
	ck_assert_str_eq(api_fixture_text(q, "kind"), "work");
	ck_assert(json_is_null(member(q, "category")));
	ck_assert(json_is_false(member(q, "closed")));
	ck_assert(json_is_true(member(q, "conservation")));
	ck_assert(json_is_null(member(q, "oldest_ms")));
	ck_assert_int_eq(api_fixture_number(member(q, "missing"), "count"), 0);
	json_decref(q);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(all_queues_are_listed_with_their_kinds)
{
	static const char *const want[][3] = {
		{ "mp_input_q", NULL, "work" },   { "batch_1|audio_lg", "batch_1", "work" },
		{ "mp_print_q", NULL, "side" },   { "mp_output_q", NULL, "output" },
		{ "mp_dead_q", NULL, "dead" },    { "mp_blue_q", "ports", "ports" },
		{ "mp_red_q", "ports", "ports" },
	};
	struct api_work_fixture f;
	json_t *doc, *status;

	api_work_fixture_init(&f, 0);
	doc = api_work_fixture_get(&f, "/api/queues", 200);
	ck_assert_uint_eq(json_array_size(doc), ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		json_t *q = json_array_get(doc, i);
		const char *category = json_string_value(member(q, "category"));

		ck_assert_str_eq(api_fixture_text(q, "name"), want[i][0]);
		ck_assert_pstr_eq(category, want[i][1]);
		ck_assert_str_eq(api_fixture_text(q, "kind"), want[i][2]);
	}
	status = api_work_fixture_get(&f, "/api/status", 200);
	ck_assert(json_equal(member(status, "queues"), doc));
	json_decref(status);
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(one_queue_is_found_by_its_encoded_name)
{
	static const struct {
		const char *path;
		int status;
		const char *name;
	} cases[] = {
		{ "/api/queues/batch_1%7Caudio_lg", 200, "batch_1|audio_lg" },
		{ "/api/queues/batch_1%7caudio%5flg", 200, "batch_1|audio_lg" },
		{ "/api/queues/mp_input_q%20(default)", 200, "mp_input_q" },
		{ "/api/queues/mp_red_q", 200, "mp_red_q" },
		{ "/api/queues/mp_output_q", 200, "mp_output_q" },
		{ "/api/queues/audio_lg", 404, NULL },
		{ "/api/queues/mp_input_q%", 404, NULL },
		{ "/api/queues/mp_input_q/", 404, NULL },
		{ "/api/queues/mp_input_q%2e%2e", 404, NULL },
	};
	struct api_work_fixture f;
	json_t *doc;

	api_work_fixture_init(&f, 0);
	doc = api_work_fixture_get(&f, cases[_i].path, cases[_i].status);
	if (cases[_i].name != NULL)
		ck_assert_str_eq(api_fixture_text(doc, "name"), cases[_i].name);
	else
		ck_assert_uint_eq(json_array_size(member(doc, "queues")), 7);
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(the_output_queue_shows_what_waits_to_be_stored)
{
	struct api_work_fixture f;
	json_t *q;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 2);
	api_work_fixture_feed(&f, WORK_AUDIO, 1);
	api_work_fixture_work(&f, WORK_IN, 2);
	api_work_fixture_work(&f, WORK_AUDIO, 1);
	q = api_work_fixture_get(&f, "/api/queues/mp_output_q", 200);
	ck_assert_int_eq(api_fixture_number(q, "depth"), 3);
	json_decref(q);
	api_work_fixture_collect(&f);
	q = api_work_fixture_get(&f, "/api/queues/mp_output_q", 200);
	ck_assert_int_eq(api_fixture_number(q, "depth"), 0);
	ck_assert_int_eq(api_fixture_number(q, "out"), 3);
	ck_assert(json_is_null(member(q, "oldest_ms")));
	json_decref(q);
	api_work_fixture_release(&f);
}
END_TEST

static void expect_missing(struct api_work_fixture *f, const char *want)
{
	json_t *q = api_work_fixture_get(f, "/api/queues/mp_input_q", 200);
	char *text = json_dumps(member(q, "missing"), JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text, want);
	free(text);
	json_decref(q);
}

START_TEST(a_lost_ticket_is_named)
{
	struct api_work_fixture f;
	json_t *q;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 8);
	api_work_fixture_work(&f, WORK_IN, 2);
	api_work_fixture_lose(&f, WORK_IN);
	api_work_fixture_lose(&f, WORK_IN);
	api_work_fixture_take(&f, WORK_IN); /* leased is not lost */
	q = api_work_fixture_get(&f, "/api/queues/mp_input_q", 200);
	ck_assert(json_is_false(member(q, "conservation")));
	ck_assert_int_eq(api_fixture_number(q, "difference"), 2);
	json_decref(q);
	expect_missing(&f, "{\"count\":2,\"more\":false,\"ranges\":[[2,3]]}");
	api_work_fixture_collect(&f);
	expect_missing(&f, "{\"count\":2,\"more\":false,\"ranges\":[[2,3]]}");
	api_work_fixture_lose(&f, WORK_IN);
	q = api_work_fixture_get(&f, "/api/queues/mp_input_q", 200);
	ck_assert_int_eq(api_fixture_number(member(q, "missing"), "count"), 3);
	ck_assert_uint_eq(json_array_size(member(member(q, "missing"), "ranges")), 2);
	json_decref(q);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(without_a_store_what_is_lost_is_counted)
{
	struct api_work_fixture f;

	api_work_fixture_init_without_store(&f);
	api_work_fixture_feed(&f, WORK_IN, 3);
	expect_missing(&f, "{\"count\":0,\"more\":false,\"ranges\":[]}");
	api_work_fixture_lose(&f, WORK_IN);
	api_work_fixture_work(&f, WORK_IN, 2);
	api_work_fixture_collect(&f);
	expect_missing(&f, "{\"count\":1,\"more\":true,\"ranges\":[]}");
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(feeders_show_how_far_they_are)
{
	struct api_work_fixture f;
	json_t *doc, *p;

	api_work_fixture_init(&f, 0);
	atomic_store(&board_feeder_process(f.api.board, 0)->state, SLOT_READY);
	atomic_store(&board_feeder_process(f.api.board, 0)->pid, 77);
	board_set(&board_feeder_process(f.api.board, 0)->restarts, 3);
	queue_expect(&f.queue.handles[2], WORK_IN, 40);
	api_work_fixture_feed(&f, WORK_IN, 8);
	doc = api_work_fixture_get(&f, "/api/feeders", 200);
	ck_assert_uint_eq(json_array_size(doc), 2);
	p = json_array_get(doc, 0);
	ck_assert_str_eq(api_fixture_text(p, "name"), "primes");
	ck_assert_str_eq(api_fixture_text(p, "queue"), "mp_input_q");
	ck_assert_str_eq(api_fixture_text(p, "generator"), "range");
	ck_assert_str_eq(api_fixture_text(p, "state"), "ready");
	ck_assert_int_eq(api_fixture_number(p, "pid"), 77);
	ck_assert_int_eq(api_fixture_number(p, "restarts"), 3);
	ck_assert_int_eq(api_fixture_number(p, "rows"), 8);
	ck_assert_int_eq(api_fixture_number(p, "rows_expected"), 40);
	ck_assert_int_eq(api_fixture_number(p, "tickets"), 8);
	ck_assert_int_eq(api_fixture_number(p, "expected"), 40);
	ck_assert_double_eq_tol(json_number_value(member(p, "percent")), 20, 0.001);
	ck_assert(json_number_value(member(p, "rows_per_s")) > 0);
	ck_assert(json_number_value(member(p, "eta_s")) >= 0);
	ck_assert(json_is_null(member(p, "end")));
	p = json_array_get(doc, 1);
	ck_assert(json_is_null(member(p, "rows_expected")));
	ck_assert(json_is_null(member(p, "percent")));
	ck_assert(json_is_null(member(p, "eta_s")));
	ck_assert(json_is_null(member(p, "expected")));
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(a_feeder_ends_done_stopped_or_failed)
{
	struct api_work_fixture f;
	json_t *doc;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 1);
	queue_close(&f.queue.handles[1], WORK_IN); /* 1 of 40 rows */
	api_work_fixture_feed(&f, WORK_AUDIO, 3);  /* of nobody knows how many */
	queue_close(&f.queue.handles[2], WORK_AUDIO);
	doc = api_work_fixture_get(&f, "/api/feeders", 200);
	ck_assert_str_eq(api_fixture_text(json_array_get(doc, 0), "end"), "stopped");
	ck_assert_str_eq(api_fixture_text(json_array_get(doc, 1), "end"), "done");
	ck_assert_int_eq(api_fixture_number(json_array_get(doc, 1), "rows_expected"), 3);
	ck_assert(json_number_value(member(json_array_get(doc, 1), "percent")) == 100);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(json_is_null(member(json_array_get(doc, i), "rows_per_s")));
		ck_assert(json_is_null(member(json_array_get(doc, i), "pid")));
	}
	json_decref(doc);
	atomic_store(&board_feeder_process(f.api.board, 0)->failed, 1);
	doc = api_work_fixture_get(&f, "/api/feeders", 200);
	ck_assert_str_eq(api_fixture_text(json_array_get(doc, 0), "end"), "failed");
	json_decref(doc);
	api_work_fixture_release(&f);
}
END_TEST

START_TEST(the_page_has_tables_of_queues_and_feeders)
{
	struct api_work_fixture f;
	struct http_reply reply;
	const char *page;

	api_work_fixture_init(&f, 0);
	api_work_fixture_feed(&f, WORK_IN, 3);
	api_work_fixture_lose(&f, WORK_IN);
	http_client_expect(&f.api.client, "/workers", "", 200, &reply);
	page = buf_text(&reply.body);
	ck_assert_ptr_nonnull(strstr(page, "<h2>Queues</h2>"));
	ck_assert_ptr_nonnull(strstr(page, "<td>batch_1|audio_lg"));
	ck_assert_ptr_nonnull(strstr(page, "1 missing: _TID_0\n"));
	ck_assert_ptr_nonnull(strstr(page, "<td>primes<td>mp_input_q<td>range<td>down"));
	ck_assert_ptr_null(strstr(page, "<script"));
	http_reply_release(&reply);
	api_work_fixture_release(&f);
}
END_TEST

Suite *api_queues_suite(void)
{
	Suite *s = suite_create("api_queues");
	TCase *t = tcase_create("queues");

	tcase_add_test(t, each_term_is_what_was_done);
	tcase_add_test(t, all_queues_are_listed_with_their_kinds);
	tcase_add_loop_test(t, one_queue_is_found_by_its_encoded_name, 0, 9);
	tcase_add_test(t, the_output_queue_shows_what_waits_to_be_stored);
	tcase_add_test(t, a_lost_ticket_is_named);
	tcase_add_test(t, without_a_store_what_is_lost_is_counted);
	tcase_add_test(t, feeders_show_how_far_they_are);
	tcase_add_test(t, a_feeder_ends_done_stopped_or_failed);
	tcase_add_test(t, the_page_has_tables_of_queues_and_feeders);
	suite_add_tcase(s, t);
	return s;
}
