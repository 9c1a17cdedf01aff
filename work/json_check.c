/* json_check.c - see json_check.h: one pass, a bit on a stack per container. */
#include "work/json_check.h"

#include "common/json_escape.h"
#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct check {
	const char *at, *end;
	const char *wanted; /* NULL: no complaint */
	unsigned depth;     /* containers that are open */
	uint64_t is_object[JSON_CHECK_DEPTH_MAX / 64];
};

static bool fail(struct check *c, const char *wanted)
{
	c->wanted = wanted;
	return false;
}

static bool next_is(const struct check *c, char wanted)
{
	return c->at < c->end && *c->at == wanted;
}

static bool next_is_digit(const struct check *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static void skip_blanks(struct check *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
		c->at++;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\u"; -1: not four hexadecimal digits. */
static int take_code_unit(struct check *c)
{
	int unit = 0;

	if (c->end - c->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(c->at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	c->at += 4;
	return unit;
}

/* At a backslash. */
static bool take_escape(struct check *c)
{
	int unit;

	if (c->end - c->at < 2 || strchr("\"\\/bfnrtu", c->at[1]) == NULL || c->at[1] == '\0')
		return fail(c, "one of \" \\ / b f n r t u behind the backslash");
	c->at += 2;
	if (c->at[-1] != 'u')
		return true;
	unit = take_code_unit(c);
	if (unit < 0)
		return fail(c, "four hexadecimal digits behind \\u");
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit > 0xdbff || c->end - c->at < 2 || memcmp(c->at, "\\u", 2) != 0)
		return fail(c, "the escapes of two surrogates, high and low");
	c->at += 2;
	unit = take_code_unit(c);
	return (unit >= 0xdc00 && unit <= 0xdfff) || fail(c, "the escape of a low surrogate");
}

/* At the quote that opens it. */
static bool take_string(struct check *c)
{
	for (c->at++; c->at < c->end;) {
		unsigned char next;
		size_t bytes;

		c->at += json_escape_plain(c->at, (size_t)(c->end - c->at));
		if (c->at == c->end)
			break;
		next = (unsigned char)*c->at;
		if (next == '"') {
			c->at++;
			return true;
		}
		if (next < 0x20)
			return fail(c, "an escape for the control character");
		if (next == '\\') {
			if (!take_escape(c))
				return false;
			continue;
		}
		bytes = utf8_sequence(c->at, (size_t)(c->end - c->at));
		if (bytes == 0)
			return fail(c, "UTF-8");
		c->at += bytes;
	}
	return fail(c, "the quote that ends the string");
}

static bool take_digits(struct check *c)
{
	if (!next_is_digit(c))
		return fail(c, "a digit");
	while (next_is_digit(c))
		c->at++;
	return true;
}

static bool take_number(struct check *c)
{
	c->at += next_is(c, '-');
	if (next_is(c, '0'))
		c->at++;
	else if (!take_digits(c))
		return false;
	if (next_is(c, '.')) {
		c->at++;
		if (!take_digits(c))
			return false;
	}
	if (next_is(c, 'e') || next_is(c, 'E')) {
		c->at++;
		c->at += next_is(c, '-') || next_is(c, '+');
		return take_digits(c);
	}
	return true;
}

static bool take_word(struct check *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return fail(c, "a value");
	c->at += len;
	return true;
}

static bool take_scalar(struct check *c)
{
	switch (c->at < c->end ? *c->at : '\0') {
	case '"':
		return take_string(c);
	case 't':
		return take_word(c, "true");
	case 'f':
		return take_word(c, "false");
	case 'n':
		return take_word(c, "null");
	default:
		break;
	}
	if (next_is(c, '-') || next_is_digit(c))
		return take_number(c);
	return fail(c, "a value");
}

/* Up to the value that belongs to the key. */
static bool take_key(struct check *c)
{
	skip_blanks(c);
	if (!next_is(c, '"'))
		return fail(c, "a key in quotes");
	if (!take_string(c))
		return false;
	skip_blanks(c);
	if (!next_is(c, ':'))
		return fail(c, "a colon behind the key");
	c->at++;
	return true;
}

static bool in_object(const struct check *c)
{
	return c->is_object[(c->depth - 1) / 64] >> (c->depth - 1) % 64 & 1;
}

static void open_container(struct check *c)
{
	uint64_t bit = (uint64_t)1 << c->depth % 64, *word = &c->is_object[c->depth / 64];

	*word = *c->at == '{' ? *word | bit : *word & ~bit;
	c->depth++;
	c->at++;
	skip_blanks(c);
}

/* A scalar, or containers down to the first value in the innermost. */
static bool begin_value(struct check *c)
{
	for (;;) {
		skip_blanks(c);
		if (c->depth == JSON_CHECK_DEPTH_MAX)
			return fail(c, "fewer values within values");
		if (!next_is(c, '{') && !next_is(c, '['))
			return take_scalar(c);
		open_container(c);
		if (next_is(c, in_object(c) ? '}' : ']'))
			return true;
		if (in_object(c) && !take_key(c))
			return false;
	}
}

/* Behind a value, or in an empty container: close what ends here, and go to
 * where the next value begins. False: there is none, or an error. */
static bool end_values(struct check *c)
{
	while (c->depth > 0) {
		bool object = in_object(c);

		skip_blanks(c);
		if (next_is(c, object ? '}' : ']')) {
			c->at++;
			c->depth--;
			continue;
		}
		if (!next_is(c, ','))
			return fail(c, object ? "a comma or }" : "a comma or ]");
		c->at++;
		return !object || take_key(c);
	}
	return false;
}

const char *json_check(const char *text, size_t len, size_t *ret_at)
{
	struct check c = { .at = text, .end = text + len };

	while (begin_value(&c) && end_values(&c))
		;
	if (c.wanted == NULL) {
		skip_blanks(&c);
		c.wanted = c.at < c.end ? "nothing behind the value" : NULL;
	}
	if (c.wanted != NULL)
		*ret_at = (size_t)(c.at - text);
	return c.wanted;
}
