/* plan_work.h - what the steps of plan_make() share. For plan*.c alone.
 *
 *   plan_cover    which entry stands behind which port     plan_cover.c
 *   plan_slots    how many workers, which group each       plan_slots.c
 *   plan_clash    no address and port in two places        plan_clash.c
 *   plan_share    how many ports each worker serves        plan_serve.c
 *   plan_serve    servers[], when nothing was wrong        plan_serve.c
 *
 * Each step reports all that it finds and leaves the rest usable, so that one
 * run shows everything.
 */
#ifndef PORTMAP_PLAN_WORK_H
#define PORTMAP_PLAN_WORK_H

#include "portmap/plan.h"

#define PLAN_PORT_NUMBERS 65536 /* 0 is never used */

struct plan_group_work {
	int16_t *entry_of; /* by position in the group's ports; PLAN_FREE: no entry */
	size_t covered;    /* ports with an entry */
	size_t slots;      /* workers of the group */
	size_t base;       /* ports that each worker serves, */
	size_t extra;      /* one more for this many, the first ones */
	size_t served;     /* ports that are served, base and extra added up */
};

struct plan_work {
	struct plan_input input;
	struct problems *problems;
	struct plan *plan;
	int32_t *entry_group;           /* by entry: index of its group, or PLAN_FREE */
	int16_t *entry_of;              /* memory behind the groups' entry_of */
	struct plan_group_work *groups; /* by group */
};

/* "port_groups.NAME.KEY" and "servers[N].KEY"; a group's own app is an entry
 * too, and has the path "port_groups.NAME.app". KEY "": without it. */
void plan_group_path(const struct plan_work *w, size_t group, const char *key, char *ret,
		     size_t size);
void plan_entry_path(const struct plan_work *w, size_t entry, const char *key, char *ret,
		     size_t size);

void plan_cover(struct plan_work *w);
void plan_slots(struct plan_work *w, const struct cpus *cpus);
void plan_clash(struct plan_work *w);
void plan_share(struct plan_work *w);
void plan_serve(struct plan_work *w);

#endif
