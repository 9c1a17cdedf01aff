/* impl.h - what queue.c, lease.c and recover.c share; for queues/ alone. */
#ifndef QUEUES_IMPL_H
#define QUEUES_IMPL_H

#include "queues/queue.h"

static inline uint64_t load_word(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static inline bool swap_word(_Atomic uint64_t *word, uint64_t old, uint64_t new)
{
	return atomic_compare_exchange_strong_explicit(word, &old, new, memory_order_acq_rel,
						       memory_order_relaxed);
}

static inline void count_up(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline bool is_mine(const struct queues *qs, uint64_t word, enum block_state state)
{
	return word_state(word) == state && word_owner(word) == qs->owner;
}

/* How often a block's job was finished: times:32 | generation:32. It is noted
 * before the change that it counts, with the generation before that change;
 * while the block's word still has this generation it has not happened. */
static inline uint64_t tally_next(uint64_t tally, uint64_t word)
{
	uint64_t times = (tally >> 32) + ((uint32_t)tally != word_generation(word));

	return times << 32 | word_generation(word);
}

/* Noted under the word as it is now, which has not happened. */
static inline bool tally_is_due(uint64_t tally, uint64_t word)
{
	return tally >> 32 != 0 && (uint32_t)tally == word_generation(word);
}

static inline uint64_t tally_times(uint64_t tally, uint64_t word)
{
	return (tally >> 32) - tally_is_due(tally, word);
}

/* It has not happened, and will not under this generation. */
static inline uint64_t tally_undone(uint64_t tally, uint64_t word)
{
	return tally_times(tally, word) << 32 | (uint32_t)(word_generation(word) - 1);
}

/* From the word old, which is the caller's, into queue. False: it was not. */
bool queue_enqueue(struct queues *qs, unsigned queue, uint32_t block, uint64_t old,
		   unsigned attempts);

/* A lease has ended: was it what those who wait for STOP wait for? */
void queue_tell_end(struct queues *qs, unsigned queue);

/* What became of a lease with that word: another attempt, a dead letter, or
 * nothing, since the word was no longer the block's. */
enum queue_retry { RETRY_AGAIN, RETRY_DEAD, RETRY_STALE };
enum queue_retry queue_retry(struct queues *qs, uint32_t job, uint64_t word, const char *why);

/* Is a result still attached to job? */
bool queue_has_result(const struct queues *qs, uint32_t job);

/* The block goes to where free ones of its home are, its file away. */
void queue_free_block(struct queues *qs, uint32_t block, uint64_t word);

/* Its result away, then itself; dead: it is counted as a dead letter. */
void queue_finish_leased(struct queues *qs, uint32_t job, uint64_t word, bool dead);

#endif
