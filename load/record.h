/* record.h - what one engine counts: its stats, by phase, and its tally.
 *
 * Pure bookkeeping: no clock is read here. One thread writes; the tally alone
 * may be read by others meanwhile.
 */
#ifndef LOAD_RECORD_H
#define LOAD_RECORD_H

#include "common/cc.h"
#include "load/engine.h"
#include "load/stats.h"

struct error;
struct load_job;

struct record_reply {
	uint16_t status;
	uint64_t body_bytes;
	uint64_t due_ns, sent_ns, done_ns;
};

struct record {
	struct load_stats stats;
	const struct load_job *job; /* borrowed */
	uint64_t from_ns;           /* the measured time begins; what was due before is warm-up */
	uint64_t to_ns;             /* and ends, as planned */
	size_t interval;            /* the one of the last reply */
	uint64_t interval_end_ns;
	ATTR_OWN_LINE struct load_tally tally;
};

int record_init(struct record *r, const struct load_job *job, struct error *e);
void record_begin(struct record *r, uint64_t from_ns);

/* A whole reply of target (index into the job's). */
void record_reply(struct record *r, size_t target, const struct record_reply *reply);

/* A failed attempt that was due, or begun, at due_ns. */
void record_error(struct record *r, size_t target, enum load_error error, uint64_t due_ns,
		  uint64_t now_ns);

void record_opened(struct record *r, size_t target);
void record_closed(struct record *r);

/* Open loop: sent late_ns after it was due with a connection idle. */
void record_late(struct record *r, uint64_t due_ns, uint64_t late_ns);

/* Open loop: due, and not sent at the end, now_ns. It took that long at least:
 * that is its latency, or a stall at the end would not be seen. */
void record_unsent(struct record *r, size_t target, uint64_t due_ns, uint64_t now_ns);

void record_release(struct record *r);

#endif
