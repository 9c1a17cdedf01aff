/* generator_kind.h - what a kind of generator is made of; for gen_*.c. */
#ifndef WORK_GENERATOR_KIND_H
#define WORK_GENERATOR_KIND_H

#include "common/fields.h"
#include "work/generator.h"

/* The operations are those of generator.h. settings is the value of the one
 * key. skip may be NULL: rows are then generated and dropped. */
struct generator_kind {
	const char *name; /* the key in the settings, "range" */
	void (*check)(const json_t *settings, const char *base_dir, const char *path,
		      struct problems *p);
	int (*open)(const json_t *settings, const char *base_dir, struct generator **ret,
		    struct error *e);
	enum generator_state (*fill)(struct generator *g, struct generator_room *room,
				     struct error *e);
	enum generator_state (*skip)(struct generator *g, uint64_t rows, struct error *e);
	void (*fingerprint)(const struct generator *g, struct buf *ret);
	void (*close)(struct generator *g);
};

/* The first member of each kind's own struct. */
struct generator {
	const struct generator_kind *kind;
	uint64_t rows; /* in all, or GENERATOR_ROWS_UNKNOWN */
	bool replays;
};

extern const struct generator_kind gen_command_kind;
extern const struct generator_kind gen_csv_kind;
extern const struct generator_kind gen_json_kind;
extern const struct generator_kind gen_lines_kind;
extern const struct generator_kind gen_list_kind;
extern const struct generator_kind gen_module_kind;
extern const struct generator_kind gen_range_kind;

/* The keys of those that have some. */
extern const struct field gen_command_fields[];
extern const struct field gen_csv_fields[];
extern const struct field gen_json_fields[];
extern const struct field gen_lines_fields[];
extern const struct field gen_module_fields[];

#endif
