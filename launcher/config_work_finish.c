/* config_work_finish.c - config_work_finish(): what the keys about work mean
 * together.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "launcher/config.h"
#include "launcher/config_work.h"

#include <string.h>

#define WORKER_REF_DEFAULT "worker_entrance"

/* Names that are taken: the manager's own queues, and the seed's. */
static const char *const own_queues[] = { "mp_output_q", CONFIG_PRINT_QUEUE, "mp_info_q",
					  "mp_tools_q", "mp_process_q" };

static bool has_work(const struct config *config)
{
	const struct config_work *work = &config->work;

	return work->queue_count + work->feeder_count + work->module_count > 0 ||
	       config_apps_work(config);
}

static const struct config_queue *find_queue(const struct config_work *work, const char *full)
{
	for (size_t i = 0; i < work->queue_count; i++)
		if (work->queues[i].full != NULL && strcmp(work->queues[i].full, full) == 0)
			return &work->queues[i];
	return NULL;
}

static void add_input_queue(struct config *config, struct problems *p)
{
	struct config_work *work = &config->work;
	struct config_queue *queue;

	if (!has_work(config) || find_queue(work, CONFIG_INPUT_QUEUE) != NULL)
		return;
	queue = realloc(work->queues, (work->queue_count + 1) * sizeof(*queue));
	if (queue == NULL) {
		problems_error(p, "queues", "out of memory");
		return;
	}
	work->queues = queue;
	queue += work->queue_count++;
	*queue = config_queue_default;
	queue->unnamed = true;
	queue->name = strdup(CONFIG_INPUT_QUEUE);
	queue->full = strdup(CONFIG_INPUT_QUEUE);
	if (queue->name == NULL || queue->full == NULL)
		problems_error(p, "queues", "out of memory");
}

static void path_of(char *ret, size_t size, const char *list, size_t index, const char *key)
{
	char base[FIELDS_PATH_BYTES];

	fields_path_index(base, sizeof(base), list, index);
	fields_path_key(ret, size, base, key);
}

/* "mp_<group>_q" is the group's port queue. */
static const char *port_queue_of(const struct config *config, const char *name)
{
	char queue[CONFIG_NAME_MAX + 8];

	for (size_t i = 0; i < config->group_count; i++) {
		if (config->groups[i].name == NULL)
			continue;
		snprintf(queue, sizeof(queue), "mp_%s_q", config->groups[i].name);
		if (strcmp(queue, name) == 0)
			return config->groups[i].name;
	}
	return NULL;
}

static void check_queue(const struct config *config, size_t index, struct problems *p)
{
	const struct config_work *work = &config->work;
	const char *full = work->queues[index].full, *group;
	char at[FIELDS_PATH_BYTES];

	if (full == NULL)
		return;
	path_of(at, sizeof(at), "queues", index, "name");
	for (size_t i = 0; i < ARRAY_SIZE(own_queues); i++)
		if (strcmp(full, own_queues[i]) == 0)
			problems_error(p, at, "\"%s\" is eisen's own: choose another name", full);
	group = port_queue_of(config, full);
	if (group != NULL)
		problems_error(p, at, "\"%s\" is the port queue of port_groups.%s", full, group);
	if (find_queue(work, full) != &work->queues[index])
		problems_error(p, at, "queue \"%s\" is there twice", full);
}

static void report_unknown_queue(const struct config_work *work, const char *name, const char *at,
				 struct problems *p)
{
	const char *names[CONFIG_QUEUES_MAX + 2] = { NULL }, *near;
	AUTO_BUF struct buf known = BUF_INIT(1024);
	size_t count = 0;

	for (size_t i = 0; i < work->queue_count; i++) {
		if (work->queues[i].full == NULL)
			continue;
		names[count++] = work->queues[i].full;
		buf_addf(&known, "%s\"%s\"", count > 1 ? ", " : "", work->queues[i].full);
	}
	near = fields_nearest(name, names);
	if (near != NULL)
		problems_error(p, at, "no queue \"%.60s\", did you mean \"%s\"?", name, near);
	else
		problems_error(p, at, "no queue \"%.60s\", want one of %s", name, buf_text(&known));
}

static bool copy_default(char **member, const char *text, struct problems *p)
{
	if (*member == NULL)
		*member = strdup(text);
	if (*member == NULL)
		problems_error(p, "", "out of memory");
	return *member != NULL;
}

static void finish_feeder(struct config_work *work, size_t index, struct problems *p)
{
	struct config_feeder *feeder = &work->feeders[index];
	char at[FIELDS_PATH_BYTES];

	if (!copy_default(&feeder->queue, CONFIG_INPUT_QUEUE, p) ||
	    !copy_default(&feeder->name, feeder->queue, p))
		return;
	if (feeder->rows_max == 0)
		feeder->rows_max = work->rows_max;
	path_of(at, sizeof(at), "feeders", index, "queue");
	if (find_queue(work, feeder->queue) == NULL)
		report_unknown_queue(work, feeder->queue, at, p);
	for (size_t i = 0; i < index; i++) {
		if (strcmp(work->feeders[i].queue, feeder->queue) == 0) {
			problems_error(p, at,
				       "feeders[%zu] feeds \"%.60s\" too: a queue has one feeder",
				       i, feeder->queue);
			return;
		}
		if (strcmp(work->feeders[i].name, feeder->name) == 0) {
			path_of(at, sizeof(at), "feeders", index, "name");
			problems_error(p, at, "feeders[%zu] is called \"%s\" too", i, feeder->name);
			return;
		}
	}
}

/* WORKER_PATH at the top is a list of one. */
static void move_module(struct config_work *work, struct problems *p)
{
	if (work->worker_path == NULL) {
		if (work->worker_ref != NULL)
			problems_error(p, "WORKER_REF", "want WORKER_PATH beside it");
		return;
	}
	if (work->module_count > 0) {
		problems_error(p, "WORKER_PATH", "want it here or in worker_modules, not in both");
		return;
	}
	free(work->modules);
	work->modules = calloc(1, sizeof(*work->modules));
	if (work->modules == NULL) {
		problems_error(p, "WORKER_PATH", "out of memory");
		return;
	}
	work->module_count = 1;
	work->modules[0] = (struct config_module) { work->worker_path, work->worker_ref };
	work->worker_path = NULL;
	work->worker_ref = NULL;
}

static void finish_modules(struct config_work *work, struct problems *p)
{
	move_module(work, p);
	for (size_t i = 0; i < work->module_count; i++)
		copy_default(&work->modules[i].ref, WORKER_REF_DEFAULT, p);
}

static void check_takers(const struct config *config, struct problems *p)
{
	if (config->work.feeder_count > 0 && config->work.module_count == 0 &&
	    config->entry_count == 0)
		problems_error(p, "feeders",
			       "nobody takes what they feed: want worker_modules, or servers "
			       "that do");
}

static void check_stdin(const struct config_work *work, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	size_t readers = 0;

	for (size_t i = 0; i < work->feeder_count; i++) {
		if (work->feeders[i].generator == NULL ||
		    !config_feeder_reads_stdin(&work->feeders[i]) || readers++ == 0)
			continue;
		path_of(at, sizeof(at), "feeders", i, "generator");
		problems_error(p, at, "another feeder reads standard input already");
	}
}

void config_work_finish(struct config *config, struct problems *p)
{
	struct config_work *work = &config->work;

	finish_modules(work, p);
	add_input_queue(config, p);
	for (size_t i = 0; i < work->queue_count; i++)
		check_queue(config, i, p);
	for (size_t i = 0; i < work->feeder_count; i++)
		finish_feeder(work, i, p);
	check_stdin(work, p);
	check_takers(config, p);
	config_apps_check(config, p);
	if (work->on_done == CONFIG_DONE_UNSET)
		work->on_done = config->entry_count > 0 ? CONFIG_DONE_STAY : CONFIG_DONE_EXIT;
}
