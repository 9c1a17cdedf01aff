/* gen_module.c - rows that a function in a module makes; eisen.h, "A generator".
 *
 * The function is called once for each row. It writes into the chunk's memory;
 * what does not fit there waits in a buffer of its own until there is room. One
 * row is asked for when the generator is opened, so that a module that cannot
 * begin fails the start, and says before it begins how many rows there will be.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/problems.h"
#include "common/utf8.h"
#include "include/eisen.h"
#include "work/gen_settings.h"
#include "work/generator_kind.h"
#include "work/json_check.h"
#include "work/module.h"
#include "work/row.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_BYTES_MAX ((size_t)1 << 30)

struct settings {
	char *path, *entry;
};

struct eisen_generator {
	struct generator base;
	struct module module;
	eisen_generator_fn *next;
	json_t *settings;
	void *state;
	size_t state_bytes;
	uint64_t given;              /* rows so far */
	struct generator_room *room; /* during a call: where the row goes; NULL: aside */
	char *aside;                 /* a row that did not fit; NULL: never */
	size_t aside_bytes;          /* with its line's end; 0: none waits */
	bool added, ended;
	struct error trouble; /* what the function did wrong, or said */
};

#define AT(member) .offset = offsetof(struct settings, member)

const struct field gen_module_fields[] = {
	{ .key = "path", .type = FIELD_STRING, AT(path), .required = true },
	{ .key = "entry", .type = FIELD_STRING, AT(entry) },
	{ .type = FIELD_END },
};

/* Settings -------------------------------------------------------------------- */

static void release_settings(struct settings *s)
{
	free(s->path);
	free(s->entry);
}

/* The other keys are the module's own. */
static void read_settings(const json_t *object, const char *path, struct settings *ret,
			  struct problems *p)
{
	json_auto_t *ours = json_object();
	static const char *const keys[] = { "path", "entry" };

	*ret = (struct settings) { .entry = strdup("rows") };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *value = json_object_get(object, keys[i]);

		if (value != NULL)
			json_object_set(ours, keys[i], value);
	}
	fields_parse(ours, path, gen_module_fields, ret, p);
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	json_auto_t *object = gen_settings_object(settings, "path");
	struct settings s;

	read_settings(object, path, &s, p);
	release_settings(&s);
}

/* The function's calls -------------------------------------------------------- */

static int trouble(eisen_generator *g, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);
static int trouble(eisen_generator *g, int code, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (g->trouble.code != 0)
		return -code; /* the first one is the cause */
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return error_set(&g->trouble, code, "%s", text);
}

/* How a row's text is written, so that it can be written again elsewhere. */
typedef void write_fn(struct row *row, const void *what, size_t len);

static int finish(eisen_generator *g, enum row_result result)
{
	g->added = result == ROW_WRITTEN;
	if (result == ROW_TOO_LONG)
		return trouble(g, E2BIG, "a row has %u bytes at most", GENERATOR_ROW_BYTES_MAX);
	return 0;
}

static int add_aside(eisen_generator *g, write_fn *write, const void *what, size_t len)
{
	struct generator_room room = { .bytes = GENERATOR_ROW_BYTES_MAX + 1, .rows_max = 1 };
	struct row row;
	int r;

	if (g->aside == NULL)
		g->aside = malloc(GENERATOR_ROW_BYTES_MAX + 1);
	if (g->aside == NULL)
		return trouble(g, ENOMEM, "out of memory");
	room.to = g->aside;
	row_begin(&row, &room);
	write(&row, what, len);
	r = finish(g, row_end(&row));
	g->aside_bytes = (size_t)(room.to - g->aside);
	return r;
}

static int add_row(eisen_generator *g, write_fn *write, const void *what, size_t len)
{
	enum row_result result = ROW_NO_ROOM;
	struct row row;

	if (g->added)
		return trouble(g, EEXIST, "it added two rows in one call");
	if (g->room != NULL) {
		row_begin(&row, g->room);
		write(&row, what, len);
		result = row_end(&row);
	}
	return result == ROW_NO_ROOM ? add_aside(g, write, what, len) : finish(g, result);
}

static void write_json(struct row *row, const void *what, size_t len)
{
	row_add(row, what, len);
}

static void write_string(struct row *row, const void *what, size_t len)
{
	static const struct text_rules rules = { TEXT_UTF8, TEXT_REFUSE };
	size_t bad;

	row_add(row, "\"", 1);
	row_add_text(row, what, len, &rules, &bad);
	row_add(row, "\"", 1);
}

static int write_piece(const char *bytes, size_t len, void *arg)
{
	row_add(arg, bytes, len);
	return 0;
}

static void write_value(struct row *row, const void *what, size_t len ATTR_UNUSED)
{
	json_dump_callback(what, write_piece, row, JSON_COMPACT | JSON_ENCODE_ANY);
}

int eisen_row_add_text(eisen_generator *g, const char *json, size_t len)
{
	const char *want;
	size_t at = 0;

	if (g == NULL || json == NULL)
		return -EINVAL;
	if (memchr(json, '\n', len) != NULL)
		return trouble(g, EINVAL, "a row is one line, this one has a line's end in it");
	want = json_check(json, len, &at);
	if (want != NULL)
		return trouble(g, EINVAL, "a row is no JSON: want %s at byte %zu", want, at + 1);
	return add_row(g, write_json, json, len);
}

int eisen_row_add_string(eisen_generator *g, const char *text, size_t len)
{
	if (g == NULL || text == NULL)
		return -EINVAL;
	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_sequence(text + at, len - at);
		if (n == 0)
			return trouble(g, EILSEQ, "a string is no UTF-8 at byte %zu", at + 1);
	}
	return add_row(g, write_string, text, len);
}

int eisen_row_add_int(eisen_generator *g, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);

	return g == NULL ? -EINVAL : add_row(g, write_json, text, (size_t)len);
}

/* Written once to nowhere, so that a failure is told from a lack of room. */
static int nowhere(const char *bytes ATTR_UNUSED, size_t len ATTR_UNUSED, void *arg ATTR_UNUSED)
{
	return 0;
}

int eisen_row_add(eisen_generator *g, json_t *value)
{
	int r;

	if (g == NULL)
		r = -EINVAL;
	else if (value == NULL ||
		 json_dump_callback(value, nowhere, NULL, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		r = trouble(g, EINVAL, "a row is no value that can be written as JSON");
	else
		r = add_row(g, write_value, value, 0);
	json_decref(value);
	return r;
}

json_t *eisen_generator_settings(const eisen_generator *g)
{
	return g == NULL ? NULL : g->settings;
}

void *eisen_generator_state(eisen_generator *g, size_t size)
{
	if (g == NULL)
		return NULL;
	if (g->state == NULL && size > 0 && size <= STATE_BYTES_MAX) {
		g->state = calloc(1, size);
		g->state_bytes = size;
	}
	if (g->state != NULL && size <= g->state_bytes)
		return g->state;
	trouble(g, ENOMEM, "no state of %zu bytes (it has %zu)", size, g->state_bytes);
	return NULL;
}

void eisen_generator_error(eisen_generator *g, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (g == NULL || fmt == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	trouble(g, EIO, "%s", text);
}

void eisen_generator_expect(eisen_generator *g, uint64_t rows)
{
	if (g != NULL)
		g->base.rows = rows;
}

/* A generator ------------------------------------------------------------------ */

static enum generator_state failed(const eisen_generator *g, struct error *e)
{
	error_set(e, g->trouble.code, "%s: row %" PRIu64 ": %s", g->module.path, g->given + 1,
		  g->trouble.text);
	return GENERATOR_FAILED;
}

static void check_row(eisen_generator *g)
{
	if (!g->added)
		trouble(g, EPROTO, "it returned EISEN_ROW and added none");
	else if (g->given >= g->base.rows)
		trouble(g, EPROTO, "it said that there are %" PRIu64 " rows", g->base.rows);
}

static void check_end(eisen_generator *g)
{
	if (g->added)
		trouble(g, EPROTO, "it added a row and returned EISEN_END");
	else if (g->base.rows != GENERATOR_ROWS_UNKNOWN && g->given != g->base.rows)
		trouble(g, EPROTO, "it ended, and said that there are %" PRIu64 " rows",
			g->base.rows);
}

static void check_result(eisen_generator *g, enum eisen_row_result result)
{
	switch (result) {
	case EISEN_ROW:
		check_row(g);
		break;
	case EISEN_END:
		check_end(g);
		break;
	case EISEN_ERROR:
		trouble(g, EIO, "it failed and gave no reason");
		break;
	default:
		trouble(g, EPROTO, "it returned neither EISEN_ROW, EISEN_END nor EISEN_ERROR");
	}
}

/* The next row into room, or aside. What a call that went wrong added is not
 * there. */
static enum generator_state call(eisen_generator *g, struct generator_room *room, struct error *e)
{
	struct generator_room before = { 0 };
	enum eisen_row_result result;

	if (room != NULL)
		before = *room;
	g->room = room;
	g->added = false;
	result = g->next(g);
	g->room = NULL;
	check_result(g, result);
	if (g->trouble.code != 0) {
		if (room != NULL)
			*room = before;
		g->aside_bytes = 0;
		return failed(g, e);
	}
	g->given += result == EISEN_ROW;
	g->ended = result == EISEN_END;
	return g->ended ? GENERATOR_END : GENERATOR_MORE;
}

/* False: there is no room for it. */
static bool move_aside(eisen_generator *g, struct generator_room *room)
{
	if (g->aside_bytes > room->bytes)
		return false;
	memcpy(room->to, g->aside, g->aside_bytes);
	room->to += g->aside_bytes;
	room->bytes -= g->aside_bytes;
	room->rows++;
	g->aside_bytes = 0;
	return true;
}

static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e)
{
	eisen_generator *g = (eisen_generator *)base;
	enum generator_state state = GENERATOR_MORE;

	if (g->trouble.code != 0)
		return failed(g, e);
	while (state == GENERATOR_MORE && room->rows < room->rows_max) {
		if (g->aside_bytes == 0 && !g->ended)
			state = call(g, room, e);
		else if (g->aside_bytes == 0)
			state = GENERATOR_END;
		else if (!move_aside(g, room))
			break;
	}
	return state;
}

static void close_module(struct generator *base)
{
	eisen_generator *g = (eisen_generator *)base;

	free(g->state);
	free(g->aside);
	json_decref(g->settings);
	module_unload(&g->module);
	free(g);
}

static int load(eisen_generator *g, const struct settings *s, const char *base_dir, struct error *e)
{
	AUTO_FREE char *path = NULL;
	void *found;
	int r = module_find(s->path, base_dir, &path, e);

	if (r == 0)
		r = module_load(path, &g->module, e);
	if (r == 0)
		r = module_function(&g->module, s->entry, &found, e);
	if (r < 0)
		return r;
	memcpy(&g->next, &found, sizeof(g->next));
	return call(g, NULL, e) == GENERATOR_FAILED ? -e->code : 0;
}

static int open_module(const json_t *settings, const char *base_dir, struct generator **ret,
		       struct error *e)
{
	struct problems none = { 0 };
	eisen_generator *g = calloc(1, sizeof(*g));
	struct settings s;
	int r;

	if (g == NULL)
		return error_set(e, ENOMEM, "out of memory");
	g->base = (struct generator) {
		.kind = &gen_module_kind,
		.rows = GENERATOR_ROWS_UNKNOWN,
		.replays = true,
	};
	g->settings = gen_settings_object(settings, "path");
	read_settings(g->settings, "", &s, &none);
	r = load(g, &s, base_dir == NULL ? "." : base_dir, e);
	release_settings(&s);
	if (r < 0) {
		close_module(&g->base);
		return r;
	}
	*ret = &g->base;
	return 0;
}

static void fingerprint(const struct generator *base, struct buf *ret)
{
	const eisen_generator *g = (const eisen_generator *)base;
	AUTO_FREE char *settings = json_dumps(g->settings, JSON_COMPACT | JSON_SORT_KEYS);
	struct stat st = { 0 };

	stat(g->module.path, &st);
	buf_addf(ret, "module %s of %lld bytes, %lld.%09ld, %s", g->module.path,
		 (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		 settings == NULL ? "" : settings);
}

const struct generator_kind gen_module_kind = {
	.name = "module",
	.check = check,
	.open = open_module,
	.fill = fill,
	.fingerprint = fingerprint,
	.close = close_module,
};
