/* test_ticket.c - numbers without holes, also where somebody died half way. */
#include "queues/impl.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/ticket.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#define PENDING (UINT64_C(1) << 63)

enum { IN, FEEDER = 2, OTHER };

static struct queue_fixture f;

static void setup(void)
{
	const struct queue_spec spec = { "mp_input_q", QUEUE_WORK, 4, 1, 64, 0, false };

	queue_fixture_init(&f, &spec, 1);
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static uint32_t claim(unsigned owner)
{
	uint32_t b;

	ck_assert_int_eq(queue_claim(&f.handles[owner], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	return b;
}

/* As if the owner had been stopped before the last step of ticket_give(). */
static void forget(uint32_t block)
{
	struct block *b = queues_block(&f.handles[1], block);
	uint64_t generation = word_generation(atomic_load(&b->word));

	atomic_store(&b->ticket, PENDING | generation << 35);
}

static uint64_t owned_ticket(uint32_t block)
{
	uint64_t word = atomic_load(&queues_block(&f.handles[1], block)->word);

	return ticket_of_owned(&f.handles[1], block, word_generation(word));
}

START_TEST(they_count_up_and_skip_on_demand)
{
	ck_assert_uint_eq(queue_fixture_feed(&f, IN, "a"), 0);
	ck_assert_uint_eq(queue_fixture_feed(&f, IN, "b"), 1);
	ck_assert_int_eq(ticket_skip(&f.handles[2], IN), 0);
	ck_assert_uint_eq(queue_fixture_feed(&f, IN, "c"), 3);
	ck_assert_uint_eq(ticket_next(queues_queue(&f.handles[1], IN)), 4);
}
END_TEST

START_TEST(the_next_one_writes_down_what_the_last_got)
{
	uint32_t first = claim(FEEDER), second = claim(OTHER);
	uint64_t ticket;

	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, first, &ticket), 0);
	forget(first);
	ck_assert_int_eq(ticket_give(&f.handles[OTHER], IN, second, &ticket), 0);
	ck_assert_uint_eq(ticket, 1);
	ck_assert_uint_eq(owned_ticket(first), 0);
	ck_assert_uint_eq(owned_ticket(second), 1);
}
END_TEST

START_TEST(recovery_puts_what_has_a_ticket_and_frees_the_rest)
{
	uint32_t with = claim(FEEDER), without = claim(FEEDER), job;
	struct queues_recovered done;
	uint64_t ticket;

	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, with, &ticket), 0);
	forget(with);
	forget(without); /* it had asked, and got none */
	queues_recover(&f.handles[1], FEEDER, true, "killed", &done);
	ck_assert_uint_eq(done.put, 1);
	ck_assert_uint_eq(done.freed, 1);
	ck_assert_int_eq(queue_take(&f.handles[OTHER], IN, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
	ck_assert_uint_eq(job, with);
	ck_assert_uint_eq(queue_ticket(&f.handles[OTHER], job), 0);
}
END_TEST

START_TEST(an_old_ticket_is_no_ticket)
{
	uint32_t b = claim(FEEDER);
	uint64_t ticket;

	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, b, &ticket), 0);
	ck_assert_uint_eq(owned_ticket(b), 0);
	queue_abandon(&f.handles[FEEDER], b);
	for (uint32_t again = BLOCK_NONE; again != b;)
		again = claim(OTHER); /* until it is this block's turn */
	ck_assert_uint_eq(owned_ticket(b), TICKET_NONE);
}
END_TEST

/* 256 generations after its last ticket, and that still the queue's last: asked
 * for under this generation, the old ticket would be taken for the new one by
 * whoever helps, were the asker to die now. */
START_TEST(no_ticket_is_asked_for_under_the_last_ones_generation)
{
	struct queue *q = queues_queue(&f.handles[1], IN);
	uint32_t b = claim(FEEDER);
	_Atomic uint64_t *word = &queues_block(&f.handles[1], b)->word;
	uint64_t generation = word_generation(atomic_load(word)), ticket;

	atomic_store(&q->tickets, UINT64_C(5) << 28 | (generation & 0xff) << 20 | b);
	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, b, &ticket), 0);
	ck_assert_uint_eq(ticket, 5);
	ck_assert_uint_eq(word_generation(atomic_load(word)), generation + 1);
	ck_assert_uint_eq(owned_ticket(b), 5);
}
END_TEST

START_TEST(a_closed_queue_gives_none)
{
	uint32_t b = claim(FEEDER);
	uint64_t ticket;

	ticket_close(queues_queue(&f.handles[1], IN));
	ticket_close(queues_queue(&f.handles[1], IN));
	ck_assert(ticket_is_closed(queues_queue(&f.handles[1], IN)));
	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, b, &ticket), -EPIPE);
	ck_assert_int_eq(ticket_skip(&f.handles[FEEDER], IN), -EPIPE);
	ck_assert_uint_eq(owned_ticket(b), TICKET_NONE);
	ck_assert_uint_eq(ticket_next(queues_queue(&f.handles[1], IN)), 0);
}
END_TEST

START_TEST(they_end_with_words_and_do_not_wrap)
{
	struct queue *q = queues_queue(&f.handles[1], IN);
	uint32_t b = claim(FEEDER);
	uint64_t ticket;

	atomic_store(&q->tickets, (TICKET_MAX - 1) << 28 | BLOCK_NONE);
	ck_assert_int_eq(ticket_give(&f.handles[FEEDER], IN, b, &ticket), 0);
	ck_assert_uint_eq(ticket, TICKET_MAX - 1);
	ck_assert(!ticket_is_closed(q));
	ck_assert_int_eq(ticket_skip(&f.handles[FEEDER], IN), -EOVERFLOW);
}
END_TEST

Suite *ticket_suite(void)
{
	Suite *s = suite_create("ticket");
	TCase *t = tcase_create("ticket");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, they_count_up_and_skip_on_demand);
	tcase_add_test(t, the_next_one_writes_down_what_the_last_got);
	tcase_add_test(t, recovery_puts_what_has_a_ticket_and_frees_the_rest);
	tcase_add_test(t, an_old_ticket_is_no_ticket);
	tcase_add_test(t, no_ticket_is_asked_for_under_the_last_ones_generation);
	tcase_add_test(t, a_closed_queue_gives_none);
	tcase_add_test(t, they_end_with_words_and_do_not_wrap);
	suite_add_tcase(s, t);
	return s;
}
