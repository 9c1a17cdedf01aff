/* results_evict.c - the bound on a database's bytes; see results.h.
 *
 * Evicted tickets are kept as ranges of as many rows each, so that a run that
 * resumes knows which rows they were; ranges of the same never touch, so that
 * there are few: tickets go from the lowest up, and all but the last chunk are
 * ROWS_MAX rows. One that comes late, below what went already, is stored and
 * is the next to go.
 */
#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"
#include "work/results_impl.h"

#define SLACK 16 /* a round frees this part of the bound, so that rounds are few */

struct range {
	uint64_t first, last;
	uint64_t rows; /* of each ticket */
};

int results_is_evicted(struct results *r, const struct results_entry *q, uint64_t ticket,
		       struct error *e)
{
	sqlite3_stmt *stmt = r->stmts[RESULTS_EVICTED_FROM];
	int64_t first = INT64_MAX;
	int err;

	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)ticket);
	err = results_db_number(stmt, r->path, INT64_MAX, &first, e);
	return err < 0 ? err : first <= (int64_t)ticket;
}

/* Take the range that ends at or behind from, when it touches *range
 * and is of the same. */
static int absorb(struct results *r, const struct results_entry *q, uint64_t from,
		  struct range *range, struct error *e)
{
	sqlite3_stmt *stmt = r->stmts[RESULTS_EVICTED_NEXT];
	struct range other;
	int err;

	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)from);
	err = results_db_row(stmt, r->path, e);
	if (err <= 0)
		return err;
	other.first = results_db_count(stmt, 0);
	other.last = results_db_count(stmt, 1);
	other.rows = results_db_count(stmt, 2);
	sqlite3_reset(stmt);
	if (other.first > range->last + 1 || other.rows != range->rows)
		return 0;
	range->first = MIN(range->first, other.first);
	range->last = MAX(range->last, other.last);
	stmt = r->stmts[RESULTS_FORGET_RANGE];
	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)other.last);
	return results_db_run(stmt, r->path, e);
}

static int add_range(struct results *r, struct results_entry *q, struct range range,
		     struct error *e)
{
	sqlite3_stmt *stmt = r->stmts[RESULTS_INSERT_RANGE];
	uint64_t before = range.first > 0 ? range.first - 1 : 0;
	int err;

	err = absorb(r, q, before, &range, e);
	if (err == 0)
		err = absorb(r, q, range.last + 1, &range, e);
	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)range.last);
	sqlite3_bind_int64(stmt, 3, (int64_t)range.first);
	sqlite3_bind_int64(stmt, 4, (int64_t)range.rows);
	q->evicted_end = MAX(q->evicted_end, range.last + 1);
	return results_db_run(stmt, r->path, e);
}

/* Count the queue's lowest tickets out, bytes of them or a little more, and
 * note their ranges. *ret_end: all below it have to go. */
static int walk(struct results *r, struct results_entry *q, uint64_t bytes, uint64_t *ret_end,
		struct error *e)
{
	sqlite3_stmt *stmt = r->stmts[RESULTS_OLDEST];
	struct range range = { 0 };
	uint64_t freed = 0, count = 0;
	int err = 0;

	sqlite3_bind_int64(stmt, 1, q->id);
	while (freed < bytes && (err = results_db_row(stmt, r->path, e)) > 0) {
		uint64_t ticket = results_db_count(stmt, 0), rows = results_db_count(stmt, 1);
		bool goes_on = count > 0 && ticket == range.last + 1 && rows == range.rows;

		if (count > 0 && !goes_on)
			err = add_range(r, q, range, e);
		if (err < 0)
			break;
		range = (struct range) { goes_on ? range.first : ticket, ticket, rows };
		freed += (uint64_t)sqlite3_column_bytes(stmt, 2) + RESULTS_ROW_BYTES;
		count++;
	}
	sqlite3_reset(stmt);
	if (err >= 0 && count > 0)
		err = add_range(r, q, range, e);
	q->counts.done -= MIN(count, q->counts.done);
	q->counts.evicted += count;
	/* Nothing there to free: the count was wrong, in a file tampered with. */
	q->counts.bytes -= count > 0 ? MIN(freed, q->counts.bytes) : q->counts.bytes;
	*ret_end = count > 0 ? range.last + 1 : 0;
	return MIN(err, 0);
}

static int evict_from(struct results *r, struct results_entry *q, uint64_t bytes, struct error *e)
{
	sqlite3_stmt *stmt = r->stmts[RESULTS_DELETE_BELOW];
	uint64_t end;
	int err = walk(r, q, bytes, &end, e);

	q->changed = true;
	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 1, q->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)end);
	return results_db_run(stmt, r->path, e);
}

int results_evict(struct results *r, struct error *e)
{
	for (;;) {
		struct results_entry *most = NULL;
		uint64_t bytes = 0;
		int err;

		for (unsigned i = 0; i < r->entry_count; i++) {
			struct results_entry *q = &r->entries[i];

			bytes += q->counts.bytes;
			if (most == NULL || q->counts.bytes > most->counts.bytes)
				most = q;
		}
		if (bytes <= r->bytes_max)
			return 0;
		err = evict_from(r, most, bytes - r->bytes_max + r->bytes_max / SLACK, e);
		if (err < 0)
			return err;
	}
}
