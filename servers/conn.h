/* conn.h - one open connection: which server it is for, and its request.
 *
 * Made before MHD knows the connection, tied to it through MHD's
 * socket_context, freed when MHD lets go of it, just before the descriptor is
 * closed. The loop lists all of them, for the drain.
 */
#ifndef SERVERS_CONN_H
#define SERVERS_CONN_H

#include "servers/deadlines.h"
#include "servers/peer.h"
#include "servers/request.h"
#include "servers/wire.h"

#include <stddef.h>
#include <sys/socket.h>

struct server;

struct conn {
	struct conn *next;
	struct conn **link; /* what points to this one; NULL: not listed */
	struct server *server;
	int fd;              /* MHD's, for peeking and shutdown(2) */
	uint32_t requests;   /* completed */
	uint32_t since_ms;   /* when it was first seen in its phase */
	uint16_t verdict;    /* the last reply that is due, past MHD; 0: none */
	uint8_t phase;       /* enum conn_phase */
	bool read_shut;      /* shutdown(2) with SHUT_RD was called */
	bool lingers;        /* its last reply may come before its input's end */
	bool told;           /* its last reply is counted and in the log */
	bool closes;         /* the client wants no further reply */
	bool last;           /* the last reply was queued, and waits for the FIN: send_last() */
	bool hangup_seen_to; /* in the set of hangup.c */
	bool buffer_set;     /* by request_prepare_large() */
	struct peer peer;
	bool fresh;              /* accepted since the drain last looked for idle ones */
	char *target;            /* owned: the request's target, '?' replaced by a NUL */
	size_t target_room;      /* bytes */
	char *body;              /* owned: of a request whose app takes bodies; NULL: none */
	size_t body_room;        /* bytes */
	uint64_t body_announced; /* its Content-Length; 0: none */
	uint64_t started_ns;     /* of the request, monotonic; when there is an access log */
	struct wire wire; /* attached while MHD has the connection, unless the loop does without */
	struct request request;
};

static inline struct conn *conn_of(struct request *request)
{
	return (struct conn *)(void *)((char *)request - offsetof(struct conn, request));
}

/* Has something come that nobody has read yet? */
static inline bool conn_has_unread(const struct conn *conn)
{
	char byte;

	return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static inline void conn_list(struct conn *conn, struct conn **head)
{
	conn->next = *head;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	conn->link = head;
	*head = conn;
}

static inline void conn_unlist(struct conn *conn)
{
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	conn->link = NULL;
}

#endif
