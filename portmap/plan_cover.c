/* plan_cover.c - which servers entry stands behind which port of a group.
 *
 * An entry covers the ports it names; one entry of a group may name none and
 * covers what is left. Linear in the number of ports: a table by port number,
 * filled and cleared group by group, says where in its group a port is.
 */
#include "portmap/finding.h"
#include "portmap/plan_work.h"

#include <string.h>

struct place {          /* a port's place in its group */
	uint32_t stamp; /* group + 1 when the port is one of the group's */
	uint32_t position;
};

struct claims { /* ports of an entry that others name too */
	struct finding ports;
	int16_t other; /* the first of the others */
};

static void report_unknown_group(struct plan_work *w, size_t entry, const char *const *names)
{
	const char *name = w->input.entries[entry].group_name;
	const char *nearest = fields_nearest(name, names);
	char path[FIELDS_PATH_BYTES];

	plan_entry_path(w, entry, "group", path, sizeof(path));
	if (nearest != NULL)
		problems_error(w->problems, path,
			       "there is no port group \"%s\"; did you mean \"%s\"?", name,
			       nearest);
	else
		problems_error(w->problems, path, "there is no port group \"%s\" in port_groups",
			       name);
}

static int32_t find_group(const struct plan_work *w, const char *name)
{
	for (size_t g = 0; g < w->input.group_count; g++) {
		if (w->input.groups[g].name != NULL && strcmp(w->input.groups[g].name, name) == 0)
			return (int32_t)g;
	}
	return PLAN_FREE;
}

static void resolve_groups(struct plan_work *w)
{
	const char *names[GROUPS_MAX + 1] = { NULL };
	size_t count = 0;

	for (size_t g = 0; g < w->input.group_count; g++) {
		if (w->input.groups[g].name != NULL)
			names[count++] = w->input.groups[g].name;
	}
	for (size_t i = 0; i < w->input.entry_count; i++) {
		const char *name = w->input.entries[i].group_name;

		w->entry_group[i] = name != NULL ? find_group(w, name) : PLAN_FREE;
		if (name != NULL && w->entry_group[i] == PLAN_FREE)
			report_unknown_group(w, i, names);
	}
}

static void report_outside(struct plan_work *w, size_t group, size_t entry, const struct finding *f)
{
	char path[FIELDS_PATH_BYTES], ports[FIELDS_PATH_BYTES];

	if (f->count == 0)
		return;
	plan_entry_path(w, entry, "ports", path, sizeof(path));
	plan_group_path(w, group, "ports", ports, sizeof(ports));
	problems_error(w->problems, path, "port %s is not in %s", finding_text(f).text, ports);
}

static void report_claimed(struct plan_work *w, size_t entry, const struct claims *c)
{
	char path[FIELDS_PATH_BYTES], other[FIELDS_PATH_BYTES];

	if (c->ports.count == 0)
		return;
	plan_entry_path(w, entry, "ports", path, sizeof(path));
	plan_entry_path(w, (size_t)c->other, "ports", other, sizeof(other));
	problems_error(w->problems, path, "port %s is in %s already", finding_text(&c->ports).text,
		       other);
}

/* An entry that names its ports. */
static void cover_named(struct plan_work *w, size_t group, size_t entry, const struct place *places)
{
	const struct range *ports = &w->input.entries[entry].ports;
	int16_t *entry_of = w->groups[group].entry_of;
	struct finding outside = { 0 };
	struct claims claims = { .other = PLAN_FREE };

	for (size_t i = 0; i < ports->count; i++) {
		unsigned port = ports->numbers[i];
		int16_t *covered_by;

		if (port >= PLAN_PORT_NUMBERS || places[port].stamp != group + 1) {
			finding_add(&outside, port);
			continue;
		}
		covered_by = &entry_of[places[port].position];
		if (*covered_by == PLAN_FREE) {
			*covered_by = (int16_t)entry;
			continue;
		}
		if (claims.ports.count == 0)
			claims.other = *covered_by;
		finding_add(&claims.ports, port);
	}
	report_outside(w, group, entry, &outside);
	report_claimed(w, entry, &claims);
}

/* The entry that names no ports; of several, the first. */
static int find_rest_entry(struct plan_work *w, size_t group)
{
	char path[FIELDS_PATH_BYTES], other[FIELDS_PATH_BYTES];
	int rest = PLAN_FREE;

	for (size_t i = 0; i < w->input.entry_count; i++) {
		if (w->entry_group[i] != (int32_t)group || w->input.entries[i].ports.count > 0)
			continue;
		if (rest == PLAN_FREE) {
			rest = (int)i;
			continue;
		}
		plan_entry_path(w, i, "", path, sizeof(path));
		plan_entry_path(w, (size_t)rest, "", other, sizeof(other));
		problems_error(w->problems, path,
			       "it names no ports of group %s, nor does %s: only one can have "
			       "all that are left",
			       w->input.groups[group].name, other);
	}
	return rest;
}

static void cover_group(struct plan_work *w, size_t group, struct place *places)
{
	const struct range *ports = &w->input.groups[group].ports;
	struct plan_group_work *gw = &w->groups[group];
	int rest;

	for (size_t i = 0; i < ports->count; i++) {
		places[ports->numbers[i]] =
			(struct place) { .stamp = (uint32_t)group + 1, .position = (uint32_t)i };
		gw->entry_of[i] = PLAN_FREE;
	}
	for (size_t i = 0; i < w->input.entry_count && ports->count > 0; i++) {
		if (w->entry_group[i] == (int32_t)group)
			cover_named(w, group, i, places);
	}
	rest = find_rest_entry(w, group);
	for (size_t i = 0; i < ports->count; i++) {
		if (gw->entry_of[i] == PLAN_FREE)
			gw->entry_of[i] = (int16_t)rest;
		if (gw->entry_of[i] != PLAN_FREE)
			gw->covered++;
	}
}

static void warn_without_entry(struct plan_work *w, size_t group)
{
	char path[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < w->input.entry_count; i++) {
		if (w->entry_group[i] == (int32_t)group)
			return;
	}
	plan_group_path(w, group, "", path, sizeof(path));
	problems_warning(w->problems, path,
			 "neither an app nor a servers entry: its %zu ports are bound, but "
			 "nobody serves them",
			 w->input.groups[group].ports.count);
}

void plan_cover(struct plan_work *w)
{
	AUTO_FREE struct place *places = calloc(PLAN_PORT_NUMBERS, sizeof(*places));

	if (places == NULL) {
		problems_error(w->problems, "", "out of memory");
		return;
	}
	resolve_groups(w);
	for (size_t g = 0; g < w->input.group_count; g++) {
		cover_group(w, g, places);
		if (!w->input.work) /* else modules take them */
			warn_without_entry(w, g);
	}
}
