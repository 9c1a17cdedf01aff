/* query.h - what a URL says beside its path: percent-decoding and "a=b&c=d".
 *
 * Names and values go into buffers of the caller's, bounded; what is malformed
 * is refused, never guessed at.
 */
#ifndef SERVERS_QUERY_H
#define SERVERS_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#define QUERY_NAME_BYTES 32
#define QUERY_VALUE_BYTES 512

/* Decode len bytes of raw (RFC 3986, 2.1) into ret, with a NUL. plus: a '+'
 * is a blank, as forms send it. -EINVAL: a malformed escape, or %00;
 * -ENAMETOOLONG. */
int query_decode(const char *raw, size_t len, bool plus, char *ret, size_t size);

struct query_pair {
	char name[QUERY_NAME_BYTES];
	char value[QUERY_VALUE_BYTES]; /* "" for a name alone */
};

/* The next pair of *query, which moves behind it; empty ones are left out.
 * 1, 0 at the end (NULL is at its end), or -errno as above. */
int query_next(const char **query, struct query_pair *ret);

#endif
