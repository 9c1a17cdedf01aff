/* steering.c - see steering.h. */
#include "launcher/steering.h"

#include "common/cc.h"
#include "common/log.h"
#include "portmap/listen.h"
#include "portmap/plan.h"

#include <string.h>

bool steering_init(struct steering *s, const struct plan *plan, const struct listeners *listeners)
{
	*s = (struct steering) { .plan = plan, .listeners = listeners };
	s->live = calloc(plan->slot_count + 1, sizeof(*s->live));
	return s->live != NULL;
}

static void steer_group(const struct steering *s, unsigned group)
{
	int r = listeners_steer(s->listeners, s->plan, group, s->live);

	if (r < 0)
		log_warning("group %s: cannot steer connections to live workers: %s",
			    s->plan->input.groups[group].name, strerror(-r));
}

void steering_begin(const struct steering *s)
{
	for (size_t g = 0; g < s->plan->input.group_count; g++)
		steer_group(s, (unsigned)g);
}

void steering_set(struct steering *s, size_t slot, bool live)
{
	int group = s->plan->slots[slot].group;

	if (s->live[slot] == live)
		return;
	s->live[slot] = live;
	if (group >= 0 && s->plan->input.groups[group].shared)
		steer_group(s, (unsigned)group);
}

void steering_release(struct steering *s)
{
	free(s->live);
	s->live = NULL;
}
