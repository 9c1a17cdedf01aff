/* putter.h - which block a thread is putting, for its recovery.
 *
 * Between the change of a block's word and its hint, nobody can find the block
 * but by this record. One for each thread: two under one record would hide
 * each other's block.
 */
#ifndef QUEUES_PUTTER_H
#define QUEUES_PUTTER_H

#include "queues/catalogue.h"

/* This thread's record under this handle. Aborts when all are taken:
 * queues_enter() asks beforehand. */
struct putter *putter_mine(const struct queues *qs);

/* Records of this thread under this handle go; before the region is unmapped. */
void putter_forget(const struct queues *qs);

static inline void putter_begin(struct putter *putter, uint32_t block)
{
	atomic_store_explicit(&putter->block, block + 1, memory_order_release);
}

static inline void putter_end(struct putter *putter)
{
	atomic_store_explicit(&putter->block, 0, memory_order_release);
}

static inline struct putter *queues_putter(const struct queues *qs, uint32_t i)
{
	return (struct putter *)(void *)(qs->base + qs->shared->putters) + i;
}

#endif
