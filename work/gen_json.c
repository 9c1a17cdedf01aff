/* gen_json.c - JSON lines: each line of a file or of standard input is one value. */
#include "common/cc.h"
#include "common/problems.h"
#include "work/gen_settings.h"
#include "work/line_rows.h"

#include <stddef.h>

struct settings {
	char *file; /* owned */
};

#define AT(member) .offset = offsetof(struct settings, member)

const struct field gen_json_fields[] = {
	{ .key = "file",
	  .type = FIELD_PARSE,
	  AT(file),
	  .parse = gen_settings_file,
	  .required = true },
	{ .type = FIELD_END },
};

static void parse(const json_t *settings, const char *path, struct settings *ret,
		  struct problems *p)
{
	json_auto_t *object = gen_settings_object(settings, "file");

	*ret = (struct settings) { 0 };
	fields_parse(object, path, gen_json_fields, ret, p);
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	struct settings s;

	parse(settings, path, &s, p);
	free(s.file);
}

static int open_json(const json_t *settings, const char *base_dir, struct generator **ret,
		     struct error *e)
{
	static const struct text_rules text = { 0 };
	struct problems none = { 0 };
	struct settings s;
	int r;

	parse(settings, "", &s, &none);
	gen_settings_locate(&s.file, base_dir);
	r = line_rows_open(&gen_json_kind, s.file, &text, true, ret, e);
	free(s.file);
	return r;
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
