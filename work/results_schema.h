/* results_schema.h - the tables of a results database. Internal to
 * work/results*.c; the SQL is in results_schema.c.
 */
#ifndef WORK_RESULTS_SCHEMA_H
#define WORK_RESULTS_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

struct error;

/* Is it a database of eisen in this version? *ret_empty: it has no content at
 * all, as one that was only just created. */
int results_schema_check(sqlite3 *db, const char *path, bool *ret_empty, struct error *e);

/* Make the tables in an empty one. */
int results_schema_create(sqlite3 *db, const char *path, struct error *e);

/* May --fresh remove this file? 1: yes, 0: it is not there; -EMEDIUMTYPE: it
 * is not ours. Reads a few bytes, so that a damaged one can be removed too. */
int results_schema_is_ours(const char *path, struct error *e);

#endif
