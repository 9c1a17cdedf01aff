/* chunk.c - see chunk.h. */
#include "work/chunk.h"

#include <stdio.h>

#define DIGITS_MAX 19 /* of a number of 64 bits with a sign; as many always fit without */

/* The digits from at on as a number; NULL when there are none, or too many, or a
 * zero in front of others (RFC 8259, 6). */
static const char *take_digits(const char *at, const char *end, uint64_t *ret)
{
	const char *first = at;
	uint64_t value = 0; /* comes round where there are too many */

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (unsigned)(*at - '0');
	if (at == first || at - first > DIGITS_MAX || (*first == '0' && at - first > 1))
		return NULL;
	*ret = value;
	return at;
}

enum chunk_int chunk_row_int(struct chunk_rows *rows, int64_t *ret)
{
	const char *at = rows->at, *end = rows->end;
	uint64_t value = 0;
	bool negative;

	if (at == end)
		return CHUNK_NO_ROWS;
	negative = *at == '-';
	at = take_digits(at + negative, end, &value);
	if (at == NULL || (at < end && *at != '\n') || value > (uint64_t)INT64_MAX + negative)
		return CHUNK_NO_INT;
	rows->at = at < end ? at + 1 : end;
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return CHUNK_INT;
}

/* The seed's name of the queue that is there without being named. */
void chunk_header(char *ret, size_t size, const char *queue, uint64_t ticket)
{
	snprintf(ret, size, "%s%s;_TID_%llu;", queue,
		 strcmp(queue, "mp_input_q") == 0 ? " (default)" : "", (unsigned long long)ticket);
}
