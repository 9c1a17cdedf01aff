/* gen_csv.c - comma-separated values: a column, or whole records.
 *
 * The parser is our own (csv.h): libcsv goes character by character, copies each
 * field and calls back for it, knows no lines for its errors, and is not
 * maintained.
 */
#include "common/cc.h"
#include "common/error.h"
#include "common/problems.h"
#include "work/csv_rows.h"
#include "work/gen_settings.h"
#include "work/generator_kind.h"

#include <string.h>

struct settings {
	char *file; /* owned */
	char delimiter;
	struct csv_rules rules;
};

struct gen_csv {
	struct generator base;
	char delimiter;
	struct csv_rows rows;
};

/* ret is the rules: name and number are two members. */
static void parse_column(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct csv_rules *rules = ret;

	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
	    json_integer_value(value) < CSV_READER_COLUMNS_MAX) {
		rules->index = (int)json_integer_value(value);
		return;
	}
	if (!json_is_string(value)) {
		fields_want(p, path, value, "a column's name, or its number, the first one's is 0");
		return;
	}
	free(rules->column);
	rules->column = strdup(json_string_value(value));
	if (rules->column == NULL)
		problems_error(p, path, "out of memory");
}

static void parse_delimiter(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char c = json_string_length(value) == 1 ? *json_string_value(value) : '"';

	if ((unsigned char)c >= 0x80 || strchr("\"\r\n", c) != NULL) {
		fields_want(p, path, value, "one ASCII character such as \",\", \";\" or \"\\t\"");
		return;
	}
	*(char *)ret = c;
}

#define AT(member) .offset = offsetof(struct settings, member)

const struct field gen_csv_fields[] = {
	{ .key = "file",
	  .type = FIELD_PARSE,
	  AT(file),
	  .parse = gen_settings_file,
	  .required = true },
	{ .key = "column", .type = FIELD_PARSE, AT(rules), .parse = parse_column },
	{ .key = "header", .type = FIELD_BOOL, AT(rules.header) },
	{ .key = "delimiter", .type = FIELD_PARSE, AT(delimiter), .parse = parse_delimiter },
	{ .key = "numbers", .type = FIELD_BOOL, AT(rules.numbers) },
	{ .key = "skip_bad", .type = FIELD_BOOL, AT(rules.skip_bad) },
	{ .key = "encoding",
	  .type = FIELD_CHOICE,
	  AT(rules.text.encoding),
	  .choices = text_encoding_choices },
	{ .key = "invalid",
	  .type = FIELD_CHOICE,
	  AT(rules.text.invalid),
	  .choices = text_invalid_choices },
	{ .type = FIELD_END },
};

static void parse(const json_t *settings, const char *path, struct settings *ret,
		  struct problems *p)
{
	json_auto_t *object = gen_settings_object(settings, "file");

	*ret = (struct settings) { .delimiter = ',' };
	ret->rules.header = true;
	ret->rules.index = CSV_ROWS_ALL;
	fields_parse(object, path, gen_csv_fields, ret, p);
}

static void release(struct settings *s)
{
	free(s->file);
	free(s->rules.column);
}

static void check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
		  struct problems *p)
{
	struct settings s;
	char at[FIELDS_PATH_BYTES];

	parse(settings, path, &s, p);
	fields_path_key(at, sizeof(at), path, "column");
	if (s.rules.column != NULL && !s.rules.header)
		problems_error(p, at, "without a header a column has no name: want its number");
	if (s.rules.numbers && s.rules.column == NULL && s.rules.index == CSV_ROWS_ALL &&
	    !problems_has(p, at))
		problems_error(p, at, "\"numbers\" goes with a column: want its name or number");
	release(&s);
}

static void close_csv(struct generator *base)
{
	struct gen_csv *g = (struct gen_csv *)base;

	csv_rows_release(&g->rows);
	free(g);
}

static int open_input(struct gen_csv *g, const struct settings *s, struct error *e)
{
	int r = input_open(&g->rows.reader.input, s->file, e);

	return r < 0 ? r : csv_reader_init(&g->rows.reader, s->delimiter, e);
}

static int open_csv(const json_t *settings, const char *base_dir, struct generator **ret,
		    struct error *e)
{
	struct gen_csv *g = calloc(1, sizeof(*g));
	struct problems none = { 0 };
	struct settings s;
	int r;

	if (g == NULL)
		return error_set(e, ENOMEM, "out of memory");
	parse(settings, "", &s, &none);
	gen_settings_locate(&s.file, base_dir);
	r = open_input(g, &s, e);
	g->delimiter = s.delimiter;
	g->rows.rules = s.rules;
	s.rules.column = NULL;
	release(&s);
	if (r < 0) {
		close_csv(&g->base);
		return r;
	}
	g->base = (struct generator) {
		.kind = &gen_csv_kind,
		.rows = GENERATOR_ROWS_UNKNOWN,
		.replays = g->rows.reader.input.regular,
	};
	*ret = &g->base;
	return 0;
}

static enum generator_state fill(struct generator *base, struct generator_room *room,
				 struct error *e)
{
	return csv_rows_fill(&((struct gen_csv *)base)->rows, room, e);
}

static void fingerprint(const struct generator *base, struct buf *ret)
{
	const struct gen_csv *g = (const struct gen_csv *)base;
	const struct csv_rules *r = &g->rows.rules;

	buf_addf(ret, "csv delimiter %d column ", g->delimiter);
	if (r->column != NULL)
		buf_addf(ret, "\"%s\"", r->column);
	else
		buf_addf(ret, "%d", r->index);
	buf_addf(ret, " header %d numbers %d skip_bad %d %s %s", r->header, r->numbers, r->skip_bad,
		 text_encoding_choices[r->text.encoding], text_invalid_choices[r->text.invalid]);
	input_fingerprint(&g->rows.reader.input, ret);
}

const struct generator_kind gen_csv_kind = {
	.name = "csv",
	.check = check,
	.open = open_csv,
	.fill = fill,
	.fingerprint = fingerprint,
	.close = close_csv,
};
