/* stats.h - what was counted: per target, per group, over time.
 *
 * A request belongs to the phase in which it was due: in a closed loop that is
 * when it was sent, in an open loop when the constant rate wanted it sent.
 * Those of the warm-up are counted in answered and nowhere else; those that are
 * still under way at the end are waited for. A failed connect belongs to the
 * time when it began, bytes that nobody asked for to the time when they came.
 */
#ifndef LOAD_STATS_H
#define LOAD_STATS_H

#include "common/histogram.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct load_job;

#define LOAD_ERRORS(X) \
	X(REFUSED, "refused")       /* no connection */ \
	X(RESET, "reset")           /* by the peer, before the whole reply */ \
	X(CLOSED, "closed")         /* in good order, before the whole reply */ \
	X(TIMEOUT, "timeout")       /* no whole reply in time, or not sent in time */ \
	X(MALFORMED, "malformed")   /* no HTTP response */ \
	X(UNEXPECTED, "unexpected") /* bytes that nobody asked for */ \
	X(STATUS, "status")         /* a whole reply of 400 or above: also in requests */ \
	X(LOCAL, "local")           /* ours: no local port, no descriptor */
#define X(id, name) LOAD_ERROR_##id,
enum load_error { LOAD_ERRORS(X) LOAD_ERROR_COUNT };
#undef X
const char *load_error_name(enum load_error error);

#define LOAD_CLASSES 6 /* [1] 1xx … [5] 5xx; [0] others */

struct load_counts {
	uint64_t answered; /* whole replies, those of the warm-up too */
	/* Of the measured time: */
	uint64_t requests; /* whole replies, of any status */
	uint64_t bytes;    /* bodies of those */
	uint64_t classes[LOAD_CLASSES];
	uint64_t errors[LOAD_ERROR_COUNT];
	uint64_t connects; /* connections opened, in all phases */
};

struct load_target_stats {
	struct load_counts counts;
	struct histogram latency; /* ns, from when it was due to the last byte, or,
				   * unsent, to the end */
};

struct load_interval { /* by when the reply was whole */
	uint64_t requests, errors;
	uint64_t latency_max_ns;
};

struct load_stats {
	size_t target_count, group_count, interval_count;
	struct load_target_stats *targets; /* owned, as all */
	struct histogram *service;         /* by group: ns from when it was sent; open loop only */
	struct load_interval *intervals;   /* over the measured time */
	struct histogram late; /* open loop: ns that we sent late with a connection idle */
	uint64_t unsent;       /* open loop: due in the measured time, not sent at its end:
				* in latency, but neither in requests nor in errors */
	uint64_t measured_ns;  /* shorter than asked for when it was stopped */
	uint64_t cpu_ns;       /* of the engine's threads, in the measured time */
	double cpu_share_max;  /* of the busiest thread: cpu / wall, 0..1 */
};

int load_stats_init(struct load_stats *s, const struct load_job *job, struct error *e);

/* Of the same job. Histograms that s has none of are moved, not copied (there
 * may be thousands): from is good for load_stats_release() alone then. */
void load_stats_merge(struct load_stats *s, struct load_stats *from);
void load_stats_release(struct load_stats *s);

void load_counts_add(struct load_counts *c, const struct load_counts *from);
/* Failed attempts and replies of 400 and above. */
uint64_t load_counts_errors(const struct load_counts *c);

#endif
