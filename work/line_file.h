/* line_file.h - generators over the lines of a file: what lines and json share.
 *
 * A kind has its table of fields, over struct line_file, and says whether its
 * lines are JSON.
 */
#ifndef WORK_LINE_FILE_H
#define WORK_LINE_FILE_H

#include "common/fields.h"
#include "work/generator_kind.h"
#include "work/row.h"

#include <stddef.h>

struct line_file {  /* the settings */
	char *file; /* owned; "-": standard input */
	struct text_rules text;
};

/* The field that all of them need. */
#define LINE_FILE_FIELD \
	{ \
		.key = "file", .type = FIELD_PARSE, .offset = offsetof(struct line_file, file), \
		.parse = gen_settings_file, .required = true \
	}

/* Operations of generator_kind. */
void line_file_check(const json_t *settings, const struct field *fields, const char *path,
		     struct problems *p);
int line_file_open(const struct generator_kind *kind, const struct field *fields, bool json,
		   const json_t *settings, const char *base_dir, struct generator **ret,
		   struct error *e);

#endif
