/* listen.c - see listen.h. */
#include "portmap/listen.h"

#include "common/problems.h"
#include "portmap/listen_report.h"
#include "portmap/listen_socket.h"
#include "portmap/plan.h"

struct opening {
	const struct plan *plan;
	struct listeners *listeners;
	struct listen_failures failures;
	int32_t first_slot[GROUPS_MAX]; /* the group's first worker, or PLAN_FREE */
};

static bool listeners_alloc(struct listeners *l, size_t count)
{
	*l = (struct listeners) { .count = count };
	l->fds = malloc(MAX(count, (size_t)1) * sizeof(*l->fds));
	l->files = calloc(MAX(count, (size_t)1), sizeof(*l->files));
	if (l->fds == NULL || l->files == NULL) {
		free(l->fds);
		free(l->files);
		*l = (struct listeners) { 0 };
		return false;
	}
	for (size_t i = 0; i < count; i++)
		l->fds[i] = -1;
	return true;
}

static enum listen_kind kind_of(const struct opening *o, const struct plan_server *server)
{
	if (server->slot == PLAN_FREE)
		return LISTEN_FREE;
	if (!o->plan->input.groups[server->group].shared)
		return LISTEN_EXCLUSIVE;
	return server->slot == o->first_slot[server->group] ? LISTEN_SHARED_FIRST
							    : LISTEN_SHARED_NEXT;
}

/* The socket that the group's first worker has on the same port: the workers
 * of a shared group serve the same ports in the same order. */
static size_t first_of_port(const struct opening *o, size_t index)
{
	const struct plan_server *server = &o->plan->servers[index];
	const struct plan_slot *first = &o->plan->slots[o->first_slot[server->group]];

	return first->first + (index - o->plan->slots[server->slot].first);
}

static int open_one(struct opening *o, size_t index)
{
	const struct plan_server *server = &o->plan->servers[index];
	const struct group *group = &o->plan->input.groups[server->group];
	struct listeners *l = o->listeners;
	enum listen_kind kind;
	struct address address;

	if (server->slot != PLAN_FREE && o->first_slot[server->group] == PLAN_FREE)
		o->first_slot[server->group] = server->slot;
	kind = kind_of(o, server);
	if (kind == LISTEN_SHARED_NEXT && l->fds[first_of_port(o, index)] < 0)
		return 0; /* it failed, and is told once */
	plan_address(o->plan, index, &address);
	if (group->unix_path == NULL)
		return listen_ip(&address, kind, &l->fds[index]);
	return listen_unix(&address, group->unix_mode, kind, &l->fds[index], &l->files[index]);
}

static void open_all(struct opening *o)
{
	for (size_t i = 0; i < o->listeners->count; i++) {
		int r = open_one(o, i);

		if (r < 0)
			listen_failures_add(&o->failures, o->plan, i, -r);
		if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
			return; /* nor would the rest */
	}
}

bool listeners_open(const struct plan *plan, struct listeners *ret, struct problems *p)
{
	struct listeners l;
	struct opening o = { .plan = plan, .listeners = &l };

	if (!listeners_alloc(&l, plan->server_count)) {
		problems_error(p, "", "out of memory");
		return false;
	}
	for (size_t g = 0; g < GROUPS_MAX; g++)
		o.first_slot[g] = PLAN_FREE;
	open_all(&o);
	if (o.failures.count > 0) {
		listeners_close(&l, plan);
		listen_failures_report(&o.failures, plan, p);
		return false;
	}
	*ret = l;
	return true;
}

void listeners_close(struct listeners *l, const struct plan *plan)
{
	for (size_t i = 0; i < l->count; i++) {
		struct address address;

		if (l->fds[i] < 0)
			continue;
		if (l->files[i].inode != 0) {
			plan_address(plan, i, &address);
			listen_file_unlink(&address, &l->files[i]);
		}
		close(l->fds[i]);
	}
	free(l->fds);
	free(l->files);
	*l = (struct listeners) { 0 };
}
