/* admission.h - who may have a connection: limits per server, per address and
 * per second, looked at when it has been accepted.
 *
 * Addresses are counted in an open-addressing hash of the loop (linear probing,
 * backward-shift deletion) that is at most half full, since every entry has a
 * connection; an IPv6 client counts as its /64. The hash is keyed at random:
 * clients choose their addresses. Clients of a Unix socket have none and are
 * not counted. Only the loop's thread calls.
 */
#ifndef SERVERS_ADMISSION_H
#define SERVERS_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;
struct server;

struct addresses {                     /* { 0 }: none are counted */
	struct address_count *entries; /* owned */
	unsigned bits;                 /* of an index */
	uint64_t factor, offset;       /* of the hash, random */
};

/* Room for max addresses. 0 or -ENOMEM. */
int addresses_init(struct addresses *addresses, size_t max);
void addresses_release(struct addresses *addresses);

/* Count one more of the address, unless it has max; false: it has. */
bool addresses_enter(struct addresses *addresses, const struct peer *peer, uint32_t max);
void addresses_leave(struct addresses *addresses, const struct peer *peer);

/* May the server have a connection more? Then it is counted until
 * admission_leave(). */
bool admission_enter(struct server *server, const struct peer *peer);
void admission_leave(struct server *server, const struct peer *peer);

#endif
