/* accept.h - what a client weighs: Accept and its like (RFC 9110, 12.4.2). */
#ifndef SERVERS_ACCEPT_H
#define SERVERS_ACCEPT_H

#include <stddef.h>

/* How well an element of the list, its parameters taken off, fits what is
 * looked for: 0 not at all, more is more specific. */
typedef unsigned accept_match_fn(const char *element, size_t len, const char *what);

/* The weight, 0 to 1000, of the element that fits best, the first of equals;
 * -1: none fits. */
int accept_weight(const char *header, const char *what, accept_match_fn *match);

/* How much the header wants a type ("text/html"), in thousandths, 0 to 1000.
 * The most specific range that matches decides (RFC 9110, 12.5.1); parameters
 * other than q are passed over. NULL or an empty header wants everything. */
unsigned accept_quality(const char *header, const char *type);

#endif
