/* config_work.h - the keys of a config that are about work: queues, feeders,
 * worker modules, tools, results.
 *
 * They are members of struct config. mp_input_q is always among the queues
 * when there is any work; what the manager makes beside them (mp_output_q,
 * mp_print_q) is not.
 */
#ifndef LAUNCHER_CONFIG_WORK_H
#define LAUNCHER_CONFIG_WORK_H

#include "common/fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

#define CONFIG_QUEUES_MAX 100
#define CONFIG_FEEDERS_MAX 90 /* of 4095 owner numbers, beside PLAN_SLOTS_MAX */
#define CONFIG_MODULES_MAX 64
#define CONFIG_TOOLS_MAX 64
#define CONFIG_NAME_MAX 63 /* bytes of a queue's, category's, feeder's or tool's name */
#define CONFIG_ROWS_MAX 1000000

#define CONFIG_INPUT_QUEUE "mp_input_q"
#define CONFIG_PRINT_QUEUE "mp_print_q"

struct config_queue {
	char *full;           /* owned: "name" or "category|name" */
	char *name;           /* owned */
	char *category;       /* owned; NULL: none */
	int maxsize;          /* chunks that wait at most; default 256 */
	int chunk_bytes;      /* default 32768 */
	int max_attempts;     /* default 3; 0: never give up */
	int chunk_timeout_ms; /* a worker may have a chunk for; default 0: no limit */
	bool unnamed;         /* it is there without the config's saying so */
};

struct config_feeder {
	char *name;        /* owned; default: its queue's */
	char *queue;       /* owned: struct config_queue's full; default mp_input_q */
	json_t *generator; /* owned reference, generator_check() has passed it */
	int rows_max;      /* ROWS_MAX; 0: the config's */
	bool stream;       /* its file is a FIFO or a device */
};

/* Its standard input is the manager's. */
bool config_feeder_reads_stdin(const struct config_feeder *feeder);

/* Can what it gives be had once more, after a crash or in another run? */
bool config_feeder_replays(const struct config_feeder *feeder);

struct config_module {
	char *path; /* owned: WORKER_PATH as it was given */
	char *ref;  /* owned: WORKER_REF; default "worker_entrance" */
};

struct config_tool {
	char *name;   /* owned */
	char *file;   /* owned, absolute; NULL: json */
	json_t *json; /* owned reference; NULL: file */
};

enum config_on_done { CONFIG_DONE_UNSET = -1, CONFIG_DONE_EXIT, CONFIG_DONE_STAY };

struct config_work {
	int rows_max;                  /* ROWS_MAX; default 1000 */
	struct config_queue *queues;   /* owned */
	size_t queue_count;            /* 0: there is no work at all */
	struct config_feeder *feeders; /* owned */
	size_t feeder_count;
	struct config_module *modules; /* owned; the first is called in a loop */
	size_t module_count;
	struct config_tool *tools; /* owned */
	size_t tool_count;
	char *worker_path, *worker_ref; /* owned; the top-level keys, moved to modules */
	json_t *kwargs;                 /* owned reference; NULL: none */
	bool results_store;             /* RESULTS_STORE: the results outlive the run */
	bool results_print, results_dict_print;
	char *result_label;         /* owned; NULL: none */
	char *results_db;           /* owned, absolute; NULL: NAME.results.db in base_dir */
	uint64_t results_bytes_max; /* 0: no bound */
	bool info_enable;           /* INFO_ENABLE */
	uint64_t info_thread_max;   /* INFO_THREAD_MAX: rows there will be; 0: as the feeders say */
	int on_done;                /* enum config_on_done; default exit without servers */
};

extern const struct config_queue config_queue_default; /* without its names */

extern const struct field config_queue_fields[]; /* for checks of the documentation */
extern const struct field config_feeder_fields[];
extern const struct field config_module_fields[];
extern const struct field config_tool_fields[];

/* The defaults. */
void config_work_init(struct config_work *work);
void config_work_release(struct config_work *work);

/* field_parse_fn; ret is the struct config. */
void config_parse_queues(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_feeders(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_modules(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_tools(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_kwargs(const json_t *value, const char *path, void *ret, struct problems *p);
void config_parse_results_db(const json_t *value, const char *path, void *ret, struct problems *p);

/* ret is a uint64_t: a whole number, not negative. */
void config_parse_count(const json_t *value, const char *path, void *ret, struct problems *p);

/* Where the results of an instance of this name are kept, absolute; to be
 * freed. NULL: no memory. */
char *config_results_path(const struct config *config, const char *name);

/* Once all keys are read: the defaults that depend on others, and what two
 * keys say against each other. */
void config_work_finish(struct config *config, struct problems *p);

/* config_apps.c: does one of the servers' apps take part in the work: is it a
 * module's, or keeps rows? And what is wrong with that. */
bool config_apps_work(const struct config *config);
void config_apps_check(const struct config *config, struct problems *p);

#endif
