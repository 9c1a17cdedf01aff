/* queue.c - see queue.h. */
#include "queues/queue.h"

#include "common/clock.h"
#include "queues/impl.h"
#include "queues/payload.h"
#include "queues/putter.h"
#include "queues/ring.h"
#include "queues/ticket.h"
#include "queues/wake.h"

#include <assert.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#define SPINS 64 /* looks before sleeping: about a microsecond */

/* To some milliseconds, which is enough for an age and costs a few ns. */
static uint64_t clock_coarse_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Put ---------------------------------------------------------------------- */

bool queue_enqueue(struct queues *qs, unsigned queue, uint32_t block, uint64_t old,
		   unsigned attempts)
{
	struct block *b = queues_block(qs, block);
	struct putter *putter = putter_mine(qs);
	bool fine;

	atomic_store_explicit(&b->since_ns, clock_coarse_ns() & ~UINT64_C(1), memory_order_relaxed);
	putter_begin(putter, block);
	/* Here it is in. */
	fine = swap_word(
		&b->word, old,
		word_make(BLOCK_ENQ, qs->owner, queue, attempts, word_generation(old) + 1));
	if (fine)
		ring_push(qs, queue, block);
	putter_end(putter);
	if (fine)
		wake_one(qs, queue);
	return fine;
}

int queue_issue(struct queues *qs, unsigned queue, uint32_t block, uint64_t *ret_ticket)
{
	struct queue *q = queues_queue(qs, queue);
	const struct block *b = queues_block(qs, block);
	uint64_t ticket;
	int r;

	assert(is_mine(qs, load_word(&b->word), BLOCK_OWNED) && q->kind == QUEUE_WORK);
	r = ticket_give(qs, queue, block, &ticket);
	if (r < 0)
		return r;
	if (ret_ticket != NULL)
		*ret_ticket = ticket;
	queue_enqueue(qs, queue, block, load_word(&b->word), 0);
	count_up(&q->puts);
	return 0;
}

void queue_put(struct queues *qs, unsigned queue, uint32_t block)
{
	uint64_t word = load_word(&queues_block(qs, block)->word);

	assert(is_mine(qs, word, BLOCK_OWNED) && queues_queue(qs, queue)->kind == QUEUE_SIDE);
	queue_enqueue(qs, queue, block, word, 0);
	count_up(&queues_queue(qs, queue)->puts);
}

void queue_abandon(struct queues *qs, uint32_t block)
{
	uint64_t word = load_word(&queues_block(qs, block)->word);

	assert(is_mine(qs, word, BLOCK_OWNED));
	payload_drop(qs, block);
	queue_enqueue(qs, word_queue(word), block, word, 0);
}

/* The end of a queue ------------------------------------------------------- */

/* Could this block still come out of q, which is closed? Each block's answer
 * changes from yes to no only, so that looking at one after the other is as
 * good as looking at all at once. */
static bool may_come(struct queues *qs, const struct queue *q, unsigned queue, uint32_t block,
		     bool ignore_leases)
{
	uint64_t word = load_word(&queues_block(qs, block)->word);

	switch (word_state(word)) {
	case BLOCK_ENQ:
		return word_queue(word) == queue;
	case BLOCK_LEASED:
		return !ignore_leases && word_queue(word) == queue && q->kind == QUEUE_WORK;
	case BLOCK_OWNED:
		return q->kind == QUEUE_WORK &&
		       ticket_of_owned(qs, block, word_generation(word)) != TICKET_NONE;
	default:
		return false;
	}
}

static bool has_ended(struct queues *qs, unsigned queue, bool ignore_leases)
{
	struct queue *q = queues_queue(qs, queue);

	if (!ticket_is_closed(queues_queue(qs, q->home)))
		return false;
	if (q->kind == QUEUE_FREE)
		return true;
	for (uint32_t i = 0; i < q->count; i++)
		if (may_come(qs, q, queue, q->first + i, ignore_leases))
			return false;
	return true;
}

void queue_tell_end(struct queues *qs, unsigned queue)
{
	/* In this order: whoever comes to sleep later looks for himself, and the
	 * look at all blocks is for the last few. */
	if (ticket_is_closed(queues_queue(qs, queue)) && wake_is_wanted(qs, queue) &&
	    has_ended(qs, queue, false))
		wake_all(qs, queue);
}

void queue_close(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);

	ticket_close(q);
	wake_all(qs, queue);
	if (q->kind == QUEUE_WORK || q->kind == QUEUE_SIDE)
		wake_all(qs, q->free_queue);
}

bool queue_is_closed(const struct queues *qs, unsigned queue)
{
	return ticket_is_closed(queues_queue(qs, queue));
}

/* Take --------------------------------------------------------------------- */

/* Who takes, and into which state; several queues: the first that has one. */
struct wish {
	const unsigned *queues;
	size_t count;
	enum block_state state;
	bool patient; /* queues_interrupt() does not matter */
	bool holds;   /* who takes has a lease on one of them, and must not wait for it */
	uint64_t deadline_ns;
	unsigned *ret_queue;
	uint32_t *ret_block;
};

/* Where somebody looks how long a lease has lasted: see overdue.c. */
static void note_take(const struct queues *qs, unsigned queue, struct block *b)
{
	if (queues_queue(qs, queue)->lease_limit_ms != 0)
		atomic_store_explicit(&b->since_ns, clock_mono_ns() | 1, memory_order_release);
}

static uint32_t try_queue(struct queues *qs, unsigned queue, enum block_state state)
{
	uint64_t position, word;
	uint32_t block;

	while ((block = ring_peek(qs, queue, &position)) != BLOCK_NONE) {
		struct block *b = queues_block(qs, block);

		word = load_word(&b->word);
		if (!word_is(word, BLOCK_ENQ, queue)) {
			ring_pass(qs, queue, position);
		} else if (swap_word(&b->word, word,
				     word_make(state, qs->owner, queue, word_attempts(word),
					       word_generation(word) + 1))) {
			ring_pass(qs, queue, position);
			note_take(qs, queue, b);
			return block;
		}
	}
	return BLOCK_NONE;
}

static bool try_all(struct queues *qs, const struct wish *w)
{
	for (size_t i = 0; i < w->count; i++) {
		uint32_t block = try_queue(qs, w->queues[i], w->state);

		if (block == BLOCK_NONE)
			continue;
		*w->ret_queue = w->queues[i];
		*w->ret_block = block;
		return true;
	}
	return false;
}

static bool all_ended(struct queues *qs, const struct wish *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (!has_ended(qs, w->queues[i], w->holds))
			return false;
	return true;
}

static void prepare_all(struct queues *qs, const struct wish *w, uint32_t *values)
{
	for (size_t i = 0; i < w->count; i++)
		values[i] = wake_prepare(qs, w->queues[i]);
}

/* We may have been given a wake that was meant for what we did not take. */
static void pass_on(struct queues *qs, const struct wish *w)
{
	uint64_t position;

	for (size_t i = 0; i < w->count; i++) {
		wake_prepare(qs, w->queues[i]);
		if (ring_peek(qs, w->queues[i], &position) != BLOCK_NONE)
			wake_one(qs, w->queues[i]);
	}
}

static bool is_interrupted(const struct queues *qs, const struct wish *w)
{
	return !w->patient && atomic_load_explicit(&qs->interrupted, memory_order_seq_cst) != 0;
}

static enum queue_take take_asleep(struct queues *qs, const struct wish *w)
{
	enum queue_take found = QUEUE_EMPTY;
	uint32_t values[QUEUE_WAIT_MAX];
	bool in_time = true;

	while (found == QUEUE_EMPTY) {
		prepare_all(qs, w, values);
		if (try_all(qs, w))
			found = QUEUE_CHUNK;
		else if (all_ended(qs, w))
			found = QUEUE_STOP;
		else if (!in_time || is_interrupted(qs, w))
			break;
		else
			in_time = wake_sleep(qs, w->queues, values, w->count, w->deadline_ns);
	}
	pass_on(qs, w);
	return found;
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static enum queue_take take(struct queues *qs, const struct wish *w)
{
	if (try_all(qs, w))
		return QUEUE_CHUNK;
	if (w->deadline_ns == QUEUE_NO_WAIT)
		return all_ended(qs, w) ? QUEUE_STOP : QUEUE_EMPTY;
	for (int i = 0; i < SPINS; i++) {
		pause_briefly();
		if (try_all(qs, w))
			return QUEUE_CHUNK;
	}
	return take_asleep(qs, w);
}

/* holds: the caller has a lease on one of them. */
static enum queue_take take_lease(struct queues *qs, const unsigned *queues, size_t count,
				  bool holds, uint64_t deadline_ns, unsigned *ret_queue,
				  uint32_t *ret_block)
{
	const struct wish wish = { .queues = queues,
				   .count = count,
				   .state = BLOCK_LEASED,
				   .holds = holds,
				   .deadline_ns = deadline_ns,
				   .ret_queue = ret_queue,
				   .ret_block = ret_block };
	enum queue_take found;

	assert(count > 0 && count <= QUEUE_WAIT_MAX);
	found = take(qs, &wish);
	if (found == QUEUE_CHUNK)
		count_up(&queues_queue(qs, *ret_queue)->takes);
	return found;
}

enum queue_take queue_take_any(struct queues *qs, const unsigned *queues, size_t count,
			       uint64_t deadline_ns, unsigned *ret_queue, uint32_t *ret_block)
{
	return take_lease(qs, queues, count, false, deadline_ns, ret_queue, ret_block);
}

enum queue_take queue_take_another(struct queues *qs, const unsigned *queues, size_t count,
				   uint64_t deadline_ns, unsigned *ret_queue, uint32_t *ret_block)
{
	return take_lease(qs, queues, count, true, deadline_ns, ret_queue, ret_block);
}

enum queue_take queue_take(struct queues *qs, unsigned queue, uint64_t deadline_ns,
			   uint32_t *ret_block)
{
	unsigned from;

	return queue_take_any(qs, &queue, 1, deadline_ns, &from, ret_block);
}

/* A free block, with what its last use left in it forgotten. */
static enum queue_take claim(struct queues *qs, unsigned free_queue, bool patient,
			     uint64_t deadline_ns, uint32_t *ret_block)
{
	unsigned from;
	const struct wish wish = { .queues = &free_queue,
				   .count = 1,
				   .state = BLOCK_OWNED,
				   .patient = patient,
				   .deadline_ns = deadline_ns,
				   .ret_queue = &from,
				   .ret_block = ret_block };
	enum queue_take found = take(qs, &wish);
	struct block *b;

	if (found != QUEUE_CHUNK)
		return found;
	b = queues_block(qs, *ret_block);
	atomic_store_explicit(&b->spill, 0, memory_order_relaxed);
	atomic_store_explicit(&b->result, BLOCK_NONE, memory_order_relaxed);
	atomic_store_explicit(&b->begun, 0, memory_order_relaxed);
	atomic_store_explicit(&b->bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&b->rows, 0, memory_order_relaxed);
	return found;
}

enum queue_take queue_claim(struct queues *qs, unsigned queue, uint64_t deadline_ns,
			    uint32_t *ret_block)
{
	const struct queue *q = queues_queue(qs, queue);

	if (ticket_is_closed(q))
		return QUEUE_STOP;
	return claim(qs, q->free_queue, false, deadline_ns, ret_block);
}

/* The smallest class that has room; beyond the largest, a file will be made,
 * and any block will do. */
static unsigned result_class(const struct queues *qs, size_t bytes)
{
	const struct catalogue *c = qs->shared;

	for (unsigned i = 0; i < c->result_classes; i++)
		if (bytes <= queues_queue(qs, c->result_first + i)->payload_bytes)
			return c->result_first + i;
	return c->result_first;
}

int queue_claim_result(struct queues *qs, size_t bytes, uint64_t deadline_ns, uint32_t *ret_block)
{
	/* A process that is to end still finishes what it has. */
	enum queue_take found = claim(qs, result_class(qs, bytes), true, deadline_ns, ret_block);

	return found == QUEUE_CHUNK ? 0 : -ETIMEDOUT;
}

/* Loops, and interrupts ------------------------------------------------------ */

bool queue_arm(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);
	uint64_t position, dump;
	int fd = queues_event_fd(qs, queue);

	if (fd >= 0 && read(fd, &dump, sizeof(dump)) < 0 && errno != EAGAIN)
		return true;
	atomic_exchange_explicit(&q->armed, 1, memory_order_seq_cst);
	atomic_thread_fence(memory_order_seq_cst);
	/* Closed, and a lease is out: its end will be told. */
	return ring_peek(qs, queue, &position) != BLOCK_NONE || has_ended(qs, queue, false);
}

void queues_interrupt(struct queues *qs)
{
	atomic_store_explicit(&qs->interrupted, 1, memory_order_seq_cst);
	for (unsigned i = 0; i < qs->shared->queue_count; i++)
		wake_all(qs, i);
}
