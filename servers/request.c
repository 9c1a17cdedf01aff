/* request.c - see request.h. */
#include "servers/request.h"

#include "servers/accept.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define LARGE_SEND_BUFFER_BYTES (64 << 10) /* the kernel doubles it */

const char *request_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool request_wants_json(const struct request *request)
{
	const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);

	/* What most programs send needs no weighing. */
	if (accept == NULL || strcmp(accept, "*/*") == 0)
		return false;
	if (strcmp(accept, "application/json") == 0)
		return true;
	return accept_quality(accept, "application/json") > accept_quality(accept, "text/html");
}

bool request_reads(const struct request *request)
{
	return request->method == REQUEST_GET || request->method == REQUEST_HEAD;
}

static bool is_loopback(const struct sockaddr *peer)
{
	if (peer == NULL)
		return false;
	if (peer->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)peer)->sin_addr.s_addr) >>
			24) == IN_LOOPBACKNET;
	return peer->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr);
}

void request_prepare_large(const struct request *request)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	int bytes = LARGE_SEND_BUFFER_BYTES;

	if (info == NULL || !is_loopback(info->client_addr))
		return;
	info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		setsockopt(info->connect_fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

enum request_method request_method_find(const char *name)
{
	static const char *const names[] = {
		[REQUEST_GET] = "GET",
		[REQUEST_HEAD] = "HEAD",
		[REQUEST_POST] = "POST",
		[REQUEST_OPTIONS] = "OPTIONS",
	};
	unsigned i;

	for (i = 0; i < REQUEST_OTHER; i++)
		if (strcmp(name, names[i]) == 0)
			break;
	return (enum request_method)i;
}
