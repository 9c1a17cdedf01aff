/* queue.h - put, take, commit: bounded queues with leases, between processes.
 *
 * Why: a queue made before fork() outlives any process. There is no broker
 * and no lock: a block's control word (word.h) is the only truth, ring cells
 * are hints that are safe to redo (ring.h), and whoever dies between two
 * instructions is cleaned up after (recover.h).
 *
 *   feeder     queue_claim  fill  queue_issue
 *   worker     queue_take   read  queue_commit | queue_fail | queue_keep
 *   collector  queue_take   store queue_collected          (of mp_output_q)
 *
 * Processing is at least once, results are exactly once by queue and ticket:
 * committing is one compare-and-swap that both ends the lease and publishes
 * the result.
 *
 * Any thread of a process may call; the first call of a thread takes one of a
 * bounded number of records (queues_enter()).
 */
#ifndef QUEUES_QUEUE_H
#define QUEUES_QUEUE_H

#include "queues/catalogue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_NO_WAIT UINT64_C(0)
#define QUEUE_FOREVER UINT64_MAX

enum queue_take {
	QUEUE_CHUNK, /* there is one, and it is the caller's */
	QUEUE_EMPTY, /* none until the deadline */
	QUEUE_STOP,  /* the queue is closed and empty, and no lease on it is out */
};

/* Deadlines are absolute, CLOCK_MONOTONIC, in ns; or one of the two above. */

/* Can this thread use the queues? -EAGAIN: too many threads do already. Cheap
 * when it has before. The functions below call it and abort on failure. */
int queues_enter(const struct queues *qs, struct error *e);

/* From now on no thread of this process waits in queue_claim(), queue_take() or
 * queue_take_any(): what is there is still given, else EMPTY. Async-signal-safe
 * (signal-safety(7)). */
void queues_interrupt(struct queues *qs);

/* A free block of a work or side queue, to be filled (payload.h). EMPTY when
 * all are in use: that is the back-pressure. STOP: the queue was closed. */
enum queue_take queue_claim(struct queues *qs, unsigned queue, uint64_t deadline_ns,
			    uint32_t *ret_block);

/* Give the block a ticket and put it. -EPIPE: closed meanwhile, -EOVERFLOW: no
 * ticket left; the block is still the caller's. The ticket is in *ret_ticket
 * (may be NULL). */
int queue_issue(struct queues *qs, unsigned queue, uint32_t block, uint64_t *ret_ticket);

/* Side queues: put without a ticket. */
void queue_put(struct queues *qs, unsigned queue, uint32_t block);

/* Free a claimed block that will not be put. */
void queue_abandon(struct queues *qs, uint32_t block);

/* A lease on the oldest chunk. */
enum queue_take queue_take(struct queues *qs, unsigned queue, uint64_t deadline_ns,
			   uint32_t *ret_block);

/* From whichever of them has one; STOP when all are at their end. At most
 * QUEUE_WAIT_MAX queues. Waiting for several
 * sleeps where there is futex_waitv (Linux 5.16), else it looks every 10 ms. */
#define QUEUE_WAIT_MAX 64
enum queue_take queue_take_any(struct queues *qs, const unsigned *queues, size_t count,
			       uint64_t deadline_ns, unsigned *ret_queue, uint32_t *ret_block);

/* The same for one who has not finished a chunk of theirs: STOP when they are closed
 * and empty. To wait for the end of his own lease would be to wait for ever. */
enum queue_take queue_take_another(struct queues *qs, const unsigned *queues, size_t count,
				   uint64_t deadline_ns, unsigned *ret_queue, uint32_t *ret_block);

/* The lease's holder reads its first row: from now on a death counts. */
static inline void queue_begin(struct queues *qs, uint32_t job)
{
	struct block *block = queues_block(qs, job);

	if (atomic_load_explicit(&block->begun, memory_order_relaxed) == 0)
		atomic_store_explicit(&block->begun, 1, memory_order_relaxed);
}

/* A block for a result of so many bytes, to be filled (payload.h) and then
 * committed or abandoned. -ETIMEDOUT at the deadline. */
int queue_claim_result(struct queues *qs, size_t bytes, uint64_t deadline_ns, uint32_t *ret_block);

/* End the lease: the job goes to the output queue with its result (BLOCK_NONE:
 * without). -ESTALE: the caller has no lease on it; result is still its own. */
int queue_commit(struct queues *qs, uint32_t job, uint32_t result);

/* Give the chunk back: another attempt, or a dead letter when this was the
 * last. why is cut at BLOCK_NOTE_BYTES - 1. -ESTALE as above. */
int queue_fail(struct queues *qs, uint32_t job, const char *why);

/* Give it back as if it had not been taken. */
int queue_return(struct queues *qs, uint32_t job);

/* Keep it: no lease any more, for as long as the slot lives, under a number of
 * the owner's own. -ESTALE as above. */
int queue_keep(struct queues *qs, uint32_t job, uint32_t keeper);

/* The chunk of queue that owner keeps under that number; BLOCK_NONE: none. */
uint32_t queue_kept(const struct queues *qs, unsigned queue, unsigned owner, uint32_t keeper);

/* A job leased from the output queue, or a dead letter, is stored: free its
 * result, then itself. Also frees what was taken from a side queue. */
void queue_finish(struct queues *qs, uint32_t job);

/* The same when it has been stored as a dead letter, though it was none: its
 * result could not be used. */
void queue_finish_dead(struct queues *qs, uint32_t job);

/* No more puts; whoever waits learns of it. Idempotent. */
void queue_close(struct queues *qs, unsigned queue);
bool queue_is_closed(const struct queues *qs, unsigned queue);

/* For an event loop: true when there may be something to take now; else the
 * event descriptor becomes readable at the next put (or close), once. */
bool queue_arm(struct queues *qs, unsigned queue);

/* Of a block that is the caller's. */
uint64_t queue_ticket(const struct queues *qs, uint32_t job);
unsigned queue_home(const struct queues *qs, uint32_t job);     /* the queue it was issued on */
unsigned queue_attempts(const struct queues *qs, uint32_t job); /* failed ones so far */
uint32_t queue_result(const struct queues *qs, uint32_t job);   /* BLOCK_NONE: none */
const char *queue_why(const struct queues *qs, uint32_t job);   /* a dead letter's reason */

/* A feeder's memory (one feeder per queue): what it has read up to and with
 * the ticket that it gives out next; to be said before each queue_issue(). */
void queue_journal(struct queues *qs, unsigned queue, uint64_t rows);

/* Instead of all that: the next ticket is in the results already. How many it
 * was so far. */
int queue_skip_ticket(struct queues *qs, unsigned queue, uint64_t rows);
uint64_t queue_skipped(const struct queues *qs, unsigned queue);

/* For a feeder that starts: the next ticket, and the rows behind it. */
void queue_resume(const struct queues *qs, unsigned queue, uint64_t *ret_ticket,
		  uint64_t *ret_rows);

/* What a feeder reads, as a number (a hash, not 0). False: the one before it
 * in this run read something else. */
bool queue_source(struct queues *qs, unsigned queue, uint64_t source);

/* How many tickets there will be. */
void queue_expect(struct queues *qs, unsigned queue, uint64_t tickets);

#endif
