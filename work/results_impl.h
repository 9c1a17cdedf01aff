/* results_impl.h - the writer's inside; for work/results*.c only. */
#ifndef WORK_RESULTS_IMPL_H
#define WORK_RESULTS_IMPL_H

#include "work/results.h"
#include "work/results_lock.h"

#include <sqlite3.h>

/* The statements of a batch. */
enum results_stmt {
	RESULTS_BEGIN,
	RESULTS_COMMIT,
	RESULTS_INSERT,
	RESULTS_INSERT_DEAD,
	RESULTS_HAS_RESULT,
	RESULTS_SIZE_OF_DEAD,
	RESULTS_DELETE_DEAD,
	RESULTS_EVICTED_FROM, /* the first of the range that ends at or behind a ticket */
	RESULTS_EVICTED_NEXT, /* first, last and rows of it */
	RESULTS_FORGET_RANGE,
	RESULTS_INSERT_RANGE,
	RESULTS_OLDEST,
	RESULTS_DELETE_BELOW,
	RESULTS_SAVE_COUNTS,
	RESULTS_STMT_COUNT,
};

/* A queue of the file. */
struct results_entry {
	int64_t id;
	char name[RESULTS_NAME_BYTES];
	struct results_counts counts;
	uint64_t dead_bytes;  /* of their texts */
	uint64_t dead_end;    /* every dead letter's ticket is below it, */
	uint64_t evicted_end; /* every evicted one's below this: most puts need not look */
	bool changed;         /* in this transaction */
};

struct results {
	sqlite3 *db;
	char *path; /* absolute */
	struct results_lock lock;
	sqlite3_stmt *stmts[RESULTS_STMT_COUNT];
	uint64_t bytes_max;
	bool in_batch;
	bool stale; /* a transaction failed: entries have to be read again */
	struct results_entry entries[RESULTS_QUEUES_MAX];
	unsigned entry_count;
	struct results_entry *by_number[RESULTS_QUEUES_MAX]; /* NULL: not declared */
};

/* Read the entries as they are in the file. */
int results_load(struct results *r, struct error *e);

/* results_evict.c: within the batch, until the bound is met. */
int results_evict(struct results *r, struct error *e);
int results_is_evicted(struct results *r, const struct results_entry *q, uint64_t ticket,
		       struct error *e);

#endif
