/* error.h - one error, with its context, on the way up.
 *
 * A function that can fail takes a struct error * last (NULL: the caller does
 * not want the text) and returns 0 or a negative errno value. Each layer
 * prefixes what it was doing; only launcher/ prints.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "common/cc.h"

struct error {
	int code;       /* errno value, 0: none */
	char text[512]; /* outermost action first, cause last */
};

/* Both return -code, so that: return error_set(e, EINVAL, ...);
 * A text that does not fit is cut at the end of the buffer. */
int error_set(struct error *e, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);
int error_prefix(struct error *e, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* error_set with ": strerror(code)" behind the text. */
int error_errno(struct error *e, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);

#endif
