/* catalogue.h - all queues of an instance, by name: made once, found again.
 *
 * The manager describes them before the first fork; their number and sizes do
 * not change. A process gets a handle (struct queues) under an owner number
 * that the manager gave it. 256 queues in all: each work or side queue is two
 * (itself, and its free blocks).
 */
#ifndef QUEUES_CATALOGUE_H
#define QUEUES_CATALOGUE_H

#include "queues/shared.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct region;

#define QUEUES_PUTTERS_PER_OWNER 2
#define QUEUES_PUTTERS_EXTRA 256 /* threads beyond those */

enum queue_kind {
	QUEUE_WORK,   /* tickets, leases, results; the user's, and mp_input_q */
	QUEUE_OUTPUT, /* mp_output_q: finished jobs on their way to the collector */
	QUEUE_DEAD,   /* dead letters on their way there */
	QUEUE_SIDE,   /* mp_print_q: text to the manager; at least once, no tickets */
	QUEUE_FREE,   /* free blocks; unnamed */
};

struct queue_spec {
	const char *name;      /* "mp_input_q" or "category|name"; < QUEUE_NAME_BYTES */
	enum queue_kind kind;  /* QUEUE_WORK or QUEUE_SIDE */
	uint32_t maxsize;      /* chunks that wait at most, >= 1 */
	uint32_t leases;       /* chunks beyond those: leased, kept, finishing; >= 1 */
	uint32_t chunk_bytes;  /* of memory for each; larger chunks go to a file */
	uint32_t max_attempts; /* 1..255; 0: never give up */
	bool event;            /* a loop waits for it: give it an event descriptor */
};

struct queues_spec {
	const struct queue_spec *list;
	size_t count;
	uint32_t owners; /* owner numbers are 1 .. owners, < WORD_OWNERS */
};

/* A process's handle. */
struct queues {
	struct catalogue *shared;
	char *base; /* of the region */
	unsigned owner;
	const char *spill_dir; /* borrowed; NULL: no payload may be larger than its block */
	int event_fds[QUEUES_EVENTS_MAX]; /* of shared->event_queues, in order; -1: none */
	uint64_t key;                     /* tells this handle from any other in the process */
	_Atomic uint32_t interrupted;     /* queues_interrupt() */
};

/* -EINVAL with words when a spec is out of bounds (ids, names, blocks). */
int queues_check(const struct queues_spec *spec, struct error *e);
size_t queues_region_bytes(const struct queues_spec *spec);

/* Make them in region (REGION_QUEUES) and open the event descriptors. The
 * handle is the manager's, owner 1. Only before the first fork. */
int queues_create(struct queues *ret, struct region *region, const struct queues_spec *spec,
		  struct error *e);

/* In a child: whose = the number that the manager chose; event_fds as
 * inherited, in the order of creation (-1: not inherited; NULL: none). */
int queues_attach(struct queues *ret, const struct region *region, unsigned owner,
		  const int *event_fds, struct error *e);

/* Close the event descriptors; the region is the caller's. */
void queues_detach(struct queues *qs);

/* The event descriptor of a queue, -1: it has none. */
int queues_event_fd(const struct queues *qs, unsigned queue);

/* By name; also "mp_input_q (default)", the seed's header. -1: unknown. */
int queues_find(const struct queues *qs, const char *name);

/* What a queue is, and how much went through it. */
struct queue_about {
	const char *name; /* "": one of those that are not named */
	enum queue_kind kind;
	uint32_t maxsize;     /* of a work or side queue; else 0 */
	uint64_t puts, takes; /* chunks in and out, another attempt counted again */
};
unsigned queues_total(const struct queues *qs); /* numbers are below it */
void queues_about(const struct queues *qs, unsigned queue, struct queue_about *ret);

/* How the chunks of a queue stand; every term from the blocks' words, exact
 * while nobody moves. issued = queued + leased + kept + finishing + done +
 * dead + skipped, else something was lost. Of mp_output_q and the dead letters
 * queued, leased and oldest_ns only: chunks of all queues that are in it. */
struct queue_counts {
	uint64_t issued;    /* tickets given out */
	uint64_t expected;  /* tickets there will be; 0: unknown */
	uint64_t queued;    /* waiting, or on the way in */
	uint64_t leased;    /* with a worker */
	uint64_t kept;      /* rows that servers serve */
	uint64_t finishing; /* committed, not stored yet */
	uint64_t done;      /* stored, in this run */
	uint64_t dead;      /* dead letters, stored or on their way */
	uint64_t skipped;   /* stored by an earlier run */
	uint64_t retries;   /* attempts that failed and were followed by another */
	uint64_t oldest_ns; /* age of the chunk that waits longest; 0: none waits */
	uint64_t free;      /* blocks */
	bool closed;
};
void queues_count(const struct queues *qs, unsigned queue, struct queue_counts *ret);

/* Dead letters of the queue by ticket, the first QUEUE_DEAD_NAMED that were
 * finished, in numeric order. How many. */
size_t queues_dead_tickets(const struct queues *qs, unsigned queue, uint64_t ret[QUEUE_DEAD_NAMED]);

/* What a process has leased, from whichever queue: at most max are in ret. How
 * many there are. */
struct queue_lease {
	unsigned queue; /* the one it was issued on */
	uint64_t ticket;
};
size_t queues_leases(const struct queues *qs, unsigned owner, struct queue_lease *ret, size_t max);

/* Is ticket in one of the queue's blocks now (queued, leased, kept, finishing
 * or dying)? Else it is stored, or missing. Scans the blocks. */
bool queues_in_flight(const struct queues *qs, unsigned queue, uint64_t ticket);

/* Internal accessors, for queues/. */
static inline struct queue *queues_queue(const struct queues *qs, unsigned id)
{
	return (struct queue *)(void *)(qs->base + qs->shared->queues) + id;
}

static inline struct block *queues_block(const struct queues *qs, uint32_t id)
{
	return (struct block *)(void *)(qs->base + qs->shared->blocks) + id;
}

/* BLOCK_NOTE_BYTES of text. */
static inline char *queues_note(const struct queues *qs, uint32_t job)
{
	return qs->base + qs->shared->notes + (uint64_t)job * BLOCK_NOTE_BYTES;
}

#endif
