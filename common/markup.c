/* markup.c - see markup.h. */
#include "common/markup.h"

#include "common/buf.h"

#include <string.h>

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

void markup_escape(struct buf *page, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"'");

		buf_add(page, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		buf_adds(page, entity_of(*text++));
	}
}

unsigned markup_hue(const char *name)
{
	unsigned hash = 5381;

	for (; *name != '\0'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash % 360;
}
