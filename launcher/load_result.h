/* load_result.h - what becomes of a load's document: thresholds are held
 * against it, files are written, tables are shown, and there is an exit status.
 */
#ifndef LAUNCHER_LOAD_RESULT_H
#define LAUNCHER_LOAD_RESULT_H

#include "load/threshold.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct argp;
struct buf;
struct problems;

struct load_result_wish {
	const char *json, *html; /* "-": stdout, instead of the tables; NULL: none */
	bool verbose;            /* a row for each port */
	bool quiet;              /* no tables, no progress */
	struct threshold thresholds[THRESHOLDS_MAX];
	size_t threshold_count;
	struct problems *problems; /* borrowed; of the options below */
};

/* --json, --html, --fail-if, -v, -q: the options' child; its input is a struct
 * load_result_wish. */
extern const struct argp load_result_argp;

/* Can what is wanted be written, without harm to any of the files that are
 * read? What is wrong goes to p. */
void load_result_check(const struct load_result_wish *wish, const char *const *inputs, size_t count,
		       struct problems *p);

/* Does stdout have room for tables? */
bool load_result_shows(const struct load_result_wish *wish);

/* All of it, for a report or a comparison; text: the tables. Thresholds are
 * added to a report. The exit status. */
int load_result(const struct load_result_wish *wish, json_t *document, const struct buf *text);

#endif
