/* address.c - see address.h. */
#include "portmap/address.h"

#include "common/error.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IPV6_TEXT_BYTES (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

static const struct sockaddr_in *as_in(const struct address *a)
{
	return (const void *)&a->storage;
}

static const struct sockaddr_in6 *as_in6(const struct address *a)
{
	return (const void *)&a->storage;
}

/* The interface behind the '%', by name or number; 0: there is none. */
static unsigned scope_id(const char *zone)
{
	uint64_t number;

	if (number_parse(zone, 1, UINT32_MAX, &number))
		return (unsigned)number;
	return if_nametoindex(zone);
}

static int no_address(struct error *e, const char *ip)
{
	return error_set(e, EINVAL, "want an IP address in numbers (127.0.0.1, ::1), got \"%.60s\"",
			 ip);
}

static int from_ipv6(struct sockaddr_in6 *ret, const char *ip, struct error *e)
{
	char bare[INET6_ADDRSTRLEN];
	const char *zone = strchr(ip, '%');
	size_t len = zone != NULL ? (size_t)(zone - ip) : strlen(ip);
	bool local;

	if (len >= sizeof(bare))
		return no_address(e, ip);
	memcpy(bare, ip, len);
	bare[len] = '\0';
	if (inet_pton(AF_INET6, bare, &ret->sin6_addr) != 1)
		return no_address(e, ip);
	if (IN6_IS_ADDR_V4MAPPED(&ret->sin6_addr))
		return error_set(e, EINVAL, "write \"%s\" as an IPv4 address", bare);
	local = IN6_IS_ADDR_LINKLOCAL(&ret->sin6_addr);
	if (zone == NULL && local)
		return error_set(e, EINVAL,
				 "the link-local \"%s\" needs its interface: \"%s%%NAME\"", bare,
				 bare);
	if (zone != NULL && !local)
		return error_set(e, EINVAL, "only a link-local address has an interface: \"%.60s\"",
				 ip);
	ret->sin6_scope_id = zone != NULL ? scope_id(zone + 1) : 0;
	if (zone != NULL && ret->sin6_scope_id == 0)
		return error_set(e, ENODEV, "this machine has no interface \"%.60s\"", zone + 1);
	ret->sin6_family = AF_INET6;
	return 0;
}

int address_from_ip(struct address *ret, const char *ip, unsigned port, struct error *e)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (void *)&a.storage;
	struct sockaddr_in6 *in6 = (void *)&a.storage;
	int r;

	if (port > UINT16_MAX)
		return error_set(e, EINVAL, "want a port within 0..65535, got %u", port);
	if (inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		*ret = a;
		return 0;
	}
	a = (struct address) { .len = sizeof(*in6) };
	r = from_ipv6(in6, ip, e);
	if (r < 0)
		return r;
	in6->sin6_port = htons((uint16_t)port);
	*ret = a;
	return 0;
}

int address_from_path(struct address *ret, const char *path, struct error *e)
{
	struct address a = { .len = 0 };
	size_t len = strlen(path);

	if (len == 0)
		return error_set(e, EINVAL, "the path is empty");
	if (len >= sizeof(a.un.sun_path))
		return error_set(e, ENAMETOOLONG, "a socket's path has at most %zu bytes, got %zu",
				 sizeof(a.un.sun_path) - 1, len);
	a.un.sun_family = AF_UNIX;
	memcpy(a.un.sun_path, path, len + 1);
	a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	*ret = a;
	return 0;
}

/* The address alone, its interface behind percent; size >= IPV6_TEXT_BYTES + 2. */
static void ipv6_text(const struct sockaddr_in6 *in6, const char *percent, char *ret, size_t size)
{
	char name[IF_NAMESIZE];
	size_t len;

	inet_ntop(AF_INET6, &in6->sin6_addr, ret, (socklen_t)size);
	if (in6->sin6_scope_id == 0)
		return;
	len = strlen(ret);
	if (if_indextoname(in6->sin6_scope_id, name) != NULL)
		snprintf(ret + len, size - len, "%s%s", percent, name);
	else
		snprintf(ret + len, size - len, "%s%u", percent, in6->sin6_scope_id);
}

void address_format(const struct address *a, char *ret, size_t size)
{
	char ip[IPV6_TEXT_BYTES + 2];

	if (a->len == 0) {
		snprintf(ret, size, "-");
	} else if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &as_in(a)->sin_addr, ip, sizeof(ip));
		snprintf(ret, size, "%s:%u", ip, ntohs(as_in(a)->sin_port));
	} else if (a->any.sa_family == AF_INET6) {
		ipv6_text(as_in6(a), "%", ip, sizeof(ip));
		snprintf(ret, size, "[%s]:%u", ip, ntohs(as_in6(a)->sin6_port));
	} else {
		snprintf(ret, size, "unix:%s", a->un.sun_path);
	}
}

static bool is_wildcard(const struct address *a)
{
	if (a->any.sa_family == AF_INET)
		return as_in(a)->sin_addr.s_addr == htonl(INADDR_ANY);
	return a->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&as_in6(a)->sin6_addr);
}

void address_url(const struct address *a, char *ret, size_t size)
{
	char ip[IPV6_TEXT_BYTES + 2];

	if (a->len == 0 || a->any.sa_family == AF_UNIX) {
		address_format(a, ret, size);
	} else if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &as_in(a)->sin_addr, ip, sizeof(ip));
		snprintf(ret, size, "http://%s:%u/", is_wildcard(a) ? "127.0.0.1" : ip,
			 ntohs(as_in(a)->sin_port));
	} else {
		ipv6_text(as_in6(a), "%25", ip, sizeof(ip)); /* RFC 6874, 2 */
		snprintf(ret, size, "http://[%s]:%u/", is_wildcard(a) ? "::1" : ip,
			 ntohs(as_in6(a)->sin6_port));
	}
}

static bool same_ip(const struct address *a, const struct address *b)
{
	const struct sockaddr_in6 *a6 = as_in6(a), *b6 = as_in6(b);

	if (a->any.sa_family == AF_INET)
		return as_in(a)->sin_addr.s_addr == as_in(b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr) &&
	       a6->sin6_scope_id == b6->sin6_scope_id;
}

bool address_conflicts(const struct address *a, const struct address *b)
{
	if (a->len == 0 || b->len == 0 || a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_UNIX)
		return strcmp(a->un.sun_path, b->un.sun_path) == 0;
	/* sin_port and sin6_port lie at the same place (netinet/in.h). */
	if (as_in(a)->sin_port != as_in(b)->sin_port || as_in(a)->sin_port == 0)
		return false;
	return is_wildcard(a) || is_wildcard(b) || same_ip(a, b);
}
