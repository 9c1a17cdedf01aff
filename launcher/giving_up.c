/* giving_up.c - see giving_up.h. */
#include "launcher/giving_up.h"

#include "common/buf.h"
#include "common/error.h"
#include "launcher/child.h"
#include "launcher/config.h"
#include "launcher/text.h"
#include "work/module.h"

bool giving_up_is_wanted(const struct config *config, bool stay)
{
	return config->work.module_count > 0 && config->entry_count == 0 && !stay;
}

bool giving_up_is_due(const struct child *c)
{
	if (!c->host->gives_up || c->host->stopping || c->role == ROLE_STATUS)
		return false;
	if (c->role == ROLE_WORKER && c->host->worker_was_ready)
		return false;
	return c->backoff.unready >= GIVING_UP_AFTER;
}

/* As the worker looks for it. */
static void add_module(const struct config *config, const char *name, struct buf *ret)
{
	AUTO_FREE char *path = NULL;
	struct error e = { 0 };

	buf_adds(ret, module_find(name, config->base_dir, &path, &e) == 0 ? path : name);
}

static void add_worker_modules(const struct config *config, struct buf *ret)
{
	const struct config_work *work = &config->work;

	buf_addf(ret, "; worker module%s: ", text_plural(work->module_count));
	for (size_t i = 0; i < work->module_count; i++) {
		buf_adds(ret, i > 0 ? ", " : "");
		add_module(config, work->modules[i].path, ret);
	}
}

/* {"module": "x.so"}, or {"module": {"path": "x.so"}} */
static void add_generator_module(const struct config *config, int feeder, struct buf *ret)
{
	const json_t *settings = json_object_get(config->work.feeders[feeder].generator, "module");

	if (json_is_object(settings))
		settings = json_object_get(settings, "path");
	if (!json_is_string(settings))
		return;
	buf_adds(ret, "; generator module: ");
	add_module(config, json_string_value(settings), ret);
}

void giving_up_text(const struct child *c, const char *how, struct buf *ret)
{
	const struct config *config = c->host->heritage->config;

	buf_addf(ret, "%s: %u tries in a row ended before it was ready, the last one: %s", c->name,
		 c->backoff.unready, how);
	if (c->role == ROLE_WORKER)
		add_worker_modules(config, ret);
	else if (c->role == ROLE_FEEDER)
		add_generator_module(config, c->feeder, ret);
}
