/* plan_json.c - the plan as JSON, for `eisen plan --json` and /api/plan. */
#include "portmap/plan.h"

#include "common/buf.h"
#include "portmap/address.h"

#define RANGE_TEXT_MAX (1u << 20) /* 65536 numbers of 5 digits, with commas */

/* A Unix socket is named by its path. */
static json_t *server_ip(const struct plan *plan, const struct plan_server *server,
			 const struct address *address)
{
	const struct group *group = &plan->input.groups[server->group];

	return json_string(group->unix_path != NULL ? address->un.sun_path : group->ip);
}

static json_t *server_json(const struct plan *plan, size_t index)
{
	const struct plan_server *server = &plan->servers[index];
	char url[ADDRESS_TEXT_BYTES];
	struct address address;

	plan_address(plan, index, &address);
	address_url(&address, url, sizeof(url));
	return json_pack("{s:o, s:i, s:s, s:s}", "ip", server_ip(plan, server, &address), "port",
			 (int)server->port, "url", url, "app", plan_app_kind(plan, server));
}

/* Append value, which may be NULL, to array, which may be NULL; the result
 * replaces array. NULL is passed on, so that one check at the end is enough. */
static json_t *append(json_t *array, json_t *value)
{
	if (array != NULL && json_array_append_new(array, value) == 0)
		return array;
	if (array == NULL)
		json_decref(value);
	json_decref(array);
	return NULL;
}

static json_t *worker_json(const struct plan *plan, size_t number)
{
	const struct plan_slot *slot = &plan->slots[number];
	const char *group = slot->group != PLAN_FREE ? plan->input.groups[slot->group].name : NULL;
	json_t *servers = json_array();

	for (size_t i = 0; i < slot->count; i++)
		servers = append(servers, server_json(plan, slot->first + i));
	return json_pack("{s:i, s:s?, s:i, s:o}", "START_SEQUENCE_NUM", (int)number, "group", group,
			 "core", (int)slot->core, "servers", servers);
}

static json_t *group_seq_nums(const struct plan *plan, size_t g)
{
	json_t *numbers = json_array();

	for (size_t i = 0; i < plan->slot_count; i++) {
		if (plan->slots[i].group == (int32_t)g)
			numbers = append(numbers, json_integer((json_int_t)i));
	}
	return numbers;
}

static json_t *range_json(const struct range *r)
{
	AUTO_BUF struct buf text = BUF_INIT(RANGE_TEXT_MAX);

	range_format(r, &text);
	return text.failed ? NULL : json_string(buf_text(&text));
}

/* By group: the ports in its queue that no server has. */
static void fill_free(const struct plan *plan, json_t **ret)
{
	for (size_t g = 0; g < plan->input.group_count; g++)
		ret[g] = json_array();
	for (size_t i = plan->served_count; i < plan->server_count; i++) {
		const struct plan_server *server = &plan->servers[i];

		ret[server->group] = append(ret[server->group], json_integer(server->port));
	}
}

/* Takes free_ports over. */
static json_t *group_json(const struct plan *plan, size_t g, json_t *free_ports)
{
	const struct group *group = &plan->input.groups[g];
	const char *ip = group->unix_path != NULL ? group->unix_path : group->ip;
	char queue[GROUP_NAME_MAX + 8];

	snprintf(queue, sizeof(queue), "mp_%s_q", group->name);
	return json_pack("{s:s, s:o, s:s, s:o, s:b, s:s, s:o}", "name", group->name,
			 "START_SEQUENCE_NUM", group_seq_nums(plan, g), "ip", ip, "ports",
			 range_json(&group->ports), "shared", (int)group->shared, "queue", queue,
			 "free", free_ports);
}

static json_t *groups_json(const struct plan *plan)
{
	json_t *free_ports[GROUPS_MAX];
	json_t *groups = json_array();

	fill_free(plan, free_ports);
	for (size_t g = 0; g < plan->input.group_count; g++)
		groups = append(groups, group_json(plan, g, free_ports[g]));
	return groups;
}

json_t *plan_json(const struct plan *plan)
{
	json_t *workers = json_array();

	for (size_t i = 0; i < plan->slot_count; i++)
		workers = append(workers, worker_json(plan, i));
	return json_pack("{s:i, s:o, s:o}", "PROCS_MAX", (int)plan->slot_count, "workers", workers,
			 "groups", groups_json(plan));
}
