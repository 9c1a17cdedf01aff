/* load_layout.c - see load_layout.h. */
#include "launcher/load_layout.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/fields.h"

#include <string.h>

#define GROUP_LIST_BYTES 300 /* of those there are, in an error */

struct wanted_groups {
	const char *const *names;
	size_t count; /* 0: all */
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int number_of(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

static const json_t *servers_of(const json_t *worker)
{
	return json_object_get(worker, "servers");
}

static bool is_wanted(const struct wanted_groups *wanted, const char *group)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (strcmp(wanted->names[i], group) == 0)
			return true;
	return wanted->count == 0;
}

static size_t count_servers(const json_t *workers)
{
	size_t i, count = 0;
	const json_t *worker;

	json_array_foreach(workers, i, worker) count += json_array_size(servers_of(worker));
	return count;
}

/* Groups --------------------------------------------------------------------- */

/* The names of groups with servers, each once, as a NULL-terminated array. */
static const char **list_groups(const json_t *workers)
{
	const char **names = calloc(json_array_size(workers) + 1, sizeof(*names));
	size_t i, k, count = 0;
	const json_t *worker;

	if (names == NULL)
		return NULL;
	json_array_foreach(workers, i, worker)
	{
		const char *group = text_of(worker, "group");

		if (json_array_size(servers_of(worker)) == 0)
			continue;
		for (k = 0; k < count && strcmp(names[k], group) != 0; k++)
			;
		if (k == count)
			names[count++] = group;
	}
	return names;
}

static int unknown_group(const char *name, const char *const *there, struct error *e)
{
	AUTO_BUF struct buf list = BUF_INIT(GROUP_LIST_BYTES);
	const char *near = fields_nearest(name, there);

	for (size_t i = 0; there[i] != NULL; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "", there[i]);
	if (near != NULL)
		return error_set(
			e, EINVAL,
			"no group '%.64s' with servers; did you mean '%s'? There are: %s%s", name,
			near, buf_text(&list), list.failed ? ", …" : "");
	return error_set(e, EINVAL, "no group '%.64s' with servers; there are: %s%s", name,
			 buf_text(&list), list.failed ? ", …" : "");
}

static int check_wanted(const struct wanted_groups *wanted, const char *const *there,
			struct error *e)
{
	for (size_t i = 0; i < wanted->count; i++) {
		size_t k = 0;

		while (there[k] != NULL && strcmp(there[k], wanted->names[i]) != 0)
			k++;
		if (there[k] == NULL)
			return unknown_group(wanted->names[i], there, e);
	}
	return 0;
}

static int choose_groups(struct load_layout *l, const struct wanted_groups *wanted, struct error *e)
{
	size_t count = 0;
	int r;

	l->group_names = list_groups(l->workers_json);
	if (l->group_names == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (l->group_names[0] == NULL)
		return error_set(e, EINVAL,
				 "there is no server in it, so there is nothing to drive: give a "
				 "group \"ports\" and an \"app\"");
	r = check_wanted(wanted, l->group_names, e);
	for (size_t i = 0; r == 0 && l->group_names[i] != NULL; i++)
		if (is_wanted(wanted, l->group_names[i]))
			l->group_names[count++] = l->group_names[i];
	l->group_count = count;
	return r;
}

/* SIZE_MAX: not driven. */
static size_t group_index(const struct load_layout *l, const char *name)
{
	for (size_t i = 0; i < l->group_count; i++)
		if (strcmp(l->group_names[i], name) == 0)
			return i;
	return SIZE_MAX;
}

/* Targets -------------------------------------------------------------------- */

static const char *loopback_for(const char *ip)
{
	if (strcmp(ip, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(ip, "::") == 0 ? "::1" : ip;
}

/* A link-local address's interface is nobody's business but ours (RFC 6874, 1). */
static void drop_zone(char *host)
{
	char *zone = strchr(host, '%'), *end = strchr(host, ']');

	if (zone != NULL && end != NULL && zone < end)
		memmove(zone, end, strlen(end) + 1);
}

static int set_target(struct load_target *t, const json_t *server, const char *url, struct error *e)
{
	const char *ip = text_of(server, "ip");
	int r;

	if (strncmp(url, "unix:", 5) == 0) {
		snprintf(t->host, sizeof(t->host), "localhost");
		return address_from_path(&t->address, ip, e);
	}
	r = address_from_ip(&t->address, loopback_for(ip), (unsigned)number_of(server, "port"), e);
	if (r < 0)
		return r;
	address_format(&t->address, t->host, sizeof(t->host));
	drop_zone(t->host);
	return 0;
}

/* A server is another target, or another worker of one. */
static int add_server(struct load_layout *l, const json_t *server, size_t group, struct error *e)
{
	const char *url = text_of(server, "url");
	size_t target = load_layout_target(l, server);
	int r;

	if (target != SIZE_MAX) {
		l->ports[target].worker_count++;
		return 0;
	}
	target = l->target_count;
	if (target == LOAD_TARGETS_MAX)
		return error_set(e, E2BIG, "more than %d ports", LOAD_TARGETS_MAX);
	r = set_target(&l->targets[target], server, url, e);
	if (r < 0)
		return error_prefix(e, "%s", url);
	if (json_object_set_new(l->by_url, url, json_integer((json_int_t)target)) < 0)
		return error_set(e, ENOMEM, "out of memory");
	l->targets[target].group = (uint32_t)group;
	l->ports[target] = (struct report_port) {
		.url = url,
		.group = l->group_names[group],
		.worker_count = 1,
	};
	l->target_count++;
	return 0;
}

static int add_worker(struct load_layout *l, const json_t *worker, struct error *e)
{
	const json_t *servers = servers_of(worker), *server;
	size_t i, group = group_index(l, text_of(worker, "group"));
	int r = 0;

	l->cores[l->core_count++] = number_of(worker, "core");
	if (json_array_size(servers) == 0 || group == SIZE_MAX)
		return 0;
	json_array_foreach(servers, i, server)
	{
		r = add_server(l, server, group, e);
		if (r < 0)
			return r;
	}
	l->workers[l->worker_count++] = (struct report_worker) {
		.number = number_of(worker, "START_SEQUENCE_NUM"),
		.group = l->group_names[group],
		.core = number_of(worker, "core"),
	};
	return 0;
}

static int add_workers(struct load_layout *l, struct error *e)
{
	const json_t *worker;
	size_t i;
	int r = 0;

	json_array_foreach(l->workers_json, i, worker)
	{
		r = add_worker(l, worker, e);
		if (r < 0)
			return r;
	}
	return r;
}

static void name_port_worker(struct load_layout *l, const json_t *server, int number)
{
	size_t target = load_layout_target(l, server);
	struct report_port *port;

	if (target == SIZE_MAX)
		return;
	port = &l->ports[target];
	l->port_workers[(size_t)(port->workers - l->port_workers) + port->worker_count++] = number;
}

/* Which workers serve which port, once it is known how many. */
static void name_port_workers(struct load_layout *l)
{
	const json_t *worker, *server;
	const int *next = l->port_workers;
	size_t i, k;

	for (size_t t = 0; t < l->target_count; t++) {
		l->ports[t].workers = next;
		next += l->ports[t].worker_count;
		l->ports[t].worker_count = 0;
	}
	json_array_foreach(l->workers_json, i, worker)
	{
		json_array_foreach(servers_of(worker), k, server)
			name_port_worker(l, server, number_of(worker, "START_SEQUENCE_NUM"));
	}
}

/* As many as there can be. */
static int reserve(struct load_layout *l, struct error *e)
{
	size_t servers = count_servers(l->workers_json) + 1;
	size_t workers = json_array_size(l->workers_json) + 1;

	l->targets = calloc(servers, sizeof(*l->targets));
	l->ports = calloc(servers, sizeof(*l->ports));
	l->port_workers = calloc(servers, sizeof(*l->port_workers));
	l->workers = calloc(workers, sizeof(*l->workers));
	l->cores = calloc(workers, sizeof(*l->cores));
	l->by_url = json_object();
	if (l->targets == NULL || l->ports == NULL || l->port_workers == NULL ||
	    l->workers == NULL || l->cores == NULL || l->by_url == NULL)
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

static int read_all(struct load_layout *l, const struct wanted_groups *wanted, struct error *e)
{
	int r = choose_groups(l, wanted, e);

	if (r == 0)
		r = reserve(l, e);
	if (r == 0)
		r = add_workers(l, e);
	if (r == 0)
		name_port_workers(l);
	return r;
}

int load_layout_read(struct load_layout *ret, const char *name, json_t *workers,
		     const char *const *groups, size_t group_count, struct error *e)
{
	const struct wanted_groups wanted = { groups, group_count };
	struct load_layout l = { .name = strdup(name), .workers_json = json_incref(workers) };
	int r = l.name != NULL ? 0 : error_set(e, ENOMEM, "out of memory");

	if (r == 0)
		r = read_all(&l, &wanted, e);
	if (r < 0) {
		load_layout_release(&l);
		return r;
	}
	*ret = l;
	return 0;
}

size_t load_layout_target(const struct load_layout *l, const json_t *server)
{
	const json_t *index = json_object_get(l->by_url, text_of(server, "url"));

	return index != NULL ? (size_t)json_integer_value(index) : SIZE_MAX;
}

void load_layout_release(struct load_layout *l)
{
	free(l->name);
	free(l->targets);
	free(l->ports);
	free(l->group_names);
	free(l->workers);
	free(l->cores);
	free(l->path);
	free(l->port_workers);
	json_decref(l->workers_json);
	json_decref(l->by_url);
	*l = (struct load_layout) { 0 };
}
