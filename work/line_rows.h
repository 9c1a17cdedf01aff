/* line_rows.h - lines as rows: of text, or of JSON. What lines, json and
 * command have in common. */
#ifndef WORK_LINE_ROWS_H
#define WORK_LINE_ROWS_H

#include "work/generator_kind.h"
#include "work/line_reader.h"
#include "work/row.h"

struct line_rows {
	struct generator base;
	struct line_reader reader;
	struct text_rules text;
	bool json; /* each line is a JSON value, blank ones are left out; text is not for it */
};

/* Lines of a file, or "-"; text and json as above. */
int line_rows_open(const struct generator_kind *kind, const char *file,
		   const struct text_rules *text, bool json, struct generator **ret,
		   struct error *e);

/* Operations of generator_kind, for generators that begin with a struct
 * line_rows: allocated as one. */
enum generator_state line_rows_fill(struct generator *g, struct generator_room *room,
				    struct error *e);
enum generator_state line_rows_skip(struct generator *g, uint64_t rows, struct error *e);
void line_rows_fingerprint(const struct generator *g, struct buf *ret);
void line_rows_close(struct generator *g); /* frees, too */

#endif
