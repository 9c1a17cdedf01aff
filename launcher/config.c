/* config.c - see config.h. */
#include "launcher/config.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "launcher/document.h"
#include "launcher/expand.h"
#include "portmap/cpus.h"
#include "servers/accesslog.h"
#include "servers/app.h"
#include "servers/loop.h"

#include <string.h>

#define STATUS_PORT_DEFAULT CONFIG_STATUS_PORT
#define HOSTS_MAX 100
#define HOST_NAME_BYTES_MAX 253

static bool host_is_valid(const char *host)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t len = strlen(host);

	return len > 0 && len <= HOST_NAME_BYTES_MAX && strspn(host, letters) == len;
}

static bool is_list(const json_t *value, const char *path, size_t max, const char *of,
		    struct problems *p)
{
	char want[64];

	if (json_is_array(value) && json_array_size(value) <= max)
		return true;
	snprintf(want, sizeof(want), "a list of at most %zu %s", max, of);
	fields_want(p, path, value, want);
	return false;
}

static void parse_hosts(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char ***hosts = ret, at[FIELDS_PATH_BYTES];
	size_t i, count = json_array_size(value);
	json_t *item;

	if (!is_list(value, path, HOSTS_MAX, "host names", p))
		return;
	*hosts = calloc(count + 1, sizeof(**hosts));
	if (*hosts == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	count = 0;
	json_array_foreach(value, i, item)
	{
		fields_path_index(at, sizeof(at), path, i);
		if (problems_has(p, at))
			continue;
		if (!json_is_string(item) || !host_is_valid(json_string_value(item)))
			fields_want(p, at, item, "a host name without a port");
		else if (((*hosts)[count] = strdup(json_string_value(item))) != NULL)
			count++;
		else
			problems_error(p, at, "out of memory");
	}
}

static void parse_ip(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct address address;
	struct error e;
	char **ip = ret, *copy;

	if (!json_is_string(value)) {
		fields_want(p, path, value, "a string");
		return;
	}
	if (address_from_ip(&address, json_string_value(value), 0, &e) < 0) {
		problems_error(p, path, "%s", e.text);
		return;
	}
	copy = strdup(json_string_value(value));
	if (copy == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	free(*ip);
	*ip = copy;
}

const struct field config_status_fields[] = {
	{ .key = "ip",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct config_status, ip),
	  .parse = parse_ip },
	{ .key = "port",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_status, port),
	  .min = 0,
	  .max = 65535 },
	{ .key = "hosts",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct config_status, hosts),
	  .parse = parse_hosts },
	{ .type = FIELD_END },
};

void config_parse_status(const json_t *value, const char *path, void *ret, struct problems *p)
{
	fields_parse(value, path, config_status_fields, ret, p);
}

/* A plan has no room for more ports, and hostile input none to make them. */
static bool ports_fit(size_t *total, size_t count, const char *path, struct problems *p)
{
	*total += count;
	if (*total <= PLAN_SERVERS_MAX)
		return true;
	problems_error(p, path, "want at most %d ports in all", PLAN_SERVERS_MAX);
	return false;
}

static void check_app(const struct config *config, const json_t *app, const char *path,
		      struct problems *p)
{
	char at[FIELDS_PATH_BYTES];

	if (app == NULL)
		return;
	fields_path_key(at, sizeof(at), path, "app");
	app_check(app, config->base_dir, at, p);
}

void config_parse_groups(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES];
	size_t total = 0;
	const char *name;
	json_t *item;

	if (!json_is_object(value)) {
		fields_want(p, path, value, "an object of groups by name");
		return;
	}
	config->groups = calloc(MIN(json_object_size(value), (size_t)GROUPS_MAX) + 1,
				sizeof(*config->groups));
	if (config->groups == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	json_object_foreach((json_t *)value, name, item)
	{
		struct group *group = &config->groups[config->group_count];

		if (fields_is_comment(name))
			continue;
		if (config->group_count == GROUPS_MAX) {
			problems_error(p, path, "want at most %d groups", GROUPS_MAX);
			break;
		}
		fields_path_key(at, sizeof(at), path, name);
		group_parse(item, name, at, config->base_dir, group, p);
		config->group_count++;
		check_app(config, group->app, at, p);
		if (!ports_fit(&total, group->ports.count, path, p))
			break;
	}
}

void config_parse_servers(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES];
	size_t i, total = 0, count = json_array_size(value);
	json_t *item;

	if (!is_list(value, path, ENTRIES_MAX, "objects", p))
		return;
	config->entries = calloc(count + 1, sizeof(*config->entries));
	if (config->entries == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	json_array_foreach(value, i, item)
	{
		struct server_entry *entry = &config->entries[config->entry_count++];

		fields_path_index(at, sizeof(at), path, i);
		server_entry_parse(item, at, entry, p);
		check_app(config, entry->app, at, p);
		if (!ports_fit(&total, entry->ports.count, path, p))
			break;
	}
}

/* A group's own app becomes an entry, so that the plan sees entries only. */
static bool add_own_entries(struct config *config)
{
	size_t room = config->entry_count + config->group_count;
	struct server_entry *entries = realloc(config->entries, (room + 1) * sizeof(*entries));

	if (entries == NULL)
		return false;
	config->entries = entries;
	for (size_t i = 0; i < config->group_count; i++) {
		const struct group *group = &config->groups[i];
		struct server_entry *entry = &entries[config->entry_count];

		if (group->app == NULL || group->name == NULL)
			continue;
		*entry = (struct server_entry) { .group_name = strdup(group->name),
						 .app = json_incref(group->app),
						 .threads = group->threads };
		config->entry_count++;
		if (entry->group_name == NULL)
			return false;
	}
	return true;
}

/* plan_make() sees to the groups among each other, but knows no status port. */
static void check_status(const struct config *config, struct problems *p)
{
	const struct config_status *status = &config->status;
	unsigned port = (unsigned)status->port;
	struct address ours, theirs;

	if (address_from_ip(&ours, status->ip, port, NULL) < 0)
		return;
	for (size_t i = 0; i < config->group_count; i++) {
		const struct group *group = &config->groups[i];

		if (!range_has(&group->ports, port) ||
		    group_address(group, port, &theirs, NULL) < 0 ||
		    !address_conflicts(&ours, &theirs))
			continue;
		problems_error(p, "status.port", "port %u on %s is in port_groups.%s.ports too",
			       port, status->ip, group->name);
	}
}

/* Is nothing wrong with what the plan is made of? Else what it finds would
 * only follow from that. */
static bool plan_can_tell(const struct problems *p)
{
	static const char *const parts[] = { "port_groups", "servers", "PROCS_MAX" };

	if (p->kept < p->errors)
		return false;
	for (size_t i = 0; i < p->kept; i++) {
		const char *path = p->list[i].path;

		for (size_t j = 0; j < ARRAY_SIZE(parts); j++)
			if (path[0] == '\0' || strncmp(path, parts[j], strlen(parts[j])) == 0)
				return false;
	}
	return true;
}

/* What the plan would have against a config that is wrong already, so that
 * all is told at once. The cores do not matter for that. */
static void check_plan(const struct config *config, struct problems *p)
{
	struct cpu_core core = { 0 };
	struct cpus one = { .cores = &core, .count = 1, .usable = 1 };
	struct plan_input input;

	config_plan_input(config, &input);
	plan_free(plan_make(&input, &one, p));
}

static struct config *config_new(const char *text, size_t len, const struct config_origin *origin)
{
	struct config *config = malloc(sizeof(*config));

	if (config == NULL)
		return NULL;
	*config = (struct config) {
		.base_dir = strdup(origin->base_dir),
		.text = malloc(len + 1),
		.text_len = len,
		.start_method = CONFIG_FORK,
		.pin = true,
		.status = { .ip = strdup("127.0.0.1"), .port = STATUS_PORT_DEFAULT },
		.access_log = { .buffer_bytes = ACCESSLOG_BUFFER_DEFAULT },
		.start_timeout_ms = 10000,
		.drain_ms = 5000,
		.connections_max = 10000,
		.limits = { .head_max_bytes = (int)loop_limits_default.head_max_bytes,
			    .body_max_bytes = (int)loop_limits_default.body_max_bytes,
			    .head_timeout_ms = (int)loop_limits_default.head_timeout_ms,
			    .request_timeout_ms = (int)loop_limits_default.request_timeout_ms },
		.idle_timeout_s = 60,
		.wire = true,
	};
	config_work_init(&config->work);
	if (config->base_dir == NULL || config->text == NULL || config->status.ip == NULL) {
		config_free(config);
		return NULL;
	}
	memcpy(config->text, text, len);
	config->text[len] = '\0';
	return config;
}

struct config *config_from_text(const char *text, size_t len, const struct config_origin *origin,
				struct problems *p)
{
	struct config *config = config_new(text, len, origin);
	json_t *document;

	if (config == NULL) {
		problems_error(p, "", "out of memory");
		return NULL;
	}
	document = document_parse(text, len, p);
	if (document != NULL) {
		expand_strings(document, p);
		fields_parse(document, "", config_fields, config, p);
		if (!add_own_entries(config))
			problems_error(p, "", "out of memory");
		if (origin->status_port >= 0)
			config->status.port = origin->status_port;
		config_work_finish(config, p);
		check_status(config, p);
		if (p->errors > 0 && plan_can_tell(p))
			check_plan(config, p);
		config->document = document;
	}
	if (p->errors == 0)
		return config;
	config_free(config);
	return NULL;
}

struct config *config_load(const char *file, int status_port, struct problems *p)
{
	struct config_origin origin = { .status_port = status_port };
	AUTO_BUF struct buf text = BUF_INIT(CONFIG_TEXT_MAX);
	AUTO_FREE char *dir = NULL;

	if (!document_read(file, &text, p))
		return NULL;
	dir = document_dir(file, p);
	if (dir == NULL)
		return NULL;
	origin.base_dir = dir;
	return config_from_text(buf_text(&text), text.len, &origin, p);
}

void config_plan_input(const struct config *config, struct plan_input *ret)
{
	*ret = (struct plan_input) {
		.procs_max = config->procs_max,
		.groups = config->groups,
		.group_count = config->group_count,
		.entries = config->entries,
		.entry_count = config->entry_count,
		.feeder_count = config->work.feeder_count,
		.work = config->work.module_count > 0,
	};
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config->group_count; i++)
		group_release(&config->groups[i]);
	for (size_t i = 0; i < config->entry_count; i++)
		server_entry_release(&config->entries[i]);
	for (char **host = config->status.hosts; host != NULL && *host != NULL; host++)
		free(*host);
	free(config->status.hosts);
	free(config->status.ip);
	free(config->access_log.file);
	config_work_release(&config->work);
	json_decref(config->document);
	free(config->groups);
	free(config->entries);
	free(config->text);
	free(config->base_dir);
	free(config);
}
