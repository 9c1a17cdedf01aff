/* api_host.h - the Host allow-list of the status endpoint. */
#ifndef SERVERS_API_HOST_H
#define SERVERS_API_HOST_H

#include <stdbool.h>

/* Is the Host header (RFC 9110 7.2; NULL: none) a name that we answer to: a
 * loopback name or address, own (an IP address) or one of more
 * (NULL-terminated, may be NULL), with any port or none? */
bool api_host_allowed(const char *host, const char *own, const char *const *more);

#endif
