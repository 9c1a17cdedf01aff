/* json_check.h - is this one JSON value (RFC 8259)?
 *
 * Strict: no comments, no trailing commas, text is well-formed UTF-8, escapes
 * of surrogates come in pairs. Pure, no allocation, any input. Containers may
 * be as deep as jansson takes them; numbers may be of any size, as in the RFC.
 */
#ifndef WORK_JSON_CHECK_H
#define WORK_JSON_CHECK_H

#include <stddef.h>

#define JSON_CHECK_DEPTH_MAX 2048 /* of values within values */

/* NULL: it is, with nothing but blanks around it. Otherwise what is wanted,
 * and *ret_at where. */
const char *json_check(const char *text, size_t len, size_t *ret_at);

#endif
