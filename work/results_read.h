/* results_read.h - read the results, while they are written or afterwards.
 *
 * Why: status endpoint, `eisen results`, the end of a run and a feeder that
 * resumes read what the collector writes, each with a connection of its own.
 * No call leaves a transaction open behind it, so that no reader, however
 * slow, makes the write-ahead log grow; a call sees one state of the file.
 * A list is fetched in parts: go on behind the last one. Nothing is written but
 * what SQLite must (its log into the file, by the last one to close).
 *
 * Queues have the file's own number here, from results_find_queue() or
 * results_each_queue(). One thread per reader. Errors as in results.h.
 */
#ifndef WORK_RESULTS_READ_H
#define WORK_RESULTS_READ_H

#include "work/results.h"

#include <sys/types.h>

struct buf;
struct results_reader; /* opaque */

/* The process that writes to the file now; 0: none, so that what is not in it
 * will not come. Told by the pid in PATH-lock, not by a lock of our own, which
 * would be in the way of a run that begins just then. */
pid_t results_writer(const char *path);

/* -ENOENT: there is no such file. Also from a read-only medium, when the run
 * that wrote it came to its end. */
int results_reader_open(struct results_reader **ret, const char *path, struct error *e);

/* For one that must not block for long: -EBUSY when the file stays locked for
 * busy_ms, of this and of all calls on it. */
int results_reader_open_within(struct results_reader **ret, const char *path, uint32_t busy_ms,
			       struct error *e);
void results_reader_close(struct results_reader *r);

/* Name of the run and RESULT_LABEL, "" where not set; appended. */
int results_about(struct results_reader *r, struct buf *instance, struct buf *label,
		  struct error *e);

/* A queue as it is in the file. */
struct results_stored {
	unsigned id;
	char name[RESULTS_NAME_BYTES];
	char alias[RESULTS_NAME_BYTES]; /* "": none */
	uint64_t expected_rows;         /* or RESULTS_ROWS_UNKNOWN */
	uint32_t rows_max;
	struct results_counts counts;
	uint64_t lowest, highest; /* ticket that has a result; lowest > highest: none has */
};

/* In the order of their first declaration. A callback's return other than 0
 * ends the call and is returned. It must not use the reader. */
typedef int results_queue_fn(void *arg, const struct results_stored *queue);
int results_each_queue(struct results_reader *r, results_queue_fn *fn, void *arg, struct error *e);

/* By name or alias. -ENOENT, with the names that there are. */
int results_find_queue(struct results_reader *r, const char *name, struct results_stored *ret,
		       struct error *e);

struct results_row {
	uint64_t ticket;
	uint32_t rows;
	const char *json; /* of len bytes; borrowed for the call */
	size_t len;
};

/* Results with tickets >= from in numeric order, at most limit (0: all). As
 * above for fn's return and what it must not do. */
typedef int results_row_fn(void *arg, const struct results_row *row);
int results_page(struct results_reader *r, unsigned queue, uint64_t from, uint64_t limit,
		 results_row_fn *fn, void *arg, struct error *e);

struct results_dead {
	uint64_t ticket;
	uint32_t rows;
	unsigned attempts;
	const char *reason;
	const char *text; /* its rows, one a line; NULL: left out */
	size_t len;
};

/* Dead letters, likewise. */
typedef int results_dead_fn(void *arg, const struct results_dead *dead);
int results_dead_page(struct results_reader *r, unsigned queue, uint64_t from, uint64_t limit,
		      results_dead_fn *fn, void *arg, struct error *e);

enum results_state {
	RESULTS_FOUND,
	RESULTS_DEAD,    /* given up */
	RESULTS_EVICTED, /* was there */
	RESULTS_UNKNOWN, /* not there (yet) */
};

struct results_ticket {
	enum results_state state;
	uint32_t rows;                     /* FOUND, DEAD */
	unsigned attempts;                 /* DEAD */
	char reason[RESULTS_REASON_BYTES]; /* DEAD */
};

/* One ticket; its JSON (FOUND) or its rows (DEAD) are appended to text (NULL:
 * not wanted). -EFBIG when they do not fit. */
int results_get(struct results_reader *r, unsigned queue, uint64_t ticket,
		struct results_ticket *ret, struct buf *text, struct error *e);

/* Tickets first .. last. */
struct results_range {
	uint64_t first, last;
};

/* Ranges of tickets >= from and < issued that are not there (not done, dead or
 * evicted), ascending, none touching the next; at most max. Fewer than max:
 * there are no more. Goes on behind the last one's last. */
int results_missing(struct results_reader *r, unsigned queue, uint64_t from, uint64_t issued,
		    struct results_range *ret, size_t max, size_t *ret_count, struct error *e);

/* For a feeder that resumes (feeder.h's stored): is a ticket there already,
 * and how many rows is it? Looks ahead, so that asking for millions is cheap. */
#define RESULTS_AHEAD 64
struct results_skip {
	struct results_reader *reader; /* borrowed */
	unsigned queue;
	struct {
		struct results_range tickets;
		uint32_t rows; /* of each */
	} ahead[RESULTS_AHEAD];
	size_t count, at;
	bool last; /* nothing is there behind them */
};
void results_skip_init(struct results_skip *s, struct results_reader *r, unsigned queue);

/* arg is a struct results_skip *; ticket never goes back from call to call. */
int results_skip_ticket(void *arg, uint64_t ticket, bool *ret_stored, uint64_t *ret_rows,
			struct error *e);

#endif
