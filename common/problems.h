/* problems.h - everything that is wrong with a config, not the first only.
 *
 * A problem is a path ("port_groups.blue.ports"; "" for the whole) and a text
 * ("want …, got …"). Errors stop a start, warnings do not. Paths and texts may
 * hold hostile input: control characters are escaped when a problem is added.
 * At most PROBLEMS_MAX are kept, all are counted.
 */
#ifndef COMMON_PROBLEMS_H
#define COMMON_PROBLEMS_H

#include "common/cc.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define PROBLEMS_MAX 200

struct problem {
	char *path; /* owned */
	char *text; /* owned */
	bool warning;
};

struct problems { /* { 0 } is empty */
	struct problem *list;
	size_t kept;
	size_t errors;   /* all, also those not kept */
	size_t warnings; /* all, also those not kept */
};

void problems_error(struct problems *p, const char *path, const char *fmt, ...) ATTR_PRINTF(3, 4);
void problems_warning(struct problems *p, const char *path, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* Whether one that was kept has exactly this path. */
bool problems_has(const struct problems *p, const char *path);

/* One line each: "PREFIX: PATH: TEXT", warnings as "PREFIX: warning: PATH: TEXT";
 * prefix NULL: none. Ends with a line that counts what was not kept. */
void problems_format(const struct problems *p, const char *prefix, struct buf *ret);

void problems_release(struct problems *p);

#endif
