/* lines.c - see lines.h. */
#include "launcher/lines.h"

#include <string.h>

#define LINES_READS_PER_CALL 8

void lines_init(struct lines *l, lines_fn *fn, void *arg)
{
	*l = (struct lines) { .part = BUF_INIT(LINES_MAX_BYTES), .fn = fn, .arg = arg };
}

void lines_finish(struct lines *l)
{
	if (l->part.len > 0)
		l->fn(l->arg, buf_text(&l->part));
	buf_clear(&l->part);
}

static void add(struct lines *l, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = MIN(len, LINES_MAX_BYTES - l->part.len);

		buf_add(&l->part, text, n);
		if (l->part.len == LINES_MAX_BYTES || l->part.failed)
			lines_finish(l);
		text += n;
		len -= n;
	}
}

static void split(struct lines *l, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		add(l, text, n);
		if (end == NULL)
			return;
		lines_finish(l);
		text += n + 1;
		len -= n + 1;
	}
}

bool lines_read(struct lines *l, int fd)
{
	char chunk[4096];

	for (int i = 0; i < LINES_READS_PER_CALL; i++) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		/* A NUL would end the text early for all who read it. */
		for (ssize_t j = 0; j < n; j++)
			if (chunk[j] == '\0')
				chunk[j] = '?';
		split(l, chunk, (size_t)n);
	}
	return true;
}

void lines_release(struct lines *l)
{
	buf_release(&l->part);
}
