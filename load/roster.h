/* roster.h - an engine's connections, by what each of them waits for.
 *
 *   waiting   for a reply or for connect(2), in the order of their beginning:
 *             the first one is the first to time out
 *   retry[n]  to be opened again after delay n, in order
 *   idle      open loop, by target: for a request that is due
 *
 * A connection is in one list, or in none when it is not needed any more; at
 * the end only those that wait for a reply matter. All is O(1): no scan of connections, and what is
 * due in an open loop and not sent yet is two numbers a target (pace.h).
 */
#ifndef LOAD_ROSTER_H
#define LOAD_ROSTER_H

#include "load/conn.h"
#include "load/pace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct load_job;

#define ROSTER_DELAYS 9

struct roster_target {
	struct conn_target conn_target;
	struct conn_list idle;
	uint64_t due, taken; /* requests so far: taken <= due */
};

struct roster {
	const struct load_job *job; /* borrowed */
	struct conn_io *io;         /* borrowed */
	struct roster_target *targets;
	size_t target_count;
	struct conn *conns;
	size_t conn_count;
	struct conn_list waiting;
	struct conn_list retry[ROSTER_DELAYS];
	struct pace pace;
	uint64_t end_ns; /* nothing is due from then on */
	bool ended;
};

int roster_init(struct roster *r, const struct load_job *job, unsigned thread, struct conn_io *io,
		struct error *e);
void roster_release(struct roster *r);

void roster_begin(struct roster *r, uint64_t start_ns, uint64_t end_ns);

/* What is due by r->io->now_ns: requests, connects, time-outs. */
void roster_step(struct roster *r);

/* When roster_step() has something to do at the latest; UINT64_MAX: never. */
uint64_t roster_next_ns(const struct roster *r);

/* What epoll said about c. */
void roster_event(struct roster *r, struct conn *c, uint32_t events);

/* Ask nothing more from now on; what is due and not sent is counted. */
void roster_end(struct roster *r);

/* After roster_end(): all that was under way is answered or has failed. */
bool roster_is_done(const struct roster *r);

#endif
