/* results_gone.h - what is not among the results, and why.
 *
 * Of a database that is being written (live) what is not there may be on its
 * way: it is pending, not missing.
 */
#ifndef LAUNCHER_RESULTS_GONE_H
#define LAUNCHER_RESULTS_GONE_H

#include "work/results_print.h"
#include "work/results_read.h"

struct buf;

struct results_gone {
	uint64_t missing; /* tickets that were given out, and are nowhere */
	uint64_t dead;    /* chunks that failed for good */
	uint64_t evicted; /* results that made room for others */
	uint64_t undone;  /* tickets that there should be, and were not given out */
};

int results_gone(struct results_reader *r, const struct results_stored *queue,
		 struct results_gone *ret, struct error *e);

/* A few lines about it, with the first missing tickets by name; nothing when
 * nothing is. */
int results_gone_tell(struct results_reader *r, const struct results_stored *queue,
		      const struct results_gone *gone, struct buf *ret, struct error *e);

/* All of it: lines of "QUEUE _TID_2 to _TID_5 missing", or with json
 * {"QUEUE": {"missing": [[2, 5]], "dead": [{"ticket", "attempts", "reason"}],
 * "evicted": 0, "undone": 0}, …}; live: "pending" instead of "missing". A return of write's other
 * than 0 ends it and is returned. */
int results_gone_list(struct results_reader *r, const struct results_stored *queues, size_t count,
		      bool json, bool live, results_write_fn *write, void *arg, struct error *e);

#endif
