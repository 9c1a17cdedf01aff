/* drain.c - the end of a loop: let nobody down who is already connected.
 *
 *   loop_drain ─▶ SWEEP ───all queues dry──▶ FINISH ───no connection──▶ OVER
 *                   └────────────deadline: shut down what is left────────▶
 *
 * Replies carry "Connection: close" from the start. Idle connections have a
 * grace, since their next request may be on its way; then they are shut down
 * if nothing of one has arrived.
 */
#include "common/cc.h"
#include "common/clock.h"
#include "portmap/listen.h"
#include "servers/loop_impl.h"

#include <sys/socket.h>

#define GRACE_MAX_MS 100

static void shut_down(struct loop *loop, bool all)
{
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next) {
		if (all ||
		    (conn->request.stage == REQUEST_NONE && !conn->fresh && !conn_has_unread(conn)))
			shutdown(conn->fd, SHUT_RDWR);
		conn->fresh = false;
	}
	loop_wake_http(loop);
}

static void grace_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	struct loop *loop = timer->data;

	loop->grace_over = true;
	shut_down(loop, false);
}

static void deadline_cb(struct ev_loop *ev, ev_timer *timer, int events ATTR_UNUSED)
{
	struct loop *loop = timer->data;

	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next)
		loop->cut += conn->request.stage != REQUEST_NONE;
	shut_down(loop, true);
	loop->drain = DRAIN_OVER;
	MHD_run(loop->daemon);
	ev_break(ev, EVBREAK_ALL);
}

void drain_sweep(struct loop *loop)
{
	for (struct server *server = loop->servers; server != NULL; server = server->next) {
		while (server->sweep > 0) {
			enum server_accepted r = server_accept(server, 1);

			if (r == SERVER_BLOCKED)
				return; /* loop_unblock() comes back here */
			server->sweep = r == SERVER_DRY ? 0 : server->sweep - 1;
		}
	}
	loop->drain = DRAIN_FINISH;
}

void drain_check(struct loop *loop)
{
	if (loop->drain != DRAIN_FINISH || loop->conn_count > 0 || loop->farewell_count > 0)
		return;
	loop->drain = DRAIN_OVER;
	ev_break(loop->ev, EVBREAK_ALL);
}

static void drain_begin(struct loop *loop, double left_s)
{
	/* Those accepted since the ports were sealed, before we knew. */
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next)
		listen_unseal_accepted(conn->fd);
	loop->drain = DRAIN_SWEEP;
	for (struct server *server = loop->servers; server != NULL; server = server->next) {
		server_watch(server, false);
		server->sweep = LISTEN_BACKLOG;
	}
	ev_timer_set(&loop->grace_timer, 0., MAX(MIN(GRACE_MAX_MS / 1e3, left_s / 2), 1e-3));
	ev_timer_again(loop->ev, &loop->grace_timer);
	drain_sweep(loop);
	loop_wake_http(loop);
}

static void drain_cb(struct ev_loop *ev, ev_async *async, int events ATTR_UNUSED)
{
	struct loop *loop = async->data;
	uint64_t deadline_ns = atomic_load(&loop->deadline_ns);
	uint64_t now_ns = clock_mono_ns();
	double left_s = deadline_ns > now_ns ? (double)(deadline_ns - now_ns) / 1e9 : 0.;

	if (loop->drain == DRAIN_OVER)
		return;
	ev_timer_stop(ev, &loop->deadline_timer);
	ev_timer_set(&loop->deadline_timer, left_s, 0.);
	ev_timer_start(ev, &loop->deadline_timer);
	if (loop->drain == DRAIN_NONE)
		drain_begin(loop, left_s);
}

void drain_init(struct loop *loop)
{
	atomic_init(&loop->deadline_ns, UINT64_MAX);
	ev_async_init(&loop->drain_async, drain_cb);
	ev_timer_init(&loop->grace_timer, grace_cb, 0., 0.);
	ev_timer_init(&loop->deadline_timer, deadline_cb, 0., 0.);
	loop->drain_async.data = loop->grace_timer.data = loop->deadline_timer.data = loop;
	ev_async_start(loop->ev, &loop->drain_async);
}

void loop_drain(struct loop *loop, unsigned drain_ms)
{
	uint64_t deadline_ns = clock_mono_ns() + drain_ms * CLOCK_NS_PER_MS;
	uint64_t was = atomic_load(&loop->deadline_ns);

	while (deadline_ns < was)
		if (atomic_compare_exchange_weak(&loop->deadline_ns, &was, deadline_ns))
			break;
	ev_async_send(loop->ev, &loop->drain_async);
}
