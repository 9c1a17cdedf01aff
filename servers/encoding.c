/* encoding.c - see encoding.h. */
#include "servers/encoding.h"

#include "common/cc.h"
#include "servers/accept.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *suffix;
} encodings[] = {
	[ENCODING_BR] = { "br", ".br" },
	[ENCODING_GZIP] = { "gzip", ".gz" },
	[ENCODING_IDENTITY] = { NULL, "" },
};

/* 2: the coding itself, 1: any, 0: another. x-gzip is gzip (8.4.1.3). */
static unsigned match_coding(const char *element, size_t len, const char *name)
{
	if (len == 6 && strncasecmp(element, "x-gzip", len) == 0) {
		element += 2;
		len -= 2;
	}
	if (len == strlen(name) && strncasecmp(element, name, len) == 0)
		return 2;
	return len == 1 && *element == '*';
}

/* identity is wanted when nothing is said against it, but after what is. */
static int weight(const char *header, enum encoding encoding)
{
	if (encoding != ENCODING_IDENTITY)
		return accept_weight(header, encodings[encoding].name, match_coding);
	return MAX(accept_weight(header, "identity", match_coding), 0);
}

size_t encoding_choices(const char *header, enum encoding ret[ENCODING_COUNT])
{
	int weights[ENCODING_COUNT];
	size_t count = 0;

	ret[0] = ENCODING_IDENTITY;
	if (header == NULL)
		return 1;
	for (int e = 0; e < ENCODING_COUNT; e++) {
		size_t at = count;
		int w = weight(header, (enum encoding)e);

		if (w <= 0 && e != ENCODING_IDENTITY)
			continue;
		for (; at > 0 && weights[at - 1] < w; at--) {
			weights[at] = weights[at - 1];
			ret[at] = ret[at - 1];
		}
		weights[at] = w;
		ret[at] = (enum encoding)e;
		count++;
	}
	return count;
}

const char *encoding_name(enum encoding encoding)
{
	return encodings[encoding].name;
}

const char *encoding_suffix(enum encoding encoding)
{
	return encodings[encoding].suffix;
}
