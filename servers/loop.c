/* loop.c - see loop.h: the turning of the loop, and when it may accept. */
#include "servers/loop.h"

#include "common/cc.h"
#include "common/error.h"
#include "servers/accesslog.h"
#include "servers/deadlines.h"
#include "servers/farewell.h"
#include "servers/hangup.h"
#include "servers/loop_impl.h"
#include "servers/send.h"
#include "servers/wire_recv.h"

#include <signal.h>
#include <stdlib.h>

#define IDLE_TIMEOUT_S 60
#define FDS_PAUSE_S 0.1
#define CONNECTIONS_MAX 1000000 /* a limit for the limit */

/* MHD may ask to be run again at once, for as long as clients keep it busy;
 * after so many turns the other watchers get theirs. */
#define HTTP_TURNS_MAX 16

const struct loop_limits loop_limits_default = {
	.head_max_bytes = 8192,
	.body_max_bytes = 65536,
	.head_timeout_ms = 10000,
	.request_timeout_ms = 60000,
};

void loop_park(struct server *server)
{
	struct loop *loop = server->loop;

	server_watch(server, false);
	if (server->parked || loop->drain != DRAIN_NONE)
		return;
	server->parked = true;
	server->next_parked = loop->parked;
	loop->parked = server;
}

void loop_block(struct loop *loop, enum loop_block why)
{
	loop->blocked |= why;
	if (why != LOOP_BLOCK_FDS || ev_is_active(&loop->fds_timer))
		return;
	ev_timer_set(&loop->fds_timer, FDS_PAUSE_S, 0.);
	ev_timer_start(loop->ev, &loop->fds_timer);
}

void loop_unblock(struct loop *loop, enum loop_block why)
{
	struct server *server;

	loop->blocked &= ~(unsigned)why;
	if (loop->blocked != 0)
		return;
	while ((server = loop->parked) != NULL) {
		loop->parked = server->next_parked;
		server->parked = false;
		if (loop->drain == DRAIN_NONE)
			server_watch(server, true);
	}
	if (loop->drain == DRAIN_SWEEP)
		drain_sweep(loop);
}

static void fds_timer_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	loop_unblock(timer->data, LOOP_BLOCK_FDS);
}

/* Come back when MHD wants it. Its time-outs are all alike, so the first
 * deadline never moves closer: a timer that runs is early enough, and is not
 * set anew at every turn. */
static void http_sleep(struct loop *loop, double wait_s)
{
	if (ev_is_active(&loop->http_timer) && wait_s > 0)
		return;
	ev_timer_stop(loop->ev, &loop->http_timer);
	ev_timer_set(&loop->http_timer, wait_s, 0.);
	ev_timer_start(loop->ev, &loop->http_timer);
}

static void http_turn(struct loop *loop)
{
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	enum MHD_Result timed = MHD_YES;

	for (int i = 0; i < HTTP_TURNS_MAX && timed == MHD_YES && wait_ms == 0; i++) {
		MHD_run(loop->daemon);
		timed = MHD_get_timeout(loop->daemon, &wait_ms);
	}
	if (timed == MHD_YES)
		http_sleep(loop, (double)wait_ms / 1e3);
	if ((loop->blocked & LOOP_BLOCK_FULL) && loop->conn_count < loop->conn_max)
		loop_unblock(loop, LOOP_BLOCK_FULL);
	drain_check(loop);
}

static void http_watch_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *watch, int events ATTR_UNUSED)
{
	http_turn(watch->data);
}

static void http_timer_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	http_turn(timer->data);
}

void loop_wake_http(struct loop *loop)
{
	ev_feed_event(loop->ev, &loop->http_watch, EV_READ);
}

static void watches_init(struct loop *loop)
{
	ev_io_init(&loop->http_watch, http_watch_cb, http_epoll_fd(loop), EV_READ);
	/* After all accepting of the same turn, once. */
	ev_set_priority(&loop->http_watch, -1);
	ev_timer_init(&loop->http_timer, http_timer_cb, 0., 0.);
	ev_timer_init(&loop->fds_timer, fds_timer_cb, 0., 0.);
	loop->http_watch.data = loop->http_timer.data = loop->fds_timer.data = loop;
	deadlines_init(loop);
	drain_init(loop);
	jobs_init(loop);
}

int loop_new(const struct loop_options *options, struct loop **ret, struct error *e)
{
	struct loop *loop = aligned_alloc(_Alignof(struct loop), sizeof(*loop));
	int r;

	if (loop == NULL)
		return error_set(e, ENOMEM, "no memory for a loop");
	*loop = (struct loop) { .conn_max = MIN(options->connections_max, CONNECTIONS_MAX),
				.idle_timeout_s = options->idle_timeout_s != 0
							  ? options->idle_timeout_s
							  : IDLE_TIMEOUT_S,
				.wire = options->wire,
				.limits = options->limits != NULL ? *options->limits
								  : loop_limits_default };
	loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (loop->ev == NULL) {
		free(loop);
		return error_set(e, errno != 0 ? errno : ENOMEM, "libev does not start");
	}
	send_install();
	/* A client that has gone is an error of send(2), not our end. */
	signal(SIGPIPE, SIG_IGN);
	r = options->wire ? wire_install(e) : 0;
	if (r == 0 && loop->limits.address_connections_max != 0 &&
	    addresses_init(&loop->addresses, loop->conn_max) < 0)
		r = error_set(e, ENOMEM, "no memory to count addresses");
	if (r == 0 && options->access_log != NULL)
		r = accesslog_new(options->access_log, loop->ev, &loop->access_log, e);
	if (r == 0)
		r = hangup_start(loop, e);
	if (r == 0) {
		r = http_start(loop, e);
		if (r < 0)
			hangup_stop(loop);
	}
	if (r < 0) {
		accesslog_free(loop->access_log);
		addresses_release(&loop->addresses);
		ev_loop_destroy(loop->ev);
		free(loop);
		return r;
	}
	watches_init(loop);
	*ret = loop;
	return 0;
}

int loop_add(struct loop *loop, const struct server_options *options, struct error *e)
{
	struct server *server;
	int r;

	if (loop->drain != DRAIN_NONE)
		return error_set(e, ESHUTDOWN, "%s:%d: the worker is stopping", options->site->ip,
				 options->site->port);
	r = server_new(loop, options, &server, e);
	if (r < 0)
		return error_prefix(e, "%s:%d", options->site->ip, options->site->port);
	server->next = loop->servers;
	loop->servers = server;
	if (loop->running)
		server_watch(server, true);
	return 0;
}

static void user_watch_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *watch, int events ATTR_UNUSED)
{
	struct loop *loop = watch->data;

	loop->user_fn(loop->user_arg);
}

void loop_watch(struct loop *loop, int fd, void (*fn)(void *arg), void *arg)
{
	loop->user_fn = fn;
	loop->user_arg = arg;
	ev_io_init(&loop->user_watch, user_watch_cb, fd, EV_READ);
	loop->user_watch.data = loop;
	ev_io_start(loop->ev, &loop->user_watch);
}

int loop_run(struct loop *loop, struct error *e)
{
	for (struct server *server = loop->servers; server != NULL; server = server->next)
		server_watch(server, true);
	ev_io_start(loop->ev, &loop->http_watch);
	jobs_begin(loop);
	ev_run(loop->ev, 0);
	jobs_end(loop);
	if (loop->drain != DRAIN_OVER)
		return error_set(e, EIO, "the event loop ended by itself");
	return 0;
}

void loop_reopen_log(struct loop *loop)
{
	if (loop->access_log != NULL)
		accesslog_reopen(loop->access_log);
}

size_t loop_cut(const struct loop *loop)
{
	return loop->cut;
}

void loop_free(struct loop *loop)
{
	struct server *server;

	if (loop == NULL)
		return;
	jobs_release(loop);
	MHD_stop_daemon(loop->daemon);
	farewell_stop(loop);
	hangup_stop(loop);
	while ((server = loop->servers) != NULL) {
		loop->servers = server->next;
		server_free(server);
	}
	accesslog_free(loop->access_log); /* what ended just now is in it */
	addresses_release(&loop->addresses);
	ev_loop_destroy(loop->ev);
	free(loop);
}
