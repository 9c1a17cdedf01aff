/* hangup.h - tell MHD of clients that close while it does not look.
 *
 * Why: MHD 0.9.75 takes a short recv(2) for "no more has come" and waits for
 * the next edge. A client that sends and closes its end before MHD reads has
 * had its last edge: the connection would stay until its idle time-out, and
 * one client could fill connections_max with such ones.
 *
 * Each connection is also in an epoll set of ours for EPOLLRDHUP, once; the
 * set's descriptor is one of the loop's. It costs a system call a connection,
 * none a request.
 */
#ifndef SERVERS_HANGUP_H
#define SERVERS_HANGUP_H

struct error;
struct loop;

int hangup_start(struct loop *loop, struct error *e);

/* The set forgets fd when it is closed (epoll(7)). */
void hangup_add(struct loop *loop, int fd);
/* One that is added: forget fd, whose file stays open under another number. */
void hangup_remove(struct loop *loop, int fd);
void hangup_stop(struct loop *loop);

#endif
