/* config_work.c - see config_work.h; what is said against each other is in
 * config_work_finish.c.
 */
#include "launcher/config_work.h"

#include "common/buf.h"
#include "common/cc.h"
#include "launcher/config.h"
#include "queues/queue.h"
#include "work/generator.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define QUEUE_MAXSIZE_MAX 65536
#define CHUNK_BYTES_MIN 4096
#define CHUNK_BYTES_MAX 1048576
#define CHUNK_TIMEOUT_MS_MAX 604800000 /* a week */

const struct field config_queue_fields[] = {
	{ .key = "name",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct config_queue, name),
	  .required = true },
	{ .key = "category",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct config_queue, category) },
	{ .key = "maxsize",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_queue, maxsize),
	  .min = 1,
	  .max = QUEUE_MAXSIZE_MAX },
	{ .key = "chunk_bytes",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_queue, chunk_bytes),
	  .min = CHUNK_BYTES_MIN,
	  .max = CHUNK_BYTES_MAX },
	{ .key = "max_attempts",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_queue, max_attempts),
	  .min = 0,
	  .max = WORD_ATTEMPTS_MAX },
	{ .key = "chunk_timeout_ms",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_queue, chunk_timeout_ms),
	  .min = 0,
	  .max = CHUNK_TIMEOUT_MS_MAX },
	{ .type = FIELD_END },
};

static void parse_any(const json_t *value, const char *path ATTR_UNUSED, void *ret,
		      struct problems *p ATTR_UNUSED)
{
	*(json_t **)ret = json_incref((json_t *)value);
}

const struct field config_feeder_fields[] = {
	{ .key = "name", .type = FIELD_STRING, .offset = offsetof(struct config_feeder, name) },
	{ .key = "queue", .type = FIELD_STRING, .offset = offsetof(struct config_feeder, queue) },
	{ .key = "generator",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct config_feeder, generator),
	  .parse = parse_any,
	  .required = true },
	{ .key = "ROWS_MAX",
	  .type = FIELD_INT,
	  .offset = offsetof(struct config_feeder, rows_max),
	  .min = 1,
	  .max = CONFIG_ROWS_MAX },
	{ .type = FIELD_END },
};

const struct field config_module_fields[] = {
	{ .key = "WORKER_PATH",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct config_module, path),
	  .required = true },
	{ .key = "WORKER_REF",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct config_module, ref) },
	{ .type = FIELD_END },
};

const struct field config_tool_fields[] = {
	{ .key = "file", .type = FIELD_STRING, .offset = offsetof(struct config_tool, file) },
	{ .key = "json",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct config_tool, json),
	  .parse = parse_any },
	{ .type = FIELD_END },
};

void config_work_init(struct config_work *work)
{
	*work = (struct config_work) { .rows_max = 1000, .on_done = CONFIG_DONE_UNSET };
}

static bool name_is_valid(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	return len > 0 && len <= CONFIG_NAME_MAX && strspn(name, letters) == len;
}

static bool check_name(const char *name, const char *path, const char *key, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];

	if (name == NULL || name_is_valid(name))
		return true;
	fields_path_key(at, sizeof(at), path, key);
	problems_error(p, at, "want up to %d letters, digits, '_', '-' or '.', got \"%.60s\"",
		       CONFIG_NAME_MAX, name);
	return false;
}

/* Room for the items of a list, zeroed. NULL when there is a problem. */
static void *list_room(const json_t *value, const char *path, size_t max, size_t size,
		       struct problems *p)
{
	void *room;
	char want[64];

	if (!json_is_array(value) || json_array_size(value) > max) {
		snprintf(want, sizeof(want), "a list of at most %zu objects", max);
		fields_want(p, path, value, want);
		return NULL;
	}
	room = calloc(json_array_size(value) + 1, size);
	if (room == NULL)
		problems_error(p, path, "out of memory");
	return room;
}

static void set_full_name(struct config_queue *queue, const char *path, struct problems *p)
{
	bool fine = check_name(queue->name, path, "name", p);

	fine = check_name(queue->category, path, "category", p) && fine;
	if (!fine || queue->name == NULL)
		return;
	if (asprintf(&queue->full, "%s%s%s", queue->category != NULL ? queue->category : "",
		     queue->category != NULL ? "|" : "", queue->name) >= 0)
		return;
	queue->full = NULL;
	problems_error(p, path, "out of memory");
}

const struct config_queue config_queue_default = { .maxsize = 256,
						   .chunk_bytes = 32768,
						   .max_attempts = 3 };

void config_parse_queues(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES];
	json_t *item;
	size_t i;

	/* One more, for mp_input_q. */
	config->work.queues =
		list_room(value, path, CONFIG_QUEUES_MAX, sizeof(*config->work.queues), p);
	json_array_foreach(value, i, item)
	{
		struct config_queue *queue;

		if (config->work.queues == NULL)
			return;
		queue = &config->work.queues[config->work.queue_count++];
		*queue = config_queue_default;
		fields_path_index(at, sizeof(at), path, i);
		fields_parse(item, at, config_queue_fields, queue, p);
		set_full_name(queue, at, p);
	}
}

/* What its generator reads, as it was given; NULL: no file. */
static const char *file_of(const struct config_feeder *feeder)
{
	const json_t *settings = json_object_iter_value(json_object_iter(feeder->generator));

	return json_is_object(settings) ? json_string_value(json_object_get(settings, "file"))
					: json_string_value(settings);
}

/* A FIFO or a device: whoever opens it takes of it. */
static bool reads_stream(const struct config_feeder *feeder, const char *base_dir)
{
	AUTO_BUF struct buf path = BUF_INIT(PATH_MAX - 1);
	const char *file = file_of(feeder);
	struct stat st;

	if (file == NULL)
		return false;
	if (file[0] != '/')
		buf_addf(&path, "%s/", base_dir);
	buf_adds(&path, file);
	return !path.failed && stat(buf_text(&path), &st) == 0 && !S_ISREG(st.st_mode) &&
	       !S_ISDIR(st.st_mode);
}

void config_parse_feeders(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES], below[FIELDS_PATH_BYTES];
	json_t *item;
	size_t i;

	config->work.feeders =
		list_room(value, path, CONFIG_FEEDERS_MAX, sizeof(*config->work.feeders), p);
	json_array_foreach(value, i, item)
	{
		struct config_feeder *feeder;

		if (config->work.feeders == NULL)
			return;
		feeder = &config->work.feeders[config->work.feeder_count++];
		fields_path_index(at, sizeof(at), path, i);
		fields_parse(item, at, config_feeder_fields, feeder, p);
		check_name(feeder->name, at, "name", p);
		fields_path_key(below, sizeof(below), at, "generator");
		if (feeder->generator != NULL)
			generator_check(feeder->generator, config->base_dir, below, p);
		feeder->stream = reads_stream(feeder, config->base_dir);
	}
}

bool config_feeder_reads_stdin(const struct config_feeder *feeder)
{
	const char *file = file_of(feeder);

	return file != NULL && strcmp(file, "-") == 0;
}

bool config_feeder_replays(const struct config_feeder *feeder)
{
	return !config_feeder_reads_stdin(feeder) && !feeder->stream &&
	       json_object_get(feeder->generator, "command") == NULL;
}

void config_parse_modules(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES];
	json_t *item;
	size_t i;

	config->work.modules =
		list_room(value, path, CONFIG_MODULES_MAX, sizeof(*config->work.modules), p);
	json_array_foreach(value, i, item)
	{
		if (config->work.modules == NULL)
			return;
		fields_path_index(at, sizeof(at), path, i);
		fields_parse(item, at, config_module_fields,
			     &config->work.modules[config->work.module_count++], p);
	}
}

/* Absolute: whoever opens it may be elsewhere. */
static char *absolute(const char *base_dir, const char *file, const char *path, struct problems *p)
{
	AUTO_BUF struct buf text = BUF_INIT(PATH_MAX - 1);
	char *ret;

	if (file[0] != '/')
		buf_addf(&text, "%s/", base_dir);
	buf_adds(&text, file);
	if (file[0] == '\0' || text.failed) {
		problems_error(p, path, "want a path of 1 to %d bytes", PATH_MAX - 1);
		return NULL;
	}
	ret = buf_take(&text);
	if (ret == NULL)
		problems_error(p, path, "out of memory");
	return ret;
}

static void parse_tool(const json_t *value, const char *base_dir, const char *path,
		       struct config_tool *tool, struct problems *p)
{
	char at[FIELDS_PATH_BYTES], *file;
	size_t before = p->errors;

	fields_parse(value, path, config_tool_fields, tool, p);
	if (p->errors != before)
		return;
	if ((tool->file != NULL) == (tool->json != NULL)) {
		problems_error(p, path, "want either \"file\" or \"json\"");
		return;
	}
	if (tool->file == NULL)
		return;
	fields_path_key(at, sizeof(at), path, "file");
	file = absolute(base_dir, tool->file, at, p);
	free(tool->file);
	tool->file = file;
}

void config_parse_tools(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;
	char at[FIELDS_PATH_BYTES];
	const char *name;
	json_t *item;

	if (!json_is_object(value) || json_object_size(value) > CONFIG_TOOLS_MAX) {
		fields_want(p, path, value, "an object of at most 64 tools by name");
		return;
	}
	config->work.tools = calloc(json_object_size(value) + 1, sizeof(*config->work.tools));
	if (config->work.tools == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	json_object_foreach((json_t *)value, name, item)
	{
		struct config_tool *tool = &config->work.tools[config->work.tool_count];

		if (fields_is_comment(name))
			continue;
		fields_path_key(at, sizeof(at), path, name);
		if (!name_is_valid(name)) {
			problems_error(p, at, "want a name of letters, digits, '_', '-' or '.'");
			continue;
		}
		config->work.tool_count++;
		tool->name = strdup(name);
		if (tool->name == NULL)
			problems_error(p, at, "out of memory");
		parse_tool(item, config->base_dir, at, tool, p);
	}
}

void config_parse_kwargs(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;

	if (!json_is_object(value))
		fields_want(p, path, value, "an object");
	else
		config->work.kwargs = json_incref((json_t *)value);
}

void config_parse_results_db(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct config *config = ret;

	if (!json_is_string(value))
		fields_want(p, path, value, "a string");
	else
		config->work.results_db =
			absolute(config->base_dir, json_string_value(value), path, p);
}

char *config_results_path(const struct config *config, const char *name)
{
	char *path = NULL;

	if (config->work.results_db != NULL)
		return strdup(config->work.results_db);
	return asprintf(&path, "%s/%s.results.db", config->base_dir, name) < 0 ? NULL : path;
}

void config_parse_count(const json_t *value, const char *path, void *ret, struct problems *p)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		fields_want(p, path, value, "a whole number from 0 on");
	else
		*(uint64_t *)ret = (uint64_t)json_integer_value(value);
}

void config_work_release(struct config_work *work)
{
	for (size_t i = 0; i < work->queue_count; i++) {
		free(work->queues[i].full);
		free(work->queues[i].name);
		free(work->queues[i].category);
	}
	for (size_t i = 0; i < work->feeder_count; i++) {
		free(work->feeders[i].name);
		free(work->feeders[i].queue);
		json_decref(work->feeders[i].generator);
	}
	for (size_t i = 0; i < work->module_count; i++) {
		free(work->modules[i].path);
		free(work->modules[i].ref);
	}
	for (size_t i = 0; i < work->tool_count; i++) {
		free(work->tools[i].name);
		free(work->tools[i].file);
		json_decref(work->tools[i].json);
	}
	free(work->queues);
	free(work->feeders);
	free(work->modules);
	free(work->tools);
	free(work->worker_path);
	free(work->worker_ref);
	free(work->result_label);
	free(work->results_db);
	json_decref(work->kwargs);
}
