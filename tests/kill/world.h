/* world.h - queues with a ledger, copies of them, and what must hold at the end.
 *
 * Chunk N of the input queue says N, its result is made of N: so what was lost,
 * doubled or torn is seen when all has been drained.
 */
#ifndef TESTS_KILL_WORLD_H
#define TESTS_KILL_WORLD_H

#include "queues/queue.h"
#include "queues/region.h"

enum { IN, PRINT }; /* queues */

/* Owners. The victim dies, the others clean up and go on. */
enum { MANAGER = 1, VICTIM, OTHER, HEIR, OWNERS };

#define WORLD_CHUNKS 3   /* of the input queue that wait at most */
#define WORLD_LEASES 1   /* and beyond those */
#define WORLD_TICKETS 64 /* at most */

/* What the collector has stored; survives it. */
struct ledger {
	uint8_t stored[WORLD_TICKETS]; /* 1: the right result is there */
	uint8_t dead[WORLD_TICKETS];
};

struct world {
	struct region region; /* of a copy: its memory, no descriptor */
	struct queues qs[OWNERS];
	struct ledger *ledger; /* shared between processes */
	bool refuses;          /* collectors find fault with every result */
	size_t catalogue;      /* where it is in the region */
	size_t copied_bytes;   /* of the region: the rest is memory of large results */
};

/* max_attempts: of the input queue. */
void world_open(struct world *w, uint32_t max_attempts);
void world_close(struct world *w);

/* Everything as it stands in this instant, for children of ours as well; copy:
 * opened by world_copy_init(). */
void world_copy_init(struct world *copy, const struct world *w);
void world_copy(struct world *copy, const struct world *w);
void world_copy_release(struct world *copy);

/* Has anything changed since the last call for this image, also opened by
 * world_copy_init()? What a dead process leaves is its memory, no more. */
bool world_has_changed(struct world *image, const struct world *w);

/* What processes do, by any owner. They return false when something is wrong,
 * rather than fail a test: the child is not the test. */
bool world_feed(struct world *w, unsigned owner, uint64_t up_to);   /* as a feeder that starts */
bool world_work(struct world *w, unsigned owner, unsigned chunks);  /* at most so many */
bool world_collect(struct world *w, unsigned owner, unsigned jobs); /* likewise */

/* issued = the sum of the rest, with nobody moving. */
void world_expect_conservation(const struct world *w);

/* Work and collect all that is there, then: every ticket below up_to stored or,
 * if they may be, a dead letter; each counted once; all blocks free and found.
 * The blocks are gone afterwards. */
void world_expect_all(struct world *w, uint64_t up_to, bool may_be_dead);

#endif
