/* gen_list.c - rows that stand in the config itself. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "common/fnv.h"
#include "common/problems.h"
#include "work/generator_kind.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_BYTES_MAX (64u << 20) /* a config of 4 MiB gives no more */
#define REAL_DIGITS_SHORT 15       /* enough for what people write */
#define REAL_DIGITS_EXACT 17       /* enough for any double */

struct gen_list {
	struct generator base;
	struct buf text; /* all rows, each with its line's end */
	size_t at;
};

/* A line of compact JSON; 0.1 stays 0.1 where that is the same number. Free it. */
static char *row_text(const json_t *value)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	char *text = json_dumps(value, flags | JSON_REAL_PRECISION(REAL_DIGITS_SHORT));
	json_auto_t *back = NULL;

	if (text == NULL)
		return NULL;
	back = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (json_equal(value, back))
		return text;
	free(text);
	return json_dumps(value, flags | JSON_REAL_PRECISION(REAL_DIGITS_EXACT));
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	json_t *item;
	size_t i;

	if (!json_is_array(settings)) {
		fields_want(p, path, settings, "a list of rows, any JSON values");
		return;
	}
	json_array_foreach(settings, i, item)
	{
		AUTO_FREE char *text = row_text(item);

		fields_path_index(at, sizeof(at), path, i);
		if (text == NULL)
			problems_error(p, at, "out of memory");
		else if (strlen(text) > GENERATOR_ROW_BYTES_MAX)
			problems_error(p, at, "a row has %u bytes at most",
				       GENERATOR_ROW_BYTES_MAX);
	}
}

static void close_list(struct generator *base)
{
	struct gen_list *g = (struct gen_list *)base;

	buf_release(&g->text);
	free(g);
}

static int open_list(const json_t *settings, const char *base_dir ATTR_UNUSED,
		     struct generator **ret, struct error *e)
{
	struct gen_list *g = calloc(1, sizeof(*g));
	json_t *item;
	size_t i;

	if (g == NULL)
		return error_set(e, ENOMEM, "out of memory");
	g->base = (struct generator) {
		.kind = &gen_list_kind,
		.rows = json_array_size(settings),
		.replays = true,
	};
	g->text = (struct buf)BUF_INIT(TEXT_BYTES_MAX);
	json_array_foreach(settings, i, item)
	{
		AUTO_FREE char *text = row_text(item);

		buf_adds(&g->text, text != NULL ? text : "");
		buf_add(&g->text, "\n", 1);
		g->text.failed |= text == NULL;
	}
	if (g->text.failed) {
		close_list(&g->base);
		return error_set(e, ENOMEM, "out of memory");
	}
	*ret = &g->base;
	return 0;
}

/* Of the next row, with its line's end; 0: there is none. */
static size_t next_bytes(const struct gen_list *g)
{
	const char *from = buf_text(&g->text) + g->at;
	const char *end = memchr(from, '\n', g->text.len - g->at);

	return end != NULL ? (size_t)(end - from) + 1 : 0;
}

static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e ATTR_UNUSED)
{
	struct gen_list *g = (struct gen_list *)base;
	size_t bytes;

	while (room->rows < room->rows_max && (bytes = next_bytes(g)) > 0 && bytes <= room->bytes) {
		memcpy(room->to, g->text.data + g->at, bytes);
		g->at += bytes;
		room->to += bytes;
		room->bytes -= bytes;
		room->rows++;
	}
	return g->at < g->text.len ? GENERATOR_MORE : GENERATOR_END;
}

static enum generator_state skip(struct generator *base, uint64_t rows, struct error *e ATTR_UNUSED)
{
	struct gen_list *g = (struct gen_list *)base;
	size_t bytes;

	for (; rows > 0 && (bytes = next_bytes(g)) > 0; rows--)
		g->at += bytes;
	return g->at < g->text.len ? GENERATOR_MORE : GENERATOR_END;
}

/* A hash: the rows themselves may be megabytes. */
static void fingerprint(const struct generator *base, struct buf *ret)
{
	const struct gen_list *g = (const struct gen_list *)base;

	buf_addf(ret, "list of %" PRIu64 " rows, %zu bytes, %016" PRIx64, base->rows, g->text.len,
		 fnv_hash(FNV_SEED, buf_text(&g->text), g->text.len));
}

const struct generator_kind gen_list_kind = {
	.name = "list",
	.check = check,
	.open = open_list,
	.fill = fill,
	.skip = skip,
	.fingerprint = fingerprint,
	.close = close_list,
};
