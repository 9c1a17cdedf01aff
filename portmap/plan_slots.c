/* plan_slots.c - how many workers there are, and which group each is in. */
#include "common/buf.h"
#include "portmap/cpus.h"
#include "portmap/finding.h"
#include "portmap/plan_work.h"

#include <assert.h>

/* The highest number named + 1, and the group that names it. */
static size_t named_slots(const struct plan_work *w, size_t *ret_group)
{
	size_t slots = 0;

	for (size_t g = 0; g < w->input.group_count; g++) {
		const struct range *r = &w->input.groups[g].seq_nums;

		for (size_t i = 0; i < r->count && !w->input.groups[g].all; i++) {
			if (r->numbers[i] < slots)
				continue;
			slots = (size_t)r->numbers[i] + 1;
			*ret_group = g;
		}
	}
	return slots;
}

/* 0 after an error. */
static size_t count_slots(struct plan_work *w, const struct cpus *cpus)
{
	char path[FIELDS_PATH_BYTES];
	size_t group = 0, named;

	assert(w->input.procs_max >= 0 && cpus->count > 0);
	if (w->input.procs_max > PLAN_SLOTS_MAX)
		problems_error(w->problems, "PROCS_MAX", "want at most %d, got %d", PLAN_SLOTS_MAX,
			       w->input.procs_max);
	if (w->input.procs_max != 0)
		return w->input.procs_max <= PLAN_SLOTS_MAX ? (size_t)w->input.procs_max : 0;
	named = named_slots(w, &group);
	if (named > PLAN_SLOTS_MAX) {
		plan_group_path(w, group, "START_SEQUENCE_NUM", path, sizeof(path));
		problems_error(w->problems, path, "want numbers up to %d, got %zu",
			       PLAN_SLOTS_MAX - 1, named - 1);
		return 0;
	}
	return MAX(named, MIN(cpus->usable, (size_t)PLAN_SLOTS_MAX));
}

/* taken[o]: numbers of group g that group o has already. */
static void report_taken(struct plan_work *w, size_t g, const struct finding *taken)
{
	char path[FIELDS_PATH_BYTES], other[FIELDS_PATH_BYTES];

	plan_group_path(w, g, "START_SEQUENCE_NUM", path, sizeof(path));
	for (size_t o = 0; o < g; o++) {
		if (taken[o].count == 0)
			continue;
		plan_group_path(w, o, "START_SEQUENCE_NUM", other, sizeof(other));
		problems_error(w->problems, path, "number %s is in %s too: a worker has one group",
			       finding_text(&taken[o]).text, other);
	}
}

static void report_beyond(struct plan_work *w, size_t g, const struct finding *beyond)
{
	char path[FIELDS_PATH_BYTES];

	if (beyond->count == 0)
		return;
	plan_group_path(w, g, "START_SEQUENCE_NUM", path, sizeof(path));
	problems_error(w->problems, path,
		       "number %s is beyond PROCS_MAX %zu: numbers go from 0 to %zu",
		       finding_text(beyond).text, w->plan->slot_count, w->plan->slot_count - 1);
}

static void assign_group(struct plan_work *w, size_t g)
{
	const struct group *group = &w->input.groups[g];
	size_t count = group->all ? w->plan->slot_count : group->seq_nums.count;
	struct finding taken[GROUPS_MAX] = { { 0 } }, beyond = { 0 };

	for (size_t i = 0; i < count; i++) {
		unsigned number = group->all ? (unsigned)i : group->seq_nums.numbers[i];
		struct plan_slot *slot;

		if (number >= w->plan->slot_count) {
			finding_add(&beyond, number);
			continue;
		}
		slot = &w->plan->slots[number];
		if (slot->group == (int32_t)g)
			continue;
		if (slot->group != PLAN_FREE) {
			finding_add(&taken[slot->group], number);
			continue;
		}
		slot->group = (int32_t)g;
		w->groups[g].slots++;
	}
	report_taken(w, g, taken);
	report_beyond(w, g, &beyond);
}

static void warn_groupless(struct plan_work *w)
{
	AUTO_FREE unsigned *numbers = calloc(MAX(w->plan->slot_count, (size_t)1), sizeof(*numbers));
	AUTO_BUF struct buf text = BUF_INIT(200);
	struct range r = { .numbers = numbers };

	for (size_t i = 0; i < w->plan->slot_count && numbers != NULL; i++) {
		if (w->plan->slots[i].group == PLAN_FREE)
			numbers[r.count++] = (unsigned)i;
	}
	if (r.count == 0 || w->input.group_count == 0 || w->input.work)
		return;
	range_format(&r, &text);
	if (text.failed) {
		buf_clear(&text);
		buf_addf(&text, "%u and %zu more", numbers[0], r.count - 1);
	}
	problems_warning(w->problems, "port_groups",
			 "START_SEQUENCE_NUM %s: in no group, so nothing to serve",
			 buf_text(&text));
}

void plan_slots(struct plan_work *w, const struct cpus *cpus)
{
	size_t count = count_slots(w, cpus);

	if (count == 0)
		return;
	w->plan->slots = calloc(count, sizeof(*w->plan->slots));
	if (w->plan->slots == NULL) {
		problems_error(w->problems, "", "out of memory");
		return;
	}
	w->plan->slot_count = count;
	for (size_t i = 0; i < count; i++) {
		w->plan->slots[i] = (struct plan_slot) {
			.group = PLAN_FREE,
			.core = cpus->cores[i % cpus->count].number,
			.core_index = i % cpus->count,
		};
	}
	for (size_t g = 0; g < w->input.group_count; g++)
		assign_group(w, g);
	warn_groupless(w);
}
