/* line_file.c - see line_file.h. */
#include "work/line_file.h"

#include "common/cc.h"
#include "common/problems.h"
#include "work/gen_settings.h"
#include "work/line_rows.h"

static void parse(const json_t *settings, const struct field *fields, const char *path,
		  struct line_file *ret, struct problems *p)
{
	json_auto_t *object = gen_settings_object(settings, "file");

	*ret = (struct line_file) { 0 };
	fields_parse(object, path, fields, ret, p);
}

void line_file_check(const json_t *settings, const struct field *fields, const char *path,
		     struct problems *p)
{
	struct line_file s;

	parse(settings, fields, path, &s, p);
	free(s.file);
}

int line_file_open(const struct generator_kind *kind, const struct field *fields, bool json,
		   const json_t *settings, const char *base_dir, struct generator **ret,
		   struct error *e)
{
	struct problems none = { 0 };
	struct line_file s;
	int r;

	parse(settings, fields, "", &s, &none);
	gen_settings_locate(&s.file, base_dir);
	r = line_rows_open(kind, s.file, &s.text, json, ret, e);
	free(s.file);
	return r;
}
