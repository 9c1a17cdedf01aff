/* buf.c - see buf.h. */
#include "common/buf.h"

#include <string.h>

/* Room for len more bytes and the NUL; false sets failed. */
static bool buf_reserve(struct buf *b, size_t len)
{
	size_t want, cap;
	char *data;

	if (b->failed || len > b->max || b->len > b->max - len) {
		b->failed = true;
		return false;
	}
	want = b->len + len + 1;
	if (want <= b->cap)
		return true;
	cap = MAX(want, MIN(b->cap * 2, b->max + 1));
	cap = MAX(cap, (size_t)64);
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_vaddf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len < 0)
		b->failed = true;
	else if (buf_reserve(b, (size_t)len)) {
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vaddf(b, fmt, args);
	va_end(args);
}

const char *buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

void buf_consume(struct buf *b, size_t len)
{
	if (b->data == NULL)
		return;
	len = MIN(len, b->len);
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}

void buf_clear(struct buf *b)
{
	b->failed = false;
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *buf_take(struct buf *b)
{
	char *text;

	if (!b->failed)
		buf_add(b, "", 0);
	if (b->failed)
		return NULL;
	text = take_ptr(b->data);
	b->len = b->cap = 0;
	return text;
}

void buf_release(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->failed = false;
}
