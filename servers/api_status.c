/* api_status.c - see api_status.h. */
#include "servers/api_status.h"

#include "common/clock.h"
#include "portmap/board.h"
#include "portmap/deaths.h"
#include "portmap/plan.h"
#include "portmap/ports.h"
#include "portmap/slot_state.h"
#include "servers/api.h"

#include <signal.h>
#include <string.h>

/* Append value, which may be NULL, to array, which may be NULL: NULL is passed
 * on, so that one check at the end is enough. */
static json_t *append(json_t *array, json_t *value)
{
	if (array != NULL && json_array_append_new(array, value) == 0)
		return array;
	if (array == NULL)
		json_decref(value);
	json_decref(array);
	return NULL;
}

/* Seconds with milliseconds; null for a time that has not been. */
static json_t *seconds_between(uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns == 0)
		return json_null();
	return json_real((double)((to_ns > from_ns ? to_ns - from_ns : 0) / CLOCK_NS_PER_MS) / 1e3);
}

static json_t *classes_json(const struct board_counts *n)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "1xx", (json_int_t)n->classes[1], "2xx",
			 (json_int_t)n->classes[2], "3xx", (json_int_t)n->classes[3], "4xx",
			 (json_int_t)n->classes[4], "5xx", (json_int_t)n->classes[5]);
}

static json_t *server_json(const struct api_context *c, size_t index)
{
	const struct plan_server *server = &c->plan->servers[index];
	const struct group *group = &c->plan->input.groups[server->group];
	char url[ADDRESS_TEXT_BYTES];
	struct address address;
	struct board_counts n;

	plan_address(c->plan, index, &address);
	address_url(&address, url, sizeof(url));
	board_server_sum(c->board, c->plan, index, &n);
	return json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "ip",
			 group->unix_path != NULL ? address.un.sun_path : group->ip, "port",
			 (int)server->port, "url", url, "app", plan_app_kind(c->plan, server),
			 "requests", (json_int_t)n.requests, "active", (json_int_t)n.active,
			 "connections", (json_int_t)n.connections, "accepted",
			 (json_int_t)n.accepted, "refused", (json_int_t)n.refused, "bytes_sent",
			 (json_int_t)n.bytes_sent, "status", classes_json(&n));
}

static const char *slot_group(const struct plan *plan, size_t slot)
{
	int group = plan->slots[slot].group;

	return group != PLAN_FREE ? plan->input.groups[group].name : NULL;
}

static enum slot_state process_state(const struct board_process *p)
{
	return (enum slot_state)atomic_load_explicit(&p->state, memory_order_relaxed);
}

static json_t *worker_json(const struct api_context *c, size_t slot, uint64_t now_ns)
{
	struct board_process *p = board_process(c->board, slot);
	const struct plan_slot *s = &c->plan->slots[slot];
	int pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
	uint64_t next_try_ns = board_get(&p->next_try_ns);
	json_t *servers = json_array();

	for (size_t i = 0; i < s->count; i++)
		servers = append(servers, server_json(c, s->first + i));
	return json_pack("{s:i, s:s, s:s?, s:i, s:i, s:o, s:I, s:o, s:o}", "START_SEQUENCE_NUM",
			 (int)slot, "state", slot_state_name(process_state(p)), "group",
			 slot_group(c->plan, slot), "core", (int)s->core, "pid", pid, "uptime_s",
			 seconds_between(pid != 0 ? board_get(&p->started_ns) : 0, now_ns),
			 "restarts", (json_int_t)board_get(&p->restarts), "next_try_s",
			 next_try_ns != 0 ? seconds_between(now_ns, next_try_ns) : json_null(),
			 "servers", servers);
}

json_t *api_workers_json(const struct api_context *c)
{
	uint64_t now_ns = clock_mono_ns();
	json_t *workers = json_array();

	for (size_t i = 0; i < c->plan->slot_count; i++)
		workers = append(workers, worker_json(c, i, now_ns));
	return workers;
}

json_t *api_servers_json(const struct api_context *c)
{
	json_t *servers = json_array();

	for (size_t i = 0; i < c->plan->served_count; i++) {
		const struct plan_server *s = &c->plan->servers[i];
		json_t *server = server_json(c, i);

		if (server != NULL) {
			json_object_set_new(server, "group",
					    json_string(plan_group_name(c->plan, s)));
			json_object_set_new(server, "START_SEQUENCE_NUM", json_integer(s->slot));
		}
		servers = append(servers, server);
	}
	return servers;
}

json_t *api_groups_json(const struct api_context *c)
{
	json_auto_t *plan = plan_json(c->plan);

	return json_incref(json_object_get(plan, "groups"));
}

/* The port queues: a port is queued until a slot leases it. */
static json_t *queues_json(const struct api_context *c)
{
	size_t sizes[GROUPS_MAX] = { 0 };
	json_t *queues = json_array();

	for (size_t i = 0; i < c->plan->server_count; i++)
		sizes[c->plan->servers[i].group]++;
	for (size_t g = 0; g < c->plan->input.group_count; g++) {
		size_t depth = ports_free_count(c->ports, (unsigned)g);
		char name[GROUP_NAME_MAX + 8];

		snprintf(name, sizeof(name), "mp_%s_q", c->plan->input.groups[g].name);
		queues = append(queues, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", name,
						  "category", "ports", "maxsize",
						  (json_int_t)sizes[g], "depth", (json_int_t)depth,
						  "leased", (json_int_t)(sizes[g] - depth)));
	}
	return queues;
}

static json_t *signal_json(int signal)
{
	const char *name = sigabbrev_np(signal);

	if (signal == 0)
		return json_null();
	return name != NULL ? json_sprintf("SIG%s", name) : json_sprintf("%d", signal);
}

static json_t *death_json(const struct death *d, uint64_t now_ns)
{
	return json_pack("{s:s, s:o, s:i, s:o, s:o, s:b, s:b, s:o, s:o, s:f, s:f, s:I}", "role",
			 d->role, "START_SEQUENCE_NUM",
			 d->slot >= 0 ? json_integer(d->slot) : json_null(), "dead_pid", d->pid,
			 "signal", signal_json(d->signal), "exit_code",
			 d->signal == 0 ? json_integer(d->exit_code) : json_null(), "core_dumped",
			 (int)d->core_dumped, "planned", (int)d->planned, "uptime_s",
			 json_real((double)(d->uptime_ns / CLOCK_NS_PER_MS) / 1e3), "ago_s",
			 seconds_between(d->at_ns, now_ns), "cpu_user_s",
			 (double)d->cpu_user_us / 1e6, "cpu_system_s",
			 (double)d->cpu_system_us / 1e6, "rss_max_kib", (json_int_t)d->rss_max_kib);
}

json_t *api_deaths_json(const struct api_context *c)
{
	struct death deaths[DEATHS_MAX];
	size_t count = deaths_read(c->deaths, deaths, DEATHS_MAX);
	uint64_t now_ns = clock_mono_ns();
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		list = append(list, death_json(&deaths[i], now_ns));
	return list;
}

static json_t *manager_json(const struct api_context *c)
{
	struct board_manager *m = &c->board->manager;

	return json_pack("{s:i, s:o, s:s, s:I, s:I}", "pid",
			 atomic_load_explicit(&m->pid, memory_order_relaxed), "uptime_s",
			 seconds_between(board_get(&m->started_ns), clock_mono_ns()), "state",
			 board_manager_state_name((enum board_manager_state)atomic_load_explicit(
				 &m->state, memory_order_relaxed)),
			 "lines_dropped", (json_int_t)board_get(&m->lines_dropped), "deaths_total",
			 (json_int_t)deaths_total(c->deaths));
}

json_t *api_status_json(const struct api_context *c)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:[], s:{}, s:o}", "name", c->name,
			 "version", PACKAGE_VERSION, "manager", manager_json(c), "workers",
			 api_workers_json(c), "groups", api_groups_json(c), "queues",
			 queues_json(c), "feeders", "results", "deaths", api_deaths_json(c));
}

json_t *api_ready_json(const struct api_context *c, int *ret_ready)
{
	json_t *waiting = json_array();

	*ret_ready = 1;
	for (size_t i = 0; i < c->plan->slot_count; i++) {
		enum slot_state state = process_state(board_process(c->board, i));

		if (state == SLOT_READY || state == SLOT_DONE)
			continue;
		*ret_ready = 0;
		waiting = append(waiting, json_integer((json_int_t)i));
	}
	return json_pack("{s:b, s:o}", "ready", *ret_ready, "waiting", waiting);
}
