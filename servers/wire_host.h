/* wire_host.h - the grammar of a Host header and of a target's authority.
 *
 * uri-host [ ":" port ] (RFC 9110, 7.2; RFC 3986, 3.2), and of that what names
 * a server in practice: letters, digits, '-' and '_' with dots between, or an
 * IPv6 address in brackets. No user, no escapes, no sub-delims: a comma in a
 * Host is two of them joined.
 */
#ifndef SERVERS_WIRE_HOST_H
#define SERVERS_WIRE_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct wire_host {       /* { 0 } is the start */
	uint16_t number; /* the port so far, or a group of an IPv6 address, as hex digits */
	uint8_t state;
	uint8_t digits; /* of number, saturating */
	uint8_t groups; /* of an IPv6 address, 16 bits each */
	uint8_t marks;  /* of an IPv6 address: see wire_host.c */
};

/* Take what belongs to a host off the front, up to the byte that does not;
 * NULL: it is none, whatever follows. */
const uint8_t *wire_host_take(struct wire_host *host, const uint8_t *p, const uint8_t *end);

/* It may end here. */
bool wire_host_whole(const struct wire_host *host);

#endif
