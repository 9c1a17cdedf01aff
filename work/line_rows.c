/* line_rows.c - see line_rows.h. */
#include "work/line_rows.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "work/json_check.h"

enum outcome { WRITTEN, LEFT_OUT, NO_ROOM, FAILED };

static enum outcome fail(const struct line_rows *l, struct error *e)
{
	line_reader_prefix(&l->reader, e);
	return FAILED;
}

static enum outcome end_row(const struct line_rows *l, struct row *row, struct error *e)
{
	switch (row_end(row)) {
	case ROW_WRITTEN:
		return WRITTEN;
	case ROW_NO_ROOM:
		return NO_ROOM;
	case ROW_TOO_LONG:
		break;
	}
	error_set(e, EMSGSIZE, "as JSON it is longer than %u bytes", GENERATOR_ROW_BYTES_MAX);
	return fail(l, e);
}

static enum outcome write_text(const struct line_rows *l, const char *text, size_t len,
			       struct generator_room *room, struct error *e)
{
	struct row row;
	size_t bad;

	row_begin(&row, room);
	row_add(&row, "\"", 1);
	if (!row_add_text(&row, text, len, &l->text, &bad)) {
		error_set(e, EILSEQ, "byte %zu: %s", bad + 1, TEXT_REFUSED);
		return fail(l, e);
	}
	row_add(&row, "\"", 1);
	return end_row(l, &row, e);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without the blanks around it. */
static const char *trim(const char *text, size_t *len)
{
	while (*len > 0 && is_blank(text[*len - 1]))
		--*len;
	for (; *len > 0 && is_blank(*text); text++)
		--*len;
	return text;
}

static enum outcome write_json(const struct line_rows *l, const char *line, size_t len,
			       struct generator_room *room, struct error *e)
{
	const char *text = trim(line, &len), *wanted;
	struct row row;
	size_t bad;

	if (len == 0)
		return LEFT_OUT;
	row_begin(&row, room);
	row_add(&row, text, len);
	/* What comes back for more room is looked at then. */
	wanted = row.full ? NULL : json_check(text, len, &bad);
	if (wanted != NULL) {
		error_set(e, EILSEQ, "byte %zu: want %s", (size_t)(text - line) + bad + 1, wanted);
		return fail(l, e);
	}
	return end_row(l, &row, e);
}

int line_rows_open(const struct generator_kind *kind, const char *file,
		   const struct text_rules *text, bool json, struct generator **ret,
		   struct error *e)
{
	struct line_rows *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return error_set(e, ENOMEM, "out of memory");
	r = input_open(&l->reader.input, file, e);
	if (r < 0) {
		free(l);
		return r;
	}
	l->base = (struct generator) {
		.kind = kind,
		.rows = GENERATOR_ROWS_UNKNOWN,
		.replays = l->reader.input.regular,
	};
	l->text = *text;
	l->json = json;
	*ret = &l->base;
	return 0;
}

enum generator_state line_rows_fill(struct generator *g, struct generator_room *room,
				    struct error *e)
{
	struct line_rows *l = (struct line_rows *)g;

	while (room->rows < room->rows_max) {
		const char *text;
		size_t len;
		enum line_state state = line_reader_peek(&l->reader, &text, &len, e);
		enum outcome outcome;

		if (state != LINE_READ)
			return state == LINE_END ? GENERATOR_END : GENERATOR_FAILED;
		outcome = l->json ? write_json(l, text, len, room, e)
				  : write_text(l, text, len, room, e);
		if (outcome == FAILED)
			return GENERATOR_FAILED;
		if (outcome == NO_ROOM)
			break;
		line_reader_advance(&l->reader);
	}
	return GENERATOR_MORE;
}

enum generator_state line_rows_skip(struct generator *g, uint64_t rows, struct error *e)
{
	struct line_rows *l = (struct line_rows *)g;

	while (rows > 0) {
		const char *text;
		size_t len;
		enum line_state state = line_reader_peek(&l->reader, &text, &len, e);

		if (state != LINE_READ)
			return state == LINE_END ? GENERATOR_END : GENERATOR_FAILED;
		if (l->json)
			trim(text, &len);
		rows -= !l->json || len > 0;
		line_reader_advance(&l->reader);
	}
	return GENERATOR_MORE;
}

void line_rows_fingerprint(const struct generator *g, struct buf *ret)
{
	const struct line_rows *l = (const struct line_rows *)g;

	buf_addf(ret, "%s %s %s %s", g->kind->name, l->json ? "json" : "text",
		 text_encoding_choices[l->text.encoding], text_invalid_choices[l->text.invalid]);
	input_fingerprint(&l->reader.input, ret);
}

void line_rows_close(struct generator *g)
{
	struct line_rows *l = (struct line_rows *)g;

	input_release(&l->reader.input);
	free(l);
}
