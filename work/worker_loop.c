/* worker_loop.c - see worker_loop.h. */
#include "work/worker_loop.h"

#include "common/cc.h"
#include "common/error.h"
#include "work/module.h"
#include "work/toolbox.h"

#include <string.h>

struct loaded {
	struct module module;
	eisen_worker_fn *run;
};

struct worker_modules {
	size_t count;
	struct loaded list[]; /* as in the config; the first one is the loop */
};

static int load(struct loaded *ret, const struct worker_module_spec *spec, struct error *e)
{
	void *found;
	int r = module_load(spec->path, &ret->module, e);

	if (r == 0)
		r = module_function(&ret->module, spec->entry, &found, e);
	if (r < 0)
		return r;
	/* POSIX dlsym(): a pointer to an object that holds a function's. */
	memcpy(&ret->run, &found, sizeof(ret->run));
	return 0;
}

int worker_modules_load(const struct worker_module_spec *list, size_t count,
			struct worker_modules **ret, struct error *e)
{
	struct worker_modules *modules;

	if (count == 0 || count > WORKER_MODULES_MAX)
		return error_set(e, EINVAL, "worker_modules: %zu of them, want 1 to %d", count,
				 WORKER_MODULES_MAX);
	modules = calloc(1, sizeof(*modules) + count * sizeof(modules->list[0]));
	if (modules == NULL)
		return error_set(e, ENOMEM, "out of memory");
	modules->count = count;
	for (size_t i = count; i-- > 0;) {
		int r = load(&modules->list[i], &list[i], e);

		if (r < 0) {
			worker_modules_unload(modules);
			return error_prefix(e, "worker_modules[%zu]", i);
		}
	}
	*ret = modules;
	return 0;
}

enum worker_loop_end worker_loop_run(const struct worker_modules *modules, eisen_toolbox *tb,
				     struct error *e)
{
	bool more = true;

	for (size_t i = modules->count; i-- > 1 && !toolbox_stopped(tb);)
		toolbox_call(tb, modules->list[i].run);
	while (more && !toolbox_stopped(tb) && !toolbox_failed(tb, NULL))
		more = toolbox_call(tb, modules->list[0].run);
	if (toolbox_failed(tb, e))
		return WORKER_LOOP_FAILED;
	return toolbox_stopped(tb) ? WORKER_LOOP_STOPPED : WORKER_LOOP_DONE;
}

void worker_modules_unload(struct worker_modules *modules)
{
	if (modules == NULL)
		return;
	for (size_t i = 0; i < modules->count; i++)
		module_unload(&modules->list[i].module);
	free(modules);
}
