/* gen_range.c - whole numbers: [FIRST, END] or [FIRST, END, STEP].
 *
 * As Python's range(): END is left out, STEP may be negative. Numbers are 64
 * bits with a sign. This is the fastest source there is, and the measure of what
 * a feeder costs, so numbers are written in runs that differ in their last four
 * digits only: the others are copied, and divided out once in a run.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/problems.h"
#include "work/generator_kind.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#define NUMBER_BYTES_MAX 21 /* "-9223372036854775808" and the line's end */
#define TAIL_END 10000      /* what the last four digits count to */
#define TAIL_BYTES 5        /* they and the line's end */
#define HEAD_BYTES_MAX 16   /* of "-9223372036854775808" without its tail */

struct gen_range {
	struct generator base;
	int64_t first, end, step;
	uint64_t at; /* how many rows are behind us */
};

static bool is_range(const json_t *settings)
{
	size_t count = json_array_size(settings), i;
	json_t *item;

	if (count != 2 && count != 3)
		return false;
	json_array_foreach(settings, i, item)
	{
		if (!json_is_integer(item))
			return false;
	}
	return count == 2 || json_integer_value(json_array_get(settings, 2)) != 0;
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	if (!is_range(settings))
		fields_want(p, path, settings,
			    "[FIRST, END] or [FIRST, END, STEP], whole numbers, STEP not 0");
}

/* The distance fits 64 bits without a sign, whatever the two are. */
static uint64_t count_rows(const struct gen_range *g)
{
	uint64_t step = g->step > 0 ? (uint64_t)g->step : 0 - (uint64_t)g->step;
	uint64_t distance;

	if (g->step > 0 ? g->first >= g->end : g->first <= g->end)
		return 0;
	distance = g->step > 0 ? (uint64_t)g->end - (uint64_t)g->first
			       : (uint64_t)g->first - (uint64_t)g->end;
	return (distance - 1) / step + 1;
}

static int open_range(const json_t *settings, const char *base_dir ATTR_UNUSED,
		      struct generator **ret, struct error *e)
{
	struct gen_range *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return error_set(e, ENOMEM, "out of memory");
	g->base = (struct generator) { .kind = &gen_range_kind, .replays = true };
	g->first = json_integer_value(json_array_get(settings, 0));
	g->end = json_integer_value(json_array_get(settings, 1));
	g->step = 1;
	if (json_array_size(settings) == 3)
		g->step = json_integer_value(json_array_get(settings, 2));
	g->base.rows = count_rows(g);
	*ret = &g->base;
	return 0;
}

/* Returns the end of the text. */
static char *write_number(char *to, uint64_t magnitude, bool negative)
{
	char digits[NUMBER_BYTES_MAX], *at = digits + sizeof(digits);
	size_t len;

	*--at = '\n';
	do {
		*--at = (char)('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (negative)
		*--at = '-';
	len = (size_t)(digits + sizeof(digits) - at);
	memcpy(to, at, len);
	return to + len;
}

/* Four digits, the first one in the lowest byte: twice two, then four times
 * one, side by side in one word. n < 10000; the factors are 1/100 and 1/10. */
static uint32_t four_digits(uint32_t n)
{
	uint32_t hundreds = n * 5243 >> 19;
	uint32_t pairs = hundreds | (n - hundreds * 100) << 16;
	uint32_t tens = pairs * 103 >> 10 & 0x000f000f;

	return htole32(tens | (pairs - tens * 10) << 8 | 0x30303030);
}

/* Rows that differ in their last four digits only. */
struct run {
	char head[HEAD_BYTES_MAX + 1]; /* before them: sign and digits; and a line's end */
	size_t head_bytes;
	uint32_t tail; /* the first row's last four digits */
	int64_t step;  /* from row to row; within 0..9999 as long as the run is */
	uint64_t rows; /* at most */
};

/* From the next number on. False: it is too short for a run. */
static bool find_run(const struct gen_range *g, int64_t number, struct run *r)
{
	bool negative = number < 0;
	uint64_t magnitude = negative ? 0 - (uint64_t)number : (uint64_t)number;

	if (magnitude < TAIL_END)
		return false;
	r->head_bytes =
		(size_t)(write_number(r->head, magnitude / TAIL_END, negative) - r->head) - 1;
	r->tail = (uint32_t)(magnitude % TAIL_END);
	r->step = 0;
	r->rows = 1;
	if (g->step <= -TAIL_END || g->step >= TAIL_END)
		return true;
	r->step = negative ? -g->step : g->step;
	r->rows += r->step > 0 ? (TAIL_END - 1 - r->tail) / (uint64_t)r->step
			       : r->tail / (uint64_t)-r->step;
	return true;
}

/* All of head is copied, whatever its length: no call, no branch. */
static char *write_run(const struct run *r, uint64_t rows, char *to)
{
	uint32_t tail = r->tail, step = (uint32_t)r->step;
	size_t bytes = r->head_bytes;

	for (; rows > 0; rows--, tail += step) {
		uint32_t digits = four_digits(tail);

		memcpy(to, r->head, HEAD_BYTES_MAX);
		memcpy(to + bytes, &digits, sizeof(digits));
		to[bytes + sizeof(digits)] = '\n';
		to += bytes + sizeof(digits) + 1;
	}
	return to;
}

/* At least one row, and at most rows; room for NUMBER_BYTES_MAX more than bytes. */
static char *write_rows(struct gen_range *g, uint64_t rows, size_t bytes, char *to)
{
	int64_t number = (int64_t)((uint64_t)g->first + g->at * (uint64_t)g->step);
	struct run r;

	if (!find_run(g, number, &r)) {
		g->at++;
		return write_number(to, number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
				    number < 0);
	}
	rows = MIN(rows, MIN(r.rows, bytes / (r.head_bytes + TAIL_BYTES) + 1));
	g->at += rows;
	return write_run(&r, rows, to);
}

static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e ATTR_UNUSED)
{
	struct gen_range *g = (struct gen_range *)base;
	const char *end = room->to + room->bytes;
	uint64_t from = g->at, last;
	char *to = room->to;

	last = g->at + MIN(base->rows - g->at, (uint64_t)(room->rows_max - room->rows));
	while (g->at < last && end - to >= NUMBER_BYTES_MAX)
		to = write_rows(g, last - g->at, (size_t)(end - to) - NUMBER_BYTES_MAX, to);
	room->rows += (uint32_t)(g->at - from);
	room->bytes = (size_t)(end - to);
	room->to = to;
	return g->at < base->rows ? GENERATOR_MORE : GENERATOR_END;
}

static enum generator_state skip(struct generator *base, uint64_t rows, struct error *e ATTR_UNUSED)
{
	struct gen_range *g = (struct gen_range *)base;

	g->at += MIN(rows, base->rows - g->at);
	return g->at < base->rows ? GENERATOR_MORE : GENERATOR_END;
}

static void fingerprint(const struct generator *base, struct buf *ret)
{
	const struct gen_range *g = (const struct gen_range *)base;

	buf_addf(ret, "range %" PRId64 " %" PRId64 " %" PRId64, g->first, g->end, g->step);
}

static void close_range_generator(struct generator *base)
{
	free(base);
}

const struct generator_kind gen_range_kind = {
	.name = "range",
	.check = check,
	.open = open_range,
	.fill = fill,
	.skip = skip,
	.fingerprint = fingerprint,
	.close = close_range_generator,
};
