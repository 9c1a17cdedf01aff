/* gen_range.c - whole numbers: [FIRST, END] or [FIRST, END, STEP].
 *
 * As Python's range(): END is left out, STEP may be negative. Numbers are 64
 * bits with a sign. Digits are written backwards into the room: this is the
 * fastest source there is, and the measure of what a feeder costs.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/problems.h"
#include "work/generator_kind.h"

#include <inttypes.h>
#include <string.h>

#define NUMBER_BYTES_MAX 21 /* "-9223372036854775808" and the line's end */

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
static char *write_number(char *to, int64_t number)
{
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[NUMBER_BYTES_MAX], *at = digits + sizeof(digits);
	size_t len;

	*--at = '\n';
	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		*--at = '-';
	len = (size_t)(digits + sizeof(digits) - at);
	memcpy(to, at, len);
	return to + len;
}

static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e ATTR_UNUSED)
{
	struct gen_range *g = (struct gen_range *)base;
	char *to = room->to;

	while (g->at < base->rows && room->rows < room->rows_max &&
	       room->bytes - (size_t)(to - room->to) >= NUMBER_BYTES_MAX) {
		to = write_number(to, (int64_t)((uint64_t)g->first + g->at * (uint64_t)g->step));
		g->at++;
		room->rows++;
	}
	room->bytes -= (size_t)(to - room->to);
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
