/* load_show.h - how far a load is, in one line of a terminal that is rewritten.
 *
 *   measuring: 38 %, 6.2 s left, 18.4k/s, 184320 answered, 0 errors, 64 connections
 *   round 3 of 10, B.json: 1 min 4 s left, 18.4k/s, …
 *
 * On stderr, so that stdout is the report's; nothing at all where stderr is no
 * terminal.
 */
#ifndef LAUNCHER_LOAD_SHOW_H
#define LAUNCHER_LOAD_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct load_progress;

struct load_show {
	bool on;
	bool drawn; /* a line stands there */
	/* Of --compare; 0 and NULL otherwise. */
	unsigned round, rounds; /* from 1 on */
	const char *name;       /* of the layout; borrowed */
	size_t runs_done, runs; /* of all rounds */
	uint64_t runs_ns;       /* that those done took, starts and stops included */
	/* For the rate. */
	uint64_t at_ns, answered;
	double rate;
};

/* On when wanted and stderr is a terminal. */
void load_show_init(struct load_show *s, bool wanted);

/* "starting NAME …", before there is progress. */
void load_show_start(struct load_show *s, const char *name);

/* The load_show_fn of load_run(); arg: struct load_show. */
void load_show(const struct load_progress *progress, void *arg);

/* Take the line away. Fine twice. */
void load_show_end(struct load_show *s);

/* What load_show() shows at a time, without the terminal's control bytes. */
void load_show_line(struct load_show *s, const struct load_progress *progress, uint64_t now_ns,
		    struct buf *ret);

#endif
