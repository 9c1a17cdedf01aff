/* results_page.c - results and dead letters, many or one; see results_read.h. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"
#include "work/results_read_impl.h"

#include <inttypes.h>

static sqlite3_stmt *ask(struct results_reader *r, enum results_query which, unsigned queue,
			 uint64_t from)
{
	sqlite3_stmt *stmt = r->queries[which];

	sqlite3_bind_int64(stmt, 1, queue);
	sqlite3_bind_int64(stmt, 2, (int64_t)MIN(from, (uint64_t)INT64_MAX));
	return stmt;
}

static sqlite3_stmt *ask_page(struct results_reader *r, enum results_query which, unsigned queue,
			      uint64_t from, uint64_t limit)
{
	sqlite3_stmt *stmt = ask(r, which, queue, from);

	sqlite3_bind_int64(stmt, 3, limit > 0 && limit <= INT64_MAX ? (int64_t)limit : -1);
	return stmt;
}

/* The three columns that results and dead letters have in common. */
static struct results_row row_at(sqlite3_stmt *stmt)
{
	return (struct results_row) {
		.ticket = results_db_count(stmt, 0),
		.rows = (uint32_t)results_db_count(stmt, 1),
		.json = (const char *)sqlite3_column_text(stmt, 2),
		.len = (size_t)sqlite3_column_bytes(stmt, 2),
	};
}

static struct results_dead dead_at(sqlite3_stmt *stmt)
{
	struct results_row row = row_at(stmt);
	const char *reason = (const char *)sqlite3_column_text(stmt, 4);

	return (struct results_dead) {
		.ticket = row.ticket,
		.rows = row.rows,
		.attempts = (unsigned)results_db_count(stmt, 3),
		.reason = reason != NULL ? reason : "",
		.text = row.json,
		.len = row.len,
	};
}

int results_page(struct results_reader *r, unsigned queue, uint64_t from, uint64_t limit,
		 results_row_fn *fn, void *arg, struct error *e)
{
	sqlite3_stmt *stmt = ask_page(r, RESULTS_ROWS, queue, from, limit);
	int err, stop = 0;

	while (stop == 0 && (err = results_db_row(stmt, r->path, e)) > 0) {
		struct results_row row = row_at(stmt);

		if (row.json == NULL)
			err = stop = error_set(e, ENOMEM, "out of memory");
		else
			stop = fn(arg, &row);
	}
	sqlite3_reset(stmt);
	return stop != 0 ? stop : err;
}

int results_dead_page(struct results_reader *r, unsigned queue, uint64_t from, uint64_t limit,
		      results_dead_fn *fn, void *arg, struct error *e)
{
	sqlite3_stmt *stmt = ask_page(r, RESULTS_DEAD_ROWS, queue, from, limit);
	int err, stop = 0;

	while (stop == 0 && (err = results_db_row(stmt, r->path, e)) > 0) {
		struct results_dead dead = dead_at(stmt);

		stop = fn(arg, &dead);
	}
	sqlite3_reset(stmt);
	return stop != 0 ? stop : err;
}

struct one {
	uint64_t ticket;
	struct results_ticket *ret;
	struct buf *text;
};

static int take_result(void *arg, const struct results_row *row)
{
	struct one *one = arg;

	if (row->ticket != one->ticket)
		return 0;
	one->ret->state = RESULTS_FOUND;
	one->ret->rows = row->rows;
	if (one->text != NULL)
		buf_add(one->text, row->json, row->len);
	return 0;
}

static int take_dead(void *arg, const struct results_dead *dead)
{
	struct one *one = arg;

	if (dead->ticket != one->ticket)
		return 0;
	one->ret->state = RESULTS_DEAD;
	one->ret->rows = dead->rows;
	one->ret->attempts = dead->attempts;
	snprintf(one->ret->reason, sizeof(one->ret->reason), "%s", dead->reason);
	if (one->text != NULL && dead->text != NULL)
		buf_add(one->text, dead->text, dead->len);
	return 0;
}

static int take_evicted(struct results_reader *r, unsigned queue, struct one *one, struct error *e)
{
	int64_t first = INT64_MAX;
	int err;

	err = results_db_number(ask(r, RESULTS_RANGE_AT, queue, one->ticket), r->path, INT64_MAX,
				&first, e);
	if (err == 0 && (uint64_t)first <= one->ticket)
		one->ret->state = RESULTS_EVICTED;
	return err;
}

/* In one state of the file: an eviction would move it from place to place. */
static int find_ticket(struct results_reader *r, unsigned queue, struct one *one, struct error *e)
{
	int err = results_page(r, queue, one->ticket, 1, take_result, one, e);

	if (err == 0 && one->ret->state == RESULTS_UNKNOWN)
		err = results_dead_page(r, queue, one->ticket, 1, take_dead, one, e);
	if (err == 0 && one->ret->state == RESULTS_UNKNOWN)
		err = take_evicted(r, queue, one, e);
	return err;
}

int results_get(struct results_reader *r, unsigned queue, uint64_t ticket,
		struct results_ticket *ret, struct buf *text, struct error *e)
{
	struct results_ticket found = { .state = RESULTS_UNKNOWN };
	struct one one = { .ticket = ticket, .ret = &found, .text = text };
	int err;

	if (ticket >= RESULTS_TICKETS) {
		*ret = found;
		return 0;
	}
	err = results_db_run(r->queries[RESULTS_SAVEPOINT], r->path, e);
	if (err < 0)
		return err;
	err = find_ticket(r, queue, &one, e);
	/* The end of a read cannot fail. */
	sqlite3_step(r->queries[RESULTS_RELEASE]);
	sqlite3_reset(r->queries[RESULTS_RELEASE]);
	if (err == 0 && text != NULL && text->failed)
		err = error_set(e, EFBIG, "%s: _TID_%" PRIu64 " is larger than fits", r->path,
				ticket);
	if (err == 0)
		*ret = found;
	return err;
}
