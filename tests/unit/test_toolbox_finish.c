/* test_toolbox_finish.c - the calls of eisen.h that finish a chunk: once, whole, or refused. */
#include "common/cc.h"
#include "queues/payload.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <string.h>

#define Q TOOLBOX_FIXTURE_QUEUE

static int by_result(eisen_toolbox *tb, eisen_chunk *c)
{
	return eisen_result(tb, c, json_integer(1));
}

static int by_text(eisen_toolbox *tb, eisen_chunk *c)
{
	return eisen_result_text(tb, c, "1", 1);
}

static int by_fail(eisen_toolbox *tb, eisen_chunk *c)
{
	return eisen_fail(tb, c, "not today");
}

typedef int finish_fn(eisen_toolbox *tb, eisen_chunk *c);
static finish_fn *const finishes[] = { by_result, by_text,      eisen_done,
				       by_fail,   eisen_return, eisen_keep };

START_TEST(a_chunk_is_finished_once_by_whichever_call)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_int_eq(finishes[_i](f.tb, chunk), 0);
	ck_assert(toolbox_fixture_is_silent(&f));
	for (size_t i = 0; i < ARRAY_SIZE(finishes); i++)
		ck_assert_int_eq(finishes[i](f.tb, chunk), -ESTALE);
	toolbox_fixture_expect_log(
		&f, "eisen_result: mp_input_q, ticket 0: the chunk was finished before");
	ck_assert(!eisen_row(chunk, &text, &len));
	ck_assert_str_eq(eisen_chunk_header(chunk), "");
	ck_assert_ptr_null(eisen_chunk_queue(chunk));
	toolbox_fixture_release(&f);
}
END_TEST

/* Its handle is not that of the next chunk yet. */
START_TEST(finishing_twice_does_not_finish_the_next_one)
{
	struct toolbox_fixture f;
	eisen_chunk *first, *next;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	first = toolbox_fixture_take(&f, Q);
	ck_assert_int_eq(eisen_done(f.tb, first), 0);
	for (int i = 0; i < 60; i++) {
		ck_assert_str_ne(toolbox_fixture_collect(&f), "");
		toolbox_fixture_feed(&f, Q, "2\n");
		next = toolbox_fixture_take(&f, Q);
		ck_assert_int_eq(eisen_done(f.tb, first), -ESTALE);
		ck_assert_int_eq(eisen_done(f.tb, next), 0);
	}
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(what_is_no_chunk_is_refused)
{
	struct toolbox_fixture f;
	char memory[4096] = { 0 };
	eisen_chunk *wrong[] = { NULL, (eisen_chunk *)(void *)memory, NULL };

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	wrong[2] = (eisen_chunk *)((char *)toolbox_fixture_take(&f, Q) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(finishes[_i](f.tb, wrong[i]), -EINVAL);
	toolbox_fixture_expect_log(&f, "want a chunk of eisen_take(), got NULL");
	ck_assert_int_eq(finishes[_i](NULL, wrong[1]), -EINVAL);
	ck_assert(!eisen_row(NULL, NULL, NULL));
	toolbox_fixture_release(&f);
}
END_TEST

/* A result that cannot be stored leaves the chunk with the module. */
static json_t *no_result(void)
{
	return NULL;
}

static json_t *a_loop(void)
{
	json_t *outer = json_array(), *inner = json_array();

	json_array_append_new(outer, inner);
	json_array_append(inner, outer);
	return outer;
}

static json_t *no_text(void)
{
	return json_string_nocheck("\xff");
}

START_TEST(a_result_that_is_no_json_is_refused)
{
	json_t *(*const make[])(void) = { no_result, a_loop, no_text };
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	json_t *result = make[_i]();

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	chunk = toolbox_fixture_take(&f, Q);
	json_incref(result);
	ck_assert_int_eq(eisen_result(f.tb, chunk, result), -EINVAL);
	ck_assert(!toolbox_fixture_is_silent(&f));
	ck_assert_int_eq(eisen_result(f.tb, chunk, json_true()), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0 true");
	if (_i == 1) /* jansson does not free a loop */
		json_array_clear(json_array_get(result, 0));
	json_decref(result);
	toolbox_fixture_release(&f);
}
END_TEST

static const char *const bad_texts[] = { "", "{", "1 2", "[1,\n2]", "\"\xff\"", "'a'", "nul" };

START_TEST(a_text_that_is_no_json_is_refused)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_int_eq(eisen_result_text(f.tb, chunk, bad_texts[_i], strlen(bad_texts[_i])),
			 -EINVAL);
	toolbox_fixture_expect_log(
		&f, "eisen_result_text: mp_input_q, ticket 0: its result is no JSON: want ");
	ck_assert_int_eq(eisen_result_text(f.tb, chunk, NULL, 0), -EINVAL);
	ck_assert_int_eq(eisen_result_text(f.tb, chunk, " [1, 2]", 7), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0  [1, 2]");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_result_is_written_whole_up_to_the_largest_block)
{
	static const size_t sizes[] = { 1, 254, 255, 2046, 2047, 8191, 100000, 1048574 };
	struct toolbox_fixture f;
	char *text = malloc(1048577);
	uint32_t block;
	struct payload payload;

	toolbox_fixture_init(&f);
	memset(text, 'x', 1048576);
	toolbox_fixture_feed(&f, Q, "1\n");
	ck_assert_int_eq(
		eisen_result(f.tb, toolbox_fixture_take(&f, Q), json_stringn(text, sizes[_i])), 0);
	ck_assert_int_eq(queue_take(&f.queues, f.queues.shared->output, 0, &block), QUEUE_CHUNK);
	ck_assert_int_eq(payload_read(&f.queues, queue_result(&f.queues, block), &payload, NULL),
			 0);
	ck_assert_uint_eq(payload.bytes, sizes[_i] + 2);
	ck_assert_mem_eq(payload.at + 1, text, sizes[_i]);
	payload_close(&payload);
	queue_finish(&f.queues, block);
	free(text);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_result_beyond_that_needs_a_folder_and_is_refused_without)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	char *text = malloc(2000001);

	toolbox_fixture_init(&f);
	memset(text, '1', 2000000);
	toolbox_fixture_feed(&f, Q, "1\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_int_eq(eisen_result_text(f.tb, chunk, text, 2000000), -E2BIG);
	ck_assert_int_eq(eisen_result(f.tb, chunk, json_stringn(text, 2000000)), -E2BIG);
	toolbox_fixture_expect_log(&f, "no folder for large ones");
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	free(text);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_failed_chunk_comes_again_then_dies_with_the_modules_words)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	ck_assert_int_eq(eisen_fail(f.tb, toolbox_fixture_take(&f, Q), NULL), 0);
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_uint_eq(eisen_chunk_attempts(chunk), 1);
	ck_assert_int_eq(eisen_fail(f.tb, chunk, "no such word"), 0);
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f), "_TID_0 no such word");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(kept_rows_come_first_after_a_restart_and_in_their_order)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	int64_t n;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "10\n");
	toolbox_fixture_feed(&f, Q, "11\n");
	toolbox_fixture_feed(&f, Q, "12\n");
	ck_assert_int_eq(eisen_keep(f.tb, toolbox_fixture_take(&f, Q)), 0);
	ck_assert_int_eq(eisen_keep(f.tb, toolbox_fixture_take(&f, Q)), 0);
	for (int restart = 0; restart < 2; restart++) {
		toolbox_fixture_restart(&f);
		for (int i = 0; i < 2; i++) {
			chunk = toolbox_fixture_take(&f, Q);
			ck_assert(eisen_row_int(chunk, &n));
			ck_assert_int_eq(n, 10 + i);
			ck_assert_int_eq(eisen_done(f.tb, chunk), -EINVAL);
			ck_assert_int_eq(eisen_keep(f.tb, chunk), 0);
		}
	}
	toolbox_fixture_expect_log(&f, "the row is kept by this slot");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(eisen_row_int(chunk, &n));
	ck_assert_int_eq(n, 12);
	ck_assert_int_eq(eisen_keep(f.tb, chunk), 0);
	toolbox_fixture_restart(&f);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(eisen_keep(f.tb, toolbox_fixture_take(&f, Q)), 0);
	toolbox_fixture_release(&f);
}
END_TEST

Suite *toolbox_finish_suite(void)
{
	Suite *s = suite_create("toolbox_finish");
	TCase *t = tcase_create("once");

	tcase_add_loop_test(t, a_chunk_is_finished_once_by_whichever_call, 0, ARRAY_SIZE(finishes));
	tcase_add_test(t, finishing_twice_does_not_finish_the_next_one);
	tcase_add_loop_test(t, what_is_no_chunk_is_refused, 0, ARRAY_SIZE(finishes));
	suite_add_tcase(s, t);
	t = tcase_create("result");
	tcase_add_loop_test(t, a_result_that_is_no_json_is_refused, 0, 3);
	tcase_add_loop_test(t, a_text_that_is_no_json_is_refused, 0, ARRAY_SIZE(bad_texts));
	tcase_add_loop_test(t, a_result_is_written_whole_up_to_the_largest_block, 0, 8);
	tcase_add_test(t, a_result_beyond_that_needs_a_folder_and_is_refused_without);
	suite_add_tcase(s, t);
	t = tcase_create("failed and kept");
	tcase_add_test(t, a_failed_chunk_comes_again_then_dies_with_the_modules_words);
	tcase_add_test(t, kept_rows_come_first_after_a_restart_and_in_their_order);
	suite_add_tcase(s, t);
	return s;
}
