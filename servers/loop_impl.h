/* loop_impl.h - the inside of a loop, for loop.c, http.c, server.c, drain.c.
 *
 * Accepting is blocked as a whole, for a reason: while it is, a server whose
 * socket becomes readable is parked (its watch off), so that blocking costs
 * only the servers that somebody wants.
 */
#ifndef SERVERS_LOOP_IMPL_H
#define SERVERS_LOOP_IMPL_H

#include "portmap/board.h"
#include "servers/admission.h"
#include "servers/conn.h"
#include "servers/server.h"

#include <ev.h>
#include <microhttpd.h>
#include <pthread.h>

enum loop_block {
	LOOP_BLOCK_FULL = 1, /* connections_max are open */
	LOOP_BLOCK_FDS = 2,  /* the system has no descriptor or memory for us */
};

enum drain_state {
	DRAIN_NONE,
	DRAIN_SWEEP,  /* taking what waits in the accept queues */
	DRAIN_FINISH, /* waiting for the last connection to end */
	DRAIN_OVER,
};

struct loop {
	struct ev_loop *ev;
	struct MHD_Daemon *daemon;
	ev_io http_watch;    /* MHD's epoll descriptor */
	ev_io hangup_watch;  /* hangup.c's epoll descriptor */
	ev_timer http_timer; /* when MHD wants to run without an event */
	ev_timer fds_timer;  /* ends LOOP_BLOCK_FDS */
	ev_io user_watch;    /* of loop_watch() */
	void (*user_fn)(void *arg);
	void *user_arg; /* borrowed */
	struct server *servers;
	struct server *parked;
	unsigned blocked; /* of enum loop_block */

	struct accesslog *access_log; /* owned; NULL: none is kept */

	struct loop_limits limits;
	unsigned idle_timeout_s;
	struct addresses addresses; /* counted when limits says so */
	ev_timer look_timer;        /* deadlines.c */
	uint32_t looked_ms;         /* when it last looked */
	struct farewell *farewells; /* owned: descriptors that linger */
	size_t farewell_count;

	bool wire; /* filter what is read */
	struct wire_limits wire_limits;

	struct conn *conns;
	size_t conn_count;
	size_t conn_max;
	struct conn *adding; /* being handed to MHD */

	enum drain_state drain;
	bool grace_over;
	size_t cut; /* requests that the deadline did not let finish */
	ev_async drain_async;
	ev_timer grace_timer;
	ev_timer deadline_timer;

	/* jobs.c: a list that any thread appends to, under the lock. */
	pthread_mutex_t jobs_lock;
	struct loop_job *jobs, **jobs_last; /* jobs_last: where the next one goes */
	bool jobs_over;                     /* no more are taken */
	ev_async jobs_async;
	bool running; /* on thread; written under the lock */
	pthread_t thread;
	_Atomic uint64_t deadline_ns; /* any thread lowers it; UINT64_MAX: none */

	struct board_cell uncounted; /* for servers without a cell */
	struct static_site *sites;   /* of its static apps */
};

/* loop.c */
void loop_block(struct loop *loop, enum loop_block why);
void loop_unblock(struct loop *loop, enum loop_block why);
void loop_park(struct server *server);
void loop_wake_http(struct loop *loop); /* run MHD before the loop sleeps */

/* http.c: the MHD daemon and its callbacks */
int http_start(struct loop *loop, struct error *e);
int http_epoll_fd(const struct loop *loop);
/* Hand an admitted connection over; fd is MHD's then, or closed on failure. */
int http_add(struct server *server, int fd, const struct peer *peer, const struct sockaddr *address,
	     socklen_t len);

/* jobs.c */
void jobs_init(struct loop *loop);
void jobs_begin(struct loop *loop); /* the loop runs, on this thread */
void jobs_end(struct loop *loop);   /* it does not: run what is left, take no more; fine twice */
void jobs_release(struct loop *loop);

/* drain.c */
void drain_init(struct loop *loop);
void drain_sweep(struct loop *loop); /* go on where a block stopped it */
void drain_check(struct loop *loop); /* end the loop when all is done */

#endif
