/* collector.h - finished chunks out of the output queue into the results.
 *
 * Why: one process writes the results, in batches: what is there is taken,
 * written in one transaction, and only after the commit the leases end. Killed
 * anywhere in between, the batch comes again, and the store keeps the first of
 * each ticket (results.h): nothing is lost, nothing twice. How large a batch
 * is follows from what came while the last one was written.
 *
 * While the store cannot be written (a full disk, another program's lock) the
 * leases are kept and it is tried again, with pauses that grow: the workers
 * wait, since no block becomes free. One thread.
 */
#ifndef WORK_COLLECTOR_H
#define WORK_COLLECTOR_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct queues;
struct results;

#define COLLECTOR_BATCH_MAX 4096
#define COLLECTOR_WHY_BYTES 256

enum collector_end {
	COLLECTOR_DONE,    /* the output queue and the dead letters are at their end */
	COLLECTOR_STOPPED, /* queues_interrupt(), and all that was there is stored */
	COLLECTOR_FAILED,  /* see the error; what is not stored is leased still */
};

struct collector_dead {
	unsigned queue;
	uint64_t ticket;
	unsigned attempts;
	char why[COLLECTOR_WHY_BYTES];
};

struct collector {
	struct queues *qs; /* borrowed, as all that follows */

	/* Every work queue is declared in it under its number; opened with a
	 * busy_ms that is short, for it is tried again anyway. NULL: results
	 * are counted alone. */
	struct results *store;

	const unsigned *queues; /* those work queues */
	size_t queue_count;

	/* Becomes readable when the process is to end, and ends a pause; it is
	 * not read. -1: only queues_interrupt() ends the run. */
	int stop_fd;

	/* Each may be NULL. */
	void (*waits)(void *arg, const struct error *why); /* it cannot be written; told once */
	void (*goes_on)(void *arg);                        /* it can again */
	/* Stored, and told at least once: again after a crash just then. Also a
	 * result that was overwritten in shared memory, and is no JSON. */
	void (*dead)(void *arg, const struct collector_dead *dead);
	void *arg;
};

/* Blocks until the end. */
enum collector_end collector_run(const struct collector *c, struct error *e);

#endif
