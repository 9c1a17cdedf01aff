/* utf8.c - see utf8.h. */
#include "common/utf8.h"

#include "common/buf.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* How many bytes the first one announces; 0: it cannot be a first one. */
static size_t announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static uint32_t code_point(const char *text, size_t n)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)text[0] & first_bits[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

size_t utf8_sequence(const char *text, size_t len)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t n;

	if (len == 0)
		return 0;
	n = announced((unsigned char)text[0]);
	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (!is_continuation((unsigned char)text[i]))
			return 0;
	code = code_point(text, n);
	if (code < lowest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

size_t utf8_trim(const char *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)text[len - back];

		if (is_continuation(c))
			continue;
		return announced(c) > back ? len - back : len;
	}
	return len;
}

bool utf8_is_harmful(const char *text, size_t n)
{
	uint32_t code = code_point(text, n);

	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void utf8_escape(struct buf *ret, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = utf8_sequence(text, left);
		size_t step = MAX(n, (size_t)1);

		if (n > 0 && !utf8_is_harmful(text, n))
			buf_add(ret, text, n);
		else
			for (size_t i = 0; i < step; i++)
				buf_addf(ret, "\\x%02x", (unsigned char)text[i]);
		text += step;
		left -= step;
	}
}
