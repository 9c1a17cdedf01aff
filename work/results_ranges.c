/* results_ranges.c - which tickets are there, and which are not; see
 * results_read.h.
 *
 * Ranges are put together from the ordered tickets as they come: bounded
 * memory, one walk over the keys (the values are not read).
 */
#include "common/cc.h"
#include "work/results_db.h"
#include "work/results_read_impl.h"

static sqlite3_stmt *ask(struct results_reader *r, unsigned queue, uint64_t from)
{
	sqlite3_stmt *stmt = r->queries[RESULTS_THERE];

	sqlite3_bind_int64(stmt, 1, queue);
	sqlite3_bind_int64(stmt, 2, (int64_t)MIN(from, RESULTS_TICKETS));
	return stmt;
}

/* 1 with the next range (it may touch the one before), 0 at the end. */
static int next(struct results_reader *r, sqlite3_stmt *stmt, uint64_t from,
		struct results_range *ret, struct error *e)
{
	int err = results_db_row(stmt, r->path, e);

	if (err > 0) {
		ret->first = MAX(from, results_db_count(stmt, 0));
		ret->last = results_db_count(stmt, 1);
	}
	return err;
}

int results_present(struct results_reader *r, unsigned queue, uint64_t from,
		    struct results_range *ret, size_t max, size_t *ret_count, struct error *e)
{
	sqlite3_stmt *stmt = ask(r, queue, from);
	struct results_range found;
	size_t count = 0;
	int err;

	while ((err = next(r, stmt, from, &found, e)) > 0) {
		if (count > 0 && found.first <= ret[count - 1].last + 1) {
			ret[count - 1].last = MAX(ret[count - 1].last, found.last);
		} else if (count < max) {
			ret[count++] = found;
		} else {
			break;
		}
	}
	sqlite3_reset(stmt);
	if (err < 0)
		return err;
	*ret_count = count;
	return 0;
}

int results_missing(struct results_reader *r, unsigned queue, uint64_t from, uint64_t issued,
		    struct results_range *ret, size_t max, size_t *ret_count, struct error *e)
{
	sqlite3_stmt *stmt = ask(r, queue, from);
	struct results_range there;
	size_t count = 0;
	int err = 1;

	while (from < issued && count < max && (err = next(r, stmt, from, &there, e)) > 0) {
		if (there.first > from)
			ret[count++] =
				(struct results_range) { from, MIN(there.first, issued) - 1 };
		from = MAX(from, there.last + 1);
	}
	sqlite3_reset(stmt);
	if (err < 0)
		return err;
	if (err == 0 && from < issued)
		ret[count++] = (struct results_range) { from, issued - 1 };
	*ret_count = count;
	return 0;
}

void results_gaps_init(struct results_gaps *g, struct results_reader *r, unsigned queue)
{
	*g = (struct results_gaps) { .reader = r, .queue = queue };
}

/* Ranges that end at or behind from, until there are no more. */
static int refill(struct results_gaps *g, uint64_t from, struct error *e)
{
	int err = results_present(g->reader, g->queue, from, g->ranges, RESULTS_GAPS, &g->count, e);

	if (err < 0)
		return err;
	g->at = 0;
	g->last = g->count < RESULTS_GAPS;
	return 0;
}

int results_gaps_next(struct results_gaps *g, uint64_t from, uint64_t *ret, struct error *e)
{
	for (;;) {
		int err;

		while (g->at < g->count && g->ranges[g->at].last < from)
			g->at++;
		if (g->at < g->count || g->last)
			break;
		err = refill(g, from, e);
		if (err < 0)
			return err;
	}
	if (g->at < g->count && g->ranges[g->at].first <= from)
		from = g->ranges[g->at].last + 1;
	*ret = from;
	return 0;
}
