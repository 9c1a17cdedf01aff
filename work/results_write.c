/* results_write.c - batches of results; see results.h.
 *
 * The counts of a queue are kept here and written once per transaction. After
 * a failed one they are read anew: whether a COMMIT that failed has reached
 * the disk is for the file to say.
 */
#include "common/cc.h"
#include "common/error.h"
#include "common/utf8.h"
#include "work/results_db.h"
#include "work/results_impl.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* What is written to a file without its name is gone with us. */
static int check_place(const struct results *r, struct error *e)
{
	int moved = 0;

	if (sqlite3_file_control(r->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
	    moved == 0)
		return 0;
	return error_set(e, ESTALE,
			 "%s: was removed, or another file put there, while it was written; what "
			 "it had is not among the results: eisen run --fresh begins anew",
			 r->path);
}

int results_begin(struct results *r, struct error *e)
{
	int err = check_place(r, e);

	assert(!r->in_batch);
	if (err == 0 && r->stale)
		err = results_load(r, e);
	if (err == 0)
		err = results_db_run(r->stmts[RESULTS_BEGIN], r->path, e);
	r->in_batch = err == 0;
	return err;
}

/* The numbers come out of shared memory: what cannot be is an error. NULL, and
 * *ret_err is set. */
static struct results_entry *find(struct results *r, unsigned number, uint64_t ticket, size_t len,
				  int *ret_err, struct error *e)
{
	struct results_entry *q = number < RESULTS_QUEUES_MAX ? r->by_number[number] : NULL;

	assert(r->in_batch);
	if (q == NULL)
		*ret_err = error_set(e, EINVAL, "%s: no queue has number %u", r->path, number);
	else if (ticket >= RESULTS_TICKETS)
		*ret_err =
			error_set(e, EINVAL, "%s: _TID_%" PRIu64 " is no ticket", r->path, ticket);
	else if (len > INT32_MAX)
		*ret_err = error_set(e, E2BIG, "%s: _TID_%" PRIu64 " of queue \"%s\": %zu bytes",
				     r->path, ticket, q->name, len);
	else
		return q;
	return NULL;
}

static sqlite3_stmt *about(struct results *r, enum results_stmt which,
			   const struct results_entry *q, uint64_t ticket)
{
	sqlite3_stmt *stmt = r->stmts[which];

	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)ticket);
	return stmt;
}

/* The ticket has a result now: it is no dead letter any more. */
static int revive(struct results *r, struct results_entry *q, uint64_t ticket, struct error *e)
{
	int64_t bytes = -1;
	int err;

	err = results_db_number(about(r, RESULTS_SIZE_OF_DEAD, q, ticket), r->path, -1, &bytes, e);
	if (err < 0 || bytes < 0)
		return err;
	err = results_db_run(about(r, RESULTS_DELETE_DEAD, q, ticket), r->path, e);
	if (err == 0) {
		q->changed = true;
		q->counts.dead--;
		q->dead_bytes -= (uint64_t)bytes;
	}
	return err;
}

int results_put(struct results *r, unsigned number, uint64_t ticket, uint32_t rows,
		const char *json, size_t len, struct error *e)
{
	int err = 0;
	struct results_entry *q = find(r, number, ticket, len, &err, e);
	sqlite3_stmt *stmt;

	if (q == NULL)
		return err;
	if (ticket < q->evicted_end)
		err = results_is_evicted(r, q, ticket, e);
	if (err != 0)
		return MIN(err, 0);
	if (ticket < q->dead_end) {
		err = revive(r, q, ticket, e);
		if (err < 0)
			return err;
	}
	if (len == 0) {
		json = "null";
		len = strlen(json);
	}
	stmt = about(r, RESULTS_INSERT, q, ticket);
	sqlite3_bind_int64(stmt, 3, rows);
	sqlite3_bind_text(stmt, 4, json, (int)len, SQLITE_STATIC);
	err = results_db_run(stmt, r->path, e);
	if (err == 0 && sqlite3_changes(r->db) > 0) {
		q->changed = true;
		q->counts.done++;
		q->counts.rows += rows;
		q->counts.bytes += len + RESULTS_ROW_BYTES;
	}
	return err;
}

/* Has it a result, or had one? 1 or 0, or -errno. */
static int has_result(struct results *r, struct results_entry *q, uint64_t ticket, struct error *e)
{
	int64_t found = 0;
	int err = 0;

	if (ticket < q->evicted_end)
		err = results_is_evicted(r, q, ticket, e);
	if (err == 0)
		err = results_db_number(about(r, RESULTS_HAS_RESULT, q, ticket), r->path, 0, &found,
					e);
	return err != 0 ? err : (int)found;
}

static uint64_t all_dead_bytes(const struct results *r)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < r->entry_count; i++)
		bytes += r->entries[i].dead_bytes;
	return bytes;
}

int results_put_dead(struct results *r, unsigned number, uint64_t ticket, unsigned attempts,
		     const char *reason, uint32_t rows, const char *text, size_t len,
		     struct error *e)
{
	size_t reason_len = utf8_trim(reason, strnlen(reason, RESULTS_REASON_BYTES - 1));
	int err = 0;
	struct results_entry *q = find(r, number, ticket, len, &err, e);
	sqlite3_stmt *stmt;

	if (q == NULL)
		return err;
	err = has_result(r, q, ticket, e);
	if (err != 0)
		return MIN(err, 0);
	if (r->bytes_max > 0 && all_dead_bytes(r) + len > r->bytes_max)
		text = NULL;
	stmt = about(r, RESULTS_INSERT_DEAD, q, ticket);
	sqlite3_bind_int64(stmt, 3, rows);
	sqlite3_bind_text(stmt, 4, text, (int)len, SQLITE_STATIC); /* NULL binds null */
	sqlite3_bind_int64(stmt, 5, attempts);
	sqlite3_bind_text(stmt, 6, reason, (int)reason_len, SQLITE_STATIC);
	err = results_db_run(stmt, r->path, e);
	if (err == 0 && sqlite3_changes(r->db) > 0) {
		q->changed = true;
		q->counts.dead++;
		q->dead_bytes += text != NULL ? len : 0;
		q->dead_end = MAX(q->dead_end, ticket + 1);
	}
	return err;
}

int results_put_issued(struct results *r, unsigned number, uint64_t issued, struct error *e)
{
	int err = 0;
	struct results_entry *q = find(r, number, 0, 0, &err, e);

	if (q == NULL)
		return err;
	issued = MIN(issued, RESULTS_TICKETS);
	if (issued > q->counts.issued) {
		q->counts.issued = issued;
		q->changed = true;
	}
	return 0;
}

static int save_counts(struct results *r, const struct results_entry *q, struct error *e)
{
	const struct results_counts *c = &q->counts;
	sqlite3_stmt *stmt = about(r, RESULTS_SAVE_COUNTS, q, c->issued);

	sqlite3_bind_int64(stmt, 3, (int64_t)c->done);
	sqlite3_bind_int64(stmt, 4, (int64_t)c->dead);
	sqlite3_bind_int64(stmt, 5, (int64_t)c->evicted);
	sqlite3_bind_int64(stmt, 6, (int64_t)c->rows);
	sqlite3_bind_int64(stmt, 7, (int64_t)c->bytes);
	sqlite3_bind_int64(stmt, 8, (int64_t)q->dead_bytes);
	return results_db_run(stmt, r->path, e);
}

int results_commit(struct results *r, struct error *e)
{
	int err = r->bytes_max > 0 ? results_evict(r, e) : 0;

	assert(r->in_batch);
	for (unsigned i = 0; i < r->entry_count && err == 0; i++) {
		if (r->entries[i].changed)
			err = save_counts(r, &r->entries[i], e);
	}
	if (err == 0)
		err = results_db_run(r->stmts[RESULTS_COMMIT], r->path, e);
	if (err < 0)
		return err;
	for (unsigned i = 0; i < r->entry_count; i++)
		r->entries[i].changed = false;
	r->in_batch = false;
	return 0;
}

void results_rollback(struct results *r)
{
	if (!r->in_batch && sqlite3_get_autocommit(r->db))
		return;
	/* Many an error has rolled back already. One here changes nothing: what
	 * is not committed does not count, and begin says what is wrong. */
	if (!sqlite3_get_autocommit(r->db))
		results_db_exec(r->db, r->path, "ROLLBACK", NULL);
	r->in_batch = false;
	r->stale = results_load(r, NULL) < 0;
}
