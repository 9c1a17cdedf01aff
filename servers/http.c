/* http.c - the MHD daemon of a loop, and what it calls.
 *
 *   NOTIFY_CONNECTION started   conn tied to MHD's connection, listed; its wire attached
 *   URI_LOG_CALLBACK            a request's first line
 *   handler, first call         its head: counted as active
 *   handler, more calls         its body, dropped
 *   handler, last call          the app answers
 *   NOTIFY_COMPLETED            counted; the request is fresh again
 *   NOTIFY_CONNECTION closed    conn unlisted and freed
 *
 * The URI callback's return value is what the later calls get as *con_cls, so
 * that nothing is looked up or allocated for a request.
 */
#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "servers/accesslog.h"
#include "servers/hangup.h"
#include "servers/loop_impl.h"
#include "servers/reply.h"
#include "servers/send.h"
#include "servers/wire_recv.h"

#include <stdlib.h>
#include <string.h>

/* All of it is cleared at every keep-alive request: as small as will do. */
#define POOL_BYTES 8192

/* 1.0 would put an added connection off to its next turn, and lock. All calls
 * for a daemon are of one thread. */
#if MHD_VERSION >= 0x00097707
#define ONE_THREAD MHD_USE_NO_THREAD_SAFETY
#else
#define ONE_THREAD 0
#endif

/* Where MHD has limits of its own, they come first. */
static const struct wire_limits wire_limits = {
	.head_max_bytes = POOL_BYTES,
	.target_max_bytes = POOL_BYTES,
	.body_max_bytes = INT64_MAX,
};

static void connection_started(struct loop *loop, struct conn **ret_context)
{
	struct conn *conn = take_ptr(loop->adding);

	*ret_context = conn;
	if (loop->wire) {
		wire_init(&conn->wire, &loop->wire_limits);
		if (wire_attach(conn->fd, &conn->wire) < 0)
			shutdown(conn->fd, SHUT_RDWR); /* unfiltered is worse than not at all */
	}
	conn_list(conn, &loop->conns);
	loop->conn_count++;
	board_add(&conn->server->cell->connections, 1);
	if (loop->conn_count >= loop->conn_max)
		loop_block(loop, LOOP_BLOCK_FULL);
}

static void connection_closed(struct loop *loop, struct conn *conn)
{
	if (loop->wire)
		wire_detach(conn->fd);
	if (conn->wire.status != 0) {
		board_add(&conn->server->cell->violations, 1);
		accesslog_refusal(conn, conn->wire.status);
	}
	send_closed(conn->fd);
	conn_unlist(conn);
	loop->conn_count--;
	board_add(&conn->server->cell->connections, (uint64_t)-1);
	free(conn->target);
	free(conn);
}

static void on_connection(void *cls, struct MHD_Connection *connection ATTR_UNUSED,
			  void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	struct loop *loop = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connection_started(loop, (struct conn **)socket_context);
	else
		connection_closed(loop, *socket_context);
}

/* MHD decodes and cuts its own copy: the target is kept as it was sent. False:
 * no memory. */
static bool keep_target(struct conn *conn, const char *uri)
{
	size_t size = strlen(uri) + 1;

	if (size > conn->target_room) {
		char *target = realloc(conn->target, size);

		if (target == NULL)
			return false;
		conn->target = target;
		conn->target_room = size;
	}
	memcpy(conn->target, uri, size);
	return true;
}

/* RFC 9112, 3.2: origin-form, absolute-form, asterisk-form. */
static void split_target(struct conn *conn)
{
	const char *path = conn->target;
	char *query = strchr(conn->target, '?');

	if (query != NULL)
		*query++ = '\0';
	if (path[0] != '/' && strstr(path, "://") != NULL) {
		path = strchr(strstr(path, "://") + 3, '/');
		if (path == NULL)
			path = "/";
	}
	conn->request.path = path;
	conn->request.query = query;
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const struct loop *loop = cls;
	struct conn *conn = info->socket_context;

	if (loop->access_log != NULL)
		conn->started_ns = clock_mono_ns();
	conn->request.connection = connection;
	conn->request.stage = REQUEST_STARTED;
	conn->request.path = NULL;
	conn->request.query = NULL;
	if (keep_target(conn, uri))
		split_target(conn);
	return &conn->request;
}

/* Decoding is ours: a copy that nobody reads is left as it is. */
static size_t unescape_nothing(void *cls ATTR_UNUSED, struct MHD_Connection *connection ATTR_UNUSED,
			       char *text)
{
	return strlen(text);
}

static struct reply reply_to(const struct loop *loop, struct request *request)
{
	return (struct reply) {
		.request = request,
		.now = (time_t)ev_now(loop->ev),
		.last = loop->drain != DRAIN_NONE,
	};
}

/* The cases in which MHD is sure to close behind the reply. */
static bool client_closes(const struct request *request)
{
	const char *connection = request_header(request, MHD_HTTP_HEADER_CONNECTION);

	if (connection == NULL)
		return strcmp(request->version, MHD_HTTP_VERSION_1_0) == 0;
	return strcasecmp(connection, "close") == 0;
}

static bool has_nul(const char *path)
{
	return strstr(path, "%00") != NULL;
}

/* The app answers. What it leaves unanswered closes the connection. */
static enum MHD_Result answer(struct loop *loop, struct request *request)
{
	struct app *app = &conn_of(request)->server->app;
	struct reply reply = reply_to(loop, request);

	if (has_nul(request->path))
		reply_error(&reply, MHD_HTTP_BAD_REQUEST, NULL, "the path has a zero byte");
	else
		app->kind->handle(app, request, &reply);
	if (request->stage != REQUEST_ANSWERED)
		return MHD_NO;
	if (reply.last || client_closes(request))
		send_last(conn_of(request)->fd);
	return MHD_YES;
}

/* A body that is announced as too long is refused before it is sent. */
static enum MHD_Result check_body(struct loop *loop, struct request *request)
{
	const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct reply reply = reply_to(loop, request);
	uint64_t bytes;

	if (length == NULL || number_parse(length, 0, REQUEST_BODY_MAX, &bytes))
		return MHD_YES;
	reply_error(&reply, MHD_HTTP_CONTENT_TOO_LARGE, NULL, "the body is too long");
	return request->stage == REQUEST_ANSWERED ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_head(struct loop *loop, struct request *request, const char *method,
				 const char *version)
{
	if (request->path == NULL)
		return MHD_NO;
	request->stage = REQUEST_OPEN;
	request->method = (uint8_t)request_method_find(method);
	request->method_text = method;
	request->version = version;
	request->body_bytes = 0;
	board_add(&conn_of(request)->server->cell->active, 1);
	return request_reads(request) ? MHD_YES : check_body(loop, request);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection ATTR_UNUSED,
				  const char *path ATTR_UNUSED, const char *method,
				  const char *version, const char *body ATTR_UNUSED,
				  size_t *body_len, void **con_cls)
{
	struct request *request = *con_cls;

	if (request->stage == REQUEST_STARTED)
		return take_head(cls, request, method, version);
	if (*body_len == 0)
		return answer(cls, request);
	request->body_bytes += *body_len;
	*body_len = 0;
	return request->body_bytes <= REQUEST_BODY_MAX ? MHD_YES : MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *connection ATTR_UNUSED, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	const struct loop *loop = cls;
	struct request *request = *con_cls;
	struct board_cell *cell;
	unsigned class;

	if (request == NULL)
		return;
	cell = conn_of(request)->server->cell;
	if (request->stage >= REQUEST_OPEN)
		board_add(&cell->active, (uint64_t)-1);
	if (request->stage == REQUEST_ANSWERED && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		class = request->status / 100;
		board_add(&cell->requests, 1);
		board_add(&cell->bytes_sent, request->reply_bytes);
		board_add(&cell->classes[class < BOARD_STATUS_CLASSES ? class : 0], 1);
	}
	if (loop->access_log != NULL)
		accesslog_request(conn_of(request), code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	request->stage = REQUEST_NONE;
}

int http_start(struct loop *loop, unsigned idle_timeout_s, struct error *e)
{
	loop->wire_limits = wire_limits;
	/* Without MHD_USE_ERROR_LOG it prints nothing. */
	loop->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_LISTEN_SOCKET | ONE_THREAD,
		0, NULL, NULL, on_request, loop,
		/* One more than we let in: ours is the limit that counts. */
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)loop->conn_max + 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, idle_timeout_s, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, loop, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, loop, MHD_OPTION_URI_LOG_CALLBACK, on_uri, loop,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL, MHD_OPTION_END);
	if (loop->daemon == NULL)
		return error_set(e, errno != 0 ? errno : ENOMEM, "libmicrohttpd does not start");
	return 0;
}

int http_epoll_fd(const struct loop *loop)
{
	return MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_add(struct server *server, int fd, const struct sockaddr *peer, socklen_t len)
{
	struct loop *loop = server->loop;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		close(fd);
		return -ENOMEM;
	}
	conn->server = server;
	conn->fd = fd;
	conn->fresh = loop->grace_over;
	loop->adding = conn;
	hangup_add(loop, fd); /* before MHD may close it */
	if (MHD_add_connection(loop->daemon, fd, peer, len) == MHD_YES)
		return 0;
	free(take_ptr(loop->adding)); /* NULL when MHD has told us of its end */
	return -ENOMEM;
}
