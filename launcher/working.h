/* working.h - a worker's modules: loaded, called, and what they call back.
 *
 * Also for a worker that has none, but servers whose apps are modules, or keep
 * rows: they use the same queues and toolbox. Life: working_open, the servers
 * with what working_context() says, serving_run() or, with modules,
 * serving_run_beside() with working_beside(); working_stop, serving_free,
 * working_close.
 */
#ifndef LAUNCHER_WORKING_H
#define LAUNCHER_WORKING_H

#include "launcher/serving.h"

#include <stdbool.h>

struct config;
struct heritage;
struct module_context;
struct queues;
struct working;

/* Is there anything of this in the config's workers? */
bool working_wanted(const struct config *config);

/* Load the modules and have all that they may call. */
int working_open(const struct heritage *h, struct serving *serving, struct working **ret,
		 struct error *e);

/* For server_options.context. */
const struct module_context *working_context(const struct working *w);

struct queues *working_queues(struct working *w);

/* Call the modules: for serving_run_beside(). */
struct serving_beside working_beside(struct working *w);

/* Nobody waits in the toolbox any more, and the modules' threads have ended.
 * NULL is fine. */
void working_stop(struct working *w);

/* Nobody uses the toolbox any more. NULL is fine. */
void working_close(struct working *w);

#endif
