/* deadlines.c - see deadlines.h. */
#include "servers/deadlines.h"

#include "common/cc.h"
#include "common/clock.h"
#include "servers/hangup.h"
#include "servers/loop_impl.h"

#include <sys/socket.h>

#define LOOKS_PER_DEADLINE 4
#define CLOSE_MAX_MS 1000u /* for MHD to close; then without a last word */
#define LOOK_MIN_MS 10u
#define LOOK_MAX_MS 1000u

static uint32_t now_ms(void)
{
	return (uint32_t)(clock_mono_ns() / CLOCK_NS_PER_MS); /* differences matter alone */
}

/* A part of a request has come, that MHD has not told us of. */
static bool has_begun(const struct loop *loop, const struct conn *conn)
{
	return loop->wire && wire_begun(&conn->wire);
}

static enum conn_phase phase_of(const struct loop *loop, const struct conn *conn)
{
	switch (conn->request.stage) {
	case REQUEST_NONE:
		if (conn->requests == 0 || has_begun(loop, conn))
			return CONN_HEAD;
		return CONN_IDLE;
	case REQUEST_STARTED:
		return CONN_HEAD;
	case REQUEST_OPEN:
		return CONN_BODY;
	default:
		return CONN_REPLY;
	}
}

static uint32_t limit_ms(const struct loop *loop, enum conn_phase phase)
{
	switch (phase) {
	case CONN_HEAD:
		return loop->limits.head_timeout_ms;
	case CONN_BODY:
		return loop->limits.request_timeout_ms;
	case CONN_IDLE:
		return loop->idle_timeout_s * 1000;
	default:
		return UINT32_MAX;
	}
}

/* MHD sees the end of the input and closes; see farewell.h for the rest. What
 * comes behind shutdown(2) can still be read, so that a client that never stops
 * would never be seen to end: for that the wire gives nothing more. */
static void expire(const struct loop *loop, struct conn *conn)
{
	conn->phase = CONN_OVER;
	if (conn->request.stage == REQUEST_NONE && !has_begun(loop, conn)) {
		board_add(&conn->server->cell->timeouts, 1);
		shutdown(conn->fd, SHUT_RDWR);
		return;
	}
	conn->verdict = MHD_HTTP_REQUEST_TIMEOUT;
	if (loop->wire && conn->wire.verdict == 0)
		conn->wire.verdict = MHD_HTTP_REQUEST_TIMEOUT;
	conn->read_shut = true;
	shutdown(conn->fd, SHUT_RD);
}

/* Expire it unless held_up, which spares all. */
static void look(struct loop *loop, struct conn *conn, uint32_t now, bool held_up)
{
	enum conn_phase phase = phase_of(loop, conn);

	if (conn->phase == CONN_OVER) {
		if (phase != CONN_REPLY && now - conn->since_ms >= CLOSE_MAX_MS)
			shutdown(conn->fd, SHUT_RDWR);
		return;
	}
	/* A body's time is its whole request's. */
	if (phase != conn->phase && !(conn->phase == CONN_HEAD && phase == CONN_BODY))
		conn->since_ms = now;
	conn->phase = (uint8_t)phase;
	if (phase == CONN_BODY || has_begun(loop, conn))
		hangup_add(loop, conn);
	if (held_up || now - conn->since_ms < limit_ms(loop, phase))
		return;
	conn->since_ms = now;
	expire(loop, conn);
}

/* A look comes before MHD's turn. When the loop was held up, by an app or a busy
 * machine, what clients sent in time may not have been read: the next one tells. */
static void look_cb(struct ev_loop *ev, ev_timer *timer, int events ATTR_UNUSED)
{
	struct loop *loop = timer->data;
	uint32_t now = now_ms();
	bool held_up = now - loop->looked_ms > 2e3 * timer->repeat;

	loop->looked_ms = now;
	for (struct conn *conn = loop->conns; conn != NULL; conn = conn->next)
		look(loop, conn, now, held_up);
	if (loop->conns == NULL)
		ev_timer_stop(ev, timer);
}

void deadlines_init(struct loop *loop)
{
	uint32_t least = MIN(loop->limits.head_timeout_ms, loop->limits.request_timeout_ms);

	least = MIN(least, loop->idle_timeout_s * 1000) / LOOKS_PER_DEADLINE;
	ev_timer_init(&loop->look_timer, look_cb, 0.,
		      MAX(MIN(least, LOOK_MAX_MS), LOOK_MIN_MS) / 1e3);
	loop->look_timer.data = loop;
}

void deadlines_add(struct loop *loop, struct conn *conn)
{
	conn->phase = CONN_HEAD;
	conn->since_ms = now_ms();
	if (ev_is_active(&loop->look_timer))
		return;
	loop->looked_ms = conn->since_ms;
	ev_timer_again(loop->ev, &loop->look_timer);
}
