/* api_status.c - see api_status.h. */
#include "servers/api_status.h"

#include "common/buf.h"
#include "common/clock.h"
#include "portmap/board.h"
#include "portmap/deaths.h"
#include "portmap/plan.h"
#include "portmap/slot_state.h"
#include "servers/api_feeders.h"
#include "servers/api_impl.h"
#include "servers/api_queues.h"
#include "servers/api_results.h"
#include "servers/json_text.h"

#include <signal.h>

#define RANGE_TEXT_MAX (1u << 20) /* 65536 numbers of 5 digits, with commas */

static uint64_t ns_between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static void write_since(struct json_text *j, const char *key, uint64_t since_ns, uint64_t now_ns)
{
	if (since_ns == 0)
		json_text_null(j, key);
	else
		json_text_seconds(j, key, ns_between(since_ns, now_ns));
}

void api_write_pid(struct json_text *j, int pid)
{
	if (pid > 0)
		json_text_int(j, "pid", pid);
	else
		json_text_null(j, "pid");
}

static void write_counts(struct json_text *j, const struct board_counts *n)
{
	static const char *const names[BOARD_STATUS_CLASSES] = { "other", "1xx", "2xx",
								 "3xx",   "4xx", "5xx" };

	json_text_uint(j, "requests", n->requests);
	json_text_uint(j, "active", n->active);
	json_text_uint(j, "bytes_sent", n->bytes_sent);
	json_text_uint(j, "connections", n->connections);
	json_text_uint(j, "accepted", n->accepted);
	json_text_uint(j, "refused", n->refused);
	json_text_object(j, "status");
	for (size_t i = 1; i < BOARD_STATUS_CLASSES; i++)
		json_text_uint(j, names[i], n->classes[i]);
	json_text_end(j);
}

/* The members of a server. A Unix socket is named by its path. full: with what
 * only /api/servers has. */
static void write_server(const struct api_context *c, size_t index, bool full, struct json_text *j)
{
	const struct plan_server *server = &c->plan->servers[index];
	const struct group *group = &c->plan->input.groups[server->group];
	char url[ADDRESS_TEXT_BYTES];
	struct address address;
	struct board_counts n;

	plan_address(c->plan, index, &address);
	address_url(&address, url, sizeof(url));
	board_server_sum(c->board, c->plan, index, &n);
	json_text_string(j, "ip", group->unix_path != NULL ? address.un.sun_path : group->ip);
	json_text_uint(j, "port", server->port);
	json_text_string(j, "url", url);
	json_text_string(j, "app", plan_app_kind(c->plan, server));
	write_counts(j, &n);
	if (!full)
		return;
	json_text_uint(j, "violations", n.violations);
	json_text_uint(j, "timeouts", n.timeouts);
	json_text_uint(j, "cache_hits", n.cache_hits);
	json_text_uint(j, "cache_misses", n.cache_misses);
	json_text_uint(j, "cache_bytes", n.cache_bytes);
}

static const char *slot_group(const struct plan *plan, size_t slot)
{
	int group = plan->slots[slot].group;

	return group != PLAN_FREE ? plan->input.groups[group].name : NULL;
}

static enum slot_state slot_state(const struct api_context *c, size_t slot)
{
	const struct board_process *p = board_process(c->board, slot);

	return (enum slot_state)atomic_load_explicit(&p->state, memory_order_relaxed);
}

static void write_worker(const struct api_context *c, size_t slot, uint64_t now_ns,
			 struct json_text *j)
{
	struct board_process *p = board_process(c->board, slot);
	const struct plan_slot *s = &c->plan->slots[slot];
	int pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
	uint64_t next_try_ns = board_get(&p->next_try_ns);

	json_text_object(j, NULL);
	json_text_uint(j, "START_SEQUENCE_NUM", slot);
	json_text_string(j, "state", slot_state_name(slot_state(c, slot)));
	json_text_string(j, "group", slot_group(c->plan, slot));
	json_text_int(j, "core", s->core);
	api_write_pid(j, pid);
	write_since(j, "uptime_s", pid != 0 ? board_get(&p->started_ns) : 0, now_ns);
	json_text_uint(j, "restarts", board_get(&p->restarts));
	if (next_try_ns != 0)
		json_text_seconds(j, "next_try_s", ns_between(now_ns, next_try_ns));
	json_text_array(j, "servers");
	for (size_t i = s->first; i < s->first + s->count; i++) {
		json_text_object(j, NULL);
		write_server(c, i, false, j);
		json_text_end(j);
	}
	json_text_end(j);
	json_text_end(j);
}

void api_write_workers(struct api *a, const char *key, struct json_text *j)
{
	const struct api_context *c = a->context;
	uint64_t now_ns = clock_mono_ns();

	json_text_array(j, key);
	for (size_t i = 0; i < c->plan->slot_count; i++)
		write_worker(c, i, now_ns, j);
	json_text_end(j);
}

void api_write_servers(struct api *a, const char *key, struct json_text *j)
{
	const struct api_context *c = a->context;

	json_text_array(j, key);
	for (size_t i = 0; i < c->plan->served_count; i++) {
		const struct plan_server *server = &c->plan->servers[i];

		json_text_object(j, NULL);
		json_text_string(j, "group", plan_group_name(c->plan, server));
		json_text_int(j, "START_SEQUENCE_NUM", server->slot);
		write_server(c, i, true, j);
		json_text_end(j);
	}
	json_text_end(j);
}

/* Per group: its servers, and what they counted. */
struct group_sum {
	size_t servers;
	struct board_counts n;
};

static void add_counts(struct board_counts *sum, const struct board_counts *n)
{
	sum->requests += n->requests;
	sum->bytes_sent += n->bytes_sent;
	sum->accepted += n->accepted;
	sum->refused += n->refused;
	sum->active += n->active;
	sum->connections += n->connections;
	for (size_t i = 0; i < BOARD_STATUS_CLASSES; i++)
		sum->classes[i] += n->classes[i];
}

static void sum_groups(const struct api_context *c, struct group_sum *ret)
{
	for (size_t i = 0; i < c->plan->served_count; i++) {
		struct group_sum *sum = &ret[c->plan->servers[i].group];
		struct board_counts n;

		sum->servers++;
		board_server_sum(c->board, c->plan, i, &n);
		add_counts(&sum->n, &n);
	}
}

static void write_ports(const struct range *ports, struct json_text *j)
{
	AUTO_BUF struct buf text = BUF_INIT(RANGE_TEXT_MAX);

	range_format(ports, &text);
	json_text_string(j, "ports", buf_text(&text));
}

static void write_queue_name(const struct group *group, struct json_text *j)
{
	char name[GROUP_NAME_MAX + 8];

	snprintf(name, sizeof(name), "mp_%s_q", group->name);
	json_text_string(j, "queue", name);
}

static void write_group(const struct api_context *c, size_t g, const struct group_sum *sum,
			struct json_text *j)
{
	const struct group *group = &c->plan->input.groups[g];

	json_text_object(j, NULL);
	json_text_string(j, "name", group->name);
	json_text_array(j, "START_SEQUENCE_NUM");
	for (size_t i = 0; i < c->plan->slot_count; i++)
		if (c->plan->slots[i].group == (int32_t)g)
			json_text_uint(j, NULL, i);
	json_text_end(j);
	json_text_string(j, "ip", group->unix_path != NULL ? group->unix_path : group->ip);
	write_ports(&group->ports, j);
	json_text_bool(j, "shared", group->shared);
	write_queue_name(group, j);
	json_text_uint(j, "servers", sum->servers);
	write_counts(j, &sum->n);
	json_text_end(j);
}

void api_write_groups(struct api *a, const char *key, struct json_text *j)
{
	const struct api_context *c = a->context;
	struct group_sum sums[GROUPS_MAX] = { 0 };

	sum_groups(c, sums);
	json_text_array(j, key);
	for (size_t g = 0; g < c->plan->input.group_count; g++)
		write_group(c, g, &sums[g], j);
	json_text_end(j);
}

static void write_signal(int number, struct json_text *j)
{
	const char *abbrev = number != 0 ? sigabbrev_np(number) : NULL;
	char name[32];

	if (abbrev != NULL)
		snprintf(name, sizeof(name), "SIG%s", abbrev);
	else
		snprintf(name, sizeof(name), "signal %d", number);
	json_text_string(j, "signal", number != 0 ? name : NULL);
}

/* full: with what only /api/deaths has. */
static void write_death(const struct death *d, bool full, uint64_t now_ns, struct json_text *j)
{
	json_text_object(j, NULL);
	json_text_string(j, "role", d->role);
	if (d->slot >= 0)
		json_text_int(j, "START_SEQUENCE_NUM", d->slot);
	else
		json_text_null(j, "START_SEQUENCE_NUM");
	json_text_int(j, "dead_pid", d->pid);
	write_signal(d->signal, j);
	if (d->signal == 0)
		json_text_int(j, "exit_code", d->exit_code);
	else
		json_text_null(j, "exit_code");
	json_text_seconds(j, "uptime_s", d->uptime_ns);
	json_text_bool(j, "planned", d->planned);
	if (full) {
		json_text_bool(j, "core_dumped", d->core_dumped);
		json_text_seconds(j, "ago_s", ns_between(d->at_ns, now_ns));
		json_text_seconds(j, "cpu_user_s", d->cpu_user_us * 1000);
		json_text_seconds(j, "cpu_system_s", d->cpu_system_us * 1000);
		json_text_uint(j, "rss_max_kib", d->rss_max_kib);
	}
	json_text_end(j);
}

static void write_deaths(const struct api_context *c, const char *key, bool full,
			 struct json_text *j)
{
	struct death deaths[DEATHS_MAX];
	size_t count = deaths_read(c->deaths, deaths, DEATHS_MAX);
	uint64_t now_ns = clock_mono_ns();

	json_text_array(j, key);
	for (size_t i = 0; i < count; i++)
		write_death(&deaths[i], full, now_ns, j);
	json_text_end(j);
}

void api_write_deaths(struct api *a, const char *key, struct json_text *j)
{
	write_deaths(a->context, key, true, j);
}

static void write_manager(const struct api_context *c, const char *key, bool full,
			  struct json_text *j)
{
	const struct board_manager *m = &c->board->manager;
	uint32_t state = atomic_load_explicit(&m->state, memory_order_relaxed);

	json_text_object(j, key);
	api_write_pid(j, atomic_load_explicit(&m->pid, memory_order_relaxed));
	write_since(j, "uptime_s", board_get(&m->started_ns), clock_mono_ns());
	json_text_string(j, "state", board_manager_state_name((enum board_manager_state)state));
	if (full) {
		json_text_uint(j, "lines_dropped", board_get(&m->lines_dropped));
		json_text_uint(j, "deaths_total", deaths_total(c->deaths));
	}
	json_text_end(j);
}

void api_write_manager(struct api *a, const char *key, struct json_text *j)
{
	write_manager(a->context, key, true, j);
}

void api_write_status(struct api *a, const char *key, struct json_text *j)
{
	const struct api_context *c = a->context;

	json_text_object(j, key);
	json_text_string(j, "name", c->name);
	json_text_string(j, "version", PACKAGE_VERSION);
	write_manager(c, "manager", false, j);
	api_write_workers(a, "workers", j);
	api_write_groups(a, "groups", j);
	api_write_queues(a, "queues", j);
	api_write_feeders(a, "feeders", j);
	api_write_results(a, "results", j);
	write_deaths(c, "deaths", false, j);
	json_text_end(j);
}

bool api_write_ready(struct api *a, struct json_text *j)
{
	const struct api_context *c = a->context;
	bool ready = true;

	json_text_object(j, NULL);
	json_text_array(j, "waiting");
	for (size_t i = 0; i < c->plan->slot_count; i++) {
		enum slot_state state = slot_state(c, i);

		if (state == SLOT_READY || state == SLOT_DONE)
			continue;
		json_text_uint(j, NULL, i);
		ready = false;
	}
	json_text_end(j);
	json_text_bool(j, "ready", ready);
	json_text_end(j);
	return ready;
}
