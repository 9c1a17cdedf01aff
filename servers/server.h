/* server.h - one server of a loop: a listening socket and the app behind it.
 *
 * Idle servers come by the thousand: what one needs is this struct and no
 * more. Only the loop's thread touches it.
 */
#ifndef SERVERS_SERVER_H
#define SERVERS_SERVER_H

#include "servers/app.h"
#include "servers/loop.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct board_cell;

struct server {
	ev_io watch; /* of the listening socket */
	struct loop *loop;
	struct server *next; /* in the loop's list */
	struct server *next_parked;
	struct board_cell *cell;
	struct app app;
	uint64_t full_ns;    /* admission.c: of connections_per_s */
	uint32_t conn_count; /* open */
	uint32_t sweep;      /* connections that the drain may still take */
	bool parked;
};

int server_new(struct loop *loop, const struct server_options *options, struct server **ret,
	       struct error *e);
void server_free(struct server *server);

void server_watch(struct server *server, bool on);

enum server_accepted {
	SERVER_DRY,     /* nothing waits */
	SERVER_MORE,    /* max were taken, more may wait */
	SERVER_BLOCKED, /* a limit of the loop or the system */
};

/* Take at most max connections from the accept queue. */
enum server_accepted server_accept(struct server *server, uint32_t max);

#endif
