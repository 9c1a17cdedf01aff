/* generator.c - see generator.h: kinds by their name. */
#include "work/generator.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/problems.h"
#include "work/generator_kind.h"

#include <string.h>

#define SKIP_ROWS 1000 /* generated and dropped at once, by kinds that cannot jump */

static const struct generator_kind *const kinds[] = {
	&gen_command_kind, &gen_csv_kind,    &gen_json_kind,  &gen_lines_kind,
	&gen_list_kind,    &gen_module_kind, &gen_range_kind,
};

static const struct generator_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

/* The one key that is no comment; NULL when there is none, or more. */
static const char *only_key(const json_t *settings, json_t **ret_value)
{
	const char *key, *found = NULL;
	json_t *value;

	json_object_foreach((json_t *)settings, key, value)
	{
		if (fields_is_comment(key))
			continue;
		if (found != NULL)
			return NULL;
		found = key;
		*ret_value = value;
	}
	return found;
}

static void report_unknown(const char *key, const char *path, struct problems *p)
{
	const char *names[ARRAY_SIZE(kinds) + 1] = { NULL };
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		names[i] = kinds[i]->name;
	near = fields_nearest(key, names);
	if (near != NULL)
		problems_error(p, path,
			       "no kind of generator is called \"%s\"; did you mean \"%s\"?", key,
			       near);
	else
		problems_error(p, path, "no kind of generator is called \"%s\"", key);
}

void generator_check(const json_t *settings, const char *base_dir, const char *path,
		     struct problems *p)
{
	const struct generator_kind *kind;
	char at[FIELDS_PATH_BYTES];
	json_t *value = NULL;
	const char *key = json_is_object(settings) ? only_key(settings, &value) : NULL;

	if (key == NULL) {
		fields_want(p, path, settings, "an object of one key, the generator's kind");
		return;
	}
	kind = find_kind(key);
	if (kind == NULL) {
		report_unknown(key, path, p);
		return;
	}
	fields_path_key(at, sizeof(at), path, key);
	kind->check(value, base_dir, at, p);
}

int generator_open(const json_t *settings, const char *base_dir, struct generator **ret,
		   struct error *e)
{
	json_t *value = NULL;
	const char *key = only_key(settings, &value);
	int r = find_kind(key)->open(value, base_dir, ret, e);

	return r < 0 ? error_prefix(e, "generator %s", key) : 0;
}

enum generator_state generator_fill(struct generator *g, struct generator_room *room,
				    struct error *e)
{
	return g->kind->fill(g, room, e);
}

static enum generator_state drop_rows(struct generator *g, uint64_t rows, struct error *e)
{
	AUTO_FREE char *scratch = malloc(GENERATOR_ROW_BYTES_MAX + 1);
	enum generator_state state = GENERATOR_MORE;

	if (scratch == NULL) {
		error_set(e, ENOMEM, "out of memory");
		return GENERATOR_FAILED;
	}
	while (rows > 0 && state == GENERATOR_MORE) {
		struct generator_room room = { .to = scratch,
					       .bytes = GENERATOR_ROW_BYTES_MAX + 1,
					       .rows_max = (uint32_t)MIN(rows, SKIP_ROWS) };

		state = generator_fill(g, &room, e);
		rows -= room.rows;
	}
	return state;
}

enum generator_state generator_skip(struct generator *g, uint64_t rows, struct error *e)
{
	if (g->kind->skip != NULL)
		return g->kind->skip(g, rows, e);
	return drop_rows(g, rows, e);
}

uint64_t generator_rows(const struct generator *g)
{
	return g->rows;
}

bool generator_replays(const struct generator *g)
{
	return g->replays;
}

void generator_fingerprint(const struct generator *g, struct buf *ret)
{
	g->kind->fingerprint(g, ret);
}

void generator_close(struct generator *g)
{
	if (g != NULL)
		g->kind->close(g);
}
