/* json_text.c - see json_text.h. */
#include "servers/json_text.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/clock.h"
#include "common/json_escape.h"
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

void json_text_raw(struct json_text *j, const char *key, const char *json, size_t len)
{
	begin_value(j, key);
	buf_add(j->out, json, len);
}

void json_text_seconds(struct json_text *j, const char *key, uint64_t ns)
{
	begin_value(j, key);
	add_digits(j->out, ns / CLOCK_NS_PER_S, 1);
	buf_add(j->out, ".", 1);
	add_digits(j->out, ns % CLOCK_NS_PER_S / CLOCK_NS_PER_MS, 3);
}

/* One character that is not plain; returns its bytes. */
static size_t add_escaped(struct buf *out, const char *text, size_t len)
{
	char escape[JSON_ESCAPE_BYTES_MAX];
	size_t bytes = utf8_sequence(text, len);

	if (bytes == 1)
		buf_add(out, escape, json_escape_ascii(*text, escape));
	else if (bytes == 0)
		buf_adds(out, "\xef\xbf\xbd");
	else
		buf_add(out, text, bytes);
	return MAX(bytes, (size_t)1);
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
		plain = json_escape_plain(value, len);
		buf_add(j->out, value, plain);
		if (plain == 0)
			plain = add_escaped(j->out, value, len);
	}
	buf_add(j->out, "\"", 1);
}
