/* deadlines.h - how long a client may take: for a head, for a request, for its
 * next one.
 *
 *   accept ─▶ HEAD ─▶ BODY ─▶ REPLY ─▶ IDLE ─▶ HEAD …
 *
 * A request pays nothing for it but one byte that is cleared at its end: while
 * there are connections, a timer of the loop looks at all of them a few times
 * within the shortest deadline, notes the phase of each and since when it has
 * been in it. So a phase begins when it was first seen, and a deadline is late
 * by at most two looks. What MHD alone can see, the silence of a client that
 * reads a reply, has MHD's own time-out.
 *
 * A loop that was held up itself blames nobody for it: what has come meanwhile is
 * read before the next look.
 *
 * A client that sent a part of a request is told 408, a silent one is closed.
 * Without a wire nothing tells of a later request's first line until it is
 * whole: it counts as silence before.
 */
#ifndef SERVERS_DEADLINES_H
#define SERVERS_DEADLINES_H

#include <stdint.h>

struct conn;
struct loop;

enum conn_phase {
	CONN_NEW, /* not looked at since it changed */
	CONN_HEAD,
	CONN_BODY,
	CONN_REPLY,
	CONN_IDLE,
	CONN_OVER, /* its deadline has passed: MHD is about to close it */
};

void deadlines_init(struct loop *loop);

/* A connection is there. */
void deadlines_add(struct loop *loop, struct conn *conn);

#endif
