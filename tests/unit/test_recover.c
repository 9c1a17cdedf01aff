/* test_recover.c - queues/recover.h: what deaths leave in rings and behind
 * events. That nothing is lost at any instruction is tests/kill's matter.
 */
#include "queues/recover.h"

#include "queues/payload.h"
#include "queues/putter.h"
#include "queues/ticket.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

enum { IN, PRINT, MANAGER = 1, FEEDER, WORKER, CHUNKS = 2, LEASES = 2, DEATHS = 40 };

static struct queue_fixture f;

static void setup(void)
{
	const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, CHUNKS, LEASES, 64, 0, false },
		{ "mp_print_q", QUEUE_SIDE, 2, 1, 64, 0, true },
	};

	queue_fixture_init(&f, specs, 2);
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static uint64_t hints(unsigned queue)
{
	const struct queue *q = queues_queue(&f.handles[MANAGER], queue);

	return q->tail - q->head;
}

static uint32_t take(unsigned owner)
{
	uint32_t job = BLOCK_NONE;

	ck_assert_int_eq(queue_take(&f.handles[owner], IN, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
	return job;
}

static void recover(unsigned owner)
{
	queues_recover(&f.handles[MANAGER], owner, true, "killed", NULL);
}

/* As one leaves it who dies after his hint, and before he says that he is done. */
static void feeder_dies_late(uint32_t block)
{
	struct putter *putter = putter_mine(&f.handles[FEEDER]);

	putter_begin(putter, block);
	recover(FEEDER);
	atomic_store(&putter->owner, FEEDER); /* the next one's first call */
}

START_TEST(a_feeder_that_dies_again_and_again_fills_no_ring)
{
	uint32_t job;

	queue_fixture_feed(&f, IN, "a");
	for (int i = 0; i < DEATHS; i++) {
		queue_fixture_feed(&f, IN, "b"); /* the queue never is empty */
		job = BLOCK_NONE;
		for (uint32_t b = 0; b < CHUNKS + LEASES; b++)
			if (queue_ticket(&f.handles[FEEDER], b) == (uint64_t)i + 1)
				job = b;
		feeder_dies_late(job);
		ck_assert_uint_eq(hints(IN), 2);
		job = take(WORKER);
		queue_commit(&f.handles[WORKER], job, BLOCK_NONE);
		ck_assert_int_eq(queue_take(&f.handles[MANAGER], f.handles[MANAGER].shared->output,
					    QUEUE_NO_WAIT, &job),
				 QUEUE_CHUNK);
		queue_finish(&f.handles[MANAGER], job);
	}
}
END_TEST

START_TEST(a_missing_hint_is_published_once)
{
	struct queue *q = queues_queue(&f.handles[MANAGER], IN);
	uint64_t cells = (uint64_t)q->ring_mask + 1;
	_Atomic uint64_t *cell;

	queue_fixture_feed(&f, IN, "a");
	/* As if the feeder had died before it: the cell is of the lap before. */
	cell = (void *)(f.handles[MANAGER].base + q->ring);
	cell += q->head & q->ring_mask;
	*cell = (q->head - cells) << BLOCK_BITS | BLOCK_NONE;
	q->tail = q->head;
	feeder_dies_late(0);
	ck_assert_uint_eq(hints(IN), 1);
	feeder_dies_late(0);
	ck_assert_uint_eq(hints(IN), 1);
	ck_assert_uint_eq(take(WORKER), 0);
}
END_TEST

START_TEST(a_worker_that_dies_as_it_takes_fills_no_ring)
{
	struct queue *q = queues_queue(&f.handles[MANAGER], IN);
	uint64_t head;

	queue_fixture_feed(&f, IN, "a");
	for (int i = 0; i < DEATHS; i++) {
		head = q->head;
		take(WORKER);
		q->head = head; /* it did not come to pass the hint */
		recover(WORKER);
		ck_assert_uint_eq(hints(IN), 1);
	}
}
END_TEST

START_TEST(a_loop_is_told_though_the_teller_died)
{
	struct queues *manager = &f.handles[MANAGER];
	uint64_t value;
	uint32_t b;

	ck_assert(!queue_arm(manager, PRINT));
	ck_assert_int_eq(queue_claim(&f.handles[WORKER], PRINT, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	queues_queue(manager, PRINT)->armed = 0; /* and dies before it writes */
	queue_put(&f.handles[WORKER], PRINT, b);
	recover(WORKER);
	ck_assert_int_eq(read(queues_event_fd(manager, PRINT), &value, sizeof(value)),
			 sizeof(value));
}
END_TEST

START_TEST(a_loop_does_not_turn_while_the_last_lease_is_out)
{
	struct queues *manager = &f.handles[MANAGER];

	queue_fixture_feed(&f, IN, "a");
	take(WORKER);
	queue_close(manager, IN);
	ck_assert(!queue_arm(manager, IN));
	queue_commit(&f.handles[WORKER], 0, BLOCK_NONE);
	ck_assert(queue_arm(manager, IN));
}
END_TEST

/* Who asks for the end has read "OWNED", and then the feeder goes on. */
START_TEST(a_ticket_is_seen_though_its_block_has_moved_on)
{
	const struct block *block;
	uint32_t b, generation;

	ck_assert_int_eq(queue_claim(&f.handles[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	block = queues_block(&f.handles[MANAGER], b);
	generation = word_generation(block->word);
	ck_assert_int_eq(queue_issue(&f.handles[FEEDER], IN, b, NULL), 0);
	ck_assert_uint_eq(ticket_of_owned(&f.handles[MANAGER], b, generation), 0);
	ck_assert_uint_eq(ticket_of_owned(&f.handles[MANAGER], b, generation + 1), TICKET_NONE);
}
END_TEST

Suite *recover_suite(void)
{
	Suite *s = suite_create("recover");
	TCase *t = tcase_create("recover");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_feeder_that_dies_again_and_again_fills_no_ring);
	tcase_add_test(t, a_missing_hint_is_published_once);
	tcase_add_test(t, a_worker_that_dies_as_it_takes_fills_no_ring);
	tcase_add_test(t, a_loop_is_told_though_the_teller_died);
	tcase_add_test(t, a_loop_does_not_turn_while_the_last_lease_is_out);
	tcase_add_test(t, a_ticket_is_seen_though_its_block_has_moved_on);
	suite_add_tcase(s, t);
	return s;
}
