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

/* 1 with the next range (it may touch the one before; its rows are the third
 * column), 0 at the end. */
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

void results_skip_init(struct results_skip *s, struct results_reader *r, unsigned queue)
{
	*s = (struct results_skip) { .reader = r, .queue = queue };
}

/* What is there from a ticket on, as far as there is room for. */
static int look_ahead(struct results_skip *s, uint64_t from, struct error *e)
{
	sqlite3_stmt *stmt = ask(s->reader, s->queue, from);
	struct results_range found;
	int err;

	s->at = s->count = 0;
	while ((err = next(s->reader, stmt, from, &found, e)) > 0) {
		uint32_t rows = (uint32_t)results_db_count(stmt, 2);
		size_t last = s->count - 1;

		if (s->count > 0 && found.first == s->ahead[last].tickets.last + 1 &&
		    rows == s->ahead[last].rows) {
			s->ahead[last].tickets.last = found.last;
			continue;
		}
		if (s->count == RESULTS_AHEAD)
			break;
		s->ahead[s->count].tickets = found;
		s->ahead[s->count++].rows = rows;
	}
	sqlite3_reset(stmt);
	s->last = err == 0;
	return MIN(err, 0);
}

int results_skip_ticket(void *arg, uint64_t ticket, bool *ret_stored, uint64_t *ret_rows,
			struct error *e)
{
	struct results_skip *s = arg;
	int err = 0;

	while (s->at < s->count && s->ahead[s->at].tickets.last < ticket)
		s->at++;
	if (s->at == s->count && !s->last)
		err = look_ahead(s, ticket, e);
	if (err < 0)
		return err;
	*ret_stored = s->at < s->count && s->ahead[s->at].tickets.first <= ticket;
	*ret_rows = *ret_stored ? s->ahead[s->at].rows : 0;
	return 0;
}
