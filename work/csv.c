/* csv.c - see csv.h: from one character that matters to the next. */
#include "work/csv.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define EACH_BYTE 0x0101010101010101u

/* What a state's step comes to, beside the results. */
#define STEP_ON (-1)

void csv_init(struct csv *c, char delimiter, struct csv_field *fields, uint32_t fields_max)
{
	*c = (struct csv) { .delimiter = delimiter, .fields = fields, .fields_max = fields_max };
	c->delimiters = EACH_BYTE * (unsigned char)delimiter;
}

static int broken(struct csv *c, const char *wrong)
{
	c->wrong = wrong;
	return CSV_BROKEN;
}

/* The high bit of bytes that are zero; exact up to the lowest one. */
static uint64_t zeros(uint64_t word)
{
	return (word - EACH_BYTE) & ~word & EACH_BYTE * 0x80;
}

/* The first delimiter, line's end or quote from at on; len: there is none. */
static size_t find_special(const struct csv *c, const char *text, size_t at, size_t len)
{
	for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word, hits;

		memcpy(&word, text + at, sizeof(word));
		word = le64toh(word);
		hits = zeros(word ^ c->delimiters) | zeros(word ^ EACH_BYTE * '\n') |
		       zeros(word ^ EACH_BYTE * '"');
		if (hits != 0)
			return at + (size_t)__builtin_ctzll(hits) / 8;
	}
	while (at < len && text[at] != c->delimiter && text[at] != '\n' && text[at] != '"')
		at++;
	return at;
}

static uint32_t count_lines(const char *text, size_t len)
{
	const char *end = text + len;
	uint32_t lines = 0;

	while ((text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		lines++;
		text++;
	}
	return lines;
}

/* The field that began at field_at ends at end; the next one begins at c->bytes. */
static int end_field(struct csv *c, uint32_t end)
{
	if (c->count == c->fields_max)
		return broken(c, "too many columns");
	c->fields[c->count++] = (struct csv_field) {
		.at = c->field_at,
		.bytes = end - c->field_at,
		.quotes = c->quotes,
	};
	c->state = CSV_BEGIN;
	c->quotes = false;
	return STEP_ON;
}

static int end_record(struct csv *c, uint32_t end, uint32_t bytes, bool line_end)
{
	int r = end_field(c, end);

	if (r != STEP_ON)
		return r;
	c->bytes = bytes;
	c->lines += line_end;
	c->going = false;
	return CSV_RECORD;
}

static int begin_field(struct csv *c, const char *text, uint32_t len, bool last)
{
	c->field_at = c->bytes;
	if (c->bytes == len) {
		if (!last)
			return CSV_MORE;
		return c->bytes == 0 ? CSV_END : end_record(c, len, len, false);
	}
	c->state = CSV_PLAIN;
	if (text[c->bytes] == '"') {
		c->state = CSV_QUOTED;
		c->quote_lines = c->lines;
		c->field_at = ++c->bytes;
	}
	return STEP_ON;
}

static int go_on_plain(struct csv *c, const char *text, uint32_t len, bool last)
{
	uint32_t at = (uint32_t)find_special(c, text, c->bytes, len), end = at;
	int r;

	c->bytes = at;
	if (at == len)
		return last ? end_record(c, len, len, false) : CSV_MORE;
	if (text[at] == '"')
		return broken(c, "there is a quote in a field that does not begin with one");
	c->bytes++;
	if (text[at] == c->delimiter)
		return end_field(c, at);
	if (at > c->field_at && text[at - 1] == '\r')
		end--;
	r = end_record(c, end, c->bytes, true);
	if (r == CSV_RECORD && c->count == 1 && end == 0)
		c->count = 0;
	return r;
}

static int go_on_quoted(struct csv *c, const char *text, uint32_t len, bool last)
{
	const char *from = text + c->bytes, *quote = memchr(from, '"', len - c->bytes);
	size_t passed = quote != NULL ? (size_t)(quote - from) : len - c->bytes;

	c->lines += count_lines(from, passed);
	c->bytes += (uint32_t)passed;
	if (quote != NULL) {
		c->bytes++;
		c->state = CSV_BEHIND_QUOTE;
		return STEP_ON;
	}
	if (!last)
		return CSV_MORE;
	c->lines = c->quote_lines;
	return broken(c, "a quote is opened here and never closed");
}

static int go_on_behind_quote(struct csv *c, const char *text, uint32_t len, bool last)
{
	uint32_t left = len - c->bytes, end = c->bytes - 1;
	const char *at = text + c->bytes;

	if (left == 0)
		return last ? end_record(c, end, len, false) : CSV_MORE;
	if (*at == '"') {
		c->bytes++;
		c->quotes = true;
		c->state = CSV_QUOTED;
		return STEP_ON;
	}
	if (*at == c->delimiter) {
		c->bytes++;
		return end_field(c, end);
	}
	if (*at == '\n')
		return end_record(c, end, c->bytes + 1, true);
	if (*at == '\r' && left == 1 && !last)
		return CSV_MORE;
	if (*at == '\r' && left > 1 && at[1] == '\n')
		return end_record(c, end, c->bytes + 2, true);
	return broken(c, "there is something behind a closing quote");
}

enum csv_result csv_next(struct csv *c, const char *text, size_t len, bool last)
{
	static int (*const steps[])(struct csv *, const char *, uint32_t, bool) = {
		[CSV_BEGIN] = begin_field,
		[CSV_PLAIN] = go_on_plain,
		[CSV_QUOTED] = go_on_quoted,
		[CSV_BEHIND_QUOTE] = go_on_behind_quote,
	};
	int r;

	assert(len <= CSV_WINDOW_BYTES_MAX);
	if (!c->going) {
		c->going = true;
		c->state = CSV_BEGIN;
		c->count = c->bytes = c->lines = 0;
		c->quotes = false;
	}
	do
		r = steps[c->state](c, text, (uint32_t)len, last);
	while (r == STEP_ON);
	return (enum csv_result)r;
}
