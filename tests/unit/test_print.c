/* test_print.c - launcher/print.h: lines of modules, from process to process. */
#include "launcher/print.h"

#include "common/buf.h"
#include "common/cc.h"
#include "launcher/config_work.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct queue_fixture queues;
static struct print_drain drain;
static struct ev_loop *loop;
static struct buf heard;

static void hear(void *arg ATTR_UNUSED, int slot, const char *text, size_t len)
{
	buf_addf(&heard, "%d:", slot);
	buf_add(&heard, text, len);
}

static void setup(void)
{
	const struct queue_spec spec = { .name = CONFIG_PRINT_QUEUE,
					 .kind = QUEUE_SIDE,
					 .maxsize = 4,
					 .leases = 1,
					 .chunk_bytes = 64,
					 .event = true };

	heard = (struct buf)BUF_INIT(1 << 20);
	queue_fixture_init(&queues, &spec, 1);
	/* As a worker inherits them. */
	memcpy(queues.handles[3].event_fds, queues.handles[1].event_fds,
	       sizeof(queues.handles[3].event_fds));
	loop = ev_loop_new(EVFLAG_AUTO);
	ck_assert_ptr_nonnull(loop);
	print_drain_start(&drain, loop, &queues.handles[1], hear, NULL);
}

static void teardown(void)
{
	ev_loop_destroy(loop);
	queue_fixture_release(&queues);
	buf_release(&heard);
}

static void put(unsigned owner, int slot, const char *text)
{
	struct queues *qs = &queues.handles[owner];

	print_put(qs, (unsigned)queues_find(qs, CONFIG_PRINT_QUEUE), slot, text, strlen(text));
}

/* What is there already must be given out without any waiting. */
static void turn(void)
{
	ev_run(loop, EVRUN_NOWAIT);
}

START_TEST(lines_come_out_whole_with_their_slot)
{
	put(3, 7, "one\ntwo");
	put(4, 0, "");
	turn();
	ck_assert_str_eq(buf_text(&heard), "7:one\ntwo\n0:\n");
	print_drain_finish(&drain);
}
END_TEST

START_TEST(the_loop_is_woken_by_each_put_after_a_pause)
{
	turn();
	for (int i = 0; i < 3; i++) {
		buf_clear(&heard);
		put(3, i, "x");
		turn();
		ck_assert_uint_eq(heard.len, strlen("0:x\n"));
	}
	print_drain_finish(&drain);
}
END_TEST

START_TEST(what_comes_last_is_given_out_at_the_end)
{
	turn();
	for (int i = 0; i < 4; i++)
		put(3, i, "x");
	print_drain_finish(&drain);
	ck_assert_str_eq(buf_text(&heard), "0:x\n1:x\n2:x\n3:x\n");
}
END_TEST

START_TEST(a_text_larger_than_a_chunk_comes_through)
{
	AUTO_BUF struct buf text = BUF_INIT(100000), want = BUF_INIT(100000);

	for (int i = 0; i < 10000; i++)
		buf_adds(&text, "abcdefg\n");
	buf_addf(&want, "1:%s\n", buf_text(&text));
	put(3, 1, buf_text(&text));
	turn();
	ck_assert_str_eq(buf_text(&heard), buf_text(&want));
	print_drain_finish(&drain);
}
END_TEST

Suite *print_suite(void)
{
	Suite *s = suite_create("print");
	TCase *t = tcase_create("print");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lines_come_out_whole_with_their_slot);
	tcase_add_test(t, the_loop_is_woken_by_each_put_after_a_pause);
	tcase_add_test(t, what_comes_last_is_given_out_at_the_end);
	tcase_add_test(t, a_text_larger_than_a_chunk_comes_through);
	suite_add_tcase(s, t);
	return s;
}
