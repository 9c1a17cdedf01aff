/* ring.h - hints where blocks are: bounded, lock-free, many to many.
 *
 * A cell says position:44 | block:20. It is a hint and no more: whether a block
 * is in a queue is said by its word alone. So a hint may be stale, and may be
 * skipped by anybody; only missing it must not be, for a block that is enqueued
 * (recover.c sees to that). A block has one hint at a time: before it is put
 * again, the hint it was taken by has been passed, by the taker or, if that one
 * died, by recovery. So a ring with as many cells as blocks is never too small.
 *
 * tail is where the next cell is written, head where the next one is read;
 * both run ahead of nothing: they are helped on by whoever finds them behind.
 * Cells number at least four times the blocks: room to spare.
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

/* Is there a hint to block that somebody will still come to? */
bool ring_has(const struct queues *qs, unsigned queue, uint32_t block);

/* Drop the oldest hint when it leads to no block of the queue. False: it does
 * lead to one. */
bool ring_skip_stale(struct queues *qs, unsigned queue);

/* Done with the hint at position, or found it stale. */
void ring_pass(struct queues *qs, unsigned queue, uint64_t position);

#endif
