/* results_queue.c - what a database keeps of each queue, and whether a run may
 * go on with it; see results.h. */
#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"
#include "work/results_impl.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static struct results_entry *find_entry(struct results *r, const char *name)
{
	for (unsigned i = 0; i < r->entry_count; i++) {
		if (strcmp(r->entries[i].name, name) == 0)
			return &r->entries[i];
	}
	return NULL;
}

static int changed(const struct results *r, const struct results_queue *queue, const char *what,
		   struct error *e)
{
	return error_set(e, ESTALE,
			 "%s: the results of queue \"%s\" cannot be gone on with: %s; undo that, "
			 "or begin anew: eisen run --fresh",
			 r->path, queue->name, what);
}

/* stmt is at the queue's row. */
static int compare(struct results *r, const struct results_queue *queue, sqlite3_stmt *stmt,
		   struct error *e)
{
	const char *then = (const char *)sqlite3_column_text(stmt, 0);
	char what[256];

	if (then == NULL || queue->fingerprint == NULL)
		return changed(r, queue, "it was fed by put, so nobody knows which rows are new",
			       e);
	if (sqlite3_column_int64(stmt, 1) != queue->rows_max) {
		snprintf(what, sizeof(what), "ROWS_MAX was %lld and is %" PRIu32,
			 (long long)sqlite3_column_int64(stmt, 1), queue->rows_max);
		return changed(r, queue, what, e);
	}
	if (strcmp(then, queue->fingerprint) != 0) {
		snprintf(what, sizeof(what), "its generator was \"%.100s\" and is \"%.100s\"", then,
			 queue->fingerprint);
		return changed(r, queue, what, e);
	}
	return 0;
}

int results_resumable(struct results *r, const struct results_queue *queue, struct error *e)
{
	const struct results_entry *q = find_entry(r, queue->name);
	sqlite3_stmt *stmt = NULL;
	int err;

	if (q == NULL || q->counts.done + q->counts.dead + q->counts.evicted == 0)
		return 0;
	err = results_db_prepare(r->db, r->path,
				 "SELECT fingerprint, rows_max FROM queue WHERE id = ?1", &stmt, e);
	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 1, q->id);
	err = results_db_row(stmt, r->path, e);
	if (err > 0)
		err = compare(r, queue, stmt, e);
	sqlite3_finalize(stmt);
	return err;
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	if (text != NULL)
		sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static int save_queue(struct results *r, const struct results_queue *queue, struct error *e)
{
	static const char sql[] =
		"INSERT INTO queue (name, alias, fingerprint, expected_rows, rows_max)"
		" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET"
		" alias = ?2, fingerprint = ?3, expected_rows = ?4, rows_max = ?5";
	sqlite3_stmt *stmt = NULL;
	int err;

	err = results_db_prepare(r->db, r->path, sql, &stmt, e);
	if (err < 0)
		return err;
	bind_text(stmt, 1, queue->name);
	bind_text(stmt, 2, queue->alias);
	bind_text(stmt, 3, queue->fingerprint);
	if (queue->expected_rows <= INT64_MAX)
		sqlite3_bind_int64(stmt, 4, (int64_t)queue->expected_rows);
	sqlite3_bind_int64(stmt, 5, queue->rows_max);
	err = results_db_run(stmt, r->path, e);
	sqlite3_finalize(stmt);
	return err;
}

int results_declare(struct results *r, unsigned number, const struct results_queue *queue,
		    struct error *e)
{
	struct results_entry *q = find_entry(r, queue->name);
	int err;

	assert(!r->in_batch && number < RESULTS_QUEUES_MAX);
	if (strlen(queue->name) >= RESULTS_NAME_BYTES ||
	    (queue->alias != NULL && strlen(queue->alias) >= RESULTS_NAME_BYTES))
		return error_set(e, EINVAL, "queue \"%.40s...\": the name has more than %d bytes",
				 queue->name, RESULTS_NAME_BYTES - 1);
	if (q == NULL && r->entry_count == RESULTS_QUEUES_MAX)
		return error_set(e, ENOSPC,
				 "%s: has %d queues, those of earlier runs among them; begin anew: "
				 "eisen run --fresh",
				 r->path, RESULTS_QUEUES_MAX);
	err = save_queue(r, queue, e);
	if (err == 0 && q == NULL) {
		err = results_load(r, e);
		q = find_entry(r, queue->name);
	}
	if (err == 0)
		r->by_number[number] = q;
	return err;
}

int results_retry_dead(struct results *r, uint64_t *ret, struct error *e)
{
	static const char sql[] = "BEGIN IMMEDIATE;"
				  "DELETE FROM dead;"
				  "UPDATE queue SET dead = 0, dead_bytes = 0;"
				  "COMMIT;";
	uint64_t count = 0;
	int err;

	assert(!r->in_batch);
	for (unsigned i = 0; i < r->entry_count; i++)
		count += r->entries[i].counts.dead;
	err = results_db_exec(r->db, r->path, sql, e);
	if (err < 0)
		results_rollback(r);
	else
		err = results_load(r, e);
	if (err == 0)
		*ret += count;
	return err;
}
