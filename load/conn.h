/* conn.h - one connection of an engine: opened, asked, answered, closed.
 *
 *   DOWN ──▶ CONNECTING ──▶ IDLE ──▶ SENDING ──▶ READING
 *    ▲            │          ▲ │        │           │
 *    └────────────┴──────────┼─┴────────┴───────────┤
 *                            └──────────────────────┘ kept alive
 *
 * What happens is counted here; what is done next is the engine's to decide,
 * by the outcome. Edge-triggered, so that a request costs one send, one
 * receive and no epoll_ctl. A connection keeps no bytes: those that are read
 * go through the parser at once, and a request that was not sent whole is
 * written anew for its rest.
 */
#ifndef LOAD_CONN_H
#define LOAD_CONN_H

#include "load/response.h"
#include "load/stats.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct load_job;
struct load_target;
struct record;

enum conn_state { CONN_DOWN, CONN_CONNECTING, CONN_IDLE, CONN_SENDING, CONN_READING };

enum conn_outcome {
	CONN_BUSY,  /* wait for its next event */
	CONN_READY, /* IDLE */
	CONN_ENDED, /* DOWN */
};

struct conn_target {
	const struct load_target *target; /* borrowed */
	size_t index;                     /* into the job's targets */
	size_t path;                      /* the next one's */
};

struct conn {
	TAILQ_ENTRY(conn) link; /* in list */
	struct conn_list *list; /* the engine's; NULL: none */
	struct conn_target *target;
	int fd; /* -1: none */
	uint8_t state;
	bool asked;      /* a request is under way */
	bool wants_room; /* EPOLLOUT is among its events */
	uint8_t barren;  /* connections in a row without a whole reply, at most 255 */
	uint32_t sent_bytes;
	size_t path;
	uint64_t due_ns;   /* of the request */
	uint64_t since_ns; /* request sent or connect begun; idle since; or when to try again */
	struct response response;
};
TAILQ_HEAD(conn_list, conn);

struct conn_io { /* a thread's, for all of its connections */
	const struct load_job *job;
	struct record *record;
	int epoll;
	uint64_t now_ns; /* read after what came last, and before what is done then */
	bool head;       /* the request is HEAD */
	char *buffer;    /* of what is received */
	char *request;   /* the last one written: of this target and path */
	size_t request_bytes;
	const struct conn_target *request_target;
	size_t request_path;
};

int conn_io_init(struct conn_io *io, const struct load_job *job, struct record *record,
		 struct error *e);
void conn_io_release(struct conn_io *io);

void conn_init(struct conn *c, struct conn_target *target);

/* DOWN: connect, with nothing to ask yet. BUSY, READY or ENDED. */
enum conn_outcome conn_open(struct conn_io *io, struct conn *c);

/* IDLE: send its target's next request, which was due at due_ns; DOWN: connect
 * first. io->now_ns is when that begins. BUSY or ENDED. */
enum conn_outcome conn_ask(struct conn_io *io, struct conn *c, uint64_t due_ns);

/* What epoll said. Events of a connection that is DOWN mean nothing. */
enum conn_outcome conn_event(struct conn_io *io, struct conn *c, uint32_t events);

/* Count the error and close. Always ENDED. */
enum conn_outcome conn_fail(struct conn_io *io, struct conn *c, enum load_error error);

void conn_close(struct conn_io *io, struct conn *c);

#endif
