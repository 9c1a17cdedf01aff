/* server.c - see server.h. */
#include "servers/server.h"

#include "common/cc.h"
#include "common/error.h"
#include "portmap/board.h"
#include "portmap/listen.h"
#include "servers/admission.h"
#include "servers/farewell.h"
#include "servers/loop_impl.h"
#include "servers/static_site.h"

#include <sys/socket.h>

/* Per wake, so that one busy port starves nobody: the socket stays readable,
 * the next turn goes on. */
#define ACCEPTS_PER_WAKE 64

void server_watch(struct server *server, bool on)
{
	if (on)
		ev_io_start(server->loop->ev, &server->watch);
	else
		ev_io_stop(server->loop->ev, &server->watch);
}

/* What accept4(2) failed with, for the caller to act on. */
static enum server_accepted accept_failed(struct server *server, int code)
{
	switch (code) {
	case EAGAIN:
		return SERVER_DRY;
	case EMFILE:
	case ENFILE:
		static_sites_shed(server->loop->sites);
		/* fall through */
	case ENOBUFS:
	case ENOMEM:
		loop_block(server->loop, LOOP_BLOCK_FDS);
		return SERVER_BLOCKED;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		/* No listening socket any more: it would wake us for ever. */
		server_watch(server, false);
		return SERVER_DRY;
	default:
		return SERVER_MORE; /* that connection's own trouble */
	}
}

/* A limit is that client's own trouble: it is told, and others go on. */
static void refuse(struct server *server, int fd)
{
	board_add(&server->cell->refused, 1);
	farewell_linger(server->loop, fd, MHD_HTTP_SERVICE_UNAVAILABLE, false);
}

static void take_in(struct server *server, int fd, const struct sockaddr *address, socklen_t len)
{
	struct peer peer;

	peer_init(&peer, address, len);
	if (!admission_enter(server, &peer))
		refuse(server, fd);
	else if (http_add(server, fd, &peer, address, len) == 0)
		board_add(&server->cell->accepted, 1);
	else
		board_add(&server->cell->refused, 1);
}

static enum server_accepted accept_one(struct server *server)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd;

	if (server->loop->blocked != 0)
		return SERVER_BLOCKED;
	fd = accept4(server->watch.fd, (struct sockaddr *)&peer, &len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return accept_failed(server, errno);
	if (server->loop->drain != DRAIN_NONE)
		listen_unseal_accepted(fd);
	take_in(server, fd, (const struct sockaddr *)&peer, MIN(len, sizeof(peer)));
	return SERVER_MORE;
}

enum server_accepted server_accept(struct server *server, uint32_t max)
{
	enum server_accepted r = SERVER_MORE;

	while (max-- > 0 && r == SERVER_MORE)
		r = accept_one(server);
	loop_wake_http(server->loop);
	return r;
}

static void accept_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *watch, int events ATTR_UNUSED)
{
	struct server *server = watch->data;

	if (server_accept(server, ACCEPTS_PER_WAKE) == SERVER_BLOCKED)
		loop_park(server);
}

int server_new(struct loop *loop, const struct server_options *options, struct server **ret,
	       struct error *e)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (server == NULL)
		return error_set(e, ENOMEM, "no memory for a server");
	server->loop = loop;
	server->cell = options->cell != NULL ? options->cell : &loop->uncounted;
	server->app = (struct app) {
		.kind = options->kind,
		.site = options->site,
		.context = options->context,
		.cell = server->cell,
		.sites = &loop->sites,
	};
	ev_io_init(&server->watch, accept_cb, options->listen_fd, EV_READ);
	server->watch.data = server;
	r = options->kind->open == NULL ? 0
					: options->kind->open(&server->app, options->settings, e);
	if (r < 0) {
		free(server);
		return r;
	}
	*ret = server;
	return 0;
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	server_watch(server, false);
	if (server->app.kind->close != NULL)
		server->app.kind->close(&server->app);
	free(server);
}
