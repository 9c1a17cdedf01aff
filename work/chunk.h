/* chunk.h - a chunk's payload: rows, one JSON value a line.
 *
 * Rows are read in place, without a parse that nobody needs. Pure: the bytes
 * are bounded by their length alone and whatever is in them is a list of
 * lines. A line's end closes a row; the last row may be without one.
 */
#ifndef WORK_CHUNK_H
#define WORK_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is left of a chunk. */
struct chunk_rows {
	const char *at, *end;
};

/* The next row, without its line's end; false: there are no more. */
static inline bool chunk_row(struct chunk_rows *rows, const char **ret_text, size_t *ret_len)
{
	const char *end;

	if (rows->at == rows->end)
		return false;
	end = memchr(rows->at, '\n', (size_t)(rows->end - rows->at));
	*ret_text = rows->at;
	*ret_len = (size_t)((end == NULL ? rows->end : end) - rows->at);
	rows->at = end == NULL ? rows->end : end + 1;
	return true;
}

enum chunk_int {
	CHUNK_INT,     /* *ret is the row's number, and the row is read */
	CHUNK_NO_INT,  /* the row is something else, or out of range; it is not read */
	CHUNK_NO_ROWS, /* there are no more */
};

/* The next row as a whole number: -?(0|[1-9][0-9]*) within 64 bits. */
enum chunk_int chunk_row_int(struct chunk_rows *rows, int64_t *ret);

/* The seed's serial number header, "mp_input_q (default);_TID_0;". */
#define CHUNK_HEADER_BYTES 192
void chunk_header(char *ret, size_t size, const char *queue, uint64_t ticket);

#endif
