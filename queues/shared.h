/* shared.h - what the queues are in the shared region; for queues/ alone.
 *
 * Offsets and numbers, no pointers: a spawned process maps it elsewhere.
 * Blocks come in two kinds. Jobs carry chunks, and belong to one queue for
 * life (home); results come in classes by size. Each has payload_bytes of
 * memory of its own; what is larger is in a file (payload.h).
 */
#ifndef QUEUES_SHARED_H
#define QUEUES_SHARED_H

#include "common/cc.h"
#include "queues/word.h"

#include <stdatomic.h>
#include <stdint.h>

#define QUEUE_NAME_BYTES 128 /* "category|name", with the NUL */
#define BLOCK_BITS 20
#define BLOCK_NONE ((1u << BLOCK_BITS) - 1)
#define LEASE_OVERDUE 2
#define QUEUE_DEAD_NAMED 16  /* tickets that are known by number */
#define BLOCK_NOTE_BYTES 256 /* why a job failed, with the NUL */

/* Which of them may be touched by whom follows from the word: OWNED and LEASED
 * blocks belong to their owner's process. */
struct block {
	_Atomic uint64_t word;
	_Atomic uint64_t ticket; /* ticket.h; jobs */
	_Atomic uint64_t done;   /* times it was finished:32 | generation:32, see queue_finish() */
	_Atomic uint64_t dead;   /* likewise, as a dead letter */
	_Atomic uint64_t since_ns; /* when it was put last, or taken; see overdue.c */
	_Atomic uint32_t result;   /* of a job that was committed: its result, or BLOCK_NONE */
	_Atomic uint32_t parent;   /* of a result: its job */
	_Atomic uint32_t bytes;    /* of its payload */
	_Atomic uint32_t rows;     /* in its payload */
	_Atomic uint32_t spill;    /* its payload is in the file block.spill; 0: in memory */
	_Atomic uint32_t begun;    /* the lease's holder has read a row; or LEASE_OVERDUE */
	uint32_t home;             /* constant: the queue it belongs to */
	uint32_t keeper;           /* of a kept row: the server of the slot that keeps it */
} ATTR_OWN_LINE;

/* What a feeder has read, written before the ticket is given out: the slot of
 * the last ticket (its lowest bit) is the one that counts. */
struct journal {
	_Atomic uint64_t ticket;
	_Atomic uint64_t rows;    /* of the generator, up to the end of that chunk */
	_Atomic uint64_t skipped; /* tickets so far that an earlier run has done */
};

struct queue {
	/* Constant. */
	char name[QUEUE_NAME_BYTES];
	uint32_t kind;           /* enum queue_kind */
	uint32_t maxsize;        /* chunks */
	uint32_t free_queue;     /* of a work or side queue: where its free blocks are */
	uint32_t home;           /* of such a free queue: whose it is; else itself */
	uint32_t first, count;   /* the blocks that may be in it: [first, first + count) */
	uint32_t max_attempts;   /* 0: never give up */
	uint32_t lease_limit_ms; /* 0: a lease may last for ever */
	uint32_t payload_bytes;
	uint32_t ring_mask; /* cells - 1 */
	uint64_t ring;      /* offset of its cells */
	uint64_t payload;   /* offset of the first block's */

	/* The ring: hints. A cell is position:44 | block:20. */
	_Atomic uint64_t tail ATTR_OWN_LINE;
	_Atomic uint64_t head ATTR_OWN_LINE;

	/* wake.h: bit 0 says that somebody may sleep, the rest counts up. */
	_Atomic uint32_t sleep ATTR_OWN_LINE;
	_Atomic uint32_t armed; /* signal the event descriptor at the next put */

	_Atomic uint64_t tickets ATTR_OWN_LINE; /* ticket.h */
	struct journal journal[2];
	_Atomic uint64_t expected;    /* tickets in all, 0: unknown; the feeder's word */
	_Atomic uint64_t source;      /* what its feeder reads, as a number; 0: not said */
	_Atomic uint64_t retries;     /* leases that went back for another attempt */
	_Atomic uint64_t puts, takes; /* relaxed, for people */

	/* The first that failed for good, + 1; 0: no more. Writer: the collector. */
	_Atomic uint64_t dead[QUEUE_DEAD_NAMED];
};

/* A thread that puts: which block, so that its death leaves no block without
 * a hint. */
struct putter {
	_Atomic uint32_t owner; /* 0: the record is free */
	_Atomic uint32_t block; /* + 1; 0: none */
} ATTR_OWN_LINE;

#define QUEUES_EVENTS_MAX 8 /* queues with an event descriptor */

struct catalogue {
	_Atomic uint32_t spilled;                              /* files have been made */
	uint32_t event_queues[QUEUES_EVENTS_MAX], event_count; /* those with a descriptor */
	uint32_t queue_count, block_count, job_count, putter_count, owner_count;
	uint32_t output, dead;                   /* queues */
	uint32_t result_classes, result_first;   /* queues [first, first + classes) */
	uint64_t queues, blocks, notes, putters; /* offsets */
};

#endif
