/* word.h - a block's control word: the only truth about it.
 *
 *   state:4 | owner:12 | queue:8 | attempts:8 | generation:32
 *
 * It changes by compare-and-swap alone, and each change counts the generation
 * up, so that no stale copy of it is ever swapped in. The change that claims a
 * block also says who claimed it: a process can die between any two
 * instructions, and what it held is known.
 *
 *            claim              issue             take             commit
 *   free ───────────▶ OWNED ───────────▶ ENQ ───────────▶ LEASED ───────────▶ ENQ(output)
 *    ▲   ENQ(free)      │                 ▲     requeue     │ │ keep             │ take
 *    └──────────────────┘                 └─────────────────┘ └──▶ KEPT          ▼
 *    └───────────────────────────── finish ◀──────────────────────────── LEASED(output)
 *
 * A free block is one that is enqueued on a free queue. A result goes its own way:
 * OWNED, filled, ATT(ached) to its job before the commit, and freed just before
 * the job when both are stored.
 */
#ifndef QUEUES_WORD_H
#define QUEUES_WORD_H

#include <stdint.h>

enum block_state {
	BLOCK_OWNED = 1, /* being filled; its queue is the free queue it came from */
	BLOCK_ENQ,       /* in its queue, or on the way into it by its owner */
	BLOCK_LEASED,    /* taken from its queue and not yet finished */
	BLOCK_ATT,       /* a result that is attached to its job */
	BLOCK_KEPT,      /* a row that its owner serves for as long as its slot lives */
};

#define WORD_OWNERS 4096 /* 0 is nobody */
#define WORD_QUEUES 256
#define WORD_ATTEMPTS_MAX 255

static inline uint64_t word_make(enum block_state state, unsigned owner, unsigned queue,
				 unsigned attempts, uint32_t generation)
{
	return (uint64_t)state << 60 | (uint64_t)owner << 48 | (uint64_t)queue << 40 |
	       (uint64_t)attempts << 32 | generation;
}

static inline enum block_state word_state(uint64_t word)
{
	return (enum block_state)(word >> 60);
}

static inline unsigned word_owner(uint64_t word)
{
	return (unsigned)(word >> 48) & 0xfff;
}

static inline unsigned word_queue(uint64_t word)
{
	return (unsigned)(word >> 40) & 0xff;
}

static inline unsigned word_attempts(uint64_t word)
{
	return (unsigned)(word >> 32) & 0xff;
}

static inline uint32_t word_generation(uint64_t word)
{
	return (uint32_t)word;
}

static inline int word_is(uint64_t word, enum block_state state, unsigned queue)
{
	return word_state(word) == state && word_queue(word) == queue;
}

#endif
