/* buf.h - a growable text buffer with a declared maximum.
 *
 * Invariants: data is NUL-terminated whenever it is not NULL; len excludes the
 * NUL and never exceeds max. A write that would pass max or finds no memory
 * adds nothing and sets failed, which stays set: check it once, at the end.
 * Life: BUF_INIT(max), any number of adds, buf_release. Not thread-safe.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/cc.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* owned; NULL while empty */
	size_t len;
	size_t cap;
	size_t max; /* bytes, the NUL excluded */
	bool failed;
};

#define BUF_INIT(max_bytes) \
	{ \
		.max = (max_bytes) \
	}

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list args) ATTR_PRINTF(2, 0);

/* The text so far, "" when empty; borrowed until the next write. */
const char *buf_text(const struct buf *b);

/* Drop the first len bytes (all, when there are fewer). */
void buf_consume(struct buf *b, size_t len);

/* Empty, keeping the memory; failed is cleared. */
void buf_clear(struct buf *b);

/* Hand the text over (free() it); the buffer is empty afterwards. NULL when
 * it failed or memory ran out; never NULL for an empty buffer otherwise. */
char *buf_take(struct buf *b);

void buf_release(struct buf *b);
#define AUTO_BUF __attribute__((cleanup(buf_release)))

#endif
