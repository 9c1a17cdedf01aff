/* fuzz_mime.c - any bytes as the system's table of media types: each extension has the
 * type of the first line that names it, as a plain reader finds it line by line.
 */
#include "common/cc.h"
#include "servers/mime.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* Whether the words of a line, which is cut up, begin with a type and name the extension
 * behind it; *ret: the type. */
static bool names(char *line, const char *extension, const char **ret)
{
	const char *type = NULL, *word;

	line[strcspn(line, "\n")] = '\0';
	while ((word = strsep(&line, " \t\r")) != NULL) {
		if (*word == '#')
			return false;
		if (*word == '\0')
			continue;
		if (type != NULL && strcasecmp(word, extension) == 0)
			break;
		if (type == NULL && (strchr(word, ';') != NULL || !mime_valid(word)))
			return false;
		type = type == NULL ? word : type;
	}
	*ret = type;
	return word != NULL;
}

static void check(const struct mime_table *table, const char *text, size_t len,
		  const char *extension)
{
	const char *found = mime_table_find(table, extension), *want;
	const char *end = text + len;

	if (strlen(extension) > 32) {
		must(found == NULL);
		return;
	}
	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		AUTO_FREE char *copy = NULL;

		next = next == NULL ? end : next + 1;
		copy = strndup(line, (size_t)(next - line));
		must(copy != NULL);
		if (names(copy, extension, &want)) {
			must(found != NULL && strcmp(found, want) == 0);
			return;
		}
		line = next;
	}
	must(found == NULL);
}

/* Each word of the text, as far as a NUL. */
static void check_words(const struct mime_table *table, const char *text, size_t len)
{
	char *words = strndup(text, len);
	char *rest = words, *word;

	must(words != NULL);
	for (int i = 0; i < 64 && (word = strsep(&rest, " \t\r\n")) != NULL; i++) {
		const char *extension = mime_extension(word);

		must(strpbrk(extension, "./") == NULL);
		must(*extension == '\0' ||
		     strcmp(word + strlen(word) - strlen(extension), extension) == 0);
		mime_is_text(word);
		if (*word != '\0')
			check(table, text, len, word);
	}
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct mime_table *table = mime_table_parse((const char *)bytes, len);

	must(table != NULL);
	check_words(table, (const char *)bytes, len);
	check(table, (const char *)bytes, len, "txt");
	mime_table_free(table);
	return 0;
}
