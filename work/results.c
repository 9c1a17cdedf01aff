/* results.c - a results database opened for writing, and what it knows of each
 * queue; see results.h. Batches are in results_write.c. */
#include "work/results.h"

#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"
#include "work/results_impl.h"
#include "work/results_schema.h"

#include <inttypes.h>
#include <libgen.h>
#include <string.h>

/* Measured with 20 byte results: larger pages and a rarer checkpoint write
 * less. Readers hold the log up; the limit gives its space back afterwards. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = NORMAL;"
			       "PRAGMA wal_autocheckpoint = 2000;"
			       "PRAGMA journal_size_limit = 67108864;"
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA trusted_schema = OFF;";

static const char *const statements[RESULTS_STMT_COUNT] = {
	[RESULTS_BEGIN] = "BEGIN IMMEDIATE",
	[RESULTS_COMMIT] = "COMMIT",
	[RESULTS_INSERT] = "INSERT INTO result (queue, ticket, rows, value) VALUES (?1, ?2, ?3, ?4)"
			   " ON CONFLICT DO NOTHING",
	[RESULTS_INSERT_DEAD] = "INSERT INTO dead (queue, ticket, rows, value, attempts, reason)"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
	[RESULTS_HAS_RESULT] = "SELECT 1 FROM result WHERE queue = ?1 AND ticket = ?2",
	[RESULTS_SIZE_OF_DEAD] = "SELECT coalesce(length(CAST(value AS BLOB)), 0) FROM dead"
				 " WHERE queue = ?1 AND ticket = ?2",
	[RESULTS_DELETE_DEAD] = "DELETE FROM dead WHERE queue = ?1 AND ticket = ?2",
	[RESULTS_EVICTED_FROM] = "SELECT first FROM evicted WHERE queue = ?1 AND last >= ?2"
				 " ORDER BY last LIMIT 1",
	[RESULTS_EVICTED_NEXT] =
		"SELECT first, last, rows FROM evicted WHERE queue = ?1 AND last >= ?2"
		" ORDER BY last LIMIT 1",
	[RESULTS_FORGET_RANGE] = "DELETE FROM evicted WHERE queue = ?1 AND last = ?2",
	[RESULTS_INSERT_RANGE] = "INSERT INTO evicted (queue, last, first, rows)"
				 " VALUES (?1, ?2, ?3, ?4)",
	[RESULTS_OLDEST] = "SELECT ticket, rows, value FROM result WHERE queue = ?1"
			   " ORDER BY ticket",
	[RESULTS_DELETE_BELOW] = "DELETE FROM result WHERE queue = ?1 AND ticket < ?2",
	[RESULTS_SAVE_COUNTS] = "UPDATE queue SET issued = ?2, done = ?3, dead = ?4, evicted = ?5,"
				" rows = ?6, bytes = ?7, dead_bytes = ?8 WHERE id = ?1",
};

/* path without links and dots, whether the file is there yet or not. */
static char *absolute(const char *path)
{
	AUTO_FREE char *for_dir = NULL, *for_base = NULL, *dir = NULL;
	char *full = realpath(path, NULL);

	if (full != NULL || errno != ENOENT)
		return full;
	for_dir = strdup(path);
	for_base = strdup(path);
	if (for_dir == NULL || for_base == NULL)
		return NULL;
	dir = realpath(dirname(for_dir), NULL);
	if (dir == NULL || asprintf(&full, "%s/%s", dir, basename(for_base)) < 0)
		return NULL;
	return full;
}

static int remove_file(const char *path, const char *suffix, struct error *e)
{
	AUTO_FREE char *name = NULL;

	if (asprintf(&name, "%s%s", path, suffix) < 0) {
		name = NULL;
		return error_set(e, ENOMEM, "out of memory");
	}
	if (unlink(name) < 0 && errno != ENOENT)
		return error_errno(e, errno, "%s: cannot be removed", name);
	return 0;
}

/* The database goes first: a log without one is never replayed into the next,
 * since its name is removed before that is made. */
static int remove_database(const char *path, struct error *e)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	int err = results_schema_is_ours(path, e);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && err >= 0; i++)
		err = remove_file(path, suffixes[i], e);
	return MIN(err, 0);
}

static int open_database(struct results *r, const struct results_options *options, struct error *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	bool empty;
	int err;

	if (sqlite3_open_v2(r->path, &r->db, flags, NULL) != SQLITE_OK)
		return r->db == NULL ? error_set(e, ENOMEM, "out of memory")
				     : results_db_error(r->db, r->path, e);
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_busy_timeout(r->db, options->busy_ms > 0 ? (int)MIN(options->busy_ms, INT32_MAX)
							 : RESULTS_BUSY_MS);
	if (sqlite3_db_readonly(r->db, "main") == 1)
		return error_set(e, EACCES, "%s: cannot be written; set another results_db",
				 r->path);
	err = results_schema_check(r->db, r->path, &empty, e);
	if (err == 0 && empty)
		err = results_schema_create(r->db, r->path, e);
	if (err == 0)
		err = results_db_exec(r->db, r->path, settings, e);
	return err;
}

static int prepare_all(struct results *r, struct error *e)
{
	for (int i = 0; i < RESULTS_STMT_COUNT; i++) {
		int err = results_db_prepare(r->db, r->path, statements[i], &r->stmts[i], e);

		if (err < 0)
			return err;
	}
	return 0;
}

static void load_entry(struct results_entry *q, sqlite3_stmt *stmt)
{
	const char *name = (const char *)sqlite3_column_text(stmt, 1);

	*q = (struct results_entry) {
		.id = sqlite3_column_int64(stmt, 0),
		.counts = { .issued = results_db_count(stmt, 2),
			    .done = results_db_count(stmt, 3),
			    .dead = results_db_count(stmt, 4),
			    .evicted = results_db_count(stmt, 5),
			    .rows = results_db_count(stmt, 6),
			    .bytes = results_db_count(stmt, 7) },
		.dead_bytes = results_db_count(stmt, 8),
		.dead_end = results_db_count(stmt, 9),
		.evicted_end = results_db_count(stmt, 10),
	};
	snprintf(q->name, sizeof(q->name), "%s", name != NULL ? name : "");
}

/* Queues are never removed from a file that has results, and are in the order
 * of their ids: an entry keeps its place, and by_number stays right. */
int results_load(struct results *r, struct error *e)
{
	static const char sql[] =
		"SELECT id, name, issued, done, dead, evicted, rows, bytes, dead_bytes,"
		" (SELECT max(ticket) + 1 FROM dead WHERE dead.queue = id),"
		" (SELECT max(last) + 1 FROM evicted WHERE evicted.queue = id)"
		" FROM queue ORDER BY id LIMIT ?1";
	sqlite3_stmt *stmt = NULL;
	unsigned count = 0;
	int err;

	err = results_db_prepare(r->db, r->path, sql, &stmt, e);
	if (err < 0)
		return err;
	sqlite3_bind_int(stmt, 1, RESULTS_QUEUES_MAX);
	while ((err = results_db_row(stmt, r->path, e)) > 0)
		load_entry(&r->entries[count++], stmt);
	sqlite3_finalize(stmt);
	if (err == 0) {
		r->entry_count = count;
		r->stale = false;
	}
	return err;
}

/* What a run that begins anew finds: nothing, or it is refused. */
static int begin_anew(struct results *r, struct error *e)
{
	uint64_t tickets = 0;
	int err;

	for (unsigned i = 0; i < r->entry_count; i++) {
		const struct results_counts *c = &r->entries[i].counts;

		tickets += c->done + c->dead + c->evicted;
	}
	if (tickets > 0)
		return error_set(e, EEXIST,
				 "%s: has the results of %" PRIu64
				 " tickets of an earlier run; go on with it: eisen run --resume, "
				 "or remove it and begin anew: eisen run --fresh",
				 r->path, tickets);
	err = results_db_exec(r->db, r->path, "DELETE FROM queue; DELETE FROM meta", e);
	if (err == 0)
		r->entry_count = 0;
	return err;
}

static int set_meta(struct results *r, const char *key, const char *value, struct error *e)
{
	sqlite3_stmt *stmt = NULL;
	int err;

	if (value == NULL)
		return 0;
	err = results_db_prepare(r->db, r->path,
				 "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", &stmt,
				 e);
	if (err == 0) {
		sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
		err = results_db_run(stmt, r->path, e);
	}
	sqlite3_finalize(stmt);
	return err;
}

static int open_locked(struct results *r, const struct results_options *options, struct error *e)
{
	int err = 0;

	if (options->mode == RESULTS_REPLACE)
		err = remove_database(r->path, e);
	if (err == 0)
		err = open_database(r, options, e);
	if (err == 0)
		err = prepare_all(r, e);
	if (err == 0)
		err = results_load(r, e);
	if (err == 0 && options->mode == RESULTS_NEW)
		err = begin_anew(r, e);
	if (err == 0)
		err = set_meta(r, "instance", options->instance, e);
	if (err == 0)
		err = set_meta(r, "label", options->label, e);
	return err;
}

int results_open(struct results **ret, const char *path, const struct results_options *options,
		 struct error *e)
{
	struct results *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return error_set(e, ENOMEM, "out of memory");
	r->lock.fd = -1;
	r->bytes_max = options->bytes_max;
	r->path = absolute(path);
	if (r->path == NULL)
		err = error_errno(e, errno, "%s", path);
	else
		err = results_lock_take(&r->lock, r->path, e);
	if (err == 0)
		err = open_locked(r, options, e);
	if (err < 0) {
		results_close(r);
		return err;
	}
	*ret = r;
	return 0;
}

/* The last connection takes the log into the file when it closes, but one that
 * reads may outlive ours, and cannot. As much as goes without waiting for it. */
static void take_log_in(sqlite3 *db)
{
	if (db == NULL)
		return;
	if (sqlite3_get_autocommit(db) == 0)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_busy_timeout(db, 0);
	sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void results_close(struct results *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < RESULTS_STMT_COUNT; i++)
		sqlite3_finalize(r->stmts[i]);
	take_log_in(r->db);
	sqlite3_close(r->db);
	results_lock_release(&r->lock);
	free(r->path);
	free(r);
}

void results_count(const struct results *r, unsigned number, struct results_counts *ret)
{
	const struct results_entry *q = number < RESULTS_QUEUES_MAX ? r->by_number[number] : NULL;

	*ret = q != NULL ? q->counts : (struct results_counts) { 0 };
}
