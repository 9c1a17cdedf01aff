/* row.c - see row.h. */
#include "work/row.h"

#include "common/cc.h"
#include "common/json_escape.h"
#include "common/utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

const char *const text_encoding_choices[] = {
	[TEXT_UTF8] = "utf-8",
	[TEXT_LATIN1] = "latin-1",
	NULL,
};

const char *const text_invalid_choices[] = {
	[TEXT_REFUSE] = "error",
	[TEXT_REPLACE] = "replace",
	NULL,
};

void row_begin(struct row *row, struct generator_room *room)
{
	size_t bytes = MIN(room->bytes, GENERATOR_ROW_BYTES_MAX + 1);

	*row = (struct row) { .room = room, .at = room->to, .full = bytes == 0 };
	row->end = room->to + (bytes > 0 ? bytes - 1 : 0);
}

void row_add(struct row *row, const char *json, size_t len)
{
	if (row->full || len > (size_t)(row->end - row->at)) {
		row->full = true;
		return;
	}
	memcpy(row->at, json, len);
	row->at += len;
}

/* Behind ASCII; at least one byte. */
static void add_latin1(struct row *row, unsigned char c)
{
	char sequence[2] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) };

	row_add(row, sequence, sizeof(sequence));
}

static size_t add_ascii(struct row *row, char c)
{
	char escape[JSON_ESCAPE_BYTES_MAX];

	row_add(row, escape, json_escape_ascii(c, escape));
	return 1;
}

/* What text begins with that is not plain; returns its bytes, 0: no text. */
static size_t add_special(struct row *row, const char *text, size_t len,
			  const struct text_rules *rules)
{
	size_t run = 0, bytes;

	if ((unsigned char)*text < 0x80)
		return add_ascii(row, *text);
	if (rules->encoding == TEXT_LATIN1) {
		add_latin1(row, (unsigned char)*text);
		return 1;
	}
	while (run < len && (unsigned char)text[run] >= 0x80 &&
	       (bytes = utf8_sequence(text + run, len - run)) > 0)
		run += bytes;
	row_add(row, text, run);
	if (run > 0 || rules->invalid == TEXT_REFUSE)
		return run;
	row_add(row, REPLACEMENT, strlen(REPLACEMENT));
	return 1;
}

bool row_add_text(struct row *row, const char *text, size_t len, const struct text_rules *rules,
		  size_t *ret_bad)
{
	size_t at = 0;

	while (!row->full) {
		size_t bytes = json_escape_plain(text + at, len - at);

		row_add(row, text + at, bytes);
		at += bytes;
		if (at == len)
			break;
		bytes = add_special(row, text + at, len - at, rules);
		if (bytes == 0) {
			*ret_bad = at;
			return false;
		}
		at += bytes;
	}
	return true;
}

enum row_result row_end(struct row *row)
{
	struct generator_room *room = row->room;

	if (row->full)
		return room->bytes > GENERATOR_ROW_BYTES_MAX ? ROW_TOO_LONG : ROW_NO_ROOM;
	*row->at++ = '\n';
	room->bytes -= (size_t)(row->at - room->to);
	room->to = row->at;
	room->rows++;
	return ROW_WRITTEN;
}
