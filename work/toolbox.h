/* toolbox.h - the worker's side of eisen.h: what a module's calls act on.
 *
 * The worker role makes one after its fork, from what it has; this layer knows
 * nothing of where ports, servers or output come from and calls back for them
 * (struct toolbox_ops). Every argument of a module's call is taken to be wrong
 * until it is checked: a bug of the module is a line in the log and an error,
 * not a crash, as far as that can be had within one process (see eisen.h,
 * "What is guarded").
 *
 *   toolbox_new ─▶ worker_loop_run ─▶ toolbox_end ─▶ toolbox_join ─▶ toolbox_free
 *                     ▲ toolbox_stop, by a signal handler, at any time
 */
#ifndef WORK_TOOLBOX_H
#define WORK_TOOLBOX_H

#include "common/log.h"
#include "include/eisen.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct queues;
struct tools;

/* Numbers of kept rows: those of modules begin here, those of a slot's servers
 * are below. */
#define TOOLBOX_KEEPER_FIRST (UINT32_C(1) << 24)

/* Any of them may be NULL: the call then gives -ENOTSUP, or does nothing. Any
 * thread of the worker calls them, several at once. */
struct toolbox_ops {
	/* As eisen_port_take() and eisen_serve(); group, port and app are not
	 * NULL, settings may be. */
	int (*port_take)(void *arg, const char *group, struct eisen_port *ret);
	int (*serve)(void *arg, eisen_toolbox *tb, const struct eisen_port *port,
		     const eisen_app *app, json_t *settings);
	/* len bytes of the module's text, one or more lines, the last one
	 * without an end; anything may be in it. */
	void (*print)(void *arg, const char *text, size_t len);
	/* What a module did wrong, and what became of it. */
	void (*log)(void *arg, enum log_level level, const char *text);
};

/* Counters on the board; added to atomically. Any may be NULL. */
struct toolbox_counters {
	_Atomic uint64_t *rows;   /* of finished chunks, and eisen_rows_done() */
	_Atomic uint64_t *chunks; /* finished: with a result, or without */
	_Atomic uint64_t *failed; /* given back as failed */
};

struct toolbox_spec {      /* all of it is borrowed for the toolbox's life */
	int slot;          /* START_SEQUENCE_NUM */
	pid_t pid;         /* of the worker */
	const char *name;  /* "eisen:0" */
	const char *group; /* NULL: in none */
	json_t *kwargs;    /* an object */
	struct queues *queues;
	const struct tools *tools; /* mapped; NULL: none */
	struct toolbox_counters counters;
	bool guard_chunks; /* copy each chunk before a page that cannot be touched */
	const struct toolbox_ops *ops;
	void *arg; /* for ops */
};

int toolbox_new(const struct toolbox_spec *spec, eisen_toolbox **ret, struct error *e);

/* The worker was told to stop: eisen_take() and eisen_put() give up waiting in
 * every thread. Async-signal-safe; any number of times. */
void toolbox_stop(eisen_toolbox *tb);
bool toolbox_stopped(const eisen_toolbox *tb);

/* The worker's own module is done: eisen_stopping() says so to the threads of
 * the others, whose queues still give what they have. */
void toolbox_end(eisen_toolbox *tb);

/* One call of a worker function, on this thread. What this thread took during
 * it and did not finish fails then, with a line in the log. */
bool toolbox_call(eisen_toolbox *tb, eisen_worker_fn *fn);

/* Wait until the modules' threads have ended, then give back what is still
 * leased: as if it had not been taken when the worker was stopped, else as
 * failed. */
void toolbox_join(eisen_toolbox *tb);

/* Did the process run into what it cannot go on from? The first such error. */
bool toolbox_failed(const eisen_toolbox *tb, struct error *e);

/* After toolbox_join(). */
void toolbox_free(eisen_toolbox *tb);

#endif
