/* recover.c - see recover.h.
 *
 * In this order, since each step may rest on the one before:
 *   1. results attached to jobs whose commit did not come about are freed,
 *   2. the one block that each thread was putting gets its hint again,
 *   3. what it owned or leased goes where it belongs,
 *   4. everybody looks again.
 * Each step is one change of a word, and leaves nothing to do when it is done
 * again. Whatever recovery puts, it puts under the manager's own record.
 */
#include "queues/recover.h"

#include "queues/impl.h"
#include "queues/payload.h"
#include "queues/putter.h"
#include "queues/ring.h"
#include "queues/ticket.h"
#include "queues/wake.h"

#include <inttypes.h>
#include <stdio.h>

struct recovery {
	struct queues *qs;
	unsigned owner;
	bool own_fault;
	const char *why;
	struct queues_recovered *done;
};

static uint64_t word_of(const struct recovery *r, uint32_t block)
{
	return load_word(&queues_block(r->qs, block)->word);
}

/* Step 1: the commit is the change of the job's word. */
static void free_result(const struct recovery *r, uint32_t block, uint64_t word)
{
	struct block *b = queues_block(r->qs, block);
	uint32_t job = atomic_load_explicit(&b->parent, memory_order_acquire);
	uint64_t job_word;

	if (job >= r->qs->shared->job_count)
		return;
	job_word = word_of(r, job);
	if (word_state(job_word) != BLOCK_LEASED || word_owner(job_word) != r->owner ||
	    word_queue(job_word) != queues_block(r->qs, job)->home)
		return;
	queue_free_block(r->qs, block, word);
	r->done->freed++;
}

static void free_results(const struct recovery *r)
{
	const struct catalogue *c = r->qs->shared;

	for (uint32_t i = c->job_count; i < c->block_count; i++) {
		uint64_t word = word_of(r, i);

		if (word_state(word) == BLOCK_ATT && word_owner(word) == r->owner)
			free_result(r, i, word);
	}
}

/* Step 2. A hint that is there already is left alone: a second one would
 * outlive the first, and a feeder that dies again and again would fill the
 * ring. What was taken meanwhile needs none. */
static void hint_again(const struct recovery *r, uint32_t block)
{
	uint64_t word = word_of(r, block);

	if (word_state(word) != BLOCK_ENQ || word_owner(word) != r->owner)
		return;
	if (ring_has(r->qs, word_queue(word), block) || word_of(r, block) != word)
		return;
	ring_push(r->qs, word_queue(word), block);
	r->done->hinted++;
}

static void hint_put(const struct recovery *r)
{
	for (uint32_t i = 0; i < r->qs->shared->putter_count; i++) {
		struct putter *putter = queues_putter(r->qs, i);
		uint32_t block;

		if (atomic_load_explicit(&putter->owner, memory_order_acquire) != r->owner)
			continue;
		block = atomic_load_explicit(&putter->block, memory_order_acquire);
		if (block != 0 && block <= r->qs->shared->block_count)
			hint_again(r, block - 1);
	}
}

/* Step 3. */
static void recover_owned(const struct recovery *r, uint32_t block, uint64_t word)
{
	unsigned home = queues_block(r->qs, block)->home;
	bool work = queues_queue(r->qs, home)->kind == QUEUE_WORK;

	if (work && ticket_of_owned(r->qs, block, word_generation(word)) != TICKET_NONE) {
		queue_enqueue(r->qs, home, block, word, 0);
		r->done->put++;
	} else {
		queue_free_block(r->qs, block, word);
		r->done->freed++;
	}
}

/* From the output queue it goes back with its result, and no attempt is
 * counted; when the result has been freed, it had been stored. */
static void recover_output(const struct recovery *r, uint32_t job, uint64_t word)
{
	struct block *b = queues_block(r->qs, job);

	if (word_queue(word) == r->qs->shared->output && queue_result(r->qs, job) != BLOCK_NONE &&
	    !queue_has_result(r->qs, job)) {
		queue_finish_leased(r->qs, job, word, tally_is_due(load_word(&b->dead), word));
		r->done->finished++;
		return;
	}
	atomic_store_explicit(&b->done, tally_undone(load_word(&b->done), word),
			      memory_order_release);
	atomic_store_explicit(&b->dead, tally_undone(load_word(&b->dead), word),
			      memory_order_release);
	queue_enqueue(r->qs, word_queue(word), job, word, word_attempts(word));
	r->done->requeued++;
}

/* A lease that was overdue failed by that, whatever ended its holder. */
static const char *reason(const struct recovery *r, const struct queue *q, uint32_t begun,
			  char why[BLOCK_NOTE_BYTES])
{
	if (begun != LEASE_OVERDUE)
		return r->why;
	snprintf(why, BLOCK_NOTE_BYTES, "took longer than %" PRIu32 " ms", q->lease_limit_ms);
	return why;
}

static void recover_leased(const struct recovery *r, uint32_t job, uint64_t word)
{
	struct block *b = queues_block(r->qs, job);
	struct queue *q = queues_queue(r->qs, b->home);
	char why[BLOCK_NOTE_BYTES];
	uint32_t begun = atomic_load_explicit(&b->begun, memory_order_relaxed);

	if (word_queue(word) != b->home) {
		recover_output(r, job, word);
	} else if (q->kind == QUEUE_WORK &&
		   (begun == LEASE_OVERDUE || (r->own_fault && begun != 0))) {
		if (queue_retry(r->qs, job, word, reason(r, q, begun, why)) == RETRY_AGAIN)
			r->done->requeued++;
		else
			r->done->dead++;
	} else {
		atomic_store_explicit(&b->begun, 0, memory_order_relaxed);
		queue_enqueue(r->qs, b->home, job, word, word_attempts(word));
		r->done->requeued++;
	}
}

static void recover_blocks(const struct recovery *r)
{
	for (uint32_t i = 0; i < r->qs->shared->block_count; i++) {
		uint64_t word = word_of(r, i);

		if (word_owner(word) != r->owner)
			continue;
		/* The hint by which it was taken, if the dead did not come to pass it:
		 * or it would lead to the block once more. */
		if (word_state(word) == BLOCK_OWNED || word_state(word) == BLOCK_LEASED)
			ring_skip_stale(r->qs, word_queue(word));
		if (word_state(word) == BLOCK_OWNED)
			recover_owned(r, i, word);
		else if (word_state(word) == BLOCK_LEASED)
			recover_leased(r, i, word);
	}
}

/* Only now: until step 2 is done, the records are needed. */
static void free_putters(const struct recovery *r)
{
	for (uint32_t i = 0; i < r->qs->shared->putter_count; i++) {
		struct putter *putter = queues_putter(r->qs, i);

		if (atomic_load_explicit(&putter->owner, memory_order_acquire) != r->owner)
			continue;
		putter_end(putter);
		atomic_store_explicit(&putter->owner, 0, memory_order_release);
	}
}

void queues_recover(struct queues *qs, unsigned owner, bool own_fault, const char *why,
		    struct queues_recovered *ret)
{
	struct queues_recovered done = { 0 };
	const struct recovery r = { qs, owner, own_fault, why, &done };

	free_results(&r);
	hint_put(&r);
	recover_blocks(&r);
	free_putters(&r);
	if (atomic_load_explicit(&qs->shared->spilled, memory_order_relaxed) != 0)
		payload_sweep(qs);
	for (unsigned i = 0; i < qs->shared->queue_count; i++)
		wake_all(qs, i);
	if (ret != NULL)
		*ret = done;
}

void queues_release_kept(struct queues *qs, unsigned owner)
{
	for (uint32_t i = 0; i < qs->shared->job_count; i++) {
		uint64_t word = load_word(&queues_block(qs, i)->word);

		if (word_state(word) == BLOCK_KEPT && word_owner(word) == owner)
			queue_enqueue(qs, queues_block(qs, i)->home, i, word, word_attempts(word));
	}
}
