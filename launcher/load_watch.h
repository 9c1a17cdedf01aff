/* load_watch.h - our own loop while threads drive: show, look at the workers,
 * stop when asked to.
 */
#ifndef LAUNCHER_LOAD_WATCH_H
#define LAUNCHER_LOAD_WATCH_H

#include "launcher/load_run.h"

struct load_drive;
struct load_instance;
struct load_samples;

struct load_watch {
	struct load_drive *drive;
	struct load_instance *instance; /* NULL: none */
	struct load_samples *samples;   /* NULL: none */
	int stop_fd;
	load_show_fn *show; /* NULL: nobody wants to know */
	void *arg;
	/* What happened: */
	bool interrupted; /* by stop_fd */
	bool lost;        /* the instance ended meanwhile; the drive was stopped */
};

/* Until the drive has ended. */
int load_watch(struct load_watch *w, struct error *e);

#endif
