/* working.h - a worker's modules: loaded, called, and what they call back.
 *
 * Life: working_open, then serving_run_beside() with working_beside(),
 * working_close.
 */
#ifndef LAUNCHER_WORKING_H
#define LAUNCHER_WORKING_H

#include "launcher/serving.h"

struct heritage;
struct working;

/* Load the modules and have all that they may call. */
int working_open(const struct heritage *h, struct serving *serving, struct working **ret,
		 struct error *e);

/* Call the modules: for serving_run_beside(). */
struct serving_beside working_beside(struct working *w);

/* Nobody uses the toolbox any more. NULL is fine. */
void working_close(struct working *w);

#endif
