/* ticket.c - see ticket.h.
 *
 * Step 2 may write down somebody else's ticket. It swaps the whole pending word
 * of the block, read before the queue's word was found unchanged: a block that
 * has moved on since has another generation there, and the swap fails. The 8
 * bits in the queue's word tell this use of the block from the one before it.
 */
#include "queues/ticket.h"

#include <errno.h>

#define CLOSED (UINT64_C(1) << 63)
#define PENDING (UINT64_C(1) << 63)
#define TICKET_BITS 35
#define TICKET_SHIFT (BLOCK_BITS + 8)
#define GENERATION_MASK ((UINT64_C(1) << 28) - 1)

static uint64_t tickets_make(uint64_t ticket, uint32_t generation, uint32_t block)
{
	return ticket << TICKET_SHIFT | (uint64_t)(generation & 0xff) << BLOCK_BITS | block;
}

static uint64_t tickets_next(uint64_t tickets)
{
	return (tickets & ~CLOSED) >> TICKET_SHIFT;
}

static uint32_t tickets_generation(uint64_t tickets)
{
	return (uint32_t)(tickets >> BLOCK_BITS) & 0xff;
}

static uint32_t tickets_block(uint64_t tickets)
{
	return (uint32_t)tickets & BLOCK_NONE;
}

/* A block's word. */
static uint64_t owed(uint32_t generation)
{
	return PENDING | ((uint64_t)generation & GENERATION_MASK) << TICKET_BITS;
}

static uint64_t given(uint64_t owed, uint64_t ticket)
{
	return (owed & ~PENDING) | ticket;
}

static uint64_t owed_generation(uint64_t word)
{
	return word >> TICKET_BITS & GENERATION_MASK;
}

static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static bool swap(_Atomic uint64_t *word, uint64_t old, uint64_t new)
{
	return atomic_compare_exchange_strong_explicit(word, &old, new, memory_order_acq_rel,
						       memory_order_relaxed);
}

void ticket_init(struct queue *q)
{
	atomic_store_explicit(&q->tickets, tickets_make(0, 0, BLOCK_NONE), memory_order_relaxed);
	for (int i = 0; i < 2; i++)
		atomic_store_explicit(&q->journal[i].ticket, TICKET_NONE, memory_order_relaxed);
}

/* Is the block still waiting for the ticket that tickets says it got? */
static bool is_owed(uint64_t tickets, uint64_t pending)
{
	return (pending & PENDING) != 0 &&
	       (owed_generation(pending) & 0xff) == tickets_generation(tickets);
}

/* The last ticket, written down in its block. False: the word has changed. */
static bool settle(struct queues *qs, struct queue *q, uint64_t tickets)
{
	uint32_t last = tickets_block(tickets);
	struct block *block;
	uint64_t pending;

	if (last == BLOCK_NONE)
		return true;
	block = queues_block(qs, last);
	pending = load(&block->ticket);
	if (load(&q->tickets) != tickets)
		return false;
	if (is_owed(tickets, pending))
		swap(&block->ticket, pending, given(pending, tickets_next(tickets) - 1));
	return true;
}

static int advance(struct queues *qs, unsigned queue, uint32_t generation, uint32_t block,
		   uint64_t *ret_ticket)
{
	struct queue *q = queues_queue(qs, queue);

	for (;;) {
		uint64_t tickets = load(&q->tickets), next = tickets_next(tickets);

		if ((tickets & CLOSED) != 0)
			return -EPIPE;
		if (next == TICKET_MAX)
			return -EOVERFLOW;
		if (!settle(qs, q, tickets))
			continue;
		if (!swap(&q->tickets, tickets, tickets_make(next + 1, generation, block)))
			continue;
		*ret_ticket = next;
		return 0;
	}
}

/* The generation to ask under. If the last ticket went to this very block, some
 * multiple of 256 generations ago, it could be taken for this use's: then the
 * word moves on by one, which only we can do. */
static uint32_t fresh_generation(struct queues *qs, unsigned queue, uint32_t block)
{
	uint64_t tickets = load(&queues_queue(qs, queue)->tickets);
	struct block *b = queues_block(qs, block);
	uint64_t word = load(&b->word);
	uint32_t generation = word_generation(word);

	if (tickets_block(tickets) != block || tickets_generation(tickets) != (generation & 0xff))
		return generation;
	swap(&b->word, word,
	     word_make(word_state(word), word_owner(word), word_queue(word), word_attempts(word),
		       generation + 1));
	return generation + 1;
}

int ticket_give(struct queues *qs, unsigned queue, uint32_t block, uint64_t *ret_ticket)
{
	struct block *b = queues_block(qs, block);
	uint32_t generation = fresh_generation(qs, queue, block);
	int r;

	atomic_store_explicit(&b->ticket, owed(generation), memory_order_release);
	r = advance(qs, queue, generation, block, ret_ticket);
	if (r < 0)
		return r;
	/* Or somebody has done it for us. */
	atomic_store_explicit(&b->ticket, given(owed(generation), *ret_ticket),
			      memory_order_release);
	return 0;
}

int ticket_skip(struct queues *qs, unsigned queue)
{
	uint64_t ticket;

	return advance(qs, queue, 0, BLOCK_NONE, &ticket);
}

uint64_t ticket_of(const struct queues *qs, uint32_t block)
{
	return load(&queues_block(qs, block)->ticket) & TICKET_MAX;
}

uint64_t ticket_of_owned(struct queues *qs, uint32_t block, uint32_t generation)
{
	struct block *b = queues_block(qs, block);
	struct queue *q = queues_queue(qs, b->home);
	uint64_t tickets, word;

	do
		tickets = load(&q->tickets);
	while (!settle(qs, q, tickets));
	word = load(&b->ticket);
	return word == given(owed(generation), word & TICKET_MAX) ? word & TICKET_MAX : TICKET_NONE;
}

uint64_t ticket_next(const struct queue *q)
{
	return tickets_next(load(&q->tickets));
}

void ticket_close(struct queue *q)
{
	atomic_fetch_or_explicit(&q->tickets, CLOSED, memory_order_seq_cst);
}

bool ticket_is_closed(const struct queue *q)
{
	return (atomic_load_explicit(&q->tickets, memory_order_seq_cst) & CLOSED) != 0;
}
