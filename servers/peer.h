/* peer.h - the address of a connection's client, in few bytes: 10,000 idle
 * connections each have one. An IPv4 address that came mapped into IPv6 is
 * IPv4 here.
 */
#ifndef SERVERS_PEER_H
#define SERVERS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PEER_TEXT_BYTES 48

struct peer {
	uint8_t address[16]; /* of family; the rest is 0 */
	uint16_t port;       /* 0 for a Unix socket */
	uint8_t family;      /* AF_INET, AF_INET6, AF_UNIX */
	bool loopback;       /* 127.0.0.0/8, ::1 */
};

/* Of what accept4(2) gave; AF_UNIX when it is anything else. */
void peer_init(struct peer *peer, const struct sockaddr *address, socklen_t len);

/* "127.0.0.1", "::1", "unix:", and a NUL; returns the length. */
size_t peer_format(const struct peer *peer, char ret[PEER_TEXT_BYTES]);

#endif
