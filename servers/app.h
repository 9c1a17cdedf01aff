/* app.h - what a server serves: the kinds of app, and one app per server.
 *
 * An app lives on one thread: a server with n threads of its own opens its
 * app n times, so that no app needs a lock for its own state. 2000 servers
 * may stand idle: open() should take next to nothing, what is costly is made
 * at the first request.
 */
#ifndef SERVERS_APP_H
#define SERVERS_APP_H

#include <jansson.h>
#include <stdbool.h>

struct board_cell;
struct error;
struct field;
struct static_site;
struct problems;
struct reply;
struct request;

/* The place a server has in the plan. Texts are borrowed for its life. */
struct site {
	const char *group;
	const char *ip; /* the path, for a Unix socket */
	int port;
	int start_sequence_num; /* -1: no worker's (the status role) */
	int core;
	const char *base_dir; /* where relative paths of settings start; NULL: nowhere */
	const char *row;      /* with "work": the row that it keeps, JSON; NULL: none */
	size_t row_len;
};

struct app {
	const struct app_kind *kind;
	const struct site *site;
	const void *context;        /* from server_options; may be NULL */
	void *state;                /* the kind's own */
	struct board_cell *cell;    /* this thread is its writer; never NULL */
	struct static_site **sites; /* the static sites of this loop: app_static.c */
};

struct app_kind {
	const char *name;
	bool takes_body; /* request->body is wanted; else a body is read and dropped */
	/* Report what is wrong with the settings, the object that holds
	 * "kind"; NULL: the kind has none. */
	void (*check)(const json_t *settings, const char *base_dir, const char *path,
		      struct problems *p);
	/* 0 or -errno; on failure app->state is NULL. NULL: nothing to do. */
	int (*open)(struct app *app, const json_t *settings, struct error *e);
	/* Answer exactly once, through reply.h. */
	void (*handle)(struct app *app, struct request *request, struct reply *reply);
	void (*close)(struct app *app); /* NULL: nothing to do */
};

/* The kinds a config may name. NULL when there is none of that name. */
const struct app_kind *app_kind_find(const char *name);

/* The name of the queue of which each of its servers keeps one row; NULL: it
 * has no "work". */
const char *app_work(const json_t *settings);

/* Check an {"kind": …} object of a config: kind known, settings right. */
void app_check(const json_t *settings, const char *base_dir, const char *path, struct problems *p);

#endif
