/* results_fixture.c - see results_fixture.h. */
#include "tests/unit/results_fixture.h"

#include "common/buf.h"
#include "common/error.h"

#include <check.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>

void results_fixture_init(struct results_fixture *f)
{
	dir_fixture_init(&f->dir);
	snprintf(f->path, sizeof(f->path), "%s/x.results.db", f->dir.path);
}

void results_fixture_release(struct results_fixture *f)
{
	dir_fixture_release(&f->dir);
}

struct results *results_fixture_open(const struct results_fixture *f, enum results_mode mode,
				     uint64_t bytes_max)
{
	const struct results_options options = {
		.mode = mode, .instance = "x", .label = "primes", .bytes_max = bytes_max
	};
	const struct results_queue queue = { .name = RESULTS_FIXTURE_NAME,
					     .alias = "mp_input_q",
					     .fingerprint = "range 0 10 1",
					     .expected_rows = 10,
					     .rows_max = 1 };
	struct error e = { 0 };
	struct results *r;

	ck_assert_msg(results_open(&r, f->path, &options, &e) == 0, "%s", e.text);
	ck_assert_msg(results_declare(r, RESULTS_FIXTURE_QUEUE, &queue, &e) == 0, "%s", e.text);
	return r;
}

void results_fixture_put(struct results *r, uint64_t first, uint64_t last)
{
	struct error e = { 0 };

	ck_assert_msg(results_begin(r, &e) == 0, "%s", e.text);
	for (uint64_t ticket = first; ticket <= last; ticket++) {
		char text[24];
		int len = snprintf(text, sizeof(text), "%" PRIu64, ticket);

		if (results_put(r, RESULTS_FIXTURE_QUEUE, ticket, 1, text, (size_t)len, &e) < 0)
			ck_abort_msg("%s", e.text);
	}
	ck_assert_msg(results_commit(r, &e) == 0, "%s", e.text);
}

struct results_reader *results_fixture_reader(const struct results_fixture *f)
{
	struct results_reader *reader;
	struct error e = { 0 };

	ck_assert_msg(results_reader_open(&reader, f->path, &e) == 0, "%s", e.text);
	return reader;
}

struct results_stored results_fixture_stored(struct results_reader *reader)
{
	struct results_stored stored;
	struct error e = { 0 };

	ck_assert_msg(results_find_queue(reader, "mp_input_q", &stored, &e) == 0, "%s", e.text);
	return stored;
}

static int add_row(void *arg, const struct results_row *row)
{
	buf_addf(arg, "%" PRIu64 "=", row->ticket);
	buf_add(arg, row->json, row->len);
	buf_adds(arg, " ");
	return 0;
}

void results_fixture_expect(struct results_reader *reader, uint64_t from, uint64_t limit,
			    const char *want)
{
	AUTO_BUF struct buf rows = BUF_INIT(1 << 20);
	struct error e = { 0 };
	int err = results_page(reader, results_fixture_stored(reader).id, from, limit, add_row,
			       &rows, &e);

	ck_assert_msg(err == 0, "%s", e.text);
	if (rows.len > 0)
		rows.data[rows.len - 1] = '\0'; /* the last blank */
	ck_assert_str_eq(buf_text(&rows), want);
}

long long results_fixture_ask(const struct results_fixture *f, const char *sql)
{
	sqlite3_stmt *stmt;
	long long value;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s",
		      sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}
