/* document.c - see document.h. */
#include "launcher/document.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "common/problems.h"
#include "common/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

bool document_read(const char *file, struct buf *ret, struct problems *p)
{
	AUTO_CLOSE int opened = -1;
	int fd = STDIN_FILENO, r;

	if (strcmp(file, "-") != 0)
		fd = opened = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	r = fd < 0 ? -errno : fd_read_all(fd, ret);
	if (r == 0)
		return true;
	if (r == -EFBIG)
		problems_error(p, "", "is larger than %zu bytes", ret->max);
	else
		problems_error(p, "", "cannot be read: %s", strerror(-r));
	return false;
}

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_sequence(text, len);
		if (n == 0)
			return false;
	}
	return true;
}

char *document_dir(const char *file, struct problems *p)
{
	const char *slash = strrchr(file, '/');
	AUTO_FREE char *dir =
		slash != NULL ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
	char *absolute = dir != NULL ? realpath(dir, NULL) : NULL;

	if (absolute == NULL) {
		problems_error(p, "", "its directory cannot be found: %s", strerror(errno));
		return NULL;
	}
	/* It becomes part of JSON documents. */
	if (!is_utf8(absolute)) {
		problems_error(p, "", "the name of its directory is not UTF-8: rename %s",
			       absolute);
		free(absolute);
		return NULL;
	}
	return absolute;
}

/* What people trip over, in the parser's words and in theirs. */
static const struct {
	const char *part, *hint;
} hints[] = {
	{ "string or '}' expected near '}'", " (a comma too many before it?)" },
	{ "unexpected token near ']'", " (a comma too many before it?)" },
	{ "near '/'", " (a comment is a key that begins with \"//\")" },
	{ "near '\''", " (JSON has double quotes only)" },
	{ "unable to decode byte", " (the text is not UTF-8)" },
};

static void report_syntax(const json_error_t *e, struct problems *p)
{
	const char *hint = "";

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strstr(e->text, hints[i].part) != NULL)
			hint = hints[i].hint;
	problems_error(p, "", "line %d, column %d: %s%s", e->line, e->column, e->text, hint);
}

json_t *document_parse(const char *text, size_t len, struct problems *p)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };
	json_error_t e;
	json_t *document;

	if (len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		len -= sizeof(mark);
	}
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL && text[len - 1] != '\0')
		len--;
	if (len == 0) {
		problems_error(p, "", "is empty, want a JSON object");
		return NULL;
	}
	document = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (document == NULL)
		report_syntax(&e, p);
	return document;
}
