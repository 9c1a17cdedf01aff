/* gen_command.c - the lines that a program writes, as strings or JSON values. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/problems.h"
#include "work/gen_settings.h"
#include "work/line_rows.h"
#include "work/program.h"

#define ARGUMENTS_MAX 1000

struct settings {
	const json_t *argv; /* of the settings that were read */
	bool json;
	struct text_rules text;
};

struct gen_command {
	struct line_rows lines; /* first: its close frees all */
	struct program program;
	char *argv; /* owned: as JSON */
};

static bool is_argv(const json_t *value)
{
	size_t count = json_array_size(value), i;
	json_t *item;

	if (count == 0 || count > ARGUMENTS_MAX)
		return false;
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return json_string_length(json_array_get(value, 0)) > 0;
}

static void parse_argv(const json_t *value, const char *path, void *ret, struct problems *p)
{
	if (is_argv(value))
		*(const json_t **)ret = value;
	else
		fields_want(p, path, value,
			    "a list of strings such as [\"seq\", \"10\"], the program first");
}

#define AT(member) .offset = offsetof(struct settings, member)

const struct field gen_command_fields[] = {
	{ .key = "argv", .type = FIELD_PARSE, AT(argv), .parse = parse_argv, .required = true },
	{ .key = "json", .type = FIELD_BOOL, AT(json) },
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
	json_auto_t *object = gen_settings_object(settings, "argv");

	*ret = (struct settings) { 0 };
	fields_parse(object, path, gen_command_fields, ret, p);
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	struct settings s;

	parse(settings, path, &s, p);
}

static void close_command(struct generator *base)
{
	struct gen_command *g = (struct gen_command *)base;

	program_kill(&g->program);
	free(g->argv);
	line_rows_close(base);
}

static int start(struct gen_command *g, const json_t *argv, const char *base_dir, struct error *e)
{
	AUTO_FREE char **strings = calloc(json_array_size(argv) + 1, sizeof(*strings));
	json_t *item;
	size_t i;
	int fd, r;

	if (strings == NULL)
		return error_set(e, ENOMEM, "out of memory");
	json_array_foreach(argv, i, item) strings[i] = (char *)json_string_value(item);
	r = program_start(strings, base_dir, &g->program, &fd, e);
	return r < 0 ? r : input_attach(&g->lines.reader.input, fd, strings[0], e);
}

static int open_command(const json_t *settings, const char *base_dir, struct generator **ret,
			struct error *e)
{
	struct gen_command *g = calloc(1, sizeof(*g));
	struct problems none = { 0 };
	struct settings s;
	int r;

	if (g == NULL)
		return error_set(e, ENOMEM, "out of memory");
	g->lines.reader.input.fd = -1;
	parse(settings, "", &s, &none);
	g->lines.base = (struct generator) {
		.kind = &gen_command_kind,
		.rows = GENERATOR_ROWS_UNKNOWN,
	};
	g->lines.text = s.text;
	g->lines.json = s.json;
	g->argv = json_dumps(s.argv, JSON_COMPACT);
	r = g->argv == NULL ? error_set(e, ENOMEM, "out of memory") : start(g, s.argv, base_dir, e);
	if (r < 0) {
		close_command(&g->lines.base);
		return r;
	}
	*ret = &g->lines.base;
	return 0;
}

/* The program's end belongs to its rows: they are not whole when it has failed. */
static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e)
{
	struct gen_command *g = (struct gen_command *)base;
	enum generator_state state = line_rows_fill(base, room, e);

	if (state != GENERATOR_END || program_wait(&g->program, e) == 0)
		return state;
	error_prefix(e, "%s", g->lines.reader.input.name);
	return GENERATOR_FAILED;
}

static void fingerprint(const struct generator *base, struct buf *ret)
{
	const struct gen_command *g = (const struct gen_command *)base;

	line_rows_fingerprint(base, ret);
	buf_addf(ret, " %s", g->argv);
}

const struct generator_kind gen_command_kind = {
	.name = "command",
	.check = check,
	.open = open_command,
	.fill = fill,
	.fingerprint = fingerprint,
	.close = close_command,
};
