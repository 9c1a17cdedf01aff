/* address.h - where a server listens: IPv4, IPv6, or a Unix socket's path. */
#ifndef PORTMAP_ADDRESS_H
#define PORTMAP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct error;

struct address {
	socklen_t len; /* of the sockaddr in use, 0: none */
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_storage storage;
	};
};

/* "127.0.0.1", "::1", "fe80::1%eth0" with a port; numbers only, no names.
 * RFC 4291 2.2 and RFC 4007 11 for the texts. An IPv4 address written as IPv6
 * is refused, so that one address has one form. */
int address_from_ip(struct address *ret, const char *ip, unsigned port, struct error *e);

/* A path of at most 107 bytes (unix(7)). */
int address_from_path(struct address *ret, const char *path, struct error *e);

/* "127.0.0.1:11000", "[::1]:80", "unix:/run/a.sock" */
#define ADDRESS_TEXT_BYTES 128
void address_format(const struct address *a, char *ret, size_t size);

/* "http://127.0.0.1:11000/", "http://[::1]:80/"; a Unix socket as above. A
 * wildcard address is shown as the loopback of its family. */
void address_url(const struct address *a, char *ret, size_t size);

/* The two cannot be bound at once: same port, same family, and the same
 * address or one of them the wildcard; or the same path. */
bool address_conflicts(const struct address *a, const struct address *b);

#endif
