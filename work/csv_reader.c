/* csv_reader.c - see csv_reader.h. */
#include "work/csv_reader.h"

#include "common/cc.h"
#include "common/error.h"
#include "work/generator.h"

#include <inttypes.h>

#define RECORD_BYTES_MAX (GENERATOR_ROW_BYTES_MAX + 2) /* with its end */

int csv_reader_init(struct csv_reader *r, char delimiter, struct error *e)
{
	struct csv_field *fields = calloc(CSV_READER_COLUMNS_MAX, sizeof(*fields));

	if (fields == NULL)
		return error_set(e, ENOMEM, "out of memory");
	csv_init(&r->csv, delimiter, fields, CSV_READER_COLUMNS_MAX);
	return 0;
}

void csv_reader_release(struct csv_reader *r)
{
	free(r->csv.fields);
	input_release(&r->input);
}

int csv_reader_prefix(const struct csv_reader *r, uint32_t lines, struct error *e)
{
	return error_prefix(e, "%s, line %" PRIu64, r->input.name, r->line + lines + 1);
}

static enum csv_reader_state fail_long(const struct csv_reader *r, struct error *e)
{
	bool quoted = r->csv.going && r->csv.state == CSV_QUOTED;

	error_set(e, EMSGSIZE,
		  quoted ? "a quote is opened here and not closed within %u bytes"
			 : "the record is longer than %u bytes",
		  GENERATOR_ROW_BYTES_MAX);
	csv_reader_prefix(r, quoted ? r->csv.quote_lines : 0, e);
	return CSV_READER_FAILED;
}

/* 1: there is more of the record, or it is known that there is not; -1: failed. */
static int more_of_record(struct csv_reader *r, size_t len, struct error *e)
{
	if (len > RECORD_BYTES_MAX) {
		fail_long(r, e);
		return -1;
	}
	if (input_more(&r->input, e) < 0) {
		csv_reader_prefix(r, r->csv.lines, e);
		return -1;
	}
	return 1;
}

static enum csv_reader_state find_record(struct csv_reader *r, const char **ret_text,
					 struct error *e)
{
	for (;;) {
		size_t len;
		const char *text = input_window(&r->input, &len);

		switch (csv_next(&r->csv, text, len, r->input.ended)) {
		case CSV_RECORD:
			if (r->csv.bytes > RECORD_BYTES_MAX)
				return fail_long(r, e);
			*ret_text = text;
			return CSV_READER_RECORD;
		case CSV_MORE:
			if (more_of_record(r, len, e) < 0)
				return CSV_READER_FAILED;
			break;
		case CSV_END:
			return CSV_READER_END;
		case CSV_BROKEN:
			error_set(e, EILSEQ, "%s", r->csv.wrong);
			csv_reader_prefix(r, r->csv.lines, e);
			return CSV_READER_FAILED;
		}
	}
}

enum csv_reader_state csv_reader_peek(struct csv_reader *r, const char **ret_text, struct error *e)
{
	enum csv_reader_state state = CSV_READER_RECORD;
	size_t len;

	if (r->found) {
		*ret_text = input_window(&r->input, &len);
		return CSV_READER_RECORD;
	}
	while ((state = find_record(r, ret_text, e)) == CSV_READER_RECORD && r->csv.count == 0)
		csv_reader_advance(r);
	r->found = state == CSV_READER_RECORD;
	return state;
}

void csv_reader_advance(struct csv_reader *r)
{
	input_consume(&r->input, r->csv.bytes);
	r->line += r->csv.lines;
	r->found = false;
}
