/* resources.h - what the manager has to have before the first fork.
 *
 * Descriptors enough, every listening socket, the status endpoint's and the
 * control socket, the shared region with board, port queues and deaths; where
 * there is work, the queues in it, the tools, and a database that takes results.
 */
#ifndef LAUNCHER_RESOURCES_H
#define LAUNCHER_RESOURCES_H

#include "common/problems.h"
#include "launcher/prepare.h"
#include "launcher/rundir.h"
#include "portmap/address.h"
#include "portmap/listen.h"
#include "queues/catalogue.h"
#include "queues/region.h"
#include "queues/tools.h"

struct board;
struct deaths;
struct heritage;
struct manager_options;
struct plan;
struct ports;

struct resources {
	struct listeners listeners;
	int status_fd, control_fd;
	struct address status_address; /* with the port that the kernel chose */
	struct region region;
	struct board *board;   /* in the region */
	struct ports *ports;   /* in the region; the slots have taken theirs */
	struct deaths *deaths; /* in the region */

	bool has_work; /* else none of these */
	struct queues queues;
	struct tools tools;
	int *tool_fds; /* owned; of the tools, in order */
	struct prepared prepared;
	char spill_dir[RUNDIR_PATH_BYTES + 16]; /* for payload.h */
};

/* All or nothing; false when an error is in p. */
bool resources_open(struct resources *ret, const struct manager_options *o, struct problems *p);

/* What every child gets of them; its own part is filled in later. Borrows. */
void resources_hand_on(const struct resources *r, const struct manager_options *o,
		       struct heritage *ret);
void resources_release(struct resources *r, const struct plan *plan);

#endif
