/* byterange.c - see byterange.h. */
#include "servers/byterange.h"

#include "common/cc.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* About what a part's boundary and headers take. */
#define GAP_BYTES 80

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* A decimal number; one that is too large is the largest. NULL: no digit. */
static const char *number(const char *p, uint64_t *ret)
{
	uint64_t value = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			value = UINT64_MAX; /* and so it stays */
	*ret = value;
	return p;
}

struct spec { /* one range as it is asked for */
	bool suffix;
	uint64_t first, last; /* of a suffix: first is its length */
};

/* first "-" [last] or "-" length. NULL: neither. */
static const char *spec(const char *p, struct spec *ret)
{
	ret->suffix = *p == '-';
	ret->last = UINT64_MAX;
	if (ret->suffix)
		return number(p + 1, &ret->first);
	p = number(p, &ret->first);
	if (p == NULL || *p != '-')
		return NULL;
	p++;
	if (*p >= '0' && *p <= '9')
		p = number(p, &ret->last);
	return ret->last >= ret->first ? p : NULL;
}

/* False: unsatisfiable. */
static bool resolve(const struct spec *s, uint64_t size, struct byterange *ret)
{
	if (s->suffix) {
		ret->first = size - MIN(s->first, size);
		ret->last = size - 1;
		return s->first > 0 && size > 0;
	}
	ret->first = s->first;
	ret->last = MIN(s->last, size - 1);
	return s->first < size;
}

static bool near(const struct byterange *a, const struct byterange *b)
{
	return (a->first <= b->last || a->first - b->last <= GAP_BYTES) &&
	       (b->first <= a->last || b->first - a->last <= GAP_BYTES);
}

/* All that it is near to becomes one with it. No two of the set are near to each
 * other, so what it grows by brings it no nearer to the rest. */
static void add(struct byterange_set *set, struct byterange range)
{
	size_t into = set->count;

	for (size_t i = 0; i < set->count;) {
		if (!near(&set->part[i], &range)) {
			i++;
			continue;
		}
		range.first = MIN(range.first, set->part[i].first);
		range.last = MAX(range.last, set->part[i].last);
		into = MIN(into, i);
		set->count--;
		memmove(&set->part[i], &set->part[i + 1], (set->count - i) * sizeof(range));
	}
	memmove(&set->part[into + 1], &set->part[into], (set->count - into) * sizeof(range));
	set->part[into] = range;
	set->count++;
}

enum byterange_result byterange_parse(const char *header, uint64_t size, struct byterange_set *ret)
{
	struct byterange_set set = { 0 };
	unsigned asked = 0;
	const char *p = header;

	if (p == NULL || strncasecmp(p, "bytes=", 6) != 0)
		return BYTERANGE_WHOLE;
	p += 6;
	do {
		struct byterange range;
		struct spec s;

		p = skip_blanks(p);
		if (*p == ',')
			continue; /* RFC 9110, 5.6.1.2: an empty element */
		if (*p == '\0')
			break;
		p = spec(p, &s);
		if (p == NULL || ++asked > BYTERANGE_MAX)
			return BYTERANGE_WHOLE;
		if (resolve(&s, size, &range))
			add(&set, range);
		p = skip_blanks(p);
		if (*p != ',' && *p != '\0')
			return BYTERANGE_WHOLE;
	} while (*p++ == ',');
	if (asked == 0)
		return BYTERANGE_WHOLE;
	if (set.count == 0)
		return BYTERANGE_UNSATISFIABLE;
	*ret = set;
	return BYTERANGE_PARTS;
}
