/* fuzz_encoding.c - any bytes as Accept-Encoding: the order is that of a plain reader
 * of RFC 9110.
 *
 * The reader below blanks out what is quoted first, then cuts at commas, then at
 * semicolons, and picks the heaviest of what is left until there is none.
 */
#include "common/cc.h"
#include "servers/encoding.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define NONE (-1)

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* A character that is in no coding and no weight for each that is quoted. */
static void blank_quoted(char *text)
{
	bool quoted = false;

	for (; *text != '\0'; text++) {
		bool quote = *text == '"';

		if (quoted && *text == '\\' && text[1] != '\0')
			*text++ = '?';
		if (quoted || quote)
			*text = '?';
		quoted ^= quote;
	}
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
		text[--len] = '\0';
	return text;
}

/* What is no weight is the full one. */
static int read_weight(const char *text)
{
	char digits[] = "000";

	if (*text != '0' && *text != '.')
		return 1000;
	text += *text == '0';
	if (*text != '.')
		return 0;
	for (int i = 0; i < 3 && isdigit((unsigned char)text[1 + i]); i++)
		digits[i] = text[1 + i];
	return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0';
}

/* parameters: behind the first semicolon; NULL: none. */
static int element_weight(char *parameters)
{
	char *parameter;

	while ((parameter = strsep(&parameters, ";")) != NULL) {
		parameter += strspn(parameter, " \t");
		if (*parameter != 'q' && *parameter != 'Q')
			continue;
		parameter++;
		parameter += strspn(parameter, " \t");
		if (*parameter == '=')
			return read_weight(parameter + 1 + strspn(parameter + 1, " \t"));
	}
	return 1000;
}

static int coding_weight(const char *header, const char *name, const char *alias)
{
	AUTO_FREE char *copy = strdup(header);
	int named = NONE, any = NONE;
	char *element, *next = copy;

	must(copy != NULL);
	blank_quoted(copy);
	while ((element = strsep(&next, ",")) != NULL) {
		char *coding = trim(strsep(&element, ";"));
		int weight = element_weight(element);

		if (strcasecmp(coding, name) == 0 || strcasecmp(coding, alias) == 0)
			named = named == NONE ? weight : named;
		if (strcmp(coding, "*") == 0)
			any = any == NONE ? weight : any;
	}
	return named != NONE ? named : any;
}

static void check(const char *header)
{
	int weights[ENCODING_COUNT] = {
		[ENCODING_BR] = coding_weight(header, "br", "br"),
		[ENCODING_GZIP] = coding_weight(header, "gzip", "x-gzip"),
		[ENCODING_IDENTITY] = MAX(coding_weight(header, "identity", "identity"), 0),
	};
	enum encoding got[ENCODING_COUNT];
	size_t count = encoding_choices(header, got), i;
	bool identity = false;

	must(count >= 1 && count <= ENCODING_COUNT);
	for (i = 0; i < ENCODING_COUNT; i++) {
		int best = ENCODING_COUNT;

		for (int e = ENCODING_COUNT - 1; e >= 0; e--) {
			int least = e == ENCODING_IDENTITY ? 0 : 1;

			if (weights[e] >= least &&
			    (best == ENCODING_COUNT || weights[e] >= weights[best]))
				best = e;
		}
		if (best == ENCODING_COUNT)
			break;
		must(i < count && got[i] == (enum encoding)best);
		weights[best] = NONE;
		identity |= best == ENCODING_IDENTITY;
	}
	must(i == count && identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* Of its own length, so that a look beyond it is seen. */
	AUTO_FREE char *header = strndup((const char *)bytes, len);

	must(header != NULL);
	check(header);
	return 0;
}
