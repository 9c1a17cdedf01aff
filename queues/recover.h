/* recover.h - clean up after a process that died.
 *
 * Only the manager calls it, and only when waitid() has said that the process
 * is dead: what a live one holds is never touched. It may itself be killed
 * anywhere and be run again.
 */
#ifndef QUEUES_RECOVER_H
#define QUEUES_RECOVER_H

#include "queues/queue.h"

struct queues_recovered {
	uint32_t freed;    /* blocks that were being filled */
	uint32_t put;      /* chunks with a ticket that were on their way in */
	uint32_t requeued; /* leases that went back */
	uint32_t dead;     /* leases that became dead letters */
	uint32_t finished; /* jobs whose results were stored already */
	uint32_t hinted;   /* blocks whose hint was published again */
};

/* own_fault: the process died by itself, so that chunks it had begun count an
 * attempt; why says how ("killed by SIGSEGV"), for the dead letters. Kept rows
 * stay with the number. Everybody who waits is woken. */
void queues_recover(struct queues *qs, unsigned owner, bool own_fault, const char *why,
		    struct queues_recovered *ret);

/* The slot is gone for good: its kept rows go back into their queues. */
void queues_release_kept(struct queues *qs, unsigned owner);

#endif
