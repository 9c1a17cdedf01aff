/* hangup.c - clients that have sent their last byte; see hangup.h. */
#include "servers/hangup.h"

#include "common/error.h"
#include "servers/loop_impl.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#define HANGUPS_PER_WAKE 64

static void hangup_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *watch, int events ATTR_UNUSED)
{
	struct epoll_event hangups[HANGUPS_PER_WAKE];
	int n = epoll_wait(watch->fd, hangups, HANGUPS_PER_WAKE, 0);

	/* It cannot send any more anyway. What it has sent stays readable, and
	 * the call makes the descriptor readable anew for MHD. */
	for (int i = 0; i < n; i++)
		shutdown(hangups[i].data.fd, SHUT_RD);
}

int hangup_start(struct loop *loop, struct error *e)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return error_errno(e, errno, "epoll_create1");
	ev_io_init(&loop->hangup_watch, hangup_cb, fd, EV_READ);
	/* After MHD's turn: most hangups it has seen by itself. */
	ev_set_priority(&loop->hangup_watch, -2);
	ev_io_start(loop->ev, &loop->hangup_watch);
	return 0;
}

void hangup_add(struct loop *loop, struct conn *conn)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLONESHOT, .data.fd = conn->fd };

	if (conn->hangup_seen_to)
		return;
	conn->hangup_seen_to = true;
	/* Without memory for it the connection has its idle time-out. */
	epoll_ctl(loop->hangup_watch.fd, EPOLL_CTL_ADD, conn->fd, &event);
}

void hangup_remove(struct loop *loop, const struct conn *conn)
{
	if (conn->hangup_seen_to)
		epoll_ctl(loop->hangup_watch.fd, EPOLL_CTL_DEL, conn->fd, NULL);
}

void hangup_stop(struct loop *loop)
{
	close(loop->hangup_watch.fd);
}
