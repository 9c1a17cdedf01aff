/* csv_rows.h - records as rows: one column of them, or all as an object or list. */
#ifndef WORK_CSV_ROWS_H
#define WORK_CSV_ROWS_H

#include "common/buf.h"
#include "work/csv_reader.h"
#include "work/row.h"

struct csv_rules {
	char *column; /* owned: its name; NULL: by number, or all */
	int index;    /* from 0; CSV_ROWS_ALL: whole records */
	bool header;  /* the first record has the columns' names */
	bool numbers; /* the column's values are numbers */
	bool skip_bad;
	struct text_rules text;
};

#define CSV_ROWS_ALL (-1)

struct csv_rows {
	struct csv_rules rules;
	struct csv_reader reader;
	bool begun;
	uint32_t columns; /* of the header; 0: there is none */
	struct buf names; /* of the columns, as JSON strings, each with a '\0' behind */
};

/* As generator_fill(); rules and reader are set, begun is false at first. */
enum generator_state csv_rows_fill(struct csv_rows *c, struct generator_room *room,
				   struct error *e);

void csv_rows_release(struct csv_rows *c);

#endif
