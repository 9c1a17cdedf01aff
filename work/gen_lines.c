/* gen_lines.c - the lines of a file or of standard input, as JSON strings. */
#include "common/cc.h"
#include "work/gen_settings.h"
#include "work/line_file.h"
#include "work/line_rows.h"

const struct field gen_lines_fields[] = {
	LINE_FILE_FIELD,
	{ .key = "encoding",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct line_file, text.encoding),
	  .choices = text_encoding_choices },
	{ .key = "invalid",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct line_file, text.invalid),
	  .choices = text_invalid_choices },
	{ .type = FIELD_END },
};

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	line_file_check(settings, gen_lines_fields, path, p);
}

static int open_lines(const json_t *settings, const char *base_dir, struct generator **ret,
		      struct error *e)
{
	return line_file_open(&gen_lines_kind, gen_lines_fields, false, settings, base_dir, ret, e);
}

const struct generator_kind gen_lines_kind = {
	.name = "lines",
	.check = check,
	.open = open_lines,
	.fill = line_rows_fill,
	.skip = line_rows_skip,
	.fingerprint = line_rows_fingerprint,
	.close = line_rows_close,
};
