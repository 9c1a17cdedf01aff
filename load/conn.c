/* conn.c - see conn.h. */
#include "load/conn.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/job.h"
#include "load/record.h"
#include "load/request.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>

#define BUFFER_BYTES 65536
#define READS_MAX 16 /* per event: others have their turn */

int conn_io_init(struct conn_io *io, const struct load_job *job, struct record *record,
		 struct error *e)
{
	*io = (struct conn_io) {
		.job = job,
		.record = record,
		.epoll = -1,
		.head = load_request_is_head(job->request),
		.buffer = malloc(BUFFER_BYTES),
		.request = malloc(load_request_bytes_max(job->request)),
	};
	if (io->buffer == NULL || io->request == NULL) {
		conn_io_release(io);
		return error_set(e, ENOMEM, "out of memory for a request");
	}
	io->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (io->epoll < 0) {
		int code = errno;

		conn_io_release(io);
		return error_errno(e, code, "epoll_create1");
	}
	return 0;
}

void conn_io_release(struct conn_io *io)
{
	if (io->epoll >= 0)
		close(io->epoll);
	free(io->buffer);
	free(io->request);
	*io = (struct conn_io) { .epoll = -1 };
}

void conn_init(struct conn *c, struct conn_target *target)
{
	*c = (struct conn) { .target = target, .fd = -1, .state = CONN_DOWN };
}

void conn_close(struct conn_io *io, struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->state > CONN_CONNECTING)
		record_closed(io->record);
	c->fd = -1;
	c->state = CONN_DOWN;
	c->asked = false;
}

static void is_barren(struct conn *c)
{
	c->barren = (uint8_t)MIN(c->barren + 1, UINT8_MAX);
}

enum conn_outcome conn_fail(struct conn_io *io, struct conn *c, enum load_error error)
{
	uint64_t due_ns = io->now_ns;

	if (c->asked)
		due_ns = c->due_ns;
	else if (c->state == CONN_CONNECTING)
		due_ns = c->since_ns;
	record_error(io->record, c->target->index, error, due_ns, io->now_ns);
	is_barren(c);
	conn_close(io, c);
	return CONN_ENDED;
}

static enum conn_outcome fail_now(struct conn_io *io, struct conn *c, enum load_error error)
{
	io->now_ns = clock_mono_ns();
	return conn_fail(io, c, error);
}

/* connect(2), socket(2), unix(7): which of them are ours. */
static enum load_error connect_error(int code)
{
	switch (code) {
	case EADDRNOTAVAIL:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
	case EACCES:
	case EPERM:
		return LOAD_ERROR_LOCAL;
	case ETIMEDOUT:
		return LOAD_ERROR_TIMEOUT;
	case ECONNRESET:
		return LOAD_ERROR_RESET;
	default:
		return LOAD_ERROR_REFUSED;
	}
}

/* Room is watched from when it is first wanted: while connecting, or when a
 * send was short. Edge-triggered, so that it may be left on: an idle or a
 * reading connection is told nothing new. */
static int watch(struct conn_io *io, struct conn *c, int op)
{
	uint32_t room = c->wants_room ? EPOLLOUT : 0;
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLET | room,
		.data.ptr = c,
	};

	return epoll_ctl(io->epoll, op, c->fd, &event) < 0 ? -errno : 0;
}

/* A Unix socket's connection is there at once: *ret_pending false. */
static int begin_connect(struct conn_io *io, struct conn *c, bool *ret_pending)
{
	const struct address *a = &c->target->target->address;
	int on = 1;

	c->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	if (a->any.sa_family != AF_UNIX)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*ret_pending = connect(c->fd, &a->any, a->len) < 0;
	if (*ret_pending && errno != EINPROGRESS)
		return -errno;
	c->wants_room = *ret_pending;
	return watch(io, c, EPOLL_CTL_ADD);
}

static enum conn_outcome receive(struct conn_io *io, struct conn *c, uint32_t events);

static const char *compose(struct conn_io *io, const struct conn *c)
{
	if (io->request_target != c->target || io->request_path != c->path) {
		io->request_bytes = load_request_write(io->job->request, c->path,
						       c->target->target->host, io->request);
		io->request_target = c->target;
		io->request_path = c->path;
	}
	return io->request;
}

/* When the peer is gone there may be a reply that says why. */
static enum conn_outcome send_rest(struct conn_io *io, struct conn *c)
{
	const char *request = compose(io, c);
	ssize_t n = send(c->fd, request + c->sent_bytes, io->request_bytes - c->sent_bytes,
			 MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return receive(io, c, EPOLLHUP);
	if (n > 0)
		c->sent_bytes += (uint32_t)n;
	if (c->sent_bytes == io->request_bytes) {
		c->state = CONN_READING;
		return CONN_BUSY;
	}
	c->state = CONN_SENDING;
	c->wants_room = true;
	if (watch(io, c, EPOLL_CTL_MOD) < 0)
		return fail_now(io, c, LOAD_ERROR_LOCAL);
	return CONN_BUSY;
}

/* Where nobody listens, on a port that the kernel gives to clients, a connect
 * may sooner or later meet itself (RFC 9293 3.5: simultaneous open). */
static bool is_own_peer(const struct conn *c)
{
	struct address own = { .len = sizeof(own.storage) };

	return c->target->target->address.any.sa_family != AF_UNIX &&
	       getsockname(c->fd, &own.any, &own.len) == 0 &&
	       address_conflicts(&own, &c->target->target->address);
}

static enum conn_outcome connected(struct conn_io *io, struct conn *c)
{
	if (is_own_peer(c))
		return fail_now(io, c, LOAD_ERROR_REFUSED);
	c->state = CONN_IDLE;
	record_opened(io->record, c->target->index);
	if (c->asked)
		return send_rest(io, c);
	io->now_ns = clock_mono_ns();
	return CONN_READY;
}

enum conn_outcome conn_open(struct conn_io *io, struct conn *c)
{
	bool pending = false;
	int ret;

	c->since_ns = io->now_ns;
	c->state = CONN_CONNECTING;
	ret = begin_connect(io, c, &pending);
	if (ret < 0)
		return fail_now(io, c, connect_error(-ret));
	return pending ? CONN_BUSY : connected(io, c);
}

enum conn_outcome conn_ask(struct conn_io *io, struct conn *c, uint64_t due_ns)
{
	c->asked = true;
	c->due_ns = due_ns;
	c->since_ns = io->now_ns;
	c->sent_bytes = 0;
	c->path = c->target->path;
	if (++c->target->path == load_request_path_count(io->job->request))
		c->target->path = 0;
	response_begin(&c->response, io->head);
	return c->state == CONN_DOWN ? conn_open(io, c) : send_rest(io, c);
}

/* A whole reply; more: bytes behind it that nobody asked for. */
static enum conn_outcome answered(struct conn_io *io, struct conn *c, bool more, bool ended)
{
	bool sent = c->state == CONN_READING;

	io->now_ns = clock_mono_ns();
	record_reply(io->record, c->target->index,
		     &(struct record_reply) {
			     .status = c->response.status,
			     .body_bytes = c->response.body_bytes,
			     .due_ns = c->due_ns,
			     .sent_ns = c->since_ns,
			     .done_ns = io->now_ns,
		     });
	c->barren = 0;
	c->asked = false;
	c->state = CONN_IDLE;
	if (more)
		return conn_fail(io, c, LOAD_ERROR_UNEXPECTED);
	if (sent && !ended && c->response.keep_alive && !io->job->close)
		return CONN_READY;
	conn_close(io, c);
	return CONN_ENDED;
}

/* The peer has closed. With nothing asked that is its right, but a connection
 * that was good for nothing is not opened again at once. */
static enum conn_outcome peer_closed(struct conn_io *io, struct conn *c)
{
	if (c->asked && response_end(&c->response) == RESPONSE_DONE)
		return answered(io, c, false, true);
	if (c->asked)
		return fail_now(io, c, LOAD_ERROR_CLOSED);
	is_barren(c);
	conn_close(io, c);
	return CONN_ENDED;
}

static enum conn_outcome feed(struct conn_io *io, struct conn *c, size_t len, bool ended)
{
	size_t used;

	if (!c->asked)
		return fail_now(io, c, LOAD_ERROR_UNEXPECTED);
	switch (response_feed(&c->response, io->buffer, len, &used)) {
	case RESPONSE_MORE:
		return CONN_BUSY;
	case RESPONSE_DONE:
		return answered(io, c, used < len, ended);
	case RESPONSE_BAD:
		break;
	}
	return fail_now(io, c, LOAD_ERROR_MALFORMED);
}

static enum conn_outcome receive_failed(struct conn_io *io, struct conn *c, int code,
					uint32_t events)
{
	if (code == EAGAIN && (events & EPOLLHUP) == 0)
		return CONN_BUSY;
	return fail_now(io, c, code == ETIMEDOUT ? LOAD_ERROR_TIMEOUT : LOAD_ERROR_RESET);
}

/* Until nothing is left: a read that does not fill the buffer has taken all
 * there was (epoll(7)), unless the end of the stream is behind it. */
static enum conn_outcome receive(struct conn_io *io, struct conn *c, uint32_t events)
{
	bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	enum conn_outcome outcome;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(c->fd, io->buffer, BUFFER_BYTES, 0);

		if (n == 0)
			return peer_closed(io, c);
		if (n < 0 && errno != EINTR)
			return receive_failed(io, c, errno, events);
		if (n < 0)
			continue;
		outcome = feed(io, c, (size_t)n, ended);
		if (outcome != CONN_BUSY || (n < BUFFER_BYTES && !ended))
			return outcome;
	}
	return watch(io, c, EPOLL_CTL_MOD) == 0 ? CONN_BUSY : fail_now(io, c, LOAD_ERROR_LOCAL);
}

/* Bytes that came before anything was asked are no reply. An end that came so
 * early is seen again, when the request is on its way. */
static enum conn_outcome greeted(struct conn_io *io, struct conn *c)
{
	char byte;

	if (recv(c->fd, &byte, 1, MSG_PEEK) > 0)
		return fail_now(io, c, LOAD_ERROR_UNEXPECTED);
	return watch(io, c, EPOLL_CTL_MOD) == 0 ? CONN_BUSY : fail_now(io, c, LOAD_ERROR_LOCAL);
}

static enum conn_outcome connect_event(struct conn_io *io, struct conn *c, uint32_t events)
{
	socklen_t len = sizeof(int);
	int code = 0;

	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &code, &len);
	if (code != 0)
		return fail_now(io, c, connect_error(code));
	if ((events & EPOLLOUT) == 0)
		return CONN_BUSY;
	if ((events & ~(uint32_t)EPOLLOUT) != 0 && greeted(io, c) == CONN_ENDED)
		return CONN_ENDED;
	return connected(io, c);
}

enum conn_outcome conn_event(struct conn_io *io, struct conn *c, uint32_t events)
{
	enum conn_outcome outcome = CONN_BUSY;

	if (c->fd < 0)
		return CONN_BUSY;
	if (c->state == CONN_CONNECTING)
		return connect_event(io, c, events);
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		outcome = receive(io, c, events);
	if (outcome == CONN_BUSY && c->state == CONN_SENDING && (events & EPOLLOUT) != 0)
		outcome = send_rest(io, c);
	return outcome;
}
