/* gen_settings.c - see gen_settings.h. */
#include "work/gen_settings.h"

#include "common/cc.h"
#include "work/input.h"

#include <string.h>

json_t *gen_settings_object(const json_t *settings, const char *key)
{
	if (json_is_object(settings))
		return json_incref((json_t *)settings);
	return json_pack("{s:O}", key, settings);
}

void gen_settings_file(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char **file = ret, *copy;

	if (!json_is_string(value) || *json_string_value(value) == '\0') {
		fields_want(p, path, value, "a file's path, or \"-\" for standard input");
		return;
	}
	copy = strdup(json_string_value(value));
	if (copy == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	free(*file);
	*file = copy;
}

void gen_settings_locate(char **file, const char *base_dir)
{
	char *joined;

	if (*file == NULL || **file == '/' || base_dir == NULL || strcmp(*file, INPUT_STDIN) == 0)
		return;
	if (asprintf(&joined, "%s/%s", base_dir, *file) < 0)
		return; /* the open will find no file: there is no memory for that either */
	free(*file);
	*file = joined;
}
