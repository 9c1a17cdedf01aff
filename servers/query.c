/* query.c - see query.h. */
#include "servers/query.h"

#include <errno.h>
#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that is escaped at p, of left bytes; -1: none that may be. */
static int escaped(const char *p, size_t left)
{
	int high = left < 3 ? -1 : hex_value(p[1]);
	int low = high < 0 ? -1 : hex_value(p[2]);

	return low < 0 || high * 16 + low == 0 ? -1 : high * 16 + low;
}

int query_decode(const char *raw, size_t len, bool plus, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int byte = (unsigned char)raw[i];

		if (byte == '%') {
			byte = escaped(raw + i, len - i);
			i += 2;
		} else if (byte == '+' && plus) {
			byte = ' ';
		}
		if (byte < 0)
			return -EINVAL;
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		ret[n++] = (char)byte;
	}
	ret[n] = '\0';
	return 0;
}

int query_next(const char **query, struct query_pair *ret)
{
	const char *from = *query != NULL ? *query : "";
	size_t len, name;
	int r;

	from += strspn(from, "&");
	len = strcspn(from, "&");
	name = strcspn(from, "=&");
	*query = from + len;
	if (len == 0)
		return 0;
	r = query_decode(from, name, true, ret->name, sizeof(ret->name));
	from += name < len ? name + 1 : name;
	if (r == 0)
		r = query_decode(from, (size_t)(*query - from), true, ret->value,
				 sizeof(ret->value));
	return r < 0 ? r : 1;
}
