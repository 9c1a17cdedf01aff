/* load_run.h - one measured run: a layout up, driven, looked at, down again.
 *
 *   start or attach ─▶ plan ─▶ job ─▶ drive ─▶ report
 *                       │              │ meanwhile: samples of processor time
 *                       └─ board before, board after
 */
#ifndef LAUNCHER_LOAD_RUN_H
#define LAUNCHER_LOAD_RUN_H

#include "launcher/cli.h"
#include "load/request.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct load_progress;

struct load_source {      /* one of: a layout to start, a running instance, URLs */
	const char *file; /* a config or a folder; NULL: the demo */
	bool attach;
	struct cli_instance instance; /* of attach */
	const char *const *urls;
	size_t url_count; /* > 0: these */
};

struct load_wish {            /* from the command line */
	unsigned connections; /* 0: 72, or the next multiple of the ports */
	unsigned threads;     /* 0: one for each core that no worker has, at least one */
	unsigned threads_max; /* 0: as many as there are ports */
	double rate;          /* 0: closed loop */
	uint64_t duration_ns, warm_up_ns, timeout_ns;
	struct request_options request; /* a --url's path comes before these */
	const char *const *groups;      /* only these; none: all */
	size_t group_count;
};

#define LOAD_WISH_DEFAULT \
	{ \
		.duration_ns = 10 * CLOCK_NS_PER_S, .warm_up_ns = CLOCK_NS_PER_S, \
		.timeout_ns = 5 * CLOCK_NS_PER_S \
	}

/* Called ten times a second, and once when the drive has ended. */
typedef void load_show_fn(const struct load_progress *progress, void *arg);

/* A started layout is always stopped again. stop_fd: readable when the user
 * wants it to end early (it is not read), -1: never; from the drive's start on
 * a report of what was measured is made then, perhaps of nothing, and says
 * "interrupted". *ret: a new reference.
 * -EINVAL: a wish that cannot be had, or a config (what 'eisen run' said of it
 * is on stderr already); -EINTR: stop_fd, before the layout was up; -EPIPE:
 * the instance ended meanwhile. Only while single-threaded. */
int load_run(const struct load_source *source, const struct load_wish *wish, int stop_fd,
	     load_show_fn *show, void *arg, json_t **ret, struct error *e);

#endif
