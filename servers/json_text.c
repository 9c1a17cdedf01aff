/* json_text.c - see json_text.h. */
#include "servers/json_text.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/utf8.h"

#include <assert.h>
#include <string.h>

#define DIGITS_MAX 20 /* of 2^64 - 1 */

static void begin_value(struct json_text *j, const char *key)
{
	if (j->comma)
		buf_add(j->out, ",", 1);
	j->comma = true;
	if (key == NULL)
		return;
	buf_add(j->out, "\"", 1);
	buf_adds(j->out, key);
	buf_add(j->out, "\":", 2);
}

static void open_bracket(struct json_text *j, const char *key, const char *bracket, char closing)
{
	assert(j->depth < JSON_TEXT_DEPTH_MAX);
	begin_value(j, key);
	buf_add(j->out, bracket, 1);
	j->closing[j->depth++] = closing;
	j->comma = false;
}

void json_text_object(struct json_text *j, const char *key)
{
	open_bracket(j, key, "{", '}');
}

void json_text_array(struct json_text *j, const char *key)
{
	open_bracket(j, key, "[", ']');
}

void json_text_end(struct json_text *j)
{
	assert(j->depth > 0);
	buf_add(j->out, &j->closing[--j->depth], 1);
	j->comma = true;
}

/* By hand: a document of thousands of numbers is made of this. */
static void add_digits(struct buf *out, uint64_t value, size_t at_least)
{
	char digits[DIGITS_MAX];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0 || sizeof(digits) - i < at_least);
	buf_add(out, digits + i, sizeof(digits) - i);
}

void json_text_uint(struct json_text *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	add_digits(j->out, value, 1);
}

void json_text_int(struct json_text *j, const char *key, int64_t value)
{
	begin_value(j, key);
	if (value < 0)
		buf_add(j->out, "-", 1);
	add_digits(j->out, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

void json_text_bool(struct json_text *j, const char *key, bool value)
{
	begin_value(j, key);
	buf_adds(j->out, value ? "true" : "false");
}

void json_text_null(struct json_text *j, const char *key)
{
	begin_value(j, key);
	buf_adds(j->out, "null");
}

void json_text_seconds(struct json_text *j, const char *key, uint64_t ns)
{
	begin_value(j, key);
	add_digits(j->out, ns / CLOCK_NS_PER_S, 1);
	buf_add(j->out, ".", 1);
	add_digits(j->out, ns % CLOCK_NS_PER_S / CLOCK_NS_PER_MS, 3);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One character that is not plain; returns its bytes. */
static size_t add_escaped(struct buf *out, const char *text, size_t len)
{
	unsigned char c = (unsigned char)*text;
	size_t bytes;

	if (c < 0x80) {
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else
			buf_addf(out, "\\u%04x", c);
		return 1;
	}
	bytes = utf8_sequence(text, len);
	if (bytes == 0) {
		buf_adds(out, "\xef\xbf\xbd");
		return 1;
	}
	buf_add(out, text, bytes);
	return bytes;
}

void json_text_string(struct json_text *j, const char *key, const char *value)
{
	size_t len, plain;

	if (value == NULL) {
		json_text_null(j, key);
		return;
	}
	begin_value(j, key);
	buf_add(j->out, "\"", 1);
	for (len = strlen(value); len > 0; value += plain, len -= plain) {
		for (plain = 0; plain < len && is_plain((unsigned char)value[plain]); plain++)
			;
		buf_add(j->out, value, plain);
		if (plain == 0)
			plain = add_escaped(j->out, value, len);
	}
	buf_add(j->out, "\"", 1);
}
