/* lines.h - cut what a child writes into whole lines.
 *
 * A line longer than LINES_MAX_BYTES comes out in parts. Life: lines_init,
 * lines_read whenever the pipe is readable, lines_release.
 */
#ifndef LAUNCHER_LINES_H
#define LAUNCHER_LINES_H

#include "common/buf.h"

#include <stdbool.h>

#define LINES_MAX_BYTES 8192

/* line: NUL-terminated, without its newline; borrowed for the call. */
typedef void lines_fn(void *arg, const char *line);

struct lines {
	struct buf part; /* the line that is not complete yet */
	lines_fn *fn;
	void *arg; /* borrowed */
};

void lines_init(struct lines *l, lines_fn *fn, void *arg);

/* Read what is there, at most a bounded number of bytes a call, so that one
 * loud child does not keep the manager. False at the end of the stream. */
bool lines_read(struct lines *l, int fd);

/* Give out what is left without a newline. */
void lines_finish(struct lines *l);
void lines_release(struct lines *l);

#endif
