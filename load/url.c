/* url.c - see url.h. */
#include "load/url.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <strings.h>

#define HTTP_PORT 80
#define SHOWN 60 /* bytes of what was given, in an error */

static int take_scheme(const char **text, struct error *e)
{
	static const char http[] = "http://";
	const char *colon = strstr(*text, "://");

	if (strncasecmp(*text, http, strlen(http)) == 0) {
		*text += strlen(http);
		return 0;
	}
	if (strncasecmp(*text, "https:", 6) == 0)
		return error_set(e, EINVAL,
				 "https is not driven, only http: give the server's http:// URL");
	if (colon != NULL)
		return error_set(e, EINVAL, "only http is driven, not \"%.*s\"",
				 (int)MIN(colon - *text, SHOWN), *text);
	return error_set(e, EINVAL, "want http://HOST[:PORT][/PATH], got \"%.*s\"", SHOWN, *text);
}

/* A name's bytes, or an IPv4 address's: RFC 3986 3.2.2 without escapes. */
static size_t name_span(const char *text)
{
	return strspn(text, "-._0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/* "name" or "[::1]"; *ret_bytes: of it with the brackets. */
static int read_host(struct url *url, const char *authority, size_t *ret_bytes, struct error *e)
{
	struct in6_addr address;
	bool ipv6 = authority[0] == '[';
	size_t len = ipv6 ? strcspn(authority + 1, "]/?#") : name_span(authority);

	if (len >= sizeof(url->name) - sizeof("[]:65535"))
		return error_set(e, ENAMETOOLONG, "a host of more than %zu bytes",
				 sizeof(url->name) - sizeof("[]:65535") - 1);
	memcpy(url->name, authority + ipv6, len);
	url->name[len] = '\0';
	if (len == 0)
		return error_set(e, EINVAL, "the host is missing: want http://HOST[:PORT]");
	if (ipv6 && (authority[len + 1] != ']' || inet_pton(AF_INET6, url->name, &address) != 1))
		return error_set(e, EINVAL, "\"[%s\" is no IPv6 address in brackets: want [::1]",
				 url->name);
	*ret_bytes = len + (ipv6 ? 2 : 0);
	return 0;
}

/* text: from the colon on, if there is one; len bytes. Empty is the default as
 * well (RFC 3986 3.2.3). */
static int read_port(struct url *url, const char *text, size_t len, struct error *e)
{
	char digits[8];
	uint64_t port;

	if (len == 0 || (len == 1 && text[0] == ':'))
		return 0;
	if (text[0] != ':')
		return error_set(e, EINVAL, "'%.*s' behind the host: want :PORT or /PATH",
				 (int)MIN(len, (size_t)SHOWN), text);
	snprintf(digits, sizeof(digits), "%.*s", (int)MIN(len - 1, (size_t)SHOWN), text + 1);
	if (!number_parse(digits, 1, UINT16_MAX, &port))
		return error_set(e, EINVAL, "want a port within 1..65535, got \"%.*s\"",
				 (int)MIN(len - 1, (size_t)SHOWN), text + 1);
	url->port = (uint16_t)port;
	return 0;
}

static int read_authority(struct url *url, const char *text, size_t len, struct error *e)
{
	size_t host_bytes = 0;
	int r;

	if (memchr(text, '@', len) != NULL)
		return error_set(e, EINVAL,
				 "a user name in a URL is not sent: take it out, and use --header");
	r = read_host(url, text, &host_bytes, e);
	if (r == 0)
		r = read_port(url, text + host_bytes, len - host_bytes, e);
	if (r < 0)
		return r;
	if (url->port == HTTP_PORT)
		snprintf(url->host, sizeof(url->host), "%.*s", (int)host_bytes, text);
	else
		snprintf(url->host, sizeof(url->host), "%.*s:%u", (int)host_bytes, text, url->port);
	return 0;
}

/* text: "", or from a "/", a "?" or a "#" on. */
static int read_path(struct url *url, const char *text, struct error *e)
{
	size_t len = strcspn(text, "#"), slash = text[0] == '/' ? 0 : 1;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return error_set(e, EINVAL, "byte 0x%02x in the path: write it as %%%02X",
					 (unsigned char)text[i], (unsigned char)text[i]);
	if (len + slash >= sizeof(url->path))
		return error_set(e, ENAMETOOLONG, "a path of more than %zu bytes",
				 sizeof(url->path) - 1);
	url->path[0] = '/';
	memcpy(url->path + slash, text, len);
	url->path[len + slash] = '\0';
	return 0;
}

int url_parse(struct url *ret, const char *text, struct error *e)
{
	struct url url = { .port = HTTP_PORT };
	size_t len;
	int r = take_scheme(&text, e);

	if (r < 0)
		return r;
	len = strcspn(text, "/?#");
	r = read_authority(&url, text, len, e);
	if (r == 0)
		r = read_path(&url, text + len, e);
	if (r == 0)
		*ret = url;
	return r;
}

/* Does somebody listen there, and answer in time? */
static bool accepts(const struct address *a)
{
	AUTO_CLOSE int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (fd < 0)
		return false;
	if (connect(fd, &a->any, a->len) == 0)
		return true;
	if (errno != EINPROGRESS || poll(&pollfd, 1, URL_PROBE_MS) != 1)
		return false;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

size_t url_choose(const struct address *addresses, size_t count)
{
	for (size_t i = 0; i < count && count > 1; i++)
		if (accepts(&addresses[i]))
			return i;
	return 0;
}

int url_resolve(const struct url *url, struct address *ret, struct error *e)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	struct address addresses[URL_ADDRESSES_MAX] = { { .len = 0 } };
	struct addrinfo *found = NULL;
	size_t count = 0;
	char port[8];
	int r;

	snprintf(port, sizeof(port), "%u", url->port);
	r = getaddrinfo(url->name, port, &hints, &found);
	if (r == EAI_SYSTEM)
		return error_errno(e, errno, "host \"%s\"", url->name);
	if (r != 0)
		return error_set(e, EHOSTUNREACH, "host \"%s\": %s", url->name, gai_strerror(r));
	for (const struct addrinfo *i = found; i != NULL && count < URL_ADDRESSES_MAX;
	     i = i->ai_next) {
		addresses[count].len = i->ai_addrlen;
		memcpy(&addresses[count++].storage, i->ai_addr, i->ai_addrlen);
	}
	freeaddrinfo(found);
	*ret = addresses[url_choose(addresses, count)];
	return 0;
}
