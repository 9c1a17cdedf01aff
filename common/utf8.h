/* utf8.h - hostile text made fit to show, and to be cut.
 *
 * What is not well-formed UTF-8 (RFC 3629), or would steer a terminal or
 * reorder a line (controls, line separators, bidirectional marks), is written
 * as \xHH, byte by byte.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define UTF8_BYTES_MAX 4 /* of one sequence */

/* Bytes of the well-formed sequence that text begins with, 0 for none. */
size_t utf8_sequence(const char *text, size_t len);

/* The length without a sequence that is cut short at the end. */
size_t utf8_trim(const char *text, size_t len);

/* Would this well-formed sequence of n bytes steer a terminal or a line? */
bool utf8_is_harmful(const char *text, size_t n);

/* Append text as one harmless line. */
void utf8_escape(struct buf *ret, const char *text);

#endif
