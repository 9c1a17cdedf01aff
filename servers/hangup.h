/* hangup.h - tell MHD of clients that close while it does not look.
 *
 * Why: MHD 0.9.75 takes a short recv(2) for "no more has come" and waits for
 * the next edge. A client that sends and closes its end before MHD reads has
 * had its last edge: the connection would stay until its idle time-out, and
 * one client could fill connections_max with such ones.
 *
 * Each connection that lasts is also in an epoll set of ours for EPOLLRDHUP,
 * once; the set's descriptor is one of the loop's. It costs a system call a
 * connection, none a request, and nothing for a connection whose first request
 * is its last: it is added when a request has been answered and another may
 * come, or when deadlines.c finds a request that is not whole. The event is
 * level-triggered: a hangup from before is told all the same.
 */
#ifndef SERVERS_HANGUP_H
#define SERVERS_HANGUP_H

struct conn;
struct error;
struct loop;

int hangup_start(struct loop *loop, struct error *e);

/* Watch it from now on; once. The set forgets it when it is closed (epoll(7)). */
void hangup_add(struct loop *loop, struct conn *conn);
/* Forget it: its file stays open under another number. */
void hangup_remove(struct loop *loop, const struct conn *conn);
void hangup_stop(struct loop *loop);

#endif
