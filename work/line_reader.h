/* line_reader.h - an input's lines, one at a time, where they lie.
 *
 * A line ends with LF or CR LF, which are left out; the last one may lack its
 * end. A line is at most GENERATOR_ROW_BYTES_MAX bytes long.
 */
#ifndef WORK_LINE_READER_H
#define WORK_LINE_READER_H

#include "work/input.h"

struct line_reader {
	struct input input;  /* opened and released by the user */
	uint64_t line;       /* how many are behind us */
	const char *text;    /* the line that has been found; NULL: none */
	size_t len, consume; /* of it, without and with its end */
};

enum line_state { LINE_READ, LINE_END, LINE_FAILED };

/* The next line, the same one until line_reader_advance(). The error says
 * name and line. */
enum line_state line_reader_peek(struct line_reader *r, const char **ret, size_t *ret_len,
				 struct error *e);

/* Behind the line that was peeked at. */
void line_reader_advance(struct line_reader *r);

/* An error of the line that was peeked at: "NAME, line N" before the text. */
int line_reader_prefix(const struct line_reader *r, struct error *e);

#endif
