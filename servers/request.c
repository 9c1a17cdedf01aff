/* request.c - see request.h. */
#include "servers/request.h"

#include "servers/accept.h"
#include "servers/conn.h"

#include <microhttpd.h>
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

void request_prepare_large(struct request *request)
{
	struct conn *conn = conn_of(request);
	int bytes = LARGE_SEND_BUFFER_BYTES;

	if (!conn->peer.loopback || conn->buffer_set)
		return;
	conn->buffer_set = true;
	setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
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
