/* manager.h - the parent process: binds, forks, supervises, prints.
 *
 * One thread, one event loop. It runs no user code and serves no HTTP. All
 * that is shared (the region, every listening socket) is made before the
 * first fork and held to the end, so that a child's crash loses nothing but
 * what that child was doing.
 *
 *   signals ─┐                    ┌─▶ worker 0 … n-1
 *   pidfds ──┼─▶ manager's loop ──┤
 *   pipes ───┘    │               └─▶ status
 *                 └─▶ printers (log, table)
 */
#ifndef LAUNCHER_MANAGER_H
#define LAUNCHER_MANAGER_H

#include "common/log.h"
#include "work/results.h"

#include <stdbool.h>

struct config;
struct cpus;
struct plan;
struct problems;
struct rundir;

struct manager_options { /* all borrowed */
	const struct config *config;
	const struct plan *plan;
	const struct cpus *cpus;
	const struct rundir *rundir; /* open */
	enum log_format log_format;
	enum log_level log_level;
	const char *folder;     /* what is served, when it is a folder alone; else NULL */
	const char *results_db; /* absolute; NULL: results are not kept */
	bool results_brief;     /* they go with the run, */
	bool *ret_unprinted;    /* unless this was set: they could not be printed */
	enum results_mode results_mode;
	bool stay; /* when all work is done */
};

#define MANAGER_UNUSABLE (-1) /* nothing was started, see problems */

/* Run until stopped. The exit status of the program, 0: all children stopped
 * by themselves; MANAGER_UNUSABLE when a socket could not be had. */
int manager_run(const struct manager_options *options, struct problems *p);

#endif
