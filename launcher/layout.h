/* layout.h - from a file (or a folder, or the demo) to config, cores and plan.
 *
 * What run, check and plan have in common, so that what listens is what plan
 * says and what check accepted.
 */
#ifndef LAUNCHER_LAYOUT_H
#define LAUNCHER_LAYOUT_H

#include "portmap/cpus.h"

#include <argp.h>
#include <stdbool.h>

struct config;
struct plan;
struct problems;

struct layout_source {    /* from the command line; borrowed */
	const char *file; /* a config, or a folder; NULL: the demo */
	bool folder;
	const char *ip;  /* demo, folder: NULL is 127.0.0.1 */
	int base_port;   /* demo: 0 is CONFIG_DEMO_PORT; folder: 0 is a free one */
	int status_port; /* overrides the config; -1: does not */
};

#define LAYOUT_SOURCE_DEFAULT \
	{ \
		.status_port = -1 \
	}

struct layout {
	struct config *config; /* owned */
	struct cpus cpus;
	struct plan *plan; /* owned; borrows from config */
};

/* FILE or DIR, --ip, --base-port, --status-port; input: struct layout_source. */
extern const struct argp_child layout_children[];

/* For commands that take a layout and --json, and nothing else. */
struct layout_args {
	struct layout_source source;
	bool json;
};
extern const struct argp_option layout_args_options[];
error_t layout_args_parse(int key, char *arg, struct argp_state *state);

/* False when an error is in p; warnings may be there either way. */
bool layout_load(const struct layout_source *source, struct layout *ret, struct problems *p);
void layout_release(struct layout *layout);

/* "demo", the file or the folder, for messages. */
const char *layout_source_name(const struct layout_source *source);

#endif
