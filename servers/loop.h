/* loop.h - one event loop, one thread, any number of servers.
 *
 * libev turns; libmicrohttpd runs inside it as one daemon without a listening
 * socket, its epoll descriptor one of the loop's. We accept ourselves and
 * hand each connection over, tagged with its server, so that 2000 ports cost
 * a request no more than one does:
 *
 *   listening fds ──ev_io──▶ accept4 ──▶ MHD_add_connection ─┐
 *   MHD's epoll fd ─ev_io──▶ MHD_run ──▶ request ──▶ app     │
 *   ev_async (drain) ──────▶ close idle, finish the rest ◀───┘
 *
 * All calls are for the thread that will run the loop, before it runs;
 * loop_drain(), loop_post() and loop_reopen_log() may come from any thread.
 * MHD starts in loop_new(): call it after the fork.
 */
#ifndef SERVERS_LOOP_H
#define SERVERS_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "servers/app.h"

struct accesslog_options;
struct board_cell;
struct error;
struct loop;

/* What one client may take; the defaults are those of eisen.json(5). A time is
 * looked at a few times within itself, so that it may be over by a quarter, or
 * a second. 0 is no limit where it says so. */
struct loop_limits {
	uint32_t head_max_bytes;          /* request line and headers: else 414, 431 */
	uint32_t body_max_bytes;          /* else 413; 0: none may come */
	uint32_t server_connections_max;  /* open on one server: else 503; 0: no limit */
	uint32_t address_connections_max; /* from one address, or IPv6 /64; the same */
	uint32_t connections_per_s;       /* new, on one server; the same */
	uint32_t head_timeout_ms;         /* from its first byte, or accept: else 408 */
	uint32_t request_timeout_ms;      /* the same, to the end of its body */
	uint32_t keepalive_requests_max;  /* the last reply says so; 0: no limit */
};
extern const struct loop_limits loop_limits_default;

struct loop_options {
	size_t connections_max;           /* open at once; then accepting pauses */
	unsigned idle_timeout_s;          /* silence on a connection; 0: the default, 60 */
	bool wire;                        /* refuse malformed framing: wire_recv.h */
	const struct loop_limits *limits; /* borrowed for the call; NULL: the defaults */
	const struct accesslog_options *access_log; /* borrowed for the call; NULL: none */
};

struct server_options {
	int listen_fd;           /* borrowed: listening, non-blocking, open until loop_free */
	const struct site *site; /* borrowed for the loop's life */
	const struct app_kind *kind;
	const json_t *settings;  /* borrowed for the call */
	const void *context;     /* for app->context */
	struct board_cell *cell; /* this thread is its writer; NULL: not counted */
};

int loop_new(const struct loop_options *options, struct loop **ret, struct error *e);

/* Make the server accept, from when the loop runs. Nothing stays on failure.
 * Also on the loop's own thread while it runs (loop_post()); -ESHUTDOWN when
 * it drains. */
int loop_add(struct loop *loop, const struct server_options *options, struct error *e);

/* Call fn(arg) on the loop's thread whenever fd is readable; one fd a loop.
 * For a process that serves on its only thread and has signals to look at. */
void loop_watch(struct loop *loop, int fd, void (*fn)(void *arg), void *arg);

/* Serve until a drain has ended. 0, or -errno when the event loop fails. */
int loop_run(struct loop *loop, struct error *e);

/* Any thread: take what waits in the accept queues, accept no more, answer
 * what is running with "Connection: close", close what is idle; loop_run()
 * returns when no connection is left or drain_ms have passed, whichever comes
 * first. A second call only shortens the time. */
void loop_drain(struct loop *loop, unsigned drain_ms);

/* Something to do on the loop's thread: its owner's until it is posted, then
 * the loop's until run() is called. */
struct loop_job {
	void (*run)(struct loop *loop, struct loop_job *job);
	struct loop_job *next; /* of the loop */
};

/* Any thread: have run() called once, in the order of the calls: while the
 * loop runs, at the latest when it has ended. -ESHUTDOWN: it has ended, run()
 * will not be called. */
int loop_post(struct loop *loop, struct loop_job *job);

/* Any thread: loop_add() on the loop's thread; waits until it has run there.
 * -ESHUTDOWN when the loop has ended. A thread that keeps the loop from running
 * waits for ever. */
int loop_add_running(struct loop *loop, const struct server_options *options, struct error *e);

/* Any thread: open the access log anew by its name, if there is one. */
void loop_reopen_log(struct loop *loop);

/* After loop_run(): how many requests were not finished when drain_ms had
 * passed. */
size_t loop_cut(const struct loop *loop);

void loop_free(struct loop *loop); /* not while it runs; NULL is fine */

#endif
