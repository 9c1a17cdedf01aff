/* lease.c - what a lease ends in: a result, another attempt, a dead letter, a
 * kept row; and the end of a job behind the output queue. See queue.h.
 */
#include "queues/impl.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/ticket.h"

#include <assert.h>
#include <stdio.h>

/* What a lease ends in ----------------------------------------------------- */

/* The job's word, when it is leased to us from its own queue; else 0. */
static uint64_t lease_word(const struct queues *qs, uint32_t job)
{
	const struct block *b;
	uint64_t word;

	if (job >= qs->shared->job_count)
		return 0;
	b = queues_block(qs, job);
	word = load_word(&b->word);
	return is_mine(qs, word, BLOCK_LEASED) && word_queue(word) == b->home ? word : 0;
}

/* OWNED -> ATT; the job's word decides what it means. */
static void attach(struct queues *qs, uint32_t job, uint32_t result)
{
	struct block *r = queues_block(qs, result);
	uint64_t word = load_word(&r->word);

	assert(is_mine(qs, word, BLOCK_OWNED));
	atomic_store_explicit(&r->parent, job, memory_order_relaxed);
	atomic_store_explicit(&queues_block(qs, job)->result, result, memory_order_release);
	swap_word(&r->word, word,
		  word_make(BLOCK_ATT, qs->owner, word_queue(word), 0, word_generation(word) + 1));
}

static void detach(struct queues *qs, uint32_t result)
{
	struct block *r = queues_block(qs, result);
	uint64_t word = load_word(&r->word);

	swap_word(
		&r->word, word,
		word_make(BLOCK_OWNED, qs->owner, word_queue(word), 0, word_generation(word) + 1));
}

int queue_commit(struct queues *qs, uint32_t job, uint32_t result)
{
	uint64_t word = lease_word(qs, job);

	if (word == 0)
		return -ESTALE;
	if (result != BLOCK_NONE)
		attach(qs, job, result);
	else
		atomic_store_explicit(&queues_block(qs, job)->result, BLOCK_NONE,
				      memory_order_release);
	if (!queue_enqueue(qs, qs->shared->output, job, word, word_attempts(word))) {
		if (result != BLOCK_NONE)
			detach(qs, result);
		return -ESTALE;
	}
	queue_tell_end(qs, queues_block(qs, job)->home);
	return 0;
}

enum queue_retry queue_retry(struct queues *qs, uint32_t job, uint64_t word, const char *why)
{
	struct block *b = queues_block(qs, job);
	struct queue *q = queues_queue(qs, b->home);
	unsigned attempts = MIN(word_attempts(word) + 1, (unsigned)WORD_ATTEMPTS_MAX);
	bool dead = q->max_attempts != 0 && attempts >= q->max_attempts;

	snprintf(queues_note(qs, job), BLOCK_NOTE_BYTES, "%s", why);
	atomic_store_explicit(&b->begun, 0, memory_order_relaxed);
	if (!queue_enqueue(qs, dead ? qs->shared->dead : b->home, job, word, attempts))
		return RETRY_STALE;
	if (dead)
		queue_tell_end(qs, b->home);
	else
		count_up(&q->retries);
	return dead ? RETRY_DEAD : RETRY_AGAIN;
}

int queue_fail(struct queues *qs, uint32_t job, const char *why)
{
	uint64_t word = lease_word(qs, job);

	if (word == 0)
		return -ESTALE;
	return queue_retry(qs, job, word, why) == RETRY_STALE ? -ESTALE : 0;
}

int queue_return(struct queues *qs, uint32_t job)
{
	uint64_t word = lease_word(qs, job);

	if (word == 0)
		return -ESTALE;
	atomic_store_explicit(&queues_block(qs, job)->begun, 0, memory_order_relaxed);
	return queue_enqueue(qs, queues_block(qs, job)->home, job, word, word_attempts(word))
		       ? 0
		       : -ESTALE;
}

int queue_keep(struct queues *qs, uint32_t job, uint32_t keeper)
{
	struct block *b = queues_block(qs, job);
	uint64_t word = lease_word(qs, job);

	if (word == 0)
		return -ESTALE;
	b->keeper = keeper;
	if (!swap_word(&b->word, word,
		       word_make(BLOCK_KEPT, qs->owner, b->home, word_attempts(word),
				 word_generation(word) + 1)))
		return -ESTALE;
	queue_tell_end(qs, b->home);
	return 0;
}

uint32_t queue_kept(const struct queues *qs, unsigned queue, unsigned owner, uint32_t keeper)
{
	const struct queue *q = queues_queue(qs, queue);

	for (uint32_t i = q->first; i < q->first + q->count; i++) {
		const struct block *b = queues_block(qs, i);
		uint64_t word = load_word(&b->word);

		if (word_is(word, BLOCK_KEPT, queue) && word_owner(word) == owner &&
		    b->keeper == keeper)
			return i;
	}
	return BLOCK_NONE;
}

/* Finish ------------------------------------------------------------------- */

/* Is result still attached to job? Else it has been freed, and so stored. */
bool queue_has_result(const struct queues *qs, uint32_t job)
{
	uint32_t result = queue_result(qs, job);
	const struct block *r;

	if (result == BLOCK_NONE || result >= qs->shared->block_count)
		return false;
	r = queues_block(qs, result);
	return word_state(load_word(&r->word)) == BLOCK_ATT &&
	       atomic_load_explicit(&r->parent, memory_order_acquire) == job;
}

void queue_free_block(struct queues *qs, uint32_t block, uint64_t word)
{
	unsigned home = queues_block(qs, block)->home;
	unsigned free_queue = queues_queue(qs, home)->kind == QUEUE_FREE
				      ? home
				      : queues_queue(qs, home)->free_queue;
	uint32_t file = atomic_load_explicit(&queues_block(qs, block)->spill, memory_order_relaxed);

	/* The file goes after the block: until then it may be needed again. */
	if (queue_enqueue(qs, free_queue, block, word, 0) && file != 0)
		payload_unlink(qs, block, file);
}

/* Count it before the change that it counts: while the block's word has still
 * the generation that is noted with it, it has not happened yet. And before the
 * result goes: recovery then knows as what it was to be counted. */
void queue_finish_leased(struct queues *qs, uint32_t job, uint64_t word, bool dead)
{
	struct block *b = queues_block(qs, job);
	_Atomic uint64_t *tally = dead ? &b->dead : &b->done;

	if (queues_queue(qs, b->home)->kind == QUEUE_WORK)
		atomic_store_explicit(tally, tally_next(load_word(tally), word),
				      memory_order_release);
	if (queue_has_result(qs, job)) {
		uint32_t result = queue_result(qs, job);

		queue_free_block(qs, result, load_word(&queues_block(qs, result)->word));
	}
	queue_free_block(qs, job, word);
}

/* Once, also when this is done again after a death in between. */
static void name_dead(struct queue *q, uint64_t ticket)
{
	for (size_t i = 0; i < QUEUE_DEAD_NAMED; i++) {
		uint64_t named = load_word(&q->dead[i]);

		if (named == ticket + 1)
			return;
		if (named != 0)
			continue;
		atomic_store_explicit(&q->dead[i], ticket + 1, memory_order_release);
		return;
	}
}

static void finish(struct queues *qs, uint32_t job, bool dead)
{
	uint64_t word = load_word(&queues_block(qs, job)->word);

	assert(is_mine(qs, word, BLOCK_LEASED));
	assert(word_queue(word) != queue_home(qs, job) ||
	       queues_queue(qs, word_queue(word))->kind == QUEUE_SIDE);
	dead = dead || word_queue(word) == qs->shared->dead;
	if (dead)
		name_dead(queues_queue(qs, queue_home(qs, job)), queue_ticket(qs, job));
	queue_finish_leased(qs, job, word, dead);
}

void queue_finish(struct queues *qs, uint32_t job)
{
	finish(qs, job, false);
}

void queue_finish_dead(struct queues *qs, uint32_t job)
{
	finish(qs, job, true);
}

/* What a block says -------------------------------------------------------- */

uint64_t queue_ticket(const struct queues *qs, uint32_t job)
{
	return ticket_of(qs, job);
}

unsigned queue_home(const struct queues *qs, uint32_t job)
{
	return queues_block(qs, job)->home;
}

unsigned queue_attempts(const struct queues *qs, uint32_t job)
{
	return word_attempts(load_word(&queues_block(qs, job)->word));
}

uint32_t queue_result(const struct queues *qs, uint32_t job)
{
	return atomic_load_explicit(&queues_block(qs, job)->result, memory_order_acquire);
}

const char *queue_why(const struct queues *qs, uint32_t job)
{
	return queues_note(qs, job);
}
