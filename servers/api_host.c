/* api_host.c - see api_host.h. */
#include "servers/api_host.h"

#include "common/cc.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define HOST_NAME_MAX_BYTES 255

/* The end of the host in "host", "host:port", "[v6]", "[v6]:port"; NULL when
 * it is none of these. *ret_begin skips the bracket. */
static const char *host_end(const char *host, const char **ret_begin)
{
	const char *end, *port;

	*ret_begin = host;
	if (host[0] == '[') {
		*ret_begin = host + 1;
		end = strchr(host, ']');
		port = end != NULL ? end + 1 : NULL;
	} else {
		end = port = host + strcspn(host, ":");
	}
	if (port == NULL)
		return NULL;
	if (*port == ':')
		for (port++; isdigit((unsigned char)*port); port++)
			;
	return *port == '\0' ? end : NULL;
}

static bool is_loopback_v4(const char *name)
{
	return strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") == strlen(name);
}

/* Rebinding needs a name: an address says no more than what was dialled. With
 * a wildcard it may be any of this machine's. */
static bool is_own_address(const char *name, const char *own)
{
	struct in6_addr theirs, ours;
	char bare[INET6_ADDRSTRLEN];
	bool v6 = inet_pton(AF_INET6, name, &theirs) == 1;

	/* Without its interface, which no Host has (RFC 6874, 4). */
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(own, "%"), own);
	if (inet_pton(AF_INET6, bare, &ours) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&ours))
		return v6 && IN6_ARE_ADDR_EQUAL(&theirs, &ours);
	if (strcmp(own, "0.0.0.0") != 0 && strchr(own, ':') == NULL)
		return strcmp(name, own) == 0;
	return v6 || inet_pton(AF_INET, name, &theirs) == 1;
}

bool api_host_allowed(const char *host, const char *own, const char *const *more)
{
	char name[HOST_NAME_MAX_BYTES + 1];
	const char *begin, *end;
	size_t len;

	if (host == NULL || (end = host_end(host, &begin)) == NULL)
		return false;
	len = (size_t)(end - begin);
	if (len == 0 || len > HOST_NAME_MAX_BYTES)
		return false;
	memcpy(name, begin, len);
	name[len] = '\0';
	if (strcasecmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
	    is_loopback_v4(name) || is_own_address(name, own))
		return true;
	for (; more != NULL && *more != NULL; more++)
		if (strcasecmp(name, *more) == 0)
			return true;
	return false;
}
