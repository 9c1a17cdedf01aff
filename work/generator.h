/* generator.h - a source of rows: a range, a list, the lines of a file, …
 *
 * A row is one JSON value (RFC 8259) in one line of UTF-8 text, without the
 * line's end. A generator writes rows straight into the memory of a chunk, so
 * that a row is copied once. It is made anew after a crash of its feeder: the
 * same settings over the same input give the same rows in the same order, and
 * generator_skip() goes to where the dead one was. One thread.
 */
#ifndef WORK_GENERATOR_H
#define WORK_GENERATOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct problems;

#define GENERATOR_ROWS_UNKNOWN UINT64_MAX
#define GENERATOR_ROW_BYTES_MAX (1u << 20) /* a longer row is an error that names it */

enum generator_state {
	GENERATOR_MORE,   /* there may be more rows */
	GENERATOR_END,    /* the rows that were written are the last */
	GENERATOR_FAILED, /* see the error; the rows before it were written */
};

/* Room for rows, each followed by '\n'. */
struct generator_room {
	char *to;          /* where the next row goes; moved on */
	size_t bytes;      /* that are left */
	uint32_t rows_max; /* how many rows are wanted at most */
	uint32_t rows;     /* how many were written, added up by generator_fill() */
};

struct generator; /* opaque: see generator_kind.h */

/* Is settings (the object under "generator" in the config, of one key: its
 * kind) complete and right? Errors go to p under path. Nothing is opened. */
void generator_check(const json_t *settings, const char *base_dir, const char *path,
		     struct problems *p);

/* Settings have passed generator_check(). Relative paths start at base_dir. */
int generator_open(const json_t *settings, const char *base_dir, struct generator **ret,
		   struct error *e);

/* Write rows until the room is used up or there are no more. When the next
 * row does not fit, MORE is returned with what fitted; with room->rows still
 * 0 the caller has to come back with more bytes (never more than
 * GENERATOR_ROW_BYTES_MAX + 1 are needed). Blocks while its input does. */
enum generator_state generator_fill(struct generator *g, struct generator_room *room,
				    struct error *e);

/* Leave out the next rows. MORE; END: there are none behind them, or there
 * were not that many; FAILED. Blocks while its input does. */
enum generator_state generator_skip(struct generator *g, uint64_t rows, struct error *e);

/* How many rows there are in all, when that is known beforehand. */
uint64_t generator_rows(const struct generator *g);

/* Would a new one give the same rows? Not with stdin, a FIFO and command: what
 * they gave is gone. */
bool generator_replays(const struct generator *g);

/* What a later run, or a feeder that is started again, must find unchanged to
 * go on: the settings, and size and mtime of its file, as they were when it was
 * opened. Text, appended. */
void generator_fingerprint(const struct generator *g, struct buf *ret);

void generator_close(struct generator *g);

#endif
