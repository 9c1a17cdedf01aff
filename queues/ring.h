/* ring.h - hints where blocks are: bounded, lock-free, many to many.
 *
 * A cell says position:44 | block:20. It is a hint and no more: whether a block
 * is in a queue is said by its word alone. So a hint may be published twice,
 * may be stale, and may be skipped by anybody; only missing it must not be,
 * for a block that is enqueued (recover.c sees to that).
 *
 * tail is where the next cell is written, head where the next one is read;
 * both run ahead of nothing: they are helped on by whoever finds them behind.
 * Cells number at least four times the blocks, so that a ring is never full of
 * live hints.
 */
#ifndef QUEUES_RING_H
#define QUEUES_RING_H

#include "queues/catalogue.h"

#define RING_CELLS_PER_BLOCK 4

uint32_t ring_cells(uint32_t blocks); /* a power of two */
void ring_init(struct queues *qs, unsigned queue);

/* Say that block is in queue; its word says so already. */
void ring_push(struct queues *qs, unsigned queue, uint32_t block);

/* The block that the oldest hint names, BLOCK_NONE when there is no hint; its
 * position, for ring_pass(). */
uint32_t ring_peek(const struct queues *qs, unsigned queue, uint64_t *ret_position);

/* Done with the hint at position, or found it stale. */
void ring_pass(struct queues *qs, unsigned queue, uint64_t position);

#endif
