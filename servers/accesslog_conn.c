/* accesslog_conn.c - what a connection knows of its request, for the log. */
#include "servers/accesslog.h"
#include "servers/loop_impl.h"

#include "common/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct accesslog_text text_of(const char *text)
{
	return (struct accesslog_text) { text, text != NULL ? strlen(text) : 0 };
}

static struct accesslog_text header(const struct request *request, const char *name, size_t len)
{
	struct accesslog_text value = { 0 };

	MHD_lookup_connection_value_n(request->connection, MHD_HEADER_KIND, name, len, &value.text,
				      &value.len);
	return value;
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

/* inet_ntop(3) of an IPv4 address costs as much as the rest of a line. */
static size_t format_ipv4(const struct in_addr *addr, char *ret)
{
	const unsigned char *bytes = (const unsigned char *)addr;
	char *at = ret;

	for (int i = 0; i < 4; i++) {
		at = put_byte(at, bytes[i]);
		*at++ = '.';
	}
	return (size_t)(at - ret) - 1;
}

/* "127.0.0.1", "::1", "unix:"; "-" when nobody has said. */
static size_t format_peer(const struct conn *conn, char *ret, size_t size)
{
	const union MHD_ConnectionInfo *info =
		conn->request.connection == NULL
			? NULL
			: MHD_get_connection_info(conn->request.connection,
						  MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *addr = info != NULL ? info->client_addr : NULL;

	if (addr != NULL && addr->sa_family == AF_INET)
		return format_ipv4(&((const struct sockaddr_in *)(const void *)addr)->sin_addr,
				   ret);
	if (addr != NULL && addr->sa_family == AF_INET6 &&
	    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr, ret,
		      (socklen_t)size) != NULL)
		return strlen(ret);
	return (size_t)snprintf(ret, size, "%s", addr != NULL ? "unix:" : "-");
}

/* What the stage says is known; MHD holds the texts for so long. */
static void add(struct conn *conn, unsigned status, uint64_t bytes)
{
	const struct request *r = &conn->request;
	char addr[INET6_ADDRSTRLEN];
	struct accesslog_entry entry = {
		.site = conn->server->app.site,
		.addr = { addr, format_peer(conn, addr, sizeof(addr)) },
		.status = status,
		.bytes = bytes,
	};

	if (r->stage >= REQUEST_STARTED) {
		entry.duration_us = (clock_mono_ns() - conn->started_ns) / 1000;
		entry.path = text_of(r->path != NULL ? conn->target : NULL);
		entry.query = text_of(r->query);
	}
	if (r->stage >= REQUEST_OPEN) {
		entry.method = text_of(r->method_text);
		entry.version = text_of(r->version);
		entry.referer = header(r, "Referer", strlen("Referer"));
		entry.user_agent = header(r, "User-Agent", strlen("User-Agent"));
	}
	accesslog_add(conn->server->loop->access_log, &entry);
}

void accesslog_request(struct conn *conn, bool whole)
{
	const struct request *r = &conn->request;

	if (r->stage == REQUEST_ANSWERED)
		add(conn, r->status, whole ? r->reply_bytes : ACCESSLOG_UNKNOWN);
}

void accesslog_refusal(struct conn *conn, unsigned status)
{
	if (conn->server->loop->access_log != NULL)
		add(conn, status, ACCESSLOG_UNKNOWN);
}
