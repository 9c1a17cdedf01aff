/* api.h - the status endpoint as an app: what the board shows, as JSON.
 *
 *   GET /api/status /api/plan /api/workers /api/groups /api/servers /api/manager
 *       /api/deaths
 *   GET /healthz /readyz
 *   GET /workers              one table for a browser, without a script
 *   GET /                     the welcome site, with all that is not named here; without
 *                             one, that table
 *   POST /api/stop            on the control socket only
 *
 * Read-only over HTTP. A Host header that is not in the allow-list is
 * answered with 421, so that a page on another name cannot read us by DNS
 * rebinding; the control socket (mode 0600) needs none.
 */
#ifndef SERVERS_API_H
#define SERVERS_API_H

#include "servers/app.h"

#include <stdbool.h>

struct board;
struct deaths;
struct plan;
struct ports;

struct api_context {      /* borrowed for the app's life */
	const char *name; /* of this instance */
	const struct plan *plan;
	struct board *board;
	const struct ports *ports;
	const struct deaths *deaths;
	const char *const *hosts; /* allowed besides loopback names and the
				   * address itself; NULL-terminated or NULL */
	const char *site_dir;     /* absolute: the folder of the welcome site; NULL: none */
	bool control;             /* this is the control socket */
	/* Ask the manager for a stop; any error is the reply. */
	int (*stop)(void *arg, struct error *e);
	void *stop_arg;
};

/* The kind for server_options.kind, with a struct api_context as context. */
extern const struct app_kind api_app_kind;

#endif
