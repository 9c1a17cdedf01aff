/* row.h - one row being written at the end of a generator's room.
 *
 * Life: row_begin, any number of row_add_*, row_end. A row that does not fit
 * leaves the room as it was. Rows are bounded by GENERATOR_ROW_BYTES_MAX
 * whatever the room is, so that the same input always gives the same rows.
 */
#ifndef WORK_ROW_H
#define WORK_ROW_H

#include "work/generator.h"

enum text_encoding { TEXT_UTF8, TEXT_LATIN1 };
enum text_invalid { TEXT_REFUSE, TEXT_REPLACE };

/* How bytes become text. */
struct text_rules {
	int encoding; /* enum text_encoding */
	int invalid;  /* enum text_invalid: what is no UTF-8; U+FFFD for each byte of it */
};

/* What to say of text that is refused. */
#define TEXT_REFUSED \
	"no UTF-8 (\"invalid\": \"replace\" puts U+FFFD there; \"encoding\" can be \"latin-1\")"

extern const char *const text_encoding_choices[]; /* NULL-terminated, by their enums */
extern const char *const text_invalid_choices[];

struct row {
	struct generator_room *room;
	char *at, *end; /* the room for its text; the line's end has a place behind it */
	bool full;      /* something did not fit */
};

enum row_result {
	ROW_WRITTEN,
	ROW_NO_ROOM,  /* come back with more */
	ROW_TOO_LONG, /* no room would do */
};

void row_begin(struct row *row, struct generator_room *room);

/* JSON, as it is. */
void row_add(struct row *row, const char *json, size_t len);

/* What is within a JSON string's quotes. False: it is no text; *ret_bad is
 * where. A row that is full already is not looked at any more. */
bool row_add_text(struct row *row, const char *text, size_t len, const struct text_rules *rules,
		  size_t *ret_bad);

/* On ROW_WRITTEN the room has a row more. */
enum row_result row_end(struct row *row);

#endif
