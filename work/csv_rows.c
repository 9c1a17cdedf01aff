/* csv_rows.c - see csv_rows.h. */
#include "work/csv_rows.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "work/csv_number.h"

#include <jansson.h>
#include <string.h>

#define CHOICES_MAX 64u            /* columns that may be meant by a wrong name */
#define NAMES_BYTES_MAX (8u << 20) /* a header of 1 MiB, escaped: 6 MiB at most, and quotes */

enum outcome { WRITTEN, LEFT_OUT, NO_ROOM, FAILED };

/* The error that is set, of the record that was peeked at. */
static enum outcome fail(const struct csv_rows *c, struct error *e)
{
	csv_reader_prefix(&c->reader, 0, e);
	return FAILED;
}

/* What is between two quotes in a row of a field is the second of them. */
static bool add_value(struct row *row, const char *text, const struct csv_field *f,
		      const struct text_rules *rules)
{
	const char *from = text + f->at, *end = from + f->bytes;
	size_t bad;

	row_add(row, "\"", 1);
	while (f->quotes) {
		const char *quote = memchr(from, '"', (size_t)(end - from));

		if (quote == NULL)
			break;
		if (!row_add_text(row, from, (size_t)(quote + 1 - from), rules, &bad))
			return false;
		from = quote + 2;
	}
	if (!row_add_text(row, from, (size_t)(end - from), rules, &bad))
		return false;
	row_add(row, "\"", 1);
	return true;
}

static enum outcome refuse_text(const struct csv_rows *c, uint32_t column, struct error *e)
{
	error_set(e, EILSEQ, "column %u: %s", column, TEXT_REFUSED);
	return fail(c, e);
}

/* A row that is left out, or an error, as the settings will it. */
static enum outcome refuse(const struct csv_rows *c, struct error *e)
{
	return c->rules.skip_bad ? LEFT_OUT : fail(c, e);
}

static enum outcome refuse_count(const struct csv_rows *c, struct error *e)
{
	uint32_t count = c->reader.csv.count;

	if (c->columns > 0)
		error_set(e, EINVAL, "want %u columns as in the header, got %u", c->columns, count);
	else
		error_set(e, EINVAL, "there is no column %d, the last one is %u", c->rules.index,
			  count - 1);
	return refuse(c, e);
}

/* A value in an error's text: harmless where it is printed, and short. */
static enum outcome refuse_number(const struct csv_rows *c, const char *text,
				  const struct csv_field *f, struct error *e)
{
	error_set(e, EINVAL, "column %d: want a number, got \"%.*s\"", c->rules.index,
		  (int)MIN(f->bytes, 40u), text + f->at);
	return refuse(c, e);
}

static enum outcome write_column(const struct csv_rows *c, const char *text, struct row *row,
				 struct error *e)
{
	const struct csv_field *f;

	if ((uint32_t)c->rules.index >= c->reader.csv.count)
		return refuse_count(c, e);
	f = &c->reader.csv.fields[c->rules.index];
	if (c->rules.numbers)
		return csv_number_add(row, text + f->at, f->bytes) ? WRITTEN
								   : refuse_number(c, text, f, e);
	return add_value(row, text, f, &c->rules.text)
		       ? WRITTEN
		       : refuse_text(c, (uint32_t)c->rules.index, e);
}

static enum outcome write_all(const struct csv_rows *c, const char *text, struct row *row,
			      struct error *e)
{
	const char *name = buf_text(&c->names);
	bool object = c->columns > 0;

	row_add(row, object ? "{" : "[", 1);
	for (uint32_t i = 0; i < c->reader.csv.count; i++) {
		row_add(row, ",", i > 0);
		if (object) {
			size_t len = strlen(name);

			row_add(row, name, len);
			row_add(row, ":", 1);
			name += len + 1;
		}
		if (!add_value(row, text, &c->reader.csv.fields[i], &c->rules.text))
			return refuse_text(c, i, e);
	}
	row_add(row, object ? "}" : "]", 1);
	return WRITTEN;
}

static enum outcome write_record(const struct csv_rows *c, const char *text,
				 struct generator_room *room, struct error *e)
{
	enum outcome outcome;
	struct row row;

	if (c->columns > 0 && c->reader.csv.count != c->columns)
		return refuse_count(c, e);
	row_begin(&row, room);
	outcome = c->rules.index == CSV_ROWS_ALL ? write_all(c, text, &row, e)
						 : write_column(c, text, &row, e);
	if (outcome != WRITTEN)
		return outcome;
	switch (row_end(&row)) {
	case ROW_WRITTEN:
		return WRITTEN;
	case ROW_NO_ROOM:
		return NO_ROOM;
	case ROW_TOO_LONG:
		break;
	}
	error_set(e, EMSGSIZE, "as JSON it is longer than %u bytes", GENERATOR_ROW_BYTES_MAX);
	return fail(c, e);
}

/* A field as a JSON string, appended with a '\0' behind. WRITTEN or FAILED. */
static enum outcome add_name(struct csv_rows *c, const char *text, uint32_t column, char *scratch,
			     struct error *e)
{
	struct generator_room room = { .to = scratch, .bytes = GENERATOR_ROW_BYTES_MAX + 1 };
	struct row row;

	row_begin(&row, &room);
	if (!add_value(&row, text, &c->reader.csv.fields[column], &c->rules.text))
		return refuse_text(c, column, e);
	row_add(&row, "", 1);
	if (row.full) {
		error_set(e, EMSGSIZE, "the name of column %u is too long", column);
		return fail(c, e);
	}
	buf_add(&c->names, scratch, (size_t)(row.at - scratch));
	return WRITTEN;
}

/* Two keys of one object cannot be equal. */
static enum outcome check_names_differ(const struct csv_rows *c, struct error *e)
{
	json_auto_t *seen = json_object();
	const char *name = buf_text(&c->names);

	for (uint32_t i = 0; i < c->columns; i++, name += strlen(name) + 1) {
		if (json_object_get(seen, name) != NULL) {
			error_set(e, EINVAL, "two columns are called %s", name);
			return fail(c, e);
		}
		if (json_object_set_new(seen, name, json_true()) < 0) {
			error_set(e, ENOMEM, "out of memory");
			return fail(c, e);
		}
	}
	return WRITTEN;
}

/* wanted: as a JSON string. */
static enum outcome refuse_name(const struct csv_rows *c, const char *wanted, struct error *e)
{
	const char *choices[CHOICES_MAX + 1] = { NULL }, *name = buf_text(&c->names), *near;

	for (uint32_t i = 0; i < MIN(c->columns, CHOICES_MAX); i++, name += strlen(name) + 1)
		choices[i] = name;
	near = fields_nearest(wanted, choices);
	if (near != NULL)
		error_set(e, EINVAL, "there is no column %s; did you mean %s?", wanted, near);
	else
		error_set(e, EINVAL, "there is no column %s; the first is %s", wanted, choices[0]);
	return fail(c, e);
}

/* The first of this name. */
static enum outcome find_column(struct csv_rows *c, char *scratch, struct error *e)
{
	static const struct text_rules utf8 = { 0 };
	struct generator_room room = { .to = scratch, .bytes = GENERATOR_ROW_BYTES_MAX + 1 };
	const char *name = buf_text(&c->names);
	struct row row;
	size_t bad;

	row_begin(&row, &room);
	row_add(&row, "\"", 1);
	row_add_text(&row, c->rules.column, strlen(c->rules.column), &utf8, &bad);
	row_add(&row, "\"", 2);
	if (row.full) {
		error_set(e, EMSGSIZE, "there is no column of so long a name");
		return fail(c, e);
	}
	for (uint32_t i = 0; i < c->columns; i++, name += strlen(name) + 1) {
		if (strcmp(name, scratch) == 0) {
			c->rules.index = (int)i;
			return WRITTEN;
		}
	}
	return refuse_name(c, scratch, e);
}

static enum outcome read_names(struct csv_rows *c, const char *text, struct error *e)
{
	AUTO_FREE char *scratch = malloc(GENERATOR_ROW_BYTES_MAX + 1);
	enum outcome outcome = WRITTEN;

	c->columns = c->reader.csv.count;
	for (uint32_t i = 0; i < c->columns && scratch != NULL && outcome == WRITTEN; i++)
		outcome = add_name(c, text, i, scratch, e);
	if (outcome == FAILED)
		return FAILED;
	if (scratch == NULL || c->names.failed) {
		error_set(e, ENOMEM, "out of memory");
		return fail(c, e);
	}
	if (c->rules.column != NULL)
		return find_column(c, scratch, e);
	return c->rules.index == CSV_ROWS_ALL ? check_names_differ(c, e) : WRITTEN;
}

static enum generator_state read_header(struct csv_rows *c, struct error *e)
{
	enum csv_reader_state state;
	const char *text;

	c->names = (struct buf)BUF_INIT(NAMES_BYTES_MAX);
	c->begun = true;
	if (!c->rules.header)
		return GENERATOR_MORE;
	state = csv_reader_peek(&c->reader, &text, e);
	if (state != CSV_READER_RECORD)
		return state == CSV_READER_END ? GENERATOR_END : GENERATOR_FAILED;
	if (read_names(c, text, e) == FAILED)
		return GENERATOR_FAILED;
	csv_reader_advance(&c->reader);
	return GENERATOR_MORE;
}

enum generator_state csv_rows_fill(struct csv_rows *c, struct generator_room *room, struct error *e)
{
	enum generator_state header = c->begun ? GENERATOR_MORE : read_header(c, e);

	if (header != GENERATOR_MORE)
		return header;
	while (room->rows < room->rows_max) {
		const char *text;
		enum csv_reader_state state = csv_reader_peek(&c->reader, &text, e);
		enum outcome outcome;

		if (state != CSV_READER_RECORD)
			return state == CSV_READER_END ? GENERATOR_END : GENERATOR_FAILED;
		outcome = write_record(c, text, room, e);
		if (outcome == FAILED)
			return GENERATOR_FAILED;
		if (outcome == NO_ROOM)
			break;
		csv_reader_advance(&c->reader);
	}
	return GENERATOR_MORE;
}

void csv_rows_release(struct csv_rows *c)
{
	free(c->rules.column);
	buf_release(&c->names);
	csv_reader_release(&c->reader);
}
