/* url.h - "http://127.0.0.1:8080/page?n=1": a server that is not ours, to be driven.
 *
 * RFC 3986, as much of it as names an HTTP server: a host in numbers or by
 * name, a port, a path with a query.
 */
#ifndef LOAD_URL_H
#define LOAD_URL_H

#include "portmap/address.h"

#include <stdint.h>

struct error;

#define URL_PATH_BYTES 8192

struct url {
	char host[ADDRESS_TEXT_BYTES]; /* the Host header's value: "[::1]:8080", "example.org" */
	char name[ADDRESS_TEXT_BYTES]; /* what is resolved: "::1", "example.org" */
	uint16_t port;                 /* 80 when none was given */
	char path[URL_PATH_BYTES];     /* from its "/" on, with the query */
};

/* No look-up: pure. A fragment is dropped, since no server gets to see it. -EINVAL
 * with what is wrong: another scheme, a user name, a byte that must be escaped. */
int url_parse(struct url *ret, const char *text, struct error *e);

/* What the name stands for: getaddrinfo(3), and of several addresses the one that
 * url_choose() takes. Waits for the name servers. */
int url_resolve(const struct url *url, struct address *ret, struct error *e);

/* The first of them that accepts a connection within URL_PROBE_MS, else the first of
 * all: "localhost" is often ::1 and 127.0.0.1, and a server listens on one of them.
 * Of one nothing is asked. */
#define URL_ADDRESSES_MAX 16
#define URL_PROBE_MS 1000
size_t url_choose(const struct address *addresses, size_t count);

#endif
