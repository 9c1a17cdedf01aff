/* gen_json.c - JSON lines: each line of a file or of standard input is one value. */
#include "common/cc.h"
#include "work/gen_settings.h"
#include "work/line_file.h"
#include "work/line_rows.h"

const struct field gen_json_fields[] = {
	LINE_FILE_FIELD,
	{ .type = FIELD_END },
};

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	line_file_check(settings, gen_json_fields, path, p);
}

static int open_json(const json_t *settings, const char *base_dir, struct generator **ret,
		     struct error *e)
{
	return line_file_open(&gen_json_kind, gen_json_fields, true, settings, base_dir, ret, e);
}

const struct generator_kind gen_json_kind = {
	.name = "json",
	.check = check,
	.open = open_json,
	.fill = line_rows_fill,
	.skip = line_rows_skip,
	.fingerprint = line_rows_fingerprint,
	.close = line_rows_close,
};
