/* peer.c - see peer.h. */
#include "servers/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static void set_ipv4(struct peer *peer, const void *address)
{
	peer->family = AF_INET;
	memcpy(peer->address, address, 4);
	peer->loopback = peer->address[0] == IN_LOOPBACKNET;
}

static void set_ipv6(struct peer *peer, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		set_ipv4(peer, address->s6_addr + 12);
		return;
	}
	peer->family = AF_INET6;
	memcpy(peer->address, address, sizeof(*address));
	peer->loopback = IN6_IS_ADDR_LOOPBACK(address);
}

void peer_init(struct peer *peer, const struct sockaddr *address, socklen_t len)
{
	*peer = (struct peer) { .family = AF_UNIX };
	if (len >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		set_ipv4(peer, &in->sin_addr);
		peer->port = ntohs(in->sin_port);
	} else if (len >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		set_ipv6(peer, &in6->sin6_addr);
		peer->port = ntohs(in6->sin6_port);
	}
}

static char *put_byte(char *at, unsigned value)
{
	if (value >= 100)
		*at++ = (char)('0' + value / 100);
	if (value >= 10)
		*at++ = (char)('0' + value / 10 % 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

/* For each line of the access log: inet_ntop(3) costs as much as the rest. */
static size_t format_ipv4(const uint8_t *address, char *ret)
{
	char *at = ret;

	for (int i = 0; i < 4; i++) {
		at = put_byte(at, address[i]);
		*at++ = '.';
	}
	*--at = '\0';
	return (size_t)(at - ret);
}

size_t peer_format(const struct peer *peer, char ret[PEER_TEXT_BYTES])
{
	if (peer->family == AF_INET)
		return format_ipv4(peer->address, ret);
	if (peer->family == AF_UNIX ||
	    inet_ntop(peer->family, peer->address, ret, PEER_TEXT_BYTES) == NULL)
		memcpy(ret, "unix:", sizeof("unix:"));
	return strlen(ret);
}
