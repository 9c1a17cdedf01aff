/* results_read_impl.h - the reader's inside; for work/results_*.c only. */
#ifndef WORK_RESULTS_READ_IMPL_H
#define WORK_RESULTS_READ_IMPL_H

#include "work/results_read.h"

#include <sqlite3.h>

/* Each is used within one call only, and reset at its end. */
enum results_query {
	RESULTS_SAVEPOINT, /* several queries, one state of the file */
	RESULTS_RELEASE,
	RESULTS_QUEUES,
	RESULTS_META,
	RESULTS_ROWS,
	RESULTS_DEAD_ROWS,
	RESULTS_RANGE_AT, /* of evicted tickets */
	RESULTS_THERE,    /* ranges of all kinds, in order, they may touch */
	RESULTS_QUERY_COUNT,
};

struct results_reader {
	sqlite3 *db;
	char *path;       /* as given */
	uint32_t busy_ms; /* to wait for another program's lock */
	sqlite3_stmt *queries[RESULTS_QUERY_COUNT];
};

#endif
