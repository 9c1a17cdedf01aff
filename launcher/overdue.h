/* overdue.h - end workers that do not come back from a chunk.
 *
 * A module that never returns, or a process that somebody stopped, keeps its
 * chunk for ever and the run from its end. Where a queue has chunk_timeout_ms
 * the manager looks when the next lease can be overdue, kills who holds one,
 * and the chunk counts as failed (queues/overdue.h).
 */
#ifndef LAUNCHER_OVERDUE_H
#define LAUNCHER_OVERDUE_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

struct child;
struct child_host;
struct config;
struct queues;

struct overdue {
	struct child_host *host; /* borrowed, as all of it; NULL: nothing is watched */
	struct queues *queues;
	struct child *workers;
	size_t worker_count;
	uint64_t due_ns; /* when the timer is to go off */
	ev_timer timer;
};

/* Before the first fork: the limits are in the shared region. */
void overdue_limit(struct queues *queues, const struct config *config);

/* Nothing when no queue has a limit; and nothing more once host is stopping:
 * drain_ms is the limit then. */
void overdue_start(struct overdue *o, struct child_host *host, struct queues *queues,
		   struct child *workers, size_t worker_count);
void overdue_finish(struct overdue *o);

#endif
