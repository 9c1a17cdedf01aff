/* permutations.c - a generator: all arrangements of some letters.
 *
 *	{"module": {"path": "permutations.so", "letters": "orchestra"}}
 *
 * In the order of the letters' code points, each arrangement once, also where
 * a letter comes twice: the next one is made of the last (Narayana, 14th
 * century; Knuth, The Art of Computer Programming 4A, 7.2.1.2, algorithm L).
 *
 * Twelve letters have 479 million arrangements. From there on the generator
 * takes the other end: it reads the word lists ("lists", files of one word a
 * line) and gives the words that have as many letters.
 */
#include <eisen.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("gives the permutations of a string, or the words of its length");

#define LETTERS_MAX 64
#define REDUCE_FROM 12 /* letters */
#define LINE_BYTES 1024

struct state {
	bool started, failed;
	uint32_t letters[LETTERS_MAX]; /* code points */
	size_t count;
	FILE *list; /* that is being read; NULL: none yet */
	size_t next_list;
};

enum eisen_row_result rows(eisen_generator *g);

/* The code point at text, UTF-8 as RFC 3629 has it; 0 when there is none. */
static uint32_t decode(const char **text)
{
	const unsigned char *t = (const unsigned char *)*text;
	unsigned more = t[0] < 0x80 ? 0 : t[0] < 0xe0 ? 1 : t[0] < 0xf0 ? 2 : 3;
	uint32_t point = more == 0 ? t[0] : t[0] & (0x3fu >> more);

	for (unsigned i = 1; i <= more; i++) {
		if ((t[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (t[i] & 0x3f);
	}
	*text += more + 1;
	return point;
}

static size_t encode(uint32_t point, char *to)
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		to[0] = (char)(0xc0 | point >> 6);
		to[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		to[0] = (char)(0xe0 | point >> 12);
		to[1] = (char)(0x80 | (point >> 6 & 0x3f));
		to[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | point >> 18);
	to[1] = (char)(0x80 | (point >> 12 & 0x3f));
	to[2] = (char)(0x80 | (point >> 6 & 0x3f));
	to[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* How many letters; more than max: max + 1. */
static size_t decode_all(const char *text, uint32_t *letters, size_t max)
{
	size_t count = 0;

	while (*text != '\0' && count <= max) {
		uint32_t point = decode(&text);

		if (point == 0)
			return max + 1;
		if (count < max)
			letters[count] = point;
		count++;
	}
	return count;
}

static int by_code_point(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static enum eisen_row_result start(eisen_generator *g, struct state *s)
{
	const char *text =
		json_string_value(json_object_get(eisen_generator_settings(g), "letters"));

	s->started = true;
	if (text != NULL)
		s->count = decode_all(text, s->letters, LETTERS_MAX);
	if (s->count == 0 || s->count > LETTERS_MAX) {
		eisen_generator_error(g, "want \"letters\": \"1 to %d of them\"", LETTERS_MAX);
		return EISEN_ERROR;
	}
	qsort(s->letters, s->count, sizeof(s->letters[0]), by_code_point);
	return EISEN_ROW;
}

static enum eisen_row_result add_letters(eisen_generator *g, const struct state *s)
{
	char text[4 * LETTERS_MAX];
	size_t len = 0;

	for (size_t i = 0; i < s->count; i++)
		len += encode(s->letters[i], text + len);
	return eisen_row_add_string(g, text, len) == 0 ? EISEN_ROW : EISEN_ERROR;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t t = *a;

	*a = *b;
	*b = t;
}

/* Algorithm L, one step. False: this was the last. */
static bool advance(struct state *s)
{
	size_t i = s->count - 1, j = s->count - 1;

	while (i > 0 && s->letters[i - 1] >= s->letters[i])
		i--;
	if (i == 0)
		return false;
	while (s->letters[j] <= s->letters[i - 1])
		j--;
	swap(&s->letters[i - 1], &s->letters[j]);
	for (j = s->count - 1; i < j; i++, j--)
		swap(&s->letters[i], &s->letters[j]);
	return true;
}

/* The next list; END when there is none. */
static enum eisen_row_result open_list(eisen_generator *g, struct state *s)
{
	const json_t *lists = json_object_get(eisen_generator_settings(g), "lists");
	const char *path = json_string_value(json_array_get(lists, s->next_list));

	if (path == NULL && s->next_list == 0) {
		eisen_generator_error(g,
				      "%zu letters have too many permutations: want \"lists\": "
				      "[\"a file of words\", …]",
				      s->count);
		return EISEN_ERROR;
	}
	if (path == NULL)
		return EISEN_END;
	s->next_list++;
	s->list = fopen(path, "re");
	if (s->list != NULL)
		return EISEN_ROW;
	eisen_generator_error(g, "%s: %s", path, strerror(errno));
	return EISEN_ERROR;
}

static bool has_length(const char *word, size_t count)
{
	uint32_t letters[LETTERS_MAX];

	return decode_all(word, letters, LETTERS_MAX) == count;
}

static enum eisen_row_result next_word(eisen_generator *g, struct state *s)
{
	char line[LINE_BYTES];

	for (;;) {
		if (s->list == NULL) {
			enum eisen_row_result result = open_list(g, s);

			if (result != EISEN_ROW)
				return result;
		}
		while (fgets(line, sizeof(line), s->list) != NULL) {
			line[strcspn(line, "\r\n")] = '\0';
			if (has_length(line, s->count))
				return eisen_row_add_string(g, line, strlen(line)) == 0
					       ? EISEN_ROW
					       : EISEN_ERROR;
		}
		fclose(s->list);
		s->list = NULL;
	}
}

enum eisen_row_result rows(eisen_generator *g)
{
	struct state *s = eisen_generator_state(g, sizeof(*s));

	if (s == NULL)
		return EISEN_ERROR;
	if (!s->started) {
		enum eisen_row_result result = start(g, s);

		if (result != EISEN_ROW)
			return result;
		if (s->count < REDUCE_FROM)
			return add_letters(g, s); /* sorted: the first one */
	}
	if (s->count >= REDUCE_FROM)
		return next_word(g, s);
	return advance(s) ? add_letters(g, s) : EISEN_END;
}
