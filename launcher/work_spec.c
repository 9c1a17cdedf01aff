/* work_spec.c - see work_spec.h. */
#include "launcher/work_spec.h"

#include "common/error.h"
#include "launcher/config.h"
#include "launcher/kept.h"
#include "work/module.h"

#include <string.h>

/* A chunk that is worked on, and one that is being stored. */
#define LEASES_PER_SLOT 2

#define PRINT_MAXSIZE 256
#define PRINT_BYTES 8192

unsigned work_owner_of_feeder(size_t feeder)
{
	return WORK_OWNER_FEEDERS + (unsigned)feeder;
}

unsigned work_owner_of_slot(const struct config *config, size_t slot)
{
	return WORK_OWNER_FEEDERS + (unsigned)(config->work.feeder_count + slot);
}

bool work_is_wanted(const struct config *config)
{
	return config->work.queue_count > 0;
}

static size_t kept_of(const struct plan *plan, const char *queue)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->served_count; i++) {
		const char *name = kept_queue_name(plan, i);

		count += name != NULL && strcmp(name, queue) == 0;
	}
	return count;
}

static void add_queues(const struct config *config, const struct plan *plan, struct work_spec *ret)
{
	const struct config_work *work = &config->work;

	for (size_t i = 0; i < work->queue_count; i++) {
		const struct config_queue *queue = &work->queues[i];

		ret->list[i] = (struct queue_spec) {
			.name = queue->full,
			.kind = QUEUE_WORK,
			.maxsize = (uint32_t)queue->maxsize,
			.leases = (uint32_t)(LEASES_PER_SLOT * plan->slot_count +
					     kept_of(plan, queue->full)),
			.chunk_bytes = (uint32_t)queue->chunk_bytes,
			.max_attempts = (uint32_t)queue->max_attempts,
		};
	}
	ret->list[work->queue_count] = (struct queue_spec) {
		.name = CONFIG_PRINT_QUEUE,
		.kind = QUEUE_SIDE,
		.maxsize = PRINT_MAXSIZE,
		.leases = 1,
		.chunk_bytes = PRINT_BYTES,
		.event = true,
	};
	ret->queues = (struct queues_spec) {
		.list = ret->list,
		.count = work->queue_count + 1,
		.owners = work_owner_of_slot(config, plan->slot_count) - 1,
	};
}

static int add_tools(const struct config *config, struct work_spec *ret)
{
	for (size_t i = 0; i < config->work.tool_count; i++) {
		const struct config_tool *tool = &config->work.tools[i];
		struct tool_spec *spec = &ret->tools[ret->tool_count++];

		*spec = (struct tool_spec) { .name = tool->name, .file = tool->file };
		if (tool->file != NULL)
			continue;
		ret->texts[i] = json_dumps(tool->json, JSON_COMPACT | JSON_ENCODE_ANY);
		if (ret->texts[i] == NULL)
			return -ENOMEM;
		spec->bytes = ret->texts[i];
		spec->len = strlen(ret->texts[i]);
	}
	return 0;
}

int work_spec_make(const struct config *config, const struct plan *plan, struct work_spec *ret,
		   struct error *e)
{
	memset(ret, 0, sizeof(*ret));
	add_queues(config, plan, ret);
	if (add_tools(config, ret) == 0)
		return 0;
	work_spec_release(ret);
	return error_set(e, ENOMEM, "tools: out of memory");
}

void work_spec_release(struct work_spec *spec)
{
	for (size_t i = 0; i < spec->tool_count; i++)
		free(spec->texts[i]);
	spec->tool_count = 0;
}

static void check_modules(const struct config *config, struct problems *p)
{
	char at[FIELDS_PATH_BYTES], base[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < config->work.module_count; i++) {
		AUTO_FREE char *path = NULL;
		struct error e = { 0 };

		if (module_find(config->work.modules[i].path, config->base_dir, &path, &e) == 0) {
			if (access(path, R_OK) == 0)
				continue;
			error_errno(&e, errno, "%s", path);
		}
		fields_path_index(base, sizeof(base), "worker_modules", i);
		fields_path_key(at, sizeof(at), base, "WORKER_PATH");
		problems_error(p, at, "%s", e.text);
	}
}

static void check_tools(const struct config *config, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < config->work.tool_count; i++) {
		const struct config_tool *tool = &config->work.tools[i];

		if (tool->file == NULL || access(tool->file, R_OK) == 0)
			continue;
		fields_path_key(at, sizeof(at), "tools", tool->name);
		problems_error(p, at, "%s: %s", tool->file, strerror(errno));
	}
}

void work_spec_check(const struct config *config, const struct plan *plan, struct problems *p)
{
	struct work_spec spec;
	struct error e = { 0 };

	if (!work_is_wanted(config))
		return;
	check_modules(config, p);
	check_tools(config, p);
	if (work_spec_make(config, plan, &spec, &e) < 0 || queues_check(&spec.queues, &e) < 0)
		problems_error(p, "queues", "%s", e.text);
	work_spec_release(&spec);
}
