/* work_spec.h - which queues, owners and tools an instance has.
 *
 * From config and plan; pure, so that a spawned process arrives at the same.
 * Owner numbers are fixed for an instance: manager, status, collector, then
 * the feeders, then the slots, so that a respawned worker has its own again.
 */
#ifndef LAUNCHER_WORK_SPEC_H
#define LAUNCHER_WORK_SPEC_H

#include "launcher/config_work.h"
#include "queues/catalogue.h"
#include "queues/tools.h"

struct config;
struct plan;

enum {
	WORK_OWNER_NONE,
	WORK_OWNER_MANAGER,
	WORK_OWNER_STATUS,
	WORK_OWNER_COLLECTOR,
	WORK_OWNER_FEEDERS, /* the first of them */
};

unsigned work_owner_of_feeder(size_t feeder);
unsigned work_owner_of_slot(const struct config *config, size_t slot);

struct work_spec { /* borrows from the config */
	struct queue_spec list[CONFIG_QUEUES_MAX + 2];
	struct queues_spec queues; /* of list: the config's, in its order, then mp_print_q */
	struct tool_spec tools[CONFIG_TOOLS_MAX];
	char *texts[CONFIG_TOOLS_MAX]; /* owned: tools given as JSON */
	size_t tool_count;
};

/* Is there any work in this config? */
bool work_is_wanted(const struct config *config);

/* Only with work. -ENOMEM. */
int work_spec_make(const struct config *config, const struct plan *plan, struct work_spec *ret,
		   struct error *e);
void work_spec_release(struct work_spec *spec);

/* What this machine has against the work: modules and tools that are not
 * there, queues that are too many or too large. */
void work_spec_check(const struct config *config, const struct plan *plan, struct problems *p);

#endif
