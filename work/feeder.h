/* feeder.h - one generator, cut into chunks under tickets, in one queue.
 *
 * A chunk is the next rows_max rows, fewer only at the end (or where they pass
 * PAYLOAD_BYTES_MAX), so that the same rows always get the same tickets. What
 * was read is journaled before each ticket (queue.h): a feeder that starts
 * after another one died goes on at the very row. One feeder per queue.
 */
#ifndef WORK_FEEDER_H
#define WORK_FEEDER_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct generator;
struct queues;

enum feeder_end {
	FEEDER_DONE,    /* all rows are in the queue, and it is closed */
	FEEDER_STOPPED, /* queues_interrupt(), or somebody closed the queue */
	FEEDER_FAILED,  /* see the error: a new one would fail alike */
};

struct feeder {
	struct queues *qs;
	unsigned queue;
	struct generator *generator; /* fresh: nothing read from it */
	uint32_t rows_max;           /* ROWS_MAX */
	bool restarted;              /* another one fed this queue before, in this run */

	/* --resume: is the ticket in the results already? Then with how many
	 * rows. -errno with words ends the feeder. NULL: nothing is. */
	int (*stored)(void *arg, uint64_t ticket, bool *ret_stored, uint64_t *ret_rows,
		      struct error *e);
	void *arg;
};

/* Blocks until the end. On FAILED the queue is left open, so that whoever
 * supervises decides; the rows before the failure that fill whole chunks are
 * in it. */
enum feeder_end feeder_run(const struct feeder *f, struct error *e);

#endif
