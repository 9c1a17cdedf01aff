/* json_escape.h - what of a text may stand in a JSON string as it is.
 *
 * Why: text is long runs of plain characters with an exception here and there.
 * The runs are found a word at a time, the exceptions are dealt with singly.
 */
#ifndef COMMON_JSON_ESCAPE_H
#define COMMON_JSON_ESCAPE_H

#include <stddef.h>

#define JSON_ESCAPE_BYTES_MAX 6 /* of one ASCII character, "\u0000" */

/* How many bytes text begins with that are printable ASCII and neither a quote
 * nor a backslash. */
size_t json_escape_plain(const char *text, size_t len);

/* An ASCII character that is not plain, as JSON; returns the bytes in ret. */
size_t json_escape_ascii(char c, char ret[JSON_ESCAPE_BYTES_MAX]);

#endif
