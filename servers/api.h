/* api.h - the status endpoint as an app: what the board shows, as JSON.
 *
 *   GET /api/status /api/plan /api/workers /api/groups /api/servers /api/manager
 *       /api/queues /api/feeders /api/deaths
 *   GET /api/queues/NAME      one queue; NAME percent-encoded: batch_1%7Caudio_lg
 *   GET /api/results?queue=NAME&after=N&limit=N      api_results.h
 *   GET /api/results/NAME/TICKET
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
#include <stddef.h>
#include <stdint.h>

struct board;
struct deaths;
struct plan;
struct ports;
struct queues;

#define API_ROWS_UNKNOWN UINT64_MAX

/* A feeder, by its number on the board. */
struct api_feeder {
	const char *name;
	const char *queue;     /* as queues_find() knows it */
	const char *generator; /* its kind: "range" */
	uint64_t rows;         /* there will be; or API_ROWS_UNKNOWN */
};

struct api_context {      /* borrowed for the app's life */
	const char *name; /* of this instance */
	const struct plan *plan;
	struct board *board;
	const struct ports *ports;
	const struct deaths *deaths;
	const struct queues *queues; /* NULL: there is no work */
	const struct api_feeder *feeders;
	size_t feeder_count;
	const char *results_db;   /* absolute; NULL: results are not kept */
	const char *result_label; /* RESULT_LABEL; NULL: none */
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
