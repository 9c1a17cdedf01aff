/* test_toolbox_unfinished.c - a chunk that a module does not finish is never lost. */
#include "common/cc.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <semaphore.h>

#define Q TOOLBOX_FIXTURE_QUEUE

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

Suite *toolbox_unfinished_suite(void)
{
	Suite *s = suite_create("toolbox_unfinished");
	TCase *t = tcase_create("toolbox_unfinished");

	tcase_add_test(t, a_chunk_whose_result_was_refused_dies_with_that_reason);
	tcase_add_loop_test(t, a_chunk_thrown_away_goes_back_then_dies_with_the_reason, 0, 2);
	tcase_add_test(t, a_chunk_that_is_forgotten_does_not_keep_the_queue_from_its_end);
	tcase_add_test(t, a_chunk_in_hand_is_no_end_of_another_queue);
	tcase_add_test(t, a_thread_with_a_chunk_that_waits_for_more_learns_of_the_close);
	tcase_add_test(t, a_call_leaves_the_chunks_of_others_alone);
	tcase_add_test(t, what_is_left_when_the_worker_is_stopped_is_no_attempt);
	suite_add_tcase(s, t);
	return s;
}
