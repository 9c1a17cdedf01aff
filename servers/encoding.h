/* encoding.h - which compressed variant a client takes (RFC 9110, 12.5.3). */
#ifndef SERVERS_ENCODING_H
#define SERVERS_ENCODING_H

#include <stddef.h>

enum encoding { ENCODING_BR, ENCODING_GZIP, ENCODING_IDENTITY, ENCODING_COUNT };

/* What the client takes, best first: by its weight, then in the order above.
 * Returns how many; identity is always among them, even when the client says
 * it takes nothing that we have: an answer is better than none. NULL header:
 * identity alone. */
size_t encoding_choices(const char *header, enum encoding ret[ENCODING_COUNT]);

/* "br", "gzip"; NULL for identity. */
const char *encoding_name(enum encoding encoding);

/* ".br", ".gz"; "" for identity. */
const char *encoding_suffix(enum encoding encoding);

#endif
