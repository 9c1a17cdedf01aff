/* csv.h - records of comma-separated values (RFC 4180), where they lie.
 *
 * Pure: a window of text goes in, the places of fields come out; nothing is
 * copied or allocated. A record that the window holds a part of only is gone
 * on with when there is more of it, without looking at any byte twice.
 * Records end with LF or CR LF, the last one may lack its end; a CR elsewhere
 * is a character. Quotes are strict: what could be read in two ways is broken.
 */
#ifndef WORK_CSV_H
#define WORK_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_WINDOW_BYTES_MAX UINT32_MAX

struct csv_field {
	uint32_t at, bytes; /* from where the record begins; without the quotes around it */
	bool quotes;        /* has quotes in it: each stands there twice */
};

enum csv_state { CSV_BEGIN, CSV_PLAIN, CSV_QUOTED, CSV_BEHIND_QUOTE };

enum csv_result {
	CSV_RECORD, /* fields, bytes and lines are those of it */
	CSV_MORE,   /* call again with the same text and more behind it */
	CSV_END,    /* there is none */
	CSV_BROKEN, /* wrong says how, lines how far below the record's first line */
};

struct csv {
	struct csv_field *fields; /* borrowed */
	uint32_t count;           /* 0 in a record: a line with nothing in it */
	uint32_t fields_max;
	uint32_t bytes; /* of the record with its end, or so far */
	uint32_t lines; /* in it, or behind us */
	const char *wrong;
	/* Of the record under way: */
	uint64_t delimiters; /* eight of them */
	enum csv_state state;
	bool going, quotes;
	char delimiter;
	uint32_t field_at, quote_lines; /* where the field and its quote begin */
};

/* delimiter is an ASCII character, neither a quote nor CR nor LF. */
void csv_init(struct csv *c, char delimiter, struct csv_field *fields, uint32_t fields_max);

/* The next record, of which text has the beginning. last: nothing comes
 * behind text. After CSV_RECORD the next text begins c->bytes later. */
enum csv_result csv_next(struct csv *c, const char *text, size_t len, bool last);

#endif
