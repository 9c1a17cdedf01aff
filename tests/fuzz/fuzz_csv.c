/* fuzz_csv.c - any bytes as comma-separated values: the records are those of a plain
 * reader of RFC 4180, in whatever pieces the bytes come, and a field that is taken for
 * a number is one in JSON.
 *
 * The reader below has all bytes at hand, goes from character to character, copies
 * fields, and counts lines when it is asked for them.
 */
#include "common/cc.h"
#include "work/csv.h"
#include "work/csv_number.h"
#include "work/json_check.h"
#include "work/row.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define FIELDS_MAX 6
#define FIELD_BYTES_MAX 20000

struct copy {
	char text[FIELD_BYTES_MAX];
	size_t len;
	bool quoted;
};

struct reading {
	enum csv_result result; /* RECORD, END or BROKEN */
	struct copy fields[FIELDS_MAX];
	uint32_t count, bytes, lines;
};

static void must(bool fine)
{
	if (!fine)
		abort();
}

static uint32_t lines_before(const char *text, size_t at)
{
	uint32_t lines = 0;

	for (size_t i = 0; i < at; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Returns where the field's last character and its quote are behind us. */
static size_t copy_quoted(const char *text, size_t len, size_t at, struct copy *ret,
			  struct reading *r)
{
	size_t quote = at++;

	ret->quoted = true;
	for (; at < len; at++) {
		if (text[at] == '"' && (at + 1 == len || text[at + 1] != '"'))
			return at + 1;
		at += text[at] == '"';
		ret->text[ret->len++] = text[at];
	}
	r->result = CSV_BROKEN;
	r->lines = lines_before(text, quote);
	return at;
}

static size_t copy_plain(const char *text, size_t len, size_t at, char delimiter, struct copy *ret)
{
	for (; at < len && text[at] != delimiter && text[at] != '\n' && text[at] != '"'; at++)
		ret->text[ret->len++] = text[at];
	if (at < len && text[at] == '\n' && ret->len > 0 && ret->text[ret->len - 1] == '\r')
		ret->len--;
	return at;
}

static size_t break_off(struct reading *r, const char *text, size_t at)
{
	r->result = CSV_BROKEN;
	r->lines = lines_before(text, at);
	return at;
}

static void read_record(const char *text, size_t len, char delimiter, struct reading *r)
{
	size_t at = 0;

	r->result = len == 0 ? CSV_END : CSV_RECORD;
	r->count = 0;
	while (r->result == CSV_RECORD) {
		struct copy field = { .len = 0 };

		at = at < len && text[at] == '"' ? copy_quoted(text, len, at, &field, r)
						 : copy_plain(text, len, at, delimiter, &field);
		if (r->result == CSV_BROKEN)
			return;
		if (field.quoted && len - at >= 2 && memcmp(text + at, "\r\n", 2) == 0)
			at++;
		if ((at < len && text[at] != delimiter && text[at] != '\n') ||
		    r->count == FIELDS_MAX) {
			break_off(r, text, at);
			return;
		}
		r->fields[r->count++] = field;
		if (at == len || text[at++] == '\n')
			break;
	}
	r->bytes = (uint32_t)at;
	r->lines = lines_before(text, at);
	if (r->count == 1 && r->fields[0].len == 0 && !r->fields[0].quoted)
		r->count = 0;
}

static void check_number(const struct copy *want)
{
	char text[FIELD_BYTES_MAX + 3];
	struct generator_room room = { .to = text, .bytes = sizeof(text) };
	struct row row;
	size_t at;

	row_begin(&row, &room);
	if (!csv_number_add(&row, want->text, want->len)) {
		must(row.at == text);
		return;
	}
	must(!row.full);
	must(json_check(text, (size_t)(row.at - text), &at) == NULL);
	must(*text == '-' || (*text >= '0' && *text <= '9'));
}

static void check_field(const struct csv_field *got, const char *text, const struct copy *want)
{
	size_t len = 0;

	for (uint32_t i = 0; i < got->bytes; i++, len++) {
		char c = text[got->at + i];

		must(len < want->len && want->text[len] == c);
		if (want->quoted && c == '"') {
			must(got->quotes && i + 1 < got->bytes && text[got->at + i + 1] == '"');
			i++;
		}
	}
	must(len == want->len);
	must(got->quotes == (want->quoted && memchr(want->text, '"', want->len) != NULL));
}

static void check_record(const struct csv *c, enum csv_result result, const char *text,
			 const struct reading *want)
{
	must(result == want->result);
	if (result == CSV_END)
		return;
	must(c->lines == want->lines);
	if (result == CSV_BROKEN)
		return;
	must(c->count == want->count && c->bytes == want->bytes && c->bytes > 0);
	for (uint32_t i = 0; i < c->count; i++)
		check_field(&c->fields[i], text, &want->fields[i]);
}

/* Each look at a record sees `step` bytes more. */
static void check_in_pieces(const char *text, size_t len, char delimiter, size_t step)
{
	static struct reading want;
	struct csv_field fields[FIELDS_MAX];
	size_t seen = 0;
	struct csv c;

	csv_init(&c, delimiter, fields, FIELDS_MAX);
	read_record(text, len, delimiter, &want);
	for (;;) {
		/* Of its own length, so that a look beyond it is seen. */
		AUTO_FREE char *window = malloc(MAX(seen, (size_t)1));
		enum csv_result result;

		memcpy(window, text, seen);
		result = csv_next(&c, window, seen, seen == len);
		if (result == CSV_MORE) {
			must(seen < len);
			seen = MIN(seen + step, len);
			continue;
		}
		check_record(&c, result, window, &want);
		if (result != CSV_RECORD)
			return;
		text += c.bytes;
		len -= c.bytes;
		seen -= c.bytes;
		for (uint32_t i = 0; i < want.count; i++)
			check_number(&want.fields[i]);
		read_record(text, len, delimiter, &want);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char delimiters[] = ",;\t|";
	const char *text = (const char *)bytes + 2;

	if (len < 2 || len > FIELD_BYTES_MAX)
		return 0;
	len -= 2;
	check_in_pieces(text, len, delimiters[bytes[0] % 4], MAX(len, (size_t)1));
	check_in_pieces(text, len, delimiters[bytes[0] % 4], bytes[1] + 1u);
	if (len < 500)
		check_in_pieces(text, len, delimiters[bytes[0] % 4], 1);
	return 0;
}
