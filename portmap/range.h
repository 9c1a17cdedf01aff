/* range.h - ordered sets of numbers: ports and START_SEQUENCE_NUMs.
 *
 * In a config: 7, "A-B", "A-B/STEP", several of these with commas between, or
 * a list. The order is kept (a port queue is filled in it); a number named
 * twice is an error.
 */
#ifndef PORTMAP_RANGE_H
#define PORTMAP_RANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct problems;

#define RANGE_NUMBERS_MAX 65536

struct range {             /* { 0 } is empty */
	unsigned *numbers; /* owned */
	size_t count;
};

/* Numbers within min..max, a window of at most RANGE_NUMBERS_MAX. Reports
 * through p at path and leaves *ret alone on failure; a former content of
 * *ret is freed on success. */
bool range_parse(const json_t *value, const char *path, unsigned min, unsigned max,
		 struct range *ret, struct problems *p);

bool range_has(const struct range *r, unsigned number);

/* "11000-11005", "3-9/2, 20": a short text that parses to the same. */
void range_format(const struct range *r, struct buf *ret);

void range_release(struct range *r);

#endif
