/* accept.h - the Accept header, as far as choosing between two types needs it. */
#ifndef SERVERS_ACCEPT_H
#define SERVERS_ACCEPT_H

/* How much the header wants a type ("text/html"), in thousandths, 0 to 1000.
 * The most specific range that matches decides (RFC 9110, 12.5.1); parameters
 * other than q are passed over. NULL or an empty header wants everything. */
unsigned accept_quality(const char *header, const char *type);

#endif
