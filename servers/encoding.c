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

/* What most clients send, whole: to read it again and again is a third of a
 * microsecond each time. */
static const struct {
	const char *header;
	size_t count;
	enum encoding choice[ENCODING_COUNT];
} usual[] = {
	{ "gzip, deflate, br, zstd", 3, { ENCODING_BR, ENCODING_GZIP, ENCODING_IDENTITY } },
	{ "gzip, deflate, br", 3, { ENCODING_BR, ENCODING_GZIP, ENCODING_IDENTITY } },
	{ "gzip, deflate", 2, { ENCODING_GZIP, ENCODING_IDENTITY } },
	{ "gzip", 2, { ENCODING_GZIP, ENCODING_IDENTITY } },
};

static size_t usual_choices(const char *header, enum encoding ret[ENCODING_COUNT])
{
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (strcmp(header, usual[i].header) != 0)
			continue;
		memcpy(ret, usual[i].choice, sizeof(usual[i].choice));
		return usual[i].count;
	}
	return 0;
}

static size_t weigh(const char *header, enum encoding ret[ENCODING_COUNT])
{
	int weights[ENCODING_COUNT];
	size_t count = 0;

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

size_t encoding_choices(const char *header, enum encoding ret[ENCODING_COUNT])
{
	size_t count;

	if (header == NULL) {
		ret[0] = ENCODING_IDENTITY;
		return 1;
	}
	count = usual_choices(header, ret);
	return count > 0 ? count : weigh(header, ret);
}

const char *encoding_name(enum encoding encoding)
{
	return encodings[encoding].name;
}

const char *encoding_suffix(enum encoding encoding)
{
	return encodings[encoding].suffix;
}
