/* print.h - mp_print_q: lines from the workers' modules to the manager.
 *
 * A chunk of it is the slot's number, a blank, and whole lines.
 */
#ifndef LAUNCHER_PRINT_H
#define LAUNCHER_PRINT_H

#include "queues/queue.h"

#include <ev.h>
#include <stddef.h>

/* A worker: text is one or more lines, the last one without an end. Waits a
 * moment when the queue is full; what then finds no room goes to the standard
 * output, from where the manager logs it. */
void print_put(struct queues *qs, unsigned queue, int slot, const char *text, size_t len);

/* The manager: lines of a slot, each with its end; borrowed for the call. */
typedef void print_fn(void *arg, int slot, const char *text, size_t len);

struct print_drain {
	struct ev_loop *loop; /* borrowed, as all of it */
	ev_io watch;
	struct queues *queues;
	unsigned queue;
	print_fn *fn;
	void *arg;
};

/* Give out what comes, as it comes. */
void print_drain_start(struct print_drain *d, struct ev_loop *loop, struct queues *qs, print_fn *fn,
		       void *arg);

/* Give out what is left, and end. */
void print_drain_finish(struct print_drain *d);

#endif
