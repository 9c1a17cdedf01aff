/* config.h - the config file: read, expanded, checked, all errors at once.
 *
 * JSON (RFC 8259), duplicate keys refused; keys that begin with "//" are
 * comments; ${NAME} and ${NAME:-default} in strings expand from the
 * environment. The text itself is kept: a spawned worker parses it again and
 * so arrives at the same config.
 */
#ifndef LAUNCHER_CONFIG_H
#define LAUNCHER_CONFIG_H

#include "common/fields.h"
#include "launcher/config_work.h"
#include "portmap/plan.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_TEXT_MAX (4u << 20) /* bytes */
#define CONFIG_STATUS_PORT 12321
#define CONFIG_DEMO_PORT 11000 /* blue; yellow is 3000, green 4000 above */

enum config_start_method { CONFIG_FORK, CONFIG_SPAWN, CONFIG_FORKSERVER };

struct config_status {
	char *ip;     /* owned; default "127.0.0.1" */
	int port;     /* default 12321; 0: any free one */
	char **hosts; /* owned, NULL-terminated, may be NULL: more Host names to allow */
};

struct config_access_log {
	char *file;       /* owned, absolute or "-"; NULL: none is kept */
	int format;       /* enum accesslog_format; default combined */
	int buffer_bytes; /* default 65536, 4096..1048576 */
};

/* The keys of the document that are struct loop_limits in servers/loop.h. */
struct config_limits {
	int head_max_bytes;          /* default 8192, 1024..65536 */
	int body_max_bytes;          /* default 65536, 0..64 MiB */
	int server_connections_max;  /* 0: no limit, the default */
	int address_connections_max; /* 0: no limit, the default */
	int connections_per_s;       /* 0: no limit, the default */
	int head_timeout_ms;         /* default 10000, 100..600000 */
	int request_timeout_ms;      /* default 60000, 100..3600000 */
	int keepalive_requests_max;  /* 0: no limit, the default */
};

struct config {
	char *base_dir; /* owned, absolute: where relative paths start */
	char *text;     /* owned: the document as read */
	size_t text_len;

	int procs_max;        /* PROCS_MAX; 0: unset */
	int start_method;     /* START_METHOD; enum config_start_method */
	bool pin;             /* pin each worker to its core; default true */
	struct group *groups; /* owned */
	size_t group_count;
	struct server_entry *entries; /* owned; a group's own app is one too */
	size_t entry_count;
	struct config_status status;
	struct config_access_log access_log;
	int start_timeout_ms;     /* default 10000, 100..600000 */
	int drain_ms;             /* default 5000, 0..600000 */
	int worker_memory_max_mb; /* MiB of a worker's own; 0: no limit, the default */
	int connections_max;      /* per serving thread; default 10000 */
	struct config_limits limits;
	int idle_timeout_s; /* silence on a connection; default 60, 1..3600 */
	bool wire;          /* refuse malformed requests before libmicrohttpd; default true */
	struct config_work work;
	json_t *document; /* owned reference: all keys, ${NAME} expanded */
};

/* Where a document comes from; borrowed for the call. */
struct config_origin {
	const char *base_dir; /* absolute: where relative paths start */
	int status_port;      /* the command line's, over the document's; -1: none */
};

/* Both give NULL when there was an error in p. A file is read whole; "-" is
 * stdin; it is its own source and base. */
struct config *config_load(const char *file, int status_port, struct problems *p);
struct config *config_from_text(const char *text, size_t len, const struct config_origin *origin,
				struct problems *p);

/* The built-in demo: blue, yellow, green with six hello servers each; text to
 * be freed, the same as examples/demo.json for CONFIG_DEMO_PORT, "127.0.0.1"
 * and the default status port. */
char *config_demo_text(const char *ip, unsigned base_port);

/* What plan_make() wants of it; borrows from config. */
void config_plan_input(const struct config *config, struct plan_input *ret);

void config_free(struct config *config);

extern const struct field config_fields[]; /* for checks of the documentation */
extern const struct field config_status_fields[];
extern const struct field config_access_log_fields[];

/* field_parse_fn, for config_keys.c. ret is the struct config_status, */
void config_parse_status(const json_t *value, const char *path, void *ret, struct problems *p);
/* here the struct config; the last is config_log.c's. */
void config_parse_groups(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_servers(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_access_log(const json_t *value, const char *path, void *ret, struct problems *p);

#endif
