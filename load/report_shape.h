/* report_shape.h - what a document must look like, as tables, and the look at it.
 *
 * For what is large and hostile: the path of a value is put together only
 * when it is wanted for a complaint.
 */
#ifndef LOAD_REPORT_SHAPE_H
#define LOAD_REPORT_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct error;

enum shape_type {
	SHAPE_OBJECT,
	SHAPE_LIST,
	SHAPE_COUNT,  /* whole, 0 to most */
	SHAPE_NUMBER, /* 0 to REPORT_NUMBER_MAX */
	SHAPE_TEXT,   /* of at most REPORT_TEXT_MAX bytes */
	SHAPE_BOOL,
	SHAPE_CHOICE,
	SHAPE_HISTOGRAM,
	SHAPE_ANY, /* somebody else looks at it */
};

struct shape {
	const char *key;
	enum shape_type type;
	uint64_t most;              /* COUNT, 0: REPORT_COUNT_MAX; LIST: of items */
	const struct shape *of;     /* OBJECT: its keys, ended by one without; LIST: an item */
	const char *const *choices; /* ended by NULL */
	bool or_null, optional;
};

/* Where a value is: a list from it up to the document, on the stack. */
struct shape_at {
	const struct shape_at *up; /* NULL: this is the document */
	const char *key;           /* NULL: it is an item, and at index */
	size_t index;
	uint64_t *values; /* of the document alone: how many all histograms have together */
};

/* -EINVAL with the path and what is wanted there. All histograms together have
 * at most REPORT_COUNT_MAX values. */
int shape_check(const struct shape *shape, const json_t *value, const struct shape_at *at,
		struct error *e);

/* "ports[3].url: want TEXT"; -EINVAL. */
int shape_want(const struct shape_at *at, const char *want, struct error *e);

#endif
