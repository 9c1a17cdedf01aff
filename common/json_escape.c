/* json_escape.c - see json_escape.h. */
#include "common/json_escape.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE 0x0101010101010101u

/* The high bit of each byte that is not plain. Above the lowest of these there
 * may be others by a carry; only the lowest is for use. */
static uint64_t find_special(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE * '"', backslash = word ^ EACH_BYTE * '\\';
	uint64_t hits = word; /* beyond ASCII */

	hits |= word + EACH_BYTE;        /* 0x7f */
	hits |= word - EACH_BYTE * 0x20; /* controls */
	hits |= quote - EACH_BYTE;
	hits |= backslash - EACH_BYTE;
	return hits & EACH_BYTE * 0x80;
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

size_t json_escape_plain(const char *text, size_t len)
{
	size_t at = 0;

	for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word, hits;

		memcpy(&word, text + at, sizeof(word));
		hits = find_special(le64toh(word));
		if (hits != 0)
			return at + (size_t)__builtin_ctzll(hits) / 8;
	}
	while (at < len && is_plain(text[at]))
		at++;
	return at;
}

size_t json_escape_ascii(char c, char ret[JSON_ESCAPE_BYTES_MAX])
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt", hex[] = "0123456789abcdef";

	ret[0] = '\\';
	for (const char *at = letters; *at != '\0'; at += 2) {
		if (*at != c)
			continue;
		ret[1] = at[1];
		return 2;
	}
	memcpy(ret + 1, "u00", 3);
	ret[4] = hex[(unsigned char)c >> 4];
	ret[5] = hex[c & 0xf];
	return JSON_ESCAPE_BYTES_MAX;
}
