/* config_log.c - the key access_log: a path, or an object with one. */
#include "launcher/config.h"

#include "common/buf.h"
#include "servers/accesslog.h"

#include <limits.h>
#include <string.h>

/* In the order of enum accesslog_format. */
static const char *const formats[] = { "combined", "json", NULL };

const struct field config_access_log_fields[] = {
	{ .key = "file",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct config_access_log, file),
	  .required = true },
	{ .key = "format",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct config_access_log, format),
	  .choices = formats },
	{ .key = "buffer_bytes",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_access_log, buffer_bytes),
	  .min = ACCESSLOG_BUFFER_MIN,
	  .max = ACCESSLOG_BUFFER_MAX },
	{ .type = FIELD_END },
};

/* Absolute: whoever opens it later may be elsewhere. */
static void make_absolute(const char *base_dir, const char *path, char **file, struct problems *p)
{
	AUTO_BUF struct buf absolute = BUF_INIT(PATH_MAX - 1);

	if (strcmp(*file, ACCESSLOG_STDOUT) == 0)
		return;
	if ((*file)[0] == '\0') {
		problems_error(p, path, "want a file's path or \"-\", got \"\"");
		return;
	}
	if ((*file)[0] != '/')
		buf_addf(&absolute, "%s/", base_dir);
	buf_adds(&absolute, *file);
	if (absolute.failed) {
		problems_error(p, path, "want a path of at most %d bytes", PATH_MAX - 1);
		return;
	}
	free(*file);
	*file = buf_take(&absolute);
	if (*file == NULL)
		problems_error(p, path, "out of memory");
}

void config_parse_access_log(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	struct config_access_log *log = &config->access_log;
	char at[FIELDS_PATH_BYTES];

	if (json_is_string(value)) {
		snprintf(at, sizeof(at), "%s", path);
		log->file = strdup(json_string_value(value));
		if (log->file == NULL)
			problems_error(p, path, "out of memory");
	} else if (json_is_object(value)) {
		fields_path_key(at, sizeof(at), path, "file");
		fields_parse(value, path, config_access_log_fields, log, p);
	} else {
		fields_want(p, path, value,
			    "a file's path or an object like {\"file\":\"access.log\"}");
	}
	if (log->file != NULL)
		make_absolute(config->base_dir, at, &log->file, p);
}
