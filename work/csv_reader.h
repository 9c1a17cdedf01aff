/* csv_reader.h - an input's records of comma-separated values, one at a time,
 * where they lie. A record has GENERATOR_ROW_BYTES_MAX bytes at most; lines
 * with nothing in them are left out. */
#ifndef WORK_CSV_READER_H
#define WORK_CSV_READER_H

#include "work/csv.h"
#include "work/input.h"

#define CSV_READER_COLUMNS_MAX 16384

struct csv_reader {
	struct input input; /* opened by the user */
	struct csv csv;     /* the record's fields */
	uint64_t line;      /* how many are behind us */
	bool found;
};

enum csv_reader_state { CSV_READER_RECORD, CSV_READER_END, CSV_READER_FAILED };

/* The input is open; it is released in any case with csv_reader_release(). */
int csv_reader_init(struct csv_reader *r, char delimiter, struct error *e);
void csv_reader_release(struct csv_reader *r);

/* The next record, the same one until csv_reader_advance(); its fields' places
 * are from *ret_text. The error says name and line. */
enum csv_reader_state csv_reader_peek(struct csv_reader *r, const char **ret_text, struct error *e);

/* Behind the record that was peeked at. */
void csv_reader_advance(struct csv_reader *r);

/* "NAME, line N" before the text, N being so many below the record's first line. */
int csv_reader_prefix(const struct csv_reader *r, uint32_t lines, struct error *e);

#endif
