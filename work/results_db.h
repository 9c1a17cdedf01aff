/* results_db.h - SQLite's calls, with errors that say which file and what to
 * do. Internal to work/results*.c. */
#ifndef WORK_RESULTS_DB_H
#define WORK_RESULTS_DB_H

#include <sqlite3.h>
#include <stdint.h>

struct error;

#define RESULTS_BUSY_MS 5000

/* The connection's last error, as results.h lists them. */
int results_db_error(sqlite3 *db, const char *path, struct error *e);

/* One or more statements without results; path is for the error. */
int results_db_exec(sqlite3 *db, const char *path, const char *sql, struct error *e);

/* For many uses. */
int results_db_prepare(sqlite3 *db, const char *path, const char *sql, sqlite3_stmt **ret,
		       struct error *e);

/* The next row: 1, no more: 0 (and the statement is reset), or -errno. */
int results_db_row(sqlite3_stmt *stmt, const char *path, struct error *e);

/* Run a statement that has no rows. */
int results_db_run(sqlite3_stmt *stmt, const char *path, struct error *e);

/* The first column of the first row; fallback when there is none or it is
 * null. The statement is reset. */
int results_db_number(sqlite3_stmt *stmt, const char *path, int64_t fallback, int64_t *ret,
		      struct error *e);

/* The same, prepared for this one use. */
int results_db_ask(sqlite3 *db, const char *path, const char *sql, int64_t *ret, struct error *e);

/* A stored count as one; what is below zero (a file that was tampered with) is 0. */
static inline uint64_t results_db_count(sqlite3_stmt *stmt, int column)
{
	int64_t value = sqlite3_column_int64(stmt, column);

	return value < 0 ? 0 : (uint64_t)value;
}

#endif
