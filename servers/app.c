/* app.c - see app.h: the kinds that a config may name. */
#include "servers/app.h"

#include "common/buf.h"
#include "common/fields.h"
#include "servers/app_echo.h"
#include "servers/app_hello.h"
#include "servers/app_module.h"
#include "servers/app_static.h"

#include <string.h>

static const struct app_kind *const kinds[] = {
	&echo_app_kind,
	&hello_app_kind,
	&module_app_kind,
	&static_app_kind,
};

const struct app_kind *app_kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

const char *app_work(const json_t *settings)
{
	return json_string_value(json_object_get(settings, "work"));
}

static void unknown_kind(const json_t *value, const char *path, struct problems *p)
{
	const char *names[ARRAY_SIZE(kinds) + 1] = { NULL };
	AUTO_BUF struct buf want = BUF_INIT(1024);
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		names[i] = kinds[i]->name;
		buf_addf(&want, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
	}
	near = json_is_string(value) ? fields_nearest(json_string_value(value), names) : NULL;
	if (near != NULL)
		buf_addf(&want, " (did you mean \"%s\"?)", near);
	fields_want(p, path, value, buf_text(&want));
}

/* A kind without a check has no settings besides its name. */
static void no_settings(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
			struct problems *p)
{
	static const struct field table[] = {
		{ .key = "kind", .type = FIELD_STRING, .required = true },
		{ .type = FIELD_END },
	};
	char *kind = NULL;

	fields_parse(settings, path, table, &kind, p);
	free(kind);
}

void app_check(const json_t *settings, const char *base_dir, const char *path, struct problems *p)
{
	const json_t *name = json_object_get(settings, "kind");
	const struct app_kind *kind = NULL;
	char where[FIELDS_PATH_BYTES];

	if (!json_is_object(settings)) {
		fields_want(p, path, settings, "an object with \"kind\"");
		return;
	}
	if (json_is_string(name))
		kind = app_kind_find(json_string_value(name));
	if (kind != NULL) {
		(kind->check != NULL ? kind->check : no_settings)(settings, base_dir, path, p);
		return;
	}
	fields_path_key(where, sizeof(where), path, "kind");
	if (name != NULL)
		unknown_kind(name, where, p);
	else
		problems_error(p, where, "want the app's kind, such as \"hello\"; it is missing");
}
