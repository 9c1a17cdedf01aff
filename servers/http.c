/* http.c - the MHD daemon of a loop, and what it calls.
 *
 *   NOTIFY_CONNECTION started   conn tied to MHD's connection, listed; its wire attached
 *   URI_LOG_CALLBACK            a request's first line
 *   handler, first call         its head: looked at by guard.c, counted as active
 *   handler, more calls         its body: kept for who wants it, else dropped
 *   handler, last call          the app answers
 *   NOTIFY_COMPLETED            counted; the request is fresh again
 *   NOTIFY_CONNECTION closed    its last words, if any (farewell.c); conn freed
 *
 * The URI callback's return value is what the later calls get as *con_cls, so
 * that nothing is looked up or allocated for a request.
 *
 * What is refused is refused by a verdict: the handler returns MHD_NO, MHD
 * closes, and the reply is sent on the descriptor just before, past MHD.
 */
#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "servers/accesslog.h"
#include "servers/deadlines.h"
#include "servers/farewell.h"
#include "servers/guard.h"
#include "servers/hangup.h"
#include "servers/loop_impl.h"
#include "servers/reply.h"
#include "servers/send.h"
#include "servers/wire_recv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* A hundred records of header lines, and the reply's head. */
#define POOL_EXTRA_MIN_BYTES 8192
#define BODY_ROOM_MIN 4096 /* bytes, when a body's length is not announced */

/* 1.0 would put an added connection off to its next turn, and lock. All calls
 * for a daemon are of one thread. */
#if MHD_VERSION >= 0x00097707
#define ONE_THREAD MHD_USE_NO_THREAD_SAFETY
#else
#define ONE_THREAD 0
#endif

/* MHD's memory for a request: the head, a record for each of its lines, copies
 * of its cookies, the reply's head. All of it is cleared at every keep-alive
 * request: as small as will do. */
static size_t pool_bytes(const struct loop *loop)
{
	size_t head = loop->limits.head_max_bytes;

	return head + MAX(head, (size_t)POOL_EXTRA_MIN_BYTES);
}

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
	deadlines_add(loop, conn);
	board_add(&conn->server->cell->connections, 1);
	if (loop->conn_count >= loop->conn_max)
		loop_block(loop, LOOP_BLOCK_FULL);
}

/* Count a last reply past MHD, and log it, while its request is known. */
static void tell_refusal(struct conn *conn, unsigned status)
{
	struct board_cell *cell = conn->server->cell;

	if (conn->told)
		return;
	conn->told = true;
	accesslog_refusal(conn, status);
	if (status == MHD_HTTP_REQUEST_TIMEOUT)
		board_add(&cell->timeouts, 1);
	else if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		board_add(&cell->refused, 1);
	else
		board_add(&cell->violations, 1);
}

/* MHD closes its descriptor now; the connection lives on in another. */
static void see_off(struct loop *loop, struct conn *conn)
{
	unsigned status = conn->wire.status != 0 ? conn->wire.status : conn->verdict;
	int fd;

	/* Bytes behind a last request are nobody's, but no reason for a reset,
	 * with which the kernel would drop a reply that it has not sent yet. */
	if (conn->last)
		shutdown(conn->fd, SHUT_WR);
	if (loop->wire && conn->closes && (wire_begun(&conn->wire) || conn->wire.verdict != 0))
		conn->lingers = true;
	else if (conn->last && conn_has_unread(conn))
		conn->lingers = true;
	if (status == 0 && !conn->lingers)
		return;
	if (status != 0)
		tell_refusal(conn, status);
	fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		if (status != 0)
			farewell_say(conn->fd, status);
		return;
	}
	hangup_remove(loop, conn);
	farewell_linger(loop, fd, status, conn->read_shut || conn->wire.read_shut);
}

static void conn_free(struct conn *conn)
{
	if (conn == NULL)
		return;
	admission_leave(conn->server, &conn->peer);
	free(conn->target);
	free(conn->body);
	free(conn);
}

static void connection_closed(struct loop *loop, struct conn *conn)
{
	if (loop->wire)
		wire_detach(conn->fd);
	send_closed(conn->fd);
	see_off(loop, conn);
	conn_unlist(conn);
	loop->conn_count--;
	board_add(&conn->server->cell->connections, (uint64_t)-1);
	conn_free(conn);
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
	char *query, *fragment = strchr(conn->target, '#');

	if (fragment != NULL) /* the client's own business, sent all the same */
		*fragment = '\0';
	query = strchr(conn->target, '?');
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

/* MHD would make a record of each argument, in its pool, and a query of "&"s
 * would be more than it holds. The text is MHD's own buffer. */
static void hide_query(const char *uri)
{
	char *query = strchr(uri, '?');

	if (query != NULL)
		query[1] = '\0';
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
	hide_query(uri);
	return &conn->request;
}

/* Decoding is ours: a copy that nobody reads is left as it is. */
static size_t unescape_nothing(void *cls ATTR_UNUSED, struct MHD_Connection *connection ATTR_UNUSED,
			       char *text)
{
	return strlen(text);
}

/* Is it the last one that the connection may have? What came behind it is
 * waited for. */
static bool spent(const struct loop *loop, struct conn *conn)
{
	uint32_t max = loop->limits.keepalive_requests_max;

	if (conn->verdict == 0 && (max == 0 || conn->requests + 1 < max))
		return false;
	conn->verdict = 0; /* a deadline passed, but the request was on its way */
	conn->lingers = true;
	return true;
}

static struct reply reply_to(const struct loop *loop, struct request *request)
{
	return (struct reply) {
		.request = request,
		.now = (time_t)ev_now(loop->ev),
		.last = spent(loop, conn_of(request)) || loop->drain != DRAIN_NONE,
	};
}

/* Is it on the list (RFC 9110, 5.6.1)? */
static bool has_token(const char *list, const char *token)
{
	size_t len = strlen(token);

	for (const char *p = list; *p != '\0'; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		if (strncasecmp(p, token, len) == 0 && strchr(", \t", p[len]) != NULL)
			return true;
	}
	return false;
}

/* The cases in which MHD is sure to close behind the reply. */
static bool client_closes(const struct guard *guard)
{
	if (guard->connection == NULL)
		return guard->http_1_0;
	return has_token(guard->connection, "close");
}

/* The app answers. What it leaves unanswered closes the connection. */
static enum MHD_Result answer(struct loop *loop, struct request *request)
{
	struct app *app = &conn_of(request)->server->app;
	struct reply reply = reply_to(loop, request);

	request->body = conn_of(request)->body;
	app->kind->handle(app, request, &reply);
	if (request->stage != REQUEST_ANSWERED)
		return MHD_NO;
	if (reply.last || conn_of(request)->closes) {
		conn_of(request)->last = true;
		send_last(conn_of(request)->fd);
	}
	return MHD_YES;
}

static enum MHD_Result refuse(struct request *request, unsigned status)
{
	conn_of(request)->verdict = (uint16_t)status;
	return MHD_NO;
}

static enum MHD_Result on_header(void *guard, enum MHD_ValueKind kind ATTR_UNUSED, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	guard_header(guard, name, name_len, value != NULL ? value : "", value_len);
	return MHD_YES;
}

/* A body that is announced as too long is refused before it is sent. */
static enum MHD_Result check_head(const struct loop *loop, struct request *request)
{
	struct conn *conn = conn_of(request);
	struct guard guard;
	unsigned status;

	guard_begin(&guard, !loop->wire, request->method_text, request->path, request->version);
	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, on_header, &guard);
	status = guard_end(&guard);
	if (status == 0 && guard.length > loop->limits.body_max_bytes)
		status = MHD_HTTP_CONTENT_TOO_LARGE;
	if (status != 0)
		return refuse(request, status);
	conn->closes = client_closes(&guard);
	conn->body_announced = guard.length;
	return MHD_YES;
}

static enum MHD_Result take_head(struct loop *loop, struct request *request, const char *method,
				 const char *version)
{
	if (request->path == NULL)
		return refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE); /* no memory */
	request->stage = REQUEST_OPEN;
	request->method = (uint8_t)request_method_find(method);
	request->method_text = method;
	request->version = version;
	request->body_bytes = 0;
	board_add(&conn_of(request)->server->cell->active, 1);
	return check_head(loop, request);
}

/* Room for the body to have so many bytes: as announced, else twice as much
 * each time. False: no memory. */
static bool body_room(const struct loop *loop, struct conn *conn, size_t bytes)
{
	size_t room = MAX(2 * conn->body_room, (size_t)BODY_ROOM_MIN);
	char *body;

	if (bytes <= conn->body_room)
		return true;
	if (conn->body_announced != 0)
		room = (size_t)conn->body_announced;
	room = MAX(MIN(room, (size_t)loop->limits.body_max_bytes), bytes);
	body = realloc(conn->body, room);
	if (body == NULL)
		return false;
	conn->body = body;
	conn->body_room = room;
	return true;
}

static enum MHD_Result take_body(const struct loop *loop, struct request *request,
				 const char *bytes, size_t len)
{
	struct conn *conn = conn_of(request);
	size_t had = (size_t)request->body_bytes;

	if (len > loop->limits.body_max_bytes - had)
		return refuse(request, MHD_HTTP_CONTENT_TOO_LARGE);
	if (conn->server->app.kind->takes_body) {
		if (!body_room(loop, conn, had + len))
			return refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE);
		memcpy(conn->body + had, bytes, len);
	}
	request->body_bytes += len;
	return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection ATTR_UNUSED,
				  const char *path ATTR_UNUSED, const char *method,
				  const char *version, const char *body, size_t *body_len,
				  void **con_cls)
{
	struct request *request = *con_cls;
	size_t len = *body_len;

	if (request->stage == REQUEST_STARTED)
		return take_head(cls, request, method, version);
	if (len == 0)
		return answer(cls, request);
	*body_len = 0;
	return take_body(cls, request, body, len);
}

static void body_drop(struct conn *conn)
{
	free(take_ptr(conn->body));
	conn->body_room = 0;
	conn->request.body = NULL;
}

/* What MHD itself has to say of a request: a reply of its own to one that it
 * does not take, or the end of its patience. */
static void note_end(struct conn *conn, enum MHD_RequestTerminationCode code)
{
	bool answered = conn->request.stage == REQUEST_ANSWERED;

	if (code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) {
		if (answered)
			board_add(&conn->server->cell->timeouts, 1);
		else
			conn->verdict = MHD_HTTP_REQUEST_TIMEOUT;
	} else if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && !answered) {
		board_add(&conn->server->cell->violations, 1);
		conn->lingers = true;
	}
	if (conn->verdict != 0 && !answered)
		tell_refusal(conn, conn->verdict);
}

static void on_completed(void *cls, struct MHD_Connection *connection ATTR_UNUSED, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	struct loop *loop = cls;
	struct request *request = *con_cls;
	struct board_cell *cell;
	struct conn *conn;
	unsigned class;

	if (request == NULL)
		return;
	conn = conn_of(request);
	cell = conn->server->cell;
	if (request->stage >= REQUEST_OPEN)
		board_add(&cell->active, (uint64_t)-1);
	if (request->stage == REQUEST_ANSWERED && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		class = request->status / 100;
		board_add(&cell->requests, 1);
		board_add(&cell->bytes_sent, request->reply_bytes);
		board_add(&cell->classes[class < BOARD_STATUS_CLASSES ? class : 0], 1);
	}
	if (loop->access_log != NULL)
		accesslog_request(conn, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	if (request->stage != REQUEST_ANSWERED || code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		note_end(conn, code);
	if (conn->body != NULL)
		body_drop(conn);
	if (!conn->last)
		hangup_add(loop, conn);
	conn->requests++;
	conn->phase = CONN_NEW;
	request->stage = REQUEST_NONE;
}

int http_start(struct loop *loop, struct error *e)
{
	loop->wire_limits = (struct wire_limits) {
		.head_max_bytes = loop->limits.head_max_bytes,
		.target_max_bytes = loop->limits.head_max_bytes,
		.body_max_bytes = loop->limits.body_max_bytes,
	};
	/* Without MHD_USE_ERROR_LOG it prints nothing. */
	loop->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_LISTEN_SOCKET | ONE_THREAD,
		0, NULL, NULL, on_request, loop,
		/* One more than we let in: ours is the limit that counts. */
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)loop->conn_max + 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_bytes(loop),
		/* Ours comes first, where it can: deadlines.h. */
		MHD_OPTION_CONNECTION_TIMEOUT, loop->idle_timeout_s + 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		loop, MHD_OPTION_NOTIFY_COMPLETED, on_completed, loop, MHD_OPTION_URI_LOG_CALLBACK,
		on_uri, loop, MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL, MHD_OPTION_END);
	if (loop->daemon == NULL)
		return error_set(e, errno != 0 ? errno : ENOMEM, "libmicrohttpd does not start");
	return 0;
}

int http_epoll_fd(const struct loop *loop)
{
	return MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_add(struct server *server, int fd, const struct peer *peer, const struct sockaddr *address,
	     socklen_t len)
{
	struct loop *loop = server->loop;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		admission_leave(server, peer);
		close(fd);
		return -ENOMEM;
	}
	conn->server = server;
	conn->fd = fd;
	conn->peer = *peer;
	conn->fresh = loop->grace_over;
	loop->adding = conn;
	if (!loop->wire) /* else deadlines.c sees what is not whole */
		hangup_add(loop, conn);
	if (MHD_add_connection(loop->daemon, fd, address, len) == MHD_YES)
		return 0;
	conn_free(take_ptr(loop->adding)); /* NULL when MHD has told us of its end */
	return -ENOMEM;
}
