/* work_progress.h - INFO_ENABLE: how far the work is, and how long it will take.
 *
 * A bar on a terminal, lines of the log at intervals elsewhere.
 */
#ifndef LAUNCHER_WORK_PROGRESS_H
#define LAUNCHER_WORK_PROGRESS_H

#include "work/progress.h"

#include <ev.h>

struct board;
struct manager_options;
struct output;
struct prepared;

struct work_progress {
	const struct manager_options *options; /* borrowed, as all of it */
	struct board *board;
	struct output *output;
	struct ev_loop *loop; /* NULL: nothing is shown */
	uint64_t total;       /* rows there will be; 0: unknown */
	uint64_t before;      /* rows of earlier runs */
	ev_timer timer;
	struct progress figures;
};

/* Nothing without INFO_ENABLE. */
void work_progress_start(struct work_progress *w, const struct manager_options *options,
			 const struct prepared *prepared, struct board *board,
			 struct output *output, struct ev_loop *loop);

/* The last figures as a line of the log, and no more. Fine twice. */
void work_progress_finish(struct work_progress *w);

#endif
