/* working.c - see working.h. */
#include "launcher/working.h"

#include "common/error.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/module_ports.h"
#include "launcher/print.h"
#include "launcher/work_spec.h"
#include "portmap/board.h"
#include "portmap/plan.h"
#include "servers/app_module.h"
#include "work/module.h"
#include "work/toolbox.h"
#include "work/worker_loop.h"

#include <string.h>

struct working {
	const struct heritage *heritage;
	struct serving *serving; /* borrowed */
	char name[32];
	struct queues queues;
	struct tools tools;
	json_t *kwargs; /* owned */
	int print_queue;
	struct worker_module_spec specs[CONFIG_MODULES_MAX]; /* paths are owned */
	struct worker_modules *modules;
	eisen_toolbox *toolbox;
	struct module_context context;
	struct module_ports *ports;
};

/* What modules call back ---------------------------------------------------- */

static int take_port(void *arg, const char *group, struct eisen_port *ret)
{
	struct working *w = arg;

	return module_ports_take(w->ports, group, ret);
}

static int serve(void *arg, eisen_toolbox *tb, const struct eisen_port *port, const eisen_app *app,
		 json_t *settings)
{
	struct working *w = arg;

	return module_ports_serve(w->ports, tb, port, app, settings);
}

static void print(void *arg, const char *text, size_t len)
{
	struct working *w = arg;

	print_put(&w->queues, (unsigned)w->print_queue, w->heritage->slot, text, len);
}

static void log_line(void *arg ATTR_UNUSED, enum log_level level, const char *text)
{
	log_at(level, "%s", text);
}

static const struct toolbox_ops ops = {
	.port_take = take_port, .serve = serve, .print = print, .log = log_line
};

/* Open and close ------------------------------------------------------------ */

/* As in the seed: the config's keys, the user's own among them, the queues'
 * names and the number of this worker. */
static json_t *make_kwargs(const struct heritage *h)
{
	const struct config_work *work = &h->config->work;
	json_t *kwargs = json_copy(h->config->document);
	json_t *queues = json_array();

	json_object_del(kwargs, "kwargs");
	if (work->kwargs != NULL)
		json_object_update(kwargs, work->kwargs);
	for (size_t i = 0; i < work->queue_count; i++)
		json_array_append_new(queues, json_string(work->queues[i].full));
	json_object_set_new(kwargs, "queues", queues);
	json_object_set_new(kwargs, "START_SEQUENCE_NUM", json_integer(h->slot));
	return kwargs;
}

static int load_modules(struct working *w, struct error *e)
{
	const struct config *config = w->heritage->config;
	int r = 0;

	for (size_t i = 0; i < config->work.module_count && r == 0; i++) {
		char *path = NULL;

		r = module_find(config->work.modules[i].path, config->base_dir, &path, e);
		w->specs[i] = (struct worker_module_spec) { path, config->work.modules[i].ref };
	}
	if (r == 0 && config->work.module_count > 0)
		r = worker_modules_load(w->specs, config->work.module_count, &w->modules, e);
	return r;
}

static int open_tools(struct working *w, struct error *e)
{
	const struct heritage *h = w->heritage;
	struct work_spec spec;
	int r = work_spec_make(h->config, h->plan, &spec, e);

	if (r < 0)
		return r;
	r = tools_attach(&w->tools, spec.tools, h->tool_fds, spec.tool_count, e);
	work_spec_release(&spec);
	return r < 0 ? r : tools_map(&w->tools, e);
}

static int open_toolbox(struct working *w, struct error *e)
{
	const struct heritage *h = w->heritage;
	int group = h->plan->slots[h->slot].group;
	struct board *board = board_attach(&h->region);
	struct board_work *counters = board_slot_work(board, (size_t)h->slot);
	struct toolbox_spec spec = {
		.slot = h->slot,
		.pid = getpid(),
		.name = w->name,
		.group = group >= 0 ? h->plan->input.groups[group].name : NULL,
		.kwargs = w->kwargs,
		.queues = &w->queues,
		.tools = &w->tools,
		.counters = { &counters->rows, &counters->chunks, &counters->failed },
		.guard_chunks = getenv("EISEN_GUARD_CHUNKS") != NULL,
		.ops = &ops,
		.arg = w,
	};

	return toolbox_new(&spec, &w->toolbox, e);
}

static int open_all(struct working *w, struct error *e)
{
	const struct heritage *h = w->heritage;
	int r = queues_attach(&w->queues, &h->region, h->owner, h->event_fds, e);

	if (r < 0)
		return r;
	w->queues.spill_dir = h->spill_dir;
	w->print_queue = queues_find(&w->queues, CONFIG_PRINT_QUEUE);
	w->kwargs = make_kwargs(h);
	if (w->kwargs == NULL)
		return error_set(e, ENOMEM, "kwargs: out of memory");
	snprintf(w->name, sizeof(w->name), "eisen:%d", h->slot);
	r = open_tools(w, e);
	if (r == 0)
		r = load_modules(w, e);
	if (r == 0)
		r = module_ports_new(h, w->serving, &w->ports, e);
	if (r == 0)
		r = open_toolbox(w, e);
	w->context.toolbox = w->toolbox;
	return r;
}

bool working_wanted(const struct config *config)
{
	return config->work.module_count > 0 || config_apps_work(config);
}

const struct module_context *working_context(const struct working *w)
{
	return &w->context;
}

struct queues *working_queues(struct working *w)
{
	return &w->queues;
}

int working_open(const struct heritage *h, struct serving *serving, struct working **ret,
		 struct error *e)
{
	struct working *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return error_set(e, ENOMEM, "modules: out of memory");
	w->heritage = h;
	w->serving = serving;
	r = open_all(w, e);
	if (r < 0) {
		working_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

void working_stop(struct working *w)
{
	if (w == NULL)
		return;
	toolbox_stop(w->toolbox);
	toolbox_join(w->toolbox);
}

void working_close(struct working *w)
{
	if (w == NULL)
		return;
	toolbox_free(w->toolbox);
	module_ports_free(w->ports);
	worker_modules_unload(w->modules);
	for (size_t i = 0; i < CONFIG_MODULES_MAX; i++)
		free((char *)w->specs[i].path);
	tools_release(&w->tools);
	queues_detach(&w->queues);
	json_decref(w->kwargs);
	free(w);
}

/* Run ------------------------------------------------------------------------ */

static enum serving_beside_end run(void *arg)
{
	struct working *w = arg;
	struct error e = { 0 };
	enum worker_loop_end end = worker_loop_run(w->modules, w->toolbox, &e);

	if (end == WORKER_LOOP_FAILED)
		toolbox_stop(w->toolbox);
	else
		toolbox_end(w->toolbox);
	toolbox_join(w->toolbox);
	switch (end) {
	case WORKER_LOOP_DONE:
		return SERVING_BESIDE_DONE;
	case WORKER_LOOP_STOPPED:
		return SERVING_BESIDE_STOPPED;
	case WORKER_LOOP_FAILED:
		break;
	}
	log_error("%s", e.text);
	return SERVING_BESIDE_FAILED;
}

static void stop(void *arg)
{
	struct working *w = arg;

	toolbox_stop(w->toolbox);
}

struct serving_beside working_beside(struct working *w)
{
	return (struct serving_beside) { .run = run, .stop = stop, .arg = w };
}
