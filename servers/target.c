/* target.c - see target.h. */
#include "servers/target.h"

#include "common/error.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at *raw, which moves behind it; -1: none that may be. */
static int next_byte(const char **raw)
{
	const char *p = *raw;
	int high, low;

	if (*p != '%') {
		*raw = p + 1;
		return (unsigned char)*p;
	}
	high = hex_value(p[1]);
	low = high < 0 ? -1 : hex_value(p[2]);
	if (low < 0 || high * 16 + low == 0)
		return -1;
	*raw = p + 3;
	return high * 16 + low;
}

static int decode(const char *raw, struct target *t)
{
	t->len = 0;
	while (*raw != '\0') {
		int byte = next_byte(&raw);

		if (byte < 0)
			return -EINVAL;
		if (t->len == TARGET_BYTES - 1)
			return -ENAMETOOLONG;
		t->path[t->len++] = (char)byte;
	}
	t->path[t->len] = '\0';
	return 0;
}

static void one_up(struct target *t)
{
	while (t->len > 0 && t->path[--t->len] != '/')
		;
}

/* Its own segments move to the front of path, one '/' between them. */
static void append(struct target *t, const char *segment, size_t n)
{
	if (t->len > 0)
		t->path[t->len++] = '/';
	memmove(t->path + t->len, segment, n);
	t->len += n;
}

/* RFC 8615 gives sites ".well-known" at their root to be found. */
static bool is_hidden(const char *path)
{
	static const char known[] = ".well-known";
	size_t len = sizeof(known) - 1;

	if (strncmp(path, known, len) == 0 && (path[len] == '/' || path[len] == '\0'))
		path += len;
	return *path == '.' || strstr(path, "/.") != NULL;
}

static int normalise(struct target *t)
{
	const char *segment = t->path;

	t->len = 0;
	for (bool more = true; more;) {
		size_t n = strcspn(segment, "/");
		bool dots = n == 2 && segment[0] == '.' && segment[1] == '.';
		bool dot = n == 1 && segment[0] == '.';
		const char *next = segment + n;

		more = *next == '/';
		t->folder = n == 0 || dot || dots;
		t->altered |= dot || dots || (n == 0 && more);
		if (dots && t->len == 0)
			return -EINVAL;
		if (dots)
			one_up(t);
		else if (!dot && n > 0)
			append(t, segment, n);
		segment = next + 1;
	}
	t->path[t->len] = '\0';
	t->hidden = is_hidden(t->path);
	return 0;
}

int target_decode(const char *raw, struct target *ret)
{
	int r;

	ret->folder = ret->hidden = ret->altered = false;
	if (*raw != '/')
		return -EINVAL;
	r = decode(raw + 1, ret);
	return r < 0 ? r : normalise(ret);
}

/* RFC 3986, 3.3: pchar, less what an HTML attribute or a header minds. colon: see
 * 4.2, where it would end a scheme. */
static bool is_plain(unsigned char c, bool colon)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c == ':' && colon) || (c != '\0' && strchr("-._~!$()*+,;=@/", c) != NULL);
}

bool target_encode(const char *path, char *ret, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	bool colon = false;
	size_t n = 0;

	if (size == 0)
		return false;
	for (const char *p = path; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		bool plain = is_plain(c, colon);

		if (c == '/' && n > 0 && ret[n - 1] == '/')
			continue;
		if (size - n <= (plain ? 1u : 3u))
			return false;
		colon |= c == '/';
		if (plain) {
			ret[n++] = (char)c;
			continue;
		}
		ret[n++] = '%';
		ret[n++] = hex[c >> 4];
		ret[n++] = hex[c & 15];
	}
	ret[n] = '\0';
	return true;
}
