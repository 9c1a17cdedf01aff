/* test_toolbox_chunk.c - the calls of eisen.h on chunks: read, finished once, never lost. */
#include "common/cc.h"
#include "common/error.h"
#include "queues/payload.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define Q "mp_input_q"

START_TEST(a_chunk_is_read_and_its_result_collected)
{
	static const size_t lengths[] = { 1, 7, 4 };
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n{\"a\":2}\n\"\xc3\xa4\"\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_str_eq(eisen_chunk_header(chunk), "mp_input_q (default);_TID_0;");
	ck_assert_uint_eq(eisen_ticket(chunk), 0);
	ck_assert_uint_eq(eisen_chunk_rows(chunk), 3);
	ck_assert_uint_eq(eisen_chunk_attempts(chunk), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(eisen_row(chunk, &text, &len));
		ck_assert_uint_eq(len, lengths[i]);
	}
	ck_assert_mem_eq(text, "\"\xc3\xa4\"", 4);
	ck_assert(!eisen_row(chunk, &text, &len));
	ck_assert_int_eq(eisen_result(f.tb, chunk, json_pack("{s:i}", "sum", 3)), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0 {\"sum\":3}");
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(rows_are_read_as_numbers_and_as_json)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	int64_t n = 0;
	json_t *value;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "-9223372036854775808\n[1,\"\\u0000\"]\n7\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(eisen_row_int(chunk, &n));
	ck_assert_int_eq(n, INT64_MIN);
	value = eisen_row_json(chunk);
	ck_assert_uint_eq(json_array_size(value), 2);
	json_decref(value);
	ck_assert(eisen_row_int(chunk, &n));
	ck_assert_int_eq(n, 7);
	ck_assert(!eisen_row_int(chunk, &n));
	ck_assert_ptr_null(eisen_row_json(chunk));
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_row_that_is_no_number_can_be_read_otherwise)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	int64_t n;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "\"seven\"\n8\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(!eisen_row_int(chunk, &n));
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "\"seven\"", len);
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
}
END_TEST

static const struct {
	const char *rows;
	bool as_json;
	const char *why;
} unreadable[] = {
	{ "1\n2.5\n3\n", false, "_TID_0 row 2 is no whole number of 64 bits" },
	{ "1\n99999999999999999999\n", true,
	  "_TID_0 row 2 is JSON that jansson cannot read (a number too large?)" },
};

/* Its loop ended early, as if the chunk were at its end. */
START_TEST(a_result_of_half_a_chunk_fails_the_chunk)
{
	struct toolbox_fixture f;
	int64_t n;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, unreadable[_i].rows);
	for (int attempt = 0; attempt < 2; attempt++) {
		eisen_chunk *chunk = toolbox_fixture_take(&f, Q);
		json_t *value = NULL;

		ck_assert(eisen_row_int(chunk, &n));
		if (unreadable[_i].as_json)
			value = eisen_row_json(chunk);
		else
			ck_assert(!eisen_row_int(chunk, &n));
		ck_assert_ptr_null(value);
		ck_assert_int_eq(eisen_result(f.tb, chunk, json_integer(1)), -EBADMSG);
	}
	ck_assert_str_eq(toolbox_fixture_collect(&f), "");
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f), unreadable[_i].why);
	toolbox_fixture_expect_log(&f, "the chunk fails");
	toolbox_fixture_release(&f);
}
END_TEST

/* Finished once --------------------------------------------------------------- */

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

/* Never lost -------------------------------------------------------------------- */

static bool throws_away(eisen_toolbox *tb)
{
	eisen_chunk *chunk;

	eisen_take(tb, eisen_queue_find(tb, Q), 0, &chunk);
	return true;
}

static void throws_away_in_a_thread(eisen_toolbox *tb, void *arg ATTR_UNUSED)
{
	throws_away(tb);
}

START_TEST(a_chunk_thrown_away_goes_back_then_dies_with_the_reason)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	for (int i = 0; i < 2; i++) {
		if (_i == 0) {
			ck_assert(toolbox_call(f.tb, throws_away));
		} else {
			ck_assert_int_eq(eisen_thread(f.tb, throws_away_in_a_thread, NULL), 0);
			toolbox_join(f.tb);
		}
	}
	toolbox_fixture_expect_log(
		&f, "mp_input_q, ticket 0: the module did not finish it before the function "
		    "returned; it goes back");
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f),
			 "_TID_0 the module did not finish it before the function returned");
	ck_assert_uint_eq(f.failed, 2);
	toolbox_fixture_release(&f);
}
END_TEST

static bool gives_no_json(eisen_toolbox *tb)
{
	eisen_chunk *chunk = NULL;

	ck_assert_int_eq(eisen_take(tb, eisen_queue_find(tb, Q), -1, &chunk), EISEN_CHUNK);
	return eisen_result_text(tb, chunk, "nul", 3) == -EINVAL;
}

START_TEST(a_chunk_whose_result_was_refused_dies_with_that_reason)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	for (int i = 0; i < 2; i++)
		ck_assert(toolbox_call(f.tb, gives_no_json));
	ck_assert_mem_eq(toolbox_fixture_collect_dead(&f), "_TID_0 its result is no JSON: want ",
			 35);
	/* The same handle, another chunk: nothing is left of it. */
	toolbox_fixture_feed(&f, Q, "1\n");
	for (int i = 0; i < 2; i++)
		ck_assert(toolbox_call(f.tb, throws_away));
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f),
			 "_TID_1 the module did not finish it before the function returned");
	toolbox_fixture_release(&f);
}
END_TEST

/* Takes all there are in one call, and forgets the first. */
static bool forgets_the_first(eisen_toolbox *tb)
{
	eisen_chunk *chunk;

	while (eisen_take(tb, eisen_queue_find(tb, Q), -1, &chunk) == EISEN_CHUNK)
		if (eisen_ticket(chunk) > 0)
			eisen_done(tb, chunk);
	return false;
}

/* It would wait for its own lease. It is called again: its queue is not at its end. */
START_TEST(a_chunk_that_is_forgotten_does_not_keep_the_queue_from_its_end)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	toolbox_fixture_feed(&f, Q, "2\n");
	toolbox_fixture_close_queue(&f, Q);
	ck_assert(toolbox_call(f.tb, forgets_the_first));
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_1");
	ck_assert(toolbox_call(f.tb, forgets_the_first));
	ck_assert(!toolbox_call(f.tb, forgets_the_first));
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f),
			 "_TID_0 the module did not finish it before the function returned");
	toolbox_fixture_release(&f);
}
END_TEST

/* A chunk of one queue in hand, the other queue's is with somebody else: it may come
 * back. */
static bool waits_for_the_other(eisen_toolbox *tb)
{
	eisen_chunk *video, *audio;

	ck_assert_int_eq(eisen_take(tb, eisen_queue_find(tb, Q), 0, &video), EISEN_CHUNK);
	ck_assert_int_eq(eisen_take(tb, eisen_queue_find(tb, "batch_1|audio_lg"), 1, &audio),
			 EISEN_TIMEOUT);
	return eisen_done(tb, video) < 0;
}

START_TEST(a_chunk_in_hand_is_no_end_of_another_queue)
{
	struct toolbox_fixture f;
	eisen_chunk *audio;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	toolbox_fixture_feed(&f, "batch_1|audio_lg", "1\n");
	audio = toolbox_fixture_take(&f, "batch_1|audio_lg");
	toolbox_fixture_close_queue(&f, "batch_1|audio_lg");
	ck_assert(!toolbox_call(f.tb, waits_for_the_other));
	ck_assert_int_eq(eisen_done(f.tb, audio), 0);
	toolbox_fixture_release(&f);
}
END_TEST

static void forgets_in_a_thread(eisen_toolbox *tb, void *arg)
{
	sem_post(arg);
	forgets_the_first(tb);
}

/* The queue is closed while it waits. */
START_TEST(a_thread_with_a_chunk_that_waits_for_more_learns_of_the_close)
{
	struct toolbox_fixture f;
	sem_t ready;

	toolbox_fixture_init(&f);
	sem_init(&ready, 0, 0);
	toolbox_fixture_feed(&f, Q, "1\n");
	ck_assert_int_eq(eisen_thread(f.tb, forgets_in_a_thread, &ready), 0);
	while (sem_wait(&ready) < 0)
		;
	toolbox_fixture_close_queue(&f, Q);
	toolbox_join(f.tb);
	toolbox_fixture_expect_log(&f, "ticket 0: the module did not finish it");
	sem_destroy(&ready);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_call_leaves_the_chunks_of_others_alone)
{
	struct toolbox_fixture f;
	eisen_chunk *other;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	toolbox_fixture_feed(&f, Q, "2\n");
	other = toolbox_fixture_take(&f, Q);
	ck_assert(toolbox_call(f.tb, throws_away));
	ck_assert_int_eq(eisen_done(f.tb, other), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(what_is_left_when_the_worker_is_stopped_is_no_attempt)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n");
	for (int i = 0; i < 5; i++) {
		toolbox_fixture_take(&f, Q);
		toolbox_stop(f.tb);
		toolbox_join(f.tb);
		atomic_store(&f.queues.interrupted, 0);
		toolbox_fixture_restart(&f);
	}
	ck_assert_uint_eq(eisen_chunk_attempts(toolbox_fixture_take(&f, Q)), 0);
	toolbox_fixture_expect_log(&f, "before the worker ended");
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

START_TEST(rows_that_are_put_come_out_as_a_chunk)
{
	struct toolbox_fixture f;
	eisen_queue *queue;
	eisen_chunk *chunk;
	json_t *rows = json_pack("[i,{s:s},n]", 7, "a", "line\nend");
	const char *text;
	size_t len;

	toolbox_fixture_init(&f);
	queue = eisen_queue_find(f.tb, Q);
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, 0), 0);
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_uint_eq(eisen_chunk_rows(chunk), 3);
	ck_assert(eisen_row(chunk, NULL, NULL));
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "{\"a\":\"line\\nend\"}", len);
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(eisen_put(f.tb, queue, rows, 0), 0);
	while (eisen_put(f.tb, queue, rows, 0) == 0)
		;
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, 1), -ETIMEDOUT);
	ck_assert_int_eq(eisen_queue_close(f.tb, queue), 0);
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, -1), -EPIPE);
	json_decref(rows);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(what_cannot_be_put_is_refused)
{
	json_auto_t *empty = json_array(), *object = json_object(), *bad = json_array(),
		    *large = json_array();
	char *text = malloc(1000);
	struct toolbox_fixture f;
	eisen_queue *queue;

	toolbox_fixture_init(&f);
	queue = eisen_queue_find(f.tb, Q);
	memset(text, 'x', 1000);
	json_array_append_new(bad, json_string_nocheck("\xff"));
	json_array_append_new(large, json_stringn(text, 1000));
	ck_assert_int_eq(eisen_put(f.tb, queue, empty, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, object, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, NULL, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, NULL, bad, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, bad, 0), -EINVAL);
	toolbox_fixture_expect_log(&f, "row 1 cannot be written as JSON");
	ck_assert_int_eq(eisen_put(f.tb, queue, large, 0), -E2BIG);
	free(text);
	toolbox_fixture_release(&f);
}
END_TEST

/* In a process of its own; by the signal, of which no sanitizer is to report. */
static bool dies(void (*touch)(char *), char *at)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		touch(at);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void write_to(char *at)
{
	*(volatile char *)at = 'x';
}

static void read_from(char *at)
{
	*(const volatile char *)at;
}

START_TEST(with_a_guard_a_module_that_writes_into_its_chunk_or_reads_past_it_dies)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	char *at;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_free(f.tb);
	f.spec.guard_chunks = true;
	ck_assert_int_eq(toolbox_new(&f.spec, &f.tb, NULL), 0);
	toolbox_fixture_feed(&f, Q, "123\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "123\n", 4);
	at = (char *)text;
	ck_assert(!dies(read_from, at + 3));
	ck_assert(dies(write_to, at));
	ck_assert(dies(read_from, at + 4));
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	toolbox_fixture_release(&f);
}
END_TEST

Suite *toolbox_chunk_suite(void)
{
	Suite *s = suite_create("toolbox_chunk");
	TCase *t = tcase_create("read");

	tcase_add_test(t, a_chunk_is_read_and_its_result_collected);
	tcase_add_test(t, rows_are_read_as_numbers_and_as_json);
	tcase_add_test(t, a_row_that_is_no_number_can_be_read_otherwise);
	tcase_add_loop_test(t, a_result_of_half_a_chunk_fails_the_chunk, 0, ARRAY_SIZE(unreadable));
	tcase_add_test(t, with_a_guard_a_module_that_writes_into_its_chunk_or_reads_past_it_dies);
	suite_add_tcase(s, t);
	t = tcase_create("finish");
	tcase_add_loop_test(t, a_chunk_is_finished_once_by_whichever_call, 0, ARRAY_SIZE(finishes));
	tcase_add_test(t, finishing_twice_does_not_finish_the_next_one);
	tcase_add_loop_test(t, what_is_no_chunk_is_refused, 0, ARRAY_SIZE(finishes));
	tcase_add_loop_test(t, a_result_that_is_no_json_is_refused, 0, 3);
	tcase_add_loop_test(t, a_text_that_is_no_json_is_refused, 0, ARRAY_SIZE(bad_texts));
	tcase_add_loop_test(t, a_result_is_written_whole_up_to_the_largest_block, 0, 8);
	tcase_add_test(t, a_result_beyond_that_needs_a_folder_and_is_refused_without);
	suite_add_tcase(s, t);
	t = tcase_create("never lost");
	tcase_add_test(t, a_chunk_whose_result_was_refused_dies_with_that_reason);
	tcase_add_loop_test(t, a_chunk_thrown_away_goes_back_then_dies_with_the_reason, 0, 2);
	tcase_add_test(t, a_chunk_that_is_forgotten_does_not_keep_the_queue_from_its_end);
	tcase_add_test(t, a_chunk_in_hand_is_no_end_of_another_queue);
	tcase_add_test(t, a_thread_with_a_chunk_that_waits_for_more_learns_of_the_close);
	tcase_add_test(t, a_call_leaves_the_chunks_of_others_alone);
	tcase_add_test(t, what_is_left_when_the_worker_is_stopped_is_no_attempt);
	tcase_add_test(t, a_failed_chunk_comes_again_then_dies_with_the_modules_words);
	tcase_add_test(t, kept_rows_come_first_after_a_restart_and_in_their_order);
	tcase_add_test(t, rows_that_are_put_come_out_as_a_chunk);
	tcase_add_test(t, what_cannot_be_put_is_refused);
	suite_add_tcase(s, t);
	return s;
}
