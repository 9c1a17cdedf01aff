/* memory.h - end workers that take too much memory.
 *
 * A module that leaks must not take the machine down. With
 * worker_memory_max_mb the manager looks ten times a second at what each
 * worker has of its own: anonymous memory, in RAM or swapped out, so neither
 * the shared region nor tools (proc_pid_status(5): RssAnon, VmSwap).
 *
 *   more than the limit      it is asked to finish its chunks, and renewed
 *   a quarter more than that it is killed: what it had begun has failed
 *
 * Why not a resource limit: RLIMIT_RSS does nothing, RLIMIT_DATA and RLIMIT_AS
 * count what was never touched (the stacks of threads, malloc's arenas) and
 * end in a malloc() that fails somewhere in the module, which says nothing of
 * the cause. The price is that a module may be over the limit for as long as
 * it takes to look again.
 */
#ifndef LAUNCHER_MEMORY_H
#define LAUNCHER_MEMORY_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child;
struct child_host;

struct memory_watch {
	struct child_host *host; /* borrowed, as are the workers; NULL: nothing is watched */
	struct child *workers;
	size_t worker_count;
	uint64_t max_bytes;
	ev_timer timer;
};

/* RssAnon and VmSwap of a process, in bytes; 0: it is gone. */
uint64_t memory_of(pid_t pid);

/* max_mb of MiB each; 0: nothing is done. Nothing more once host is stopping. */
void memory_watch_start(struct memory_watch *m, struct child_host *host, struct child *workers,
			size_t worker_count, int max_mb);
void memory_watch_finish(struct memory_watch *m);

#endif
