/* load_rounds.h - layouts compared: each in turn, round by round.
 *
 *   round 1   A B C
 *   round 2   C B A      turned, so that what drifts (heat, a neighbour)
 *   round 3   A B C      disturbs each of them as much
 *
 * Each is started, driven and stopped by itself: what is compared never runs
 * at the same time.
 */
#ifndef LAUNCHER_LOAD_ROUNDS_H
#define LAUNCHER_LOAD_ROUNDS_H

#include "launcher/load_run.h"

#include <jansson.h>
#include <stddef.h>

struct error;
struct load_show;

typedef int load_run_fn(const struct load_source *source, const struct load_wish *wish, int stop_fd,
			load_show_fn *show, void *arg, json_t **ret, struct error *e);

struct load_rounds_wish {
	const char *const *files; /* the layouts */
	size_t count;
	unsigned rounds;
	const struct load_wish *wish; /* for each run */
	load_run_fn *run;             /* load_run() */
};

/* *ret: the comparison of load/report.h, a new reference. *ret_rounds: how
 * many rounds are in it; fewer than wished for when it was interrupted, the
 * round under way then being left out. -EINTR when there was no whole one. When
 * a run fails behind whole rounds, these are in *ret beside the error. */
int load_rounds(const struct load_rounds_wish *wish, int stop_fd, struct load_show *show,
		json_t **ret, unsigned *ret_rounds, struct error *e);

#endif
