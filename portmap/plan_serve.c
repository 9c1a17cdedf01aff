/* plan_serve.c - the ports shared out among a group's workers, laid out as
 * servers.
 *
 * The workers pop the covered ports of their group in turn; in a shared group
 * each of them has the same first ones. One pass over the workers writes
 * servers[] in its order, one over the ports adds those that are left.
 */
#include "portmap/plan_work.h"

struct layout {
	struct plan_work *w;
	size_t *next;  /* by group: position of the next port to pop */
	size_t *rank;  /* by group: how many of its workers have popped */
	size_t *count; /* by entry: servers */
	size_t threads;
};

static void report_too_few(struct plan_work *w, size_t g, size_t need)
{
	const struct group *group = &w->input.groups[g];
	const struct plan_group_work *gw = &w->groups[g];
	char path[FIELDS_PATH_BYTES];

	plan_group_path(w, g, "servers_per_worker", path, sizeof(path));
	if (gw->covered < group->ports.count)
		problems_error(w->problems, path,
			       "%d for each of %zu workers are %zu, but servers entries name only "
			       "%zu of the group's %zu ports",
			       group->servers_per_worker, gw->slots, need, gw->covered,
			       group->ports.count);
	else
		problems_error(w->problems, path,
			       "%d for each of %zu workers are %zu, but the group has %zu ports",
			       group->servers_per_worker, gw->slots, need, gw->covered);
}

static void warn_idle(struct plan_work *w, size_t g)
{
	char path[FIELDS_PATH_BYTES];

	plan_group_path(w, g, "ports", path, sizeof(path));
	problems_warning(w->problems, path, "%zu ports for %zu workers: the last %zu serve nothing",
			 w->groups[g].covered, w->groups[g].slots,
			 w->groups[g].slots - w->groups[g].covered);
}

static void share_group(struct plan_work *w, size_t g)
{
	const struct group *group = &w->input.groups[g];
	struct plan_group_work *gw = &w->groups[g];
	size_t poppers = group->shared ? 1 : gw->slots;
	size_t each = group->shared ? 0 : (size_t)group->servers_per_worker;

	if (gw->slots == 0 || gw->covered == 0)
		return;
	if (each * poppers > gw->covered) {
		report_too_few(w, g, each * poppers);
		return;
	}
	gw->base = each > 0 ? each : gw->covered / poppers;
	gw->extra = each > 0 ? 0 : gw->covered % poppers;
	gw->served = gw->base * poppers + gw->extra;
	if (gw->base == 0)
		warn_idle(w, g);
}

/* A shared group has a socket for each worker and port. */
static size_t group_servers(const struct plan_work *w, size_t g)
{
	const struct plan_group_work *gw = &w->groups[g];
	size_t ports = w->input.groups[g].ports.count;

	if (!w->input.groups[g].shared)
		return ports;
	return gw->served * gw->slots + (ports - gw->served);
}

void plan_share(struct plan_work *w)
{
	char path[FIELDS_PATH_BYTES];
	size_t servers = 0;
	bool told = false;

	for (size_t g = 0; g < w->input.group_count; g++) {
		share_group(w, g);
		servers += group_servers(w, g);
		if (servers <= PLAN_SERVERS_MAX || told)
			continue;
		told = true;
		plan_group_path(w, g, "shared", path, sizeof(path));
		problems_error(w->problems, path,
			       "%zu workers with a socket for each of %zu ports: more than %d "
			       "sockets in all",
			       w->groups[g].slots, w->groups[g].served, PLAN_SERVERS_MAX);
	}
	w->plan->server_count = servers;
}

static void add_server(struct layout *l, int32_t slot, size_t g, size_t position)
{
	struct plan *plan = l->w->plan;
	int16_t entry = slot == PLAN_FREE ? PLAN_FREE : l->w->groups[g].entry_of[position];
	struct plan_server *server = &plan->servers[plan->served_count++];

	*server = (struct plan_server) {
		.slot = slot,
		.group = (uint16_t)g,
		.entry = entry,
		.port = (uint16_t)l->w->input.groups[g].ports.numbers[position],
		.cell = (uint32_t)plan->cell_count,
	};
	if (entry != PLAN_FREE) {
		server->threads = (uint16_t)l->w->input.entries[entry].threads;
		l->count[entry]++;
		l->threads += server->threads;
	}
	plan->cell_count += MAX(server->threads, 1);
}

/* The position of the group's next port that has an entry, from at on. */
static size_t next_covered(const struct plan_group_work *gw, size_t at)
{
	while (gw->entry_of[at] == PLAN_FREE)
		at++;
	return at;
}

static void serve_slot(struct layout *l, size_t slot)
{
	struct plan_slot *s = &l->w->plan->slots[slot];
	size_t g = (size_t)s->group, at;
	const struct plan_group_work *gw;

	s->first = l->w->plan->served_count;
	if (s->group == PLAN_FREE)
		return;
	gw = &l->w->groups[g];
	s->count = gw->base + (l->rank[g]++ < gw->extra);
	at = l->w->input.groups[g].shared ? 0 : l->next[g];
	for (size_t i = 0; i < s->count; i++) {
		at = next_covered(gw, at);
		add_server(l, (int32_t)slot, g, at++);
	}
	l->next[g] = at;
}

/* What no worker of the group has popped. */
static void add_free_ports(struct layout *l, size_t g)
{
	const struct plan_group_work *gw = &l->w->groups[g];

	for (size_t i = 0; i < l->w->input.groups[g].ports.count; i++) {
		if (i >= l->next[g] || gw->entry_of[i] == PLAN_FREE)
			add_server(l, PLAN_FREE, g, i);
	}
}

static void warn_unused_entries(const struct layout *l)
{
	char path[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < l->w->input.entry_count; i++) {
		size_t g = (size_t)l->w->entry_group[i];

		if (l->count[i] > 0 || l->w->entry_group[i] == PLAN_FREE)
			continue;
		plan_entry_path(l->w, i, "", path, sizeof(path));
		problems_warning(
			l->w->problems, path,
			l->w->groups[g].slots == 0
				? "it serves nothing: group %s has no worker"
				: "it serves nothing: no worker of group %s takes a port of it",
			l->w->input.groups[g].name);
	}
}

static void check_threads(const struct layout *l)
{
	if (l->threads > PLAN_THREADS_MAX)
		problems_error(l->w->problems, "servers",
			       "want at most %d threads of servers' own in all, got %zu",
			       PLAN_THREADS_MAX, l->threads);
}

static void lay_out(struct layout *l)
{
	struct plan *plan = l->w->plan;
	size_t served;

	for (size_t slot = 0; slot < plan->slot_count; slot++)
		serve_slot(l, slot);
	served = plan->served_count;
	for (size_t g = 0; g < l->w->input.group_count; g++)
		add_free_ports(l, g);
	plan->served_count = served;
	warn_unused_entries(l);
	check_threads(l);
}

void plan_serve(struct plan_work *w)
{
	struct plan *plan = w->plan;
	size_t groups = MAX(w->input.group_count, (size_t)1);
	size_t entries = MAX(w->input.entry_count, (size_t)1);
	AUTO_FREE size_t *next = calloc(groups, sizeof(*next));
	AUTO_FREE size_t *rank = calloc(groups, sizeof(*rank));
	AUTO_FREE size_t *count = calloc(entries, sizeof(*count));
	struct layout l = { .w = w, .next = next, .rank = rank, .count = count };

	plan->servers = calloc(MAX(plan->server_count, (size_t)1), sizeof(*plan->servers));
	if (next == NULL || rank == NULL || count == NULL || plan->servers == NULL) {
		problems_error(w->problems, "", "out of memory");
		return;
	}
	lay_out(&l);
}
