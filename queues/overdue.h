/* overdue.h - leases that have lasted too long.
 *
 * A holder that is dead is noticed by waitid(); one that never returns, or is
 * stopped, is not. A queue may have a limit: then the time of each take is
 * noted in the block, and whoever supervises looks for leases beyond it, ends
 * their holder's process, blames what was overdue and recovers (recover.h). A
 * queue without a limit costs nothing.
 *
 *   queue_limit_lease    once, before the first fork
 *   queues_overdue       now and then: who, and when to look again
 *   queues_blame_overdue when the process has been reaped, before recovery
 */
#ifndef QUEUES_OVERDUE_H
#define QUEUES_OVERDUE_H

#include "queues/queue.h"

/* A lease on this work queue may last so long; 0: for ever. Only before the
 * first fork. */
void queue_limit_lease(struct queues *qs, unsigned queue, uint32_t limit_ms);
uint32_t queue_lease_limit_ms(const struct queues *qs, unsigned queue);

struct queue_overdue {
	unsigned owner, queue;
	uint64_t ticket;
	uint64_t held_ns;
};

/* Leases of all queues that have lasted longer than their queue's limit at
 * now_ns (clock_mono_ns()): at most max are in ret, the rest is found when
 * these are gone. In *ret_next_ns, when another one can be overdue at the
 * earliest; UINT64_MAX: no queue has a limit. Any process may call. */
size_t queues_overdue(struct queues *qs, uint64_t now_ns, struct queue_overdue *ret, size_t max,
		      uint64_t *ret_next_ns);

/* Let all leases begin at now_ns: time has passed that was not theirs. */
void queues_excuse(struct queues *qs, uint64_t now_ns);

/* The same for one lease of the caller's, which waits for others. By when to
 * say so again, half its time; QUEUE_FOREVER: no need. */
uint64_t queue_extend(struct queues *qs, uint32_t job);

/* Of the leases of an owner that is dead, those that are overdue will count as
 * an attempt in queues_recover(), whatever its own_fault, with that reason:
 * "took longer than 500 ms". How many these are. */
unsigned queues_blame_overdue(struct queues *qs, unsigned owner, uint64_t now_ns);

#endif
