/* gen_lines.c - the lines of a file or of standard input, as JSON strings. */
#include "common/cc.h"
#include "common/problems.h"
#include "work/gen_settings.h"
#include "work/line_rows.h"

#include <stddef.h>

struct settings {
	char *file; /* owned */
	struct text_rules text;
};

#define AT(member) .offset = offsetof(struct settings, member)

const struct field gen_lines_fields[] = {
	{ .key = "file",
	  .type = FIELD_PARSE,
	  AT(file),
	  .parse = gen_settings_file,
	  .required = true },
	{ .key = "encoding",
	  .type = FIELD_CHOICE,
	  AT(text.encoding),
	  .choices = text_encoding_choices },
	{ .key = "invalid",
	  .type = FIELD_CHOICE,
	  AT(text.invalid),
	  .choices = text_invalid_choices },
	{ .type = FIELD_END },
};

static void parse(const json_t *settings, const char *path, struct settings *ret,
		  struct problems *p)
{
	json_auto_t *object = gen_settings_object(settings, "file");

	*ret = (struct settings) { 0 };
	fields_parse(object, path, gen_lines_fields, ret, p);
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	struct settings s;

	parse(settings, path, &s, p);
	free(s.file);
}

static int open_lines(const json_t *settings, const char *base_dir, struct generator **ret,
		      struct error *e)
{
	struct problems none = { 0 };
	struct settings s;
	int r;

	parse(settings, "", &s, &none);
	gen_settings_locate(&s.file, base_dir);
	r = line_rows_open(&gen_lines_kind, s.file, &s.text, false, ret, e);
	free(s.file);
	return r;
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
