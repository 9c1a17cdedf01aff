/* prepare.h - look at generators and results before anything is started.
 *
 * Each generator is opened once, and the database of results, in a process of
 * its own: opening runs what others wrote (a module), and the manager runs no
 * such code. What cannot be had stops the start, as a busy port does.
 */
#ifndef LAUNCHER_PREPARE_H
#define LAUNCHER_PREPARE_H

#include "work/results.h"

#include <jansson.h>
#include <stdbool.h>

struct config_work;
struct manager_options;
struct problems;

struct prepared {
	/* By feeder: {"fingerprint": text or null, "rows": in all, or null};
	 * owned reference. */
	json_t *feeders;
	uint64_t rows_stored; /* by earlier runs */
};

/* False when an error is in p. The database, when results are kept, is there
 * then, and fit for what is to come. */
bool prepare(const struct manager_options *o, struct prepared *ret, struct problems *p);
void prepared_release(struct prepared *prepared);

/* What the feeders' fingerprints and the config say of a queue of the config,
 * for results_declare(); borrows from both. */
void prepared_queue(const struct config_work *work, size_t queue, const json_t *feeders,
		    struct results_queue *ret);

#endif
