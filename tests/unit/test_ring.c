/* test_ring.c - hints: order, laps, stale and double ones. */
#include "queues/impl.h"
#include "queues/ring.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

static struct queue_fixture f;
static struct queues *qs;

enum { IN, BLOCKS = 4, CELLS = 16 };

static void setup(void)
{
	const struct queue_spec spec = { "mp_input_q", QUEUE_WORK, 3, 1, 64, 0, false };

	queue_fixture_init(&f, &spec, 1);
	qs = &f.handles[1];
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static void set_word(uint32_t block, enum block_state state, unsigned queue)
{
	atomic_store(&queues_block(qs, block)->word, word_make(state, 1, queue, 0, 7));
}

/* Peek and pass. */
static uint32_t pop(void)
{
	uint64_t position;
	uint32_t block = ring_peek(qs, IN, &position);

	if (block != BLOCK_NONE)
		ring_pass(qs, IN, position);
	return block;
}

START_TEST(first_in_first_out_over_many_laps)
{
	ck_assert_uint_eq(pop(), BLOCK_NONE);
	for (uint32_t i = 0; i < 100 * CELLS; i++) {
		ring_push(qs, IN, i % BLOCKS);
		ring_push(qs, IN, (i + 1) % BLOCKS);
		ck_assert_uint_eq(pop(), i % BLOCKS);
		ck_assert_uint_eq(pop(), (i + 1) % BLOCKS);
		ck_assert_uint_eq(pop(), BLOCK_NONE);
	}
}
END_TEST

START_TEST(cells_are_four_times_the_blocks_or_more)
{
	ck_assert_uint_eq(ring_cells(1), 4);
	ck_assert_uint_eq(ring_cells(4), CELLS);
	ck_assert_uint_eq(ring_cells(5), 32);
}
END_TEST

START_TEST(a_lap_of_stale_hints_makes_room)
{
	for (uint32_t i = 0; i < BLOCKS; i++)
		set_word(i, BLOCK_LEASED, IN);
	for (uint32_t i = 0; i < 5 * CELLS; i++)
		ring_push(qs, IN, 0); /* leased: nobody will come for it */
	set_word(2, BLOCK_ENQ, IN);
	ring_push(qs, IN, 2);
	for (int i = 1; i < CELLS; i++)
		ck_assert_uint_eq(pop(), 0);
	ck_assert_uint_eq(pop(), 2);
	ck_assert_uint_eq(pop(), BLOCK_NONE);
}
END_TEST

/* A writer died, or was stopped, between its cell and the tail. */
START_TEST(a_stalled_tail_is_helped_on)
{
	struct queue *q = queues_queue(qs, IN);

	ring_push(qs, IN, 1);
	atomic_fetch_sub(&q->tail, 1);
	ring_push(qs, IN, 2);
	ck_assert_uint_eq(pop(), 1);
	ck_assert_uint_eq(pop(), 2);
	ck_assert_uint_eq(pop(), BLOCK_NONE);
}
END_TEST

/* A taker was stopped between the block and the head; the hint is passed by
 * somebody else, and passing it again does nothing. */
START_TEST(a_hint_is_passed_once)
{
	uint64_t position;

	ring_push(qs, IN, 1);
	ring_push(qs, IN, 2);
	ring_peek(qs, IN, &position);
	ring_pass(qs, IN, position);
	ring_pass(qs, IN, position);
	ck_assert_uint_eq(pop(), 2);
}
END_TEST

/* Positions have 44 bits in a cell, and 64 in head and tail. */
START_TEST(positions_may_pass_44_bits)
{
	struct queue *q = queues_queue(qs, IN);
	uint64_t start = (UINT64_C(1) << 44) - 5;

	/* As if so many hints had gone by: cells of the lap before. */
	for (uint64_t p = start - CELLS; p != start; p++)
		((_Atomic uint64_t *)(void *)(qs->base + q->ring))[p % CELLS] =
			p << BLOCK_BITS | BLOCK_NONE;
	atomic_store(&q->head, start);
	atomic_store(&q->tail, start);
	for (uint32_t i = 0; i < 3 * CELLS; i++) {
		ring_push(qs, IN, i % BLOCKS);
		ck_assert_uint_eq(pop(), i % BLOCKS);
		ck_assert_uint_eq(pop(), BLOCK_NONE);
	}
}
END_TEST

Suite *ring_suite(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("ring");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, first_in_first_out_over_many_laps);
	tcase_add_test(t, cells_are_four_times_the_blocks_or_more);
	tcase_add_test(t, a_lap_of_stale_hints_makes_room);
	tcase_add_test(t, a_stalled_tail_is_helped_on);
	tcase_add_test(t, a_hint_is_passed_once);
	tcase_add_test(t, positions_may_pass_44_bits);
	suite_add_tcase(s, t);
	return s;
}
