/* test_toolbox.c - work/toolbox.h and the calls of eisen.h: what a worker is told, what
 * it waits for, and how it ends.
 */
#include "common/cc.h"
#include "common/error.h"
#include "queues/tools.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <semaphore.h>
#include <string.h>

#define FOREVER (-1)

START_TEST(tells_who_the_worker_is)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	ck_assert_int_eq(eisen_start_sequence_num(f.tb), TOOLBOX_FIXTURE_SLOT);
	ck_assert_int_eq(eisen_worker_id(f.tb), TOOLBOX_FIXTURE_SLOT + 1);
	ck_assert_int_eq(eisen_worker_pid(f.tb), getpid());
	ck_assert_str_eq(eisen_worker_name(f.tb), "eisen:2");
	ck_assert_str_eq(eisen_worker_group(f.tb), "blue");
	ck_assert_str_eq(json_string_value(json_object_get(eisen_kwargs(f.tb), "say_hello")),
			 "Hello");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(finds_queues_by_name_category_and_the_seeds_header)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	ck_assert_str_eq(eisen_queue_name(eisen_queue_find(f.tb, "batch_1|audio_lg")),
			 "batch_1|audio_lg");
	ck_assert_ptr_nonnull(eisen_queue_find(f.tb, "mp_input_q"));
	ck_assert_ptr_eq(eisen_queue_find(f.tb, "mp_input_q (default)"),
			 eisen_queue_find(f.tb, "mp_input_q"));
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(says_which_queues_there_are_when_it_knows_none_of_that_name)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	ck_assert_ptr_null(eisen_queue_find(f.tb, "mp_inptu_q"));
	toolbox_fixture_expect_log(&f, "no queue is called \"mp_inptu_q\"; there are: mp_input_q, "
				       "batch_1|audio_lg\n");
	ck_assert_ptr_null(eisen_queue_find(f.tb, "mp_output_q"));
	ck_assert_ptr_null(eisen_queue_find(f.tb, "mp_print_q"));
	toolbox_fixture_expect_log(&f, "\"mp_print_q\" is eisen's own");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(takes_none_of_what_is_no_queue_and_ends_the_modules_loop)
{
	struct toolbox_fixture f;
	eisen_queue *none[1] = { NULL }, *wrong[1];
	eisen_chunk *chunk = NULL;

	toolbox_fixture_init(&f);
	wrong[0] = (eisen_queue *)((char *)eisen_queue_find(f.tb, "mp_input_q") + 1);
	ck_assert_int_eq(eisen_take(f.tb, NULL, FOREVER, &chunk), EISEN_STOP);
	toolbox_fixture_expect_log(&f, "eisen_take: want a queue of eisen_queue_find(), got NULL");
	ck_assert_int_eq(eisen_take(f.tb, wrong[0], FOREVER, &chunk), EISEN_STOP);
	ck_assert_int_eq(eisen_take_any(f.tb, none, 1, FOREVER, &chunk), EISEN_STOP);
	ck_assert_int_eq(eisen_take_any(f.tb, none, 0, FOREVER, &chunk), EISEN_STOP);
	ck_assert_int_eq(eisen_take_any(f.tb, none, 65, FOREVER, &chunk), EISEN_STOP);
	ck_assert_int_eq(eisen_take(NULL, NULL, FOREVER, &chunk), EISEN_STOP);
	ck_assert_ptr_null(chunk);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(takes_from_whichever_queue_has_a_chunk)
{
	struct toolbox_fixture f;
	eisen_queue *both[2];
	eisen_chunk *chunk = NULL;

	toolbox_fixture_init(&f);
	both[0] = eisen_queue_find(f.tb, "mp_input_q");
	both[1] = eisen_queue_find(f.tb, "batch_1|audio_lg");
	ck_assert_int_eq(eisen_take_any(f.tb, both, 2, 0, &chunk), EISEN_TIMEOUT);
	toolbox_fixture_feed(&f, "batch_1|audio_lg", "1\n");
	ck_assert_int_eq(eisen_take_any(f.tb, both, 2, 0, &chunk), EISEN_CHUNK);
	ck_assert_ptr_eq(eisen_chunk_queue(chunk), both[1]);
	ck_assert_str_eq(eisen_chunk_header(chunk), "batch_1|audio_lg;_TID_0;");
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(says_stop_when_a_queue_is_closed_and_empty_and_timeout_before)
{
	struct toolbox_fixture f;
	eisen_queue *queue;
	eisen_chunk *chunk = NULL;

	toolbox_fixture_init(&f);
	queue = eisen_queue_find(f.tb, "mp_input_q");
	ck_assert_int_eq(eisen_take(f.tb, queue, 1, &chunk), EISEN_TIMEOUT);
	ck_assert_int_eq(eisen_queue_close(f.tb, queue), 0);
	ck_assert_int_eq(eisen_take(f.tb, queue, FOREVER, &chunk), EISEN_STOP);
	ck_assert_int_eq(eisen_queue_close(f.tb, NULL), -EINVAL);
	toolbox_fixture_release(&f);
}
END_TEST

/* Waiting ------------------------------------------------------------------ */

struct waiter {
	struct toolbox_fixture *f;
	sem_t ready;
	int got;
};

static void wait_for_chunk(eisen_toolbox *tb, void *arg)
{
	struct waiter *w = arg;
	eisen_chunk *chunk = NULL;

	sem_post(&w->ready);
	w->got = (int)eisen_take(tb, eisen_queue_find(tb, "mp_input_q"), FOREVER, &chunk);
}

static void wait_asleep(eisen_toolbox *tb, void *arg)
{
	struct waiter *w = arg;

	sem_post(&w->ready);
	w->got = eisen_sleep(tb, FOREVER);
}

static void wait_to_put(eisen_toolbox *tb, void *arg)
{
	struct waiter *w = arg;
	json_t *rows = json_pack("[i]", 1);

	do
		w->got = eisen_put(tb, eisen_queue_find(tb, "mp_input_q"), rows, 0);
	while (w->got == 0);
	sem_post(&w->ready);
	w->got = eisen_put(tb, eisen_queue_find(tb, "mp_input_q"), rows, FOREVER);
	json_decref(rows);
}

static void stop(eisen_toolbox *tb)
{
	toolbox_stop(tb);
}

static const struct {
	void (*wait)(eisen_toolbox *tb, void *arg);
	void (*end)(eisen_toolbox *tb);
	int want;
} waits[] = {
	{ wait_for_chunk, stop, EISEN_STOP },
	{ wait_asleep, stop, true },
	{ wait_asleep, toolbox_end, true },
	{ wait_to_put, stop, -ECANCELED },
};

START_TEST(a_thread_that_waits_learns_of_the_end)
{
	struct toolbox_fixture f;
	struct waiter w = { .f = &f, .got = -1 };

	toolbox_fixture_init(&f);
	sem_init(&w.ready, 0, 0);
	ck_assert_int_eq(eisen_thread(f.tb, waits[_i].wait, &w), 0);
	while (sem_wait(&w.ready) < 0)
		;
	waits[_i].end(f.tb);
	toolbox_join(f.tb);
	ck_assert_int_eq(w.got, waits[_i].want);
	ck_assert(eisen_stopping(f.tb));
	sem_destroy(&w.ready);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(once_stopped_what_waits_is_left_to_others)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk = NULL;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, "mp_input_q", "1\n");
	toolbox_stop(f.tb);
	ck_assert_int_eq(eisen_take(f.tb, eisen_queue_find(f.tb, "mp_input_q"), FOREVER, &chunk),
			 EISEN_STOP);
	ck_assert(toolbox_stopped(f.tb));
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(at_the_end_of_the_loop_threads_still_get_what_is_in_their_queues)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, "batch_1|audio_lg", "1\n");
	ck_assert(!eisen_stopping(f.tb));
	toolbox_end(f.tb);
	ck_assert(eisen_stopping(f.tb));
	ck_assert(!toolbox_stopped(f.tb));
	ck_assert_int_eq(eisen_done(f.tb, toolbox_fixture_take(&f, "batch_1|audio_lg")), 0);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(sleeps_for_a_time)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	ck_assert(!eisen_sleep(f.tb, 0));
	ck_assert(!eisen_sleep(f.tb, 2));
	toolbox_stop(f.tb);
	ck_assert(eisen_sleep(f.tb, 0));
	toolbox_fixture_release(&f);
}
END_TEST

static void set_flag(eisen_toolbox *tb ATTR_UNUSED, void *arg)
{
	atomic_fetch_add((_Atomic int *)arg, 1);
}

/* More than there may be at once: those that have ended make room. */
START_TEST(threads_that_ended_make_room_and_all_are_joined)
{
	struct toolbox_fixture f;
	_Atomic int ran = 0;
	int started = 0;

	toolbox_fixture_init(&f);
	while (started < 1000) {
		int r = eisen_thread(f.tb, set_flag, &ran);

		ck_assert(r == 0 || r == -EAGAIN);
		started += r == 0;
	}
	toolbox_join(f.tb);
	ck_assert_int_eq(ran, 1000);
	ck_assert_int_eq(eisen_thread(f.tb, NULL, NULL), -EINVAL);
	toolbox_fixture_release(&f);
}
END_TEST

/* The rest ------------------------------------------------------------------- */

START_TEST(prints_whole_lines_of_any_length)
{
	struct toolbox_fixture f;
	char *x = malloc(5001), *want = malloc(6000);

	toolbox_fixture_init(&f);
	memset(x, 'x', 5000);
	x[5000] = '\0';
	eisen_print(f.tb, "%s %d", "row", 7);
	eisen_print(f.tb, "with its end\n");
	eisen_print(f.tb, "%s", x);
	snprintf(want, 6000, "row 7\nwith its end\n%s\n", x);
	ck_assert_str_eq(buf_text(&f.printed), want);
	free(x);
	free(want);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(ports_and_servers_come_from_above)
{
	struct toolbox_fixture f;
	struct eisen_port port = { .port = 77 };
	eisen_app app = { 0 };

	toolbox_fixture_init(&f);
	ck_assert_int_eq(eisen_port_take(f.tb, "red", &port), -ENOENT);
	ck_assert_uint_eq(port.port, 77);
	ck_assert_int_eq(eisen_port_take(f.tb, "blue", &port), 0);
	ck_assert_uint_eq(port.port, 11000);
	ck_assert_int_eq(eisen_port_take(f.tb, NULL, &port), -EINVAL);
	ck_assert_int_eq(eisen_serve(f.tb, &port, &app, NULL), -EINVAL);
	toolbox_fixture_expect_log(&f, "eisen_serve: want a port and an app with handle()");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(gives_tools_and_says_which_there_are)
{
	struct tool list[] = { { .name = "words", .fd = -1, .bytes = 3, .at = "abc" },
			       { .name = "nothing", .fd = -1 } };
	struct tools tools = { list, 2 };
	struct toolbox_fixture f;
	size_t len = 77;

	toolbox_fixture_init(&f);
	toolbox_free(f.tb);
	f.spec.tools = &tools;
	ck_assert_int_eq(toolbox_new(&f.spec, &f.tb, NULL), 0);
	ck_assert_ptr_null(eisen_tool(f.tb, "word", &len));
	ck_assert_uint_eq(len, 77);
	toolbox_fixture_expect_log(&f, "no tool is called \"word\"; there are: words, nothing");
	ck_assert_mem_eq(eisen_tool(f.tb, "words", &len), "abc", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_nonnull(eisen_tool(f.tb, "nothing", &len));
	ck_assert_uint_eq(len, 0);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(rows_that_were_reported_are_not_counted_again)
{
	struct toolbox_fixture f;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, "mp_input_q", "1\n2\n3\n4\n5\n");
	toolbox_fixture_feed(&f, "mp_input_q", "6\n7\n");
	eisen_rows_done(f.tb, 3);
	ck_assert_uint_eq(f.rows, 3);
	ck_assert_int_eq(eisen_done(f.tb, toolbox_fixture_take(&f, "mp_input_q")), 0);
	ck_assert_uint_eq(f.rows, 5);
	ck_assert_int_eq(eisen_done(f.tb, toolbox_fixture_take(&f, "mp_input_q")), 0);
	ck_assert_uint_eq(f.rows, 7);
	ck_assert_uint_eq(f.chunks, 2);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_module_that_goes_on_and_on_does_not_fill_the_log)
{
	struct toolbox_fixture f;
	size_t lines = 0;

	toolbox_fixture_init(&f);
	for (int i = 0; i < 1000; i++)
		eisen_queue_find(f.tb, "nowhere");
	for (const char *at = buf_text(&f.log); (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_eq(lines, 101);
	toolbox_fixture_expect_log(&f, "no more of it is shown");
	toolbox_fixture_release(&f);
}
END_TEST

Suite *toolbox_suite(void)
{
	Suite *s = suite_create("toolbox");
	TCase *t = tcase_create("worker");

	tcase_add_test(t, tells_who_the_worker_is);
	tcase_add_test(t, finds_queues_by_name_category_and_the_seeds_header);
	tcase_add_test(t, says_which_queues_there_are_when_it_knows_none_of_that_name);
	tcase_add_test(t, takes_none_of_what_is_no_queue_and_ends_the_modules_loop);
	tcase_add_test(t, takes_from_whichever_queue_has_a_chunk);
	tcase_add_test(t, says_stop_when_a_queue_is_closed_and_empty_and_timeout_before);
	suite_add_tcase(s, t);
	t = tcase_create("waiting");
	tcase_add_loop_test(t, a_thread_that_waits_learns_of_the_end, 0, ARRAY_SIZE(waits));
	tcase_add_test(t, once_stopped_what_waits_is_left_to_others);
	tcase_add_test(t, at_the_end_of_the_loop_threads_still_get_what_is_in_their_queues);
	tcase_add_test(t, sleeps_for_a_time);
	tcase_add_test(t, threads_that_ended_make_room_and_all_are_joined);
	suite_add_tcase(s, t);
	t = tcase_create("more");
	tcase_add_test(t, prints_whole_lines_of_any_length);
	tcase_add_test(t, ports_and_servers_come_from_above);
	tcase_add_test(t, gives_tools_and_says_which_there_are);
	tcase_add_test(t, rows_that_were_reported_are_not_counted_again);
	tcase_add_test(t, a_module_that_goes_on_and_on_does_not_fill_the_log);
	suite_add_tcase(s, t);
	return s;
}
