/* config_apps.c - what the servers' apps mean for the work: rows that they
 * keep, and modules among them.
 */
#include "common/cc.h"
#include "launcher/config.h"
#include "servers/app.h"

#include <string.h>

/* Of the JSON object: in its group, or in servers. */
static void path_of(const struct config *config, size_t entry, char *ret, size_t size)
{
	const json_t *app = config->entries[entry].app;
	char groups[FIELDS_PATH_BYTES];

	for (size_t g = 0; g < config->group_count; g++) {
		if (config->groups[g].app != app)
			continue;
		fields_path_key(groups, sizeof(groups), "port_groups", config->groups[g].name);
		fields_path_key(ret, size, groups, "app");
		return;
	}
	fields_path_index(groups, sizeof(groups), "servers", entry);
	fields_path_key(ret, size, groups, "app");
}

static const struct group *group_of(const struct config *config, size_t entry)
{
	const char *name = config->entries[entry].group_name;

	for (size_t g = 0; g < config->group_count; g++)
		if (name != NULL && config->groups[g].name != NULL &&
		    strcmp(config->groups[g].name, name) == 0)
			return &config->groups[g];
	return NULL;
}

static bool is_module(const json_t *app)
{
	const json_t *kind = json_object_get(app, "kind");

	return json_is_string(kind) && strcmp(json_string_value(kind), "module") == 0;
}

bool config_apps_work(const struct config *config)
{
	for (size_t i = 0; i < config->entry_count; i++)
		if (is_module(config->entries[i].app) || app_work(config->entries[i].app) != NULL)
			return true;
	return false;
}

static const char *queue_of(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->work.queue_count; i++)
		if (config->work.queues[i].full != NULL &&
		    strcmp(config->work.queues[i].full, name) == 0)
			return name;
	return NULL;
}

/* A server keeps one row: its chunks are to have one. */
static void check_feeders(const struct config *config, const char *queue, const char *at,
			  struct problems *p)
{
	for (size_t i = 0; i < config->work.feeder_count; i++) {
		const struct config_feeder *feeder = &config->work.feeders[i];

		if (feeder->queue == NULL || strcmp(feeder->queue, queue) != 0 ||
		    feeder->rows_max == 1)
			continue;
		problems_error(p, at,
			       "a server keeps one row, and chunks of \"%.60s\" have up to %d: "
			       "want \"ROWS_MAX\": 1 in feeders[%zu]",
			       queue, feeder->rows_max, i);
	}
}

void config_apps_check(const struct config *config, struct problems *p)
{
	char base[FIELDS_PATH_BYTES], at[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < config->entry_count; i++) {
		const char *queue = app_work(config->entries[i].app);
		const struct group *group = group_of(config, i);

		if (queue == NULL)
			continue;
		path_of(config, i, base, sizeof(base));
		fields_path_key(at, sizeof(at), base, "work");
		if (queue_of(config, queue) == NULL)
			problems_error(p, at, "there is no queue \"%.60s\" in queues", queue);
		if (group != NULL && group->shared)
			problems_error(p, at,
				       "want a group that is not shared: each server keeps a row "
				       "of its own, and one port would show several");
		check_feeders(config, queue, at, p);
	}
}
