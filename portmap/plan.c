/* plan.c - see plan.h. */
#include "portmap/plan.h"

#include "portmap/cpus.h"
#include "portmap/plan_work.h"

#include <assert.h>
#include <string.h>

void plan_group_path(const struct plan_work *w, size_t group, const char *key, char *ret,
		     size_t size)
{
	char base[FIELDS_PATH_BYTES];

	fields_path_key(base, sizeof(base), "port_groups", w->input.groups[group].name);
	if (*key == '\0')
		snprintf(ret, size, "%s", base);
	else
		fields_path_key(ret, size, base, key);
}

/* Does the group carry this entry's app itself? */
static bool entry_is_group_own(const struct plan_work *w, size_t entry)
{
	const struct server_entry *e = &w->input.entries[entry];
	int32_t group = w->entry_group[entry];

	return group != PLAN_FREE && e->app != NULL && e->app == w->input.groups[group].app;
}

void plan_entry_path(const struct plan_work *w, size_t entry, const char *key, char *ret,
		     size_t size)
{
	char base[FIELDS_PATH_BYTES];
	size_t index = 0;

	if (entry_is_group_own(w, entry)) {
		plan_group_path(w, (size_t)w->entry_group[entry], "app", ret, size);
		return;
	}
	for (size_t i = 0; i < entry; i++)
		index += !entry_is_group_own(w, i);
	fields_path_index(base, sizeof(base), "servers", index);
	if (*key == '\0')
		snprintf(ret, size, "%s", base);
	else
		fields_path_key(ret, size, base, key);
}

static void *plan_calloc(struct plan_work *w, size_t count, size_t size)
{
	void *memory = calloc(MAX(count, (size_t)1), size);

	if (memory == NULL)
		problems_error(w->problems, "", "out of memory");
	return memory;
}

/* Bounds that the memory of the later steps follows from. */
static bool check_sizes(struct plan_work *w)
{
	char path[FIELDS_PATH_BYTES];
	size_t before = w->problems->errors;
	size_t ports = 0;

	if (w->input.group_count > GROUPS_MAX)
		problems_error(w->problems, "port_groups", "want at most %d groups, got %zu",
			       GROUPS_MAX, w->input.group_count);
	if (w->input.entry_count > ENTRIES_MAX + GROUPS_MAX)
		problems_error(w->problems, "servers", "want at most %d entries, got %zu",
			       ENTRIES_MAX, w->input.entry_count);
	for (size_t g = 0; g < w->input.group_count; g++) {
		const struct range *r = &w->input.groups[g].ports;

		ports += r->count;
		for (size_t i = 0; i < r->count; i++) {
			if (r->numbers[i] < PLAN_PORT_NUMBERS)
				continue;
			plan_group_path(w, g, "ports", path, sizeof(path));
			problems_error(w->problems, path, "want ports up to %d, got %u",
				       PLAN_PORT_NUMBERS - 1, r->numbers[i]);
			break;
		}
	}
	if (ports > PLAN_SERVERS_MAX)
		problems_error(w->problems, "port_groups", "want at most %d ports in all, got %zu",
			       PLAN_SERVERS_MAX, ports);
	return w->problems->errors == before;
}

static bool work_init(struct plan_work *w)
{
	size_t ports = 0;

	w->plan = plan_calloc(w, 1, sizeof(*w->plan));
	w->groups = plan_calloc(w, w->input.group_count, sizeof(*w->groups));
	w->entry_group = plan_calloc(w, w->input.entry_count, sizeof(*w->entry_group));
	for (size_t g = 0; g < w->input.group_count; g++)
		ports += w->input.groups[g].ports.count;
	w->entry_of = plan_calloc(w, ports, sizeof(*w->entry_of));
	if (w->plan == NULL || w->groups == NULL || w->entry_group == NULL || w->entry_of == NULL)
		return false;
	w->plan->input = w->input;
	ports = 0;
	for (size_t g = 0; g < w->input.group_count; g++) {
		w->groups[g].entry_of = w->entry_of + ports;
		ports += w->input.groups[g].ports.count;
	}
	return true;
}

static void work_release(struct plan_work *w)
{
	free(w->groups);
	free(w->entry_group);
	free(w->entry_of);
}

/* Every step runs, also after an error, so that all is reported at once; but
 * servers are laid out only from what is right. */
static void make(struct plan_work *w, const struct cpus *cpus)
{
	plan_cover(w);
	plan_slots(w, cpus);
	plan_clash(w);
	plan_share(w);
	if (w->problems->errors == 0)
		plan_serve(w);
}

struct plan *plan_make(const struct plan_input *input, const struct cpus *cpus, struct problems *p)
{
	struct plan_work w = { .input = *input, .problems = p };

	if (check_sizes(&w) && work_init(&w))
		make(&w, cpus);
	work_release(&w);
	if (p->errors == 0)
		return w.plan;
	plan_free(w.plan);
	return NULL;
}

void plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	free(plan->slots);
	free(plan->servers);
	free(plan);
}

void plan_address(const struct plan *plan, size_t index, struct address *ret)
{
	const struct plan_server *server = &plan->servers[index];
	int r = group_address(&plan->input.groups[server->group], server->port, ret, NULL);

	assert(r == 0);
	(void)r;
}

const char *plan_group_name(const struct plan *plan, const struct plan_server *server)
{
	return plan->input.groups[server->group].name;
}

const char *plan_app_kind(const struct plan *plan, const struct plan_server *server)
{
	const char *kind = NULL;

	if (server->entry != PLAN_FREE)
		kind = json_string_value(
			json_object_get(plan->input.entries[server->entry].app, "kind"));
	return kind != NULL ? kind : "-";
}
