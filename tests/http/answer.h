/* answer.h - reading a server's reply without any leniency.
 *
 * Whatever RFC 9110 and 9112 ask of a server's reply is a fault when it is
 * missing: the status line's form, header lines without duplicates or control
 * characters, one Date in its one form, one Content-Length that is true and is
 * there exactly where it may be, a type for a body.
 */
#ifndef TESTS_HTTP_ANSWER_H
#define TESTS_HTTP_ANSWER_H

#include "common/buf.h"

#include <stdbool.h>

#define ANSWER_MAX (64u << 20) /* bytes */

struct answer {
	int status;
	struct buf head; /* status line and header lines, each with its CRLF */
	struct buf body;
};

enum answer_result { ANSWER_MORE, ANSWER_WHOLE, ANSWER_BAD };

/* Take one reply off the front of in; to_head: it is to HEAD. MORE: it is not
 * whole yet, nothing was taken. BAD: *ret_fault says why, borrowed. *ret is
 * released first, and set on WHOLE only. */
enum answer_result answer_take(struct buf *in, bool to_head, struct answer *ret,
			       const char **ret_fault);
void answer_release(struct answer *answer);

/* Append the value of a header, the name without regard to case. False: it
 * has none. */
bool answer_header(const struct answer *answer, const char *name, struct buf *ret);

#endif
