/* fuzz_target.c - any bytes as a path: decoded as a plain reader of RFC 3986 does it,
 * never above the root, and encoded such that decoding gives it back.
 *
 * The reader below decodes everything, cuts it at each '/', and keeps the segments on
 * a stack.
 */
#include "common/cc.h"
#include "servers/target.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* False: a malformed escape or a NUL. */
static bool unescape(const char *raw, char *ret)
{
	for (; *raw != '\0'; ret++) {
		unsigned value;
		char digits[3] = "";

		if (*raw != '%') {
			*ret = *raw++;
			continue;
		}
		if (!isxdigit((unsigned char)raw[1]) || !isxdigit((unsigned char)raw[2]))
			return false;
		memcpy(digits, raw + 1, 2);
		if (sscanf(digits, "%x", &value) != 1 || value == 0)
			return false;
		*ret = (char)value;
		raw += 3;
	}
	*ret = '\0';
	return true;
}

struct reading {
	bool folder, hidden, altered;
	char *path; /* owned */
};

/* path is cut up. False: above the root. */
static bool walk(char *path, struct reading *ret)
{
	size_t size = strlen(path) + 2, depth = 0;
	AUTO_FREE char *whole = strdup(path);
	AUTO_FREE char **stack = calloc(size, sizeof(*stack));
	char *segment, *end, *next = path;

	must(whole != NULL && stack != NULL);
	while ((segment = strsep(&next, "/")) != NULL) {
		ret->folder = segment[strspn(segment, ".")] == '\0' && strlen(segment) < 3;
		if (strcmp(segment, "..") == 0 && depth-- == 0)
			return false;
		if (!ret->folder)
			stack[depth++] = segment;
	}
	ret->path = end = calloc(size, 1);
	must(end != NULL);
	for (size_t i = 0; i < depth; i++) {
		size_t len = strlen(stack[i]);

		ret->hidden |=
			stack[i][0] == '.' && (i > 0 || strcmp(stack[i], ".well-known") != 0);
		memcpy(end, stack[i], len);
		end += len;
		*end++ = '/';
	}
	if (depth > 0 && !ret->folder)
		*--end = '\0';
	ret->altered = strcmp(ret->path, whole) != 0;
	if (ret->folder && depth > 0)
		*--end = '\0';
	return true;
}

/* Whatever the path was, its text alone cannot lead out of the root. */
static void check_form(const struct target *t)
{
	must(t->len == strlen(t->path) && t->path[0] != '/');
	must(t->len == 0 || t->path[t->len - 1] != '/');
	for (const char *p = t->path; *p != '\0'; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		must(n > 0 && !(n == 1 && p[0] == '.'));
		must(!(n == 2 && p[0] == '.' && p[1] == '.'));
	}
	must(t->len > 0 || t->folder);
}

static void check_decoding(const char *raw)
{
	AUTO_FREE char *plain = calloc(strlen(raw) + 1, 1);
	struct reading want = { 0 };
	struct target got;
	int r = target_decode(raw, &got);

	must(plain != NULL);
	must(r == 0 || r == -EINVAL || r == -ENAMETOOLONG);
	if (raw[0] != '/' || !unescape(raw + 1, plain)) {
		must(r == -EINVAL || (r == -ENAMETOOLONG && strlen(raw) > TARGET_BYTES));
		return;
	}
	if (strlen(plain) >= TARGET_BYTES) {
		must(r == -ENAMETOOLONG);
		return;
	}
	must((r == 0) == walk(plain, &want));
	if (r == 0) {
		check_form(&got);
		must(strcmp(got.path, want.path) == 0 && got.folder == want.folder);
		must(got.hidden == want.hidden && got.altered == want.altered);
	}
	free(want.path);
}

/* Bytes that nobody minds in a header, in an attribute or behind a scheme. */
static void check_text(const char *text)
{
	const char *slash = strchr(text, '/'), *colon = strchr(text, ':');

	for (const char *p = text; *p != '\0'; p++) {
		must(isalnum((unsigned char)*p) || strchr("-._~!$()*+,;=:@/%", *p) != NULL);
		must(*p != '%' || (isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])));
	}
	must(strstr(text, "//") == NULL);
	must(colon == NULL || (slash != NULL && slash < colon));
}

static void check_encoding(const char *path)
{
	size_t size = strlen(path) * 3 + 2, len;
	AUTO_FREE char *text = malloc(size), *exact = NULL, *plain = calloc(size, 1);
	const char *from = path;

	must(text != NULL && plain != NULL);
	must(target_encode(path, text, size));
	check_text(text);
	len = strlen(text);
	exact = malloc(len + 1);
	must(exact != NULL && target_encode(path, exact, len + 1) && strcmp(exact, text) == 0);
	must(!target_encode(path, exact, len));
	must(unescape(text, plain));
	for (const char *to = plain; *to != '\0'; to++) {
		must(*from++ == *to);
		while (*to == '/' && *from == '/')
			from++;
	}
	must(*from == '\0');
}

/* A name is what its encoded form stands for. */
static void check_round_trip(const char *raw)
{
	char text[TARGET_BYTES * 3 + 1] = "/";
	struct target t, again;

	if (target_decode(raw, &t) < 0)
		return;
	must(target_encode(t.path, text + 1, sizeof(text) - 1));
	must(target_decode(text, &again) == 0 && !again.altered);
	must(strcmp(again.path, t.path) == 0 && again.hidden == t.hidden);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* Of its own length, so that a look beyond it is seen. */
	AUTO_FREE char *text = strndup((const char *)bytes, len);
	AUTO_FREE char *raw = NULL;

	must(text != NULL && asprintf(&raw, "/%s", text) > 0);
	check_decoding(text);
	check_decoding(raw);
	check_round_trip(raw);
	check_encoding(text);
	check_encoding(raw);
	return 0;
}
