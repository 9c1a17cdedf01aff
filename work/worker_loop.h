/* worker_loop.h - what a worker's main thread does with its modules.
 *
 * As in the seed: the list is LIFO. The last module is called first, and once;
 * all but the first must return at once (they start threads). The first is
 * called in a loop until it returns false.
 *
 *   worker_modules[3] called once
 *   worker_modules[2] called once
 *   worker_modules[1] called once
 *   worker_modules[0] called until false
 */
#ifndef WORK_WORKER_LOOP_H
#define WORK_WORKER_LOOP_H

#include "include/eisen.h"

#include <stddef.h>

struct error;

#define WORKER_MODULES_MAX 64

enum worker_loop_end {
	WORKER_LOOP_DONE,    /* the first module returned false: there is no more to do */
	WORKER_LOOP_STOPPED, /* the worker was told to stop */
	WORKER_LOOP_FAILED,  /* see the error; the process should end */
};

struct worker_module_spec {
	const char *path;  /* WORKER_PATH, as module_find() gave it */
	const char *entry; /* WORKER_REF */
};

struct worker_modules; /* opaque; loaded, with their functions */

/* Load all of them, before any of them is called. An error names the module. */
int worker_modules_load(const struct worker_module_spec *list, size_t count,
			struct worker_modules **ret, struct error *e);

/* Call them. The threads that they started go on; toolbox_join() waits for
 * them. Blocks for as long as the work takes. */
enum worker_loop_end worker_loop_run(const struct worker_modules *modules, eisen_toolbox *tb,
				     struct error *e);

/* No code of theirs may run any more. NULL is fine. */
void worker_modules_unload(struct worker_modules *modules);

#endif
