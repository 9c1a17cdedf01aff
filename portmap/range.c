/* range.c - see range.h.
 *
 * Numbers are collected one by one; a bitmap over min..max says which are
 * there already, so that no input makes more than max - min + 1 of them.
 */
#include "portmap/range.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fields.h"
#include "common/number.h"
#include "common/problems.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

struct collector {
	struct range range;
	size_t cap;
	unsigned min, max;
	unsigned char seen[RANGE_NUMBERS_MAX / CHAR_BIT];
	struct problems *p;
};

struct span { /* FIRST-LAST/STEP */
	uint64_t first, last, step;
};

static bool collector_seen(struct collector *c, unsigned number)
{
	unsigned bit = number - c->min;
	unsigned char mask = (unsigned char)(1u << bit % CHAR_BIT);
	bool seen = (c->seen[bit / CHAR_BIT] & mask) != 0;

	c->seen[bit / CHAR_BIT] |= mask;
	return seen;
}

static bool collector_push(struct collector *c, unsigned number, const char *path)
{
	if (c->range.count == c->cap) {
		size_t cap = MAX(c->cap * 2, (size_t)16);
		unsigned *numbers = realloc(c->range.numbers, cap * sizeof(*numbers));

		if (numbers == NULL) {
			problems_error(c->p, path, "out of memory");
			return false;
		}
		c->range.numbers = numbers;
		c->cap = cap;
	}
	c->range.numbers[c->range.count++] = number;
	return true;
}

/* The first number that is there already ends it: one mistake, one message. */
static bool collector_add(struct collector *c, const struct span *span, const char *path)
{
	for (uint64_t n = span->first; n <= span->last; n += span->step) {
		if (collector_seen(c, (unsigned)n)) {
			problems_error(c->p, path, "%u is named twice", (unsigned)n);
			return false;
		}
		if (!collector_push(c, (unsigned)n, path))
			return false;
	}
	return true;
}

/* false, as all that fails */
static bool collector_want(struct collector *c, const json_t *value, const char *path,
			   const char *what)
{
	char want[128];

	snprintf(want, sizeof(want), "%s within %u..%u", what, c->min, c->max);
	fields_want(c->p, path, value, want);
	return false;
}

/* "N", "FIRST-LAST" or "FIRST-LAST/STEP" off the front of *text. */
static bool span_take(const char **text, struct span *ret)
{
	*ret = (struct span) { .step = 1 };
	if (!number_take(text, &ret->first))
		return false;
	ret->last = ret->first;
	if (**text != '-')
		return true;
	++*text;
	if (!number_take(text, &ret->last))
		return false;
	if (**text != '/')
		return true;
	++*text;
	return number_take(text, &ret->step);
}

static bool collect_span(struct collector *c, struct span span, const json_t *value,
			 const char *path)
{
	if (span.first < c->min || span.last > c->max || span.last < c->min)
		return collector_want(c, value, path, "\"FIRST-LAST\"");
	if (span.first > span.last) {
		fields_want(c->p, path, value, "FIRST not above LAST");
		return false;
	}
	if (span.step == 0) {
		fields_want(c->p, path, value, "a STEP of at least 1");
		return false;
	}
	span.step = MIN(span.step, (uint64_t)RANGE_NUMBERS_MAX);
	return collector_add(c, &span, path);
}

/* Spans with commas between them. */
static bool collect_text(struct collector *c, const json_t *value, const char *path)
{
	const char *text = json_string_value(value);
	struct span span;

	do {
		text += strspn(text, " ");
		if (!span_take(&text, &span))
			return collector_want(c, value, path, "\"FIRST-LAST\"");
		text += strspn(text, " ");
		if (*text != ',' && *text != '\0')
			return collector_want(c, value, path, "\"FIRST-LAST\"");
		if (!collect_span(c, span, value, path))
			return false;
	} while (*text++ == ',');
	return true;
}

static bool collect_item(struct collector *c, const json_t *value, const char *path)
{
	json_int_t number = json_integer_value(value);

	if (json_is_string(value))
		return collect_text(c, value, path);
	if (!json_is_integer(value))
		return collector_want(c, value, path, "a number or \"FIRST-LAST\"");
	if (number < (json_int_t)c->min || number > (json_int_t)c->max)
		return collector_want(c, value, path, "a number");
	return collector_add(c, &(struct span) { (uint64_t)number, (uint64_t)number, 1 }, path);
}

/* All of it, also behind an item that is wrong. */
static bool collect_list(struct collector *c, const json_t *list, const char *path)
{
	char at[FIELDS_PATH_BYTES];
	bool ok = json_array_size(list) > 0;
	json_t *value;
	size_t i;

	if (!ok)
		fields_want(c->p, path, list, "at least one number");
	json_array_foreach(list, i, value)
	{
		fields_path_index(at, sizeof(at), path, i);
		ok &= !problems_has(c->p, at) && collect_item(c, value, at);
	}
	return ok;
}

static bool collect(struct collector *c, const json_t *value, const char *path)
{
	if (json_is_array(value))
		return collect_list(c, value, path);
	if (json_is_integer(value) || json_is_string(value))
		return collect_item(c, value, path);
	return collector_want(c, value, path,
			      "a number, \"FIRST-LAST\", \"FIRST-LAST/STEP\" or a list of these");
}

bool range_parse(const json_t *value, const char *path, unsigned min, unsigned max,
		 struct range *ret, struct problems *p)
{
	AUTO_FREE struct collector *c = calloc(1, sizeof(*c));

	assert(min <= max && max - min < RANGE_NUMBERS_MAX);
	if (c == NULL) {
		problems_error(p, path, "out of memory");
		return false;
	}
	c->min = min;
	c->max = max;
	c->p = p;
	if (!collect(c, value, path)) {
		range_release(&c->range);
		return false;
	}
	range_release(ret);
	*ret = c->range;
	return true;
}

bool range_has(const struct range *r, unsigned number)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->numbers[i] == number)
			return true;
	return false;
}

/* How many numbers from numbers[0] on go up by one and the same step. */
static size_t run_length(const unsigned *numbers, size_t count)
{
	size_t n = 2;

	if (count < 2 || numbers[1] <= numbers[0])
		return 1;
	while (n < count && numbers[n] > numbers[n - 1] &&
	       numbers[n] - numbers[n - 1] == numbers[1] - numbers[0])
		n++;
	return n;
}

void range_format(const struct range *r, struct buf *ret)
{
	for (size_t i = 0, run; i < r->count; i += run) {
		const unsigned *numbers = r->numbers + i;
		unsigned step;

		run = run_length(numbers, r->count - i);
		step = run > 1 ? numbers[1] - numbers[0] : 1;
		if (run == 2 && step > 1)
			run = 1;
		buf_addf(ret, "%s%u", i > 0 ? ", " : "", numbers[0]);
		if (run > 1)
			buf_addf(ret, "-%u", numbers[run - 1]);
		if (run > 1 && step > 1)
			buf_addf(ret, "/%u", step);
	}
}

void range_release(struct range *r)
{
	free(r->numbers);
	*r = (struct range) { 0 };
}
