/* word_search.c - which arrangements of a string are words.
 *
 * Rows are candidates: all permutations of the string, or, for long strings,
 * the words of its length (permutations.c). A candidate is found when it is in
 * one of the word lists and made of the very letters of kwargs.letters. The
 * lists are tools: one copy in memory, whatever the number of workers; each
 * worker has an index of offsets into them. Upper and lower case are one.
 *
 * The result of a chunk is what it found: [{"list": …, "word": …}, …].
 */
#include <eisen.h>

#include <stdlib.h>
#include <string.h>

EISEN_MODULE("looks permutations up in word lists");

#define WORD_BYTES 256

static const char *const list_names[] = { "english", "german" };
#define LISTS (sizeof(list_names) / sizeof(list_names[0]))

struct list {
	const char *text; /* the tool: a word a line */
	size_t len;
	uint32_t *table; /* offset + 1 by hash; 0: empty */
	size_t mask;
};

static struct list lists[LISTS];
static bool indexed;

bool worker_entrance(eisen_toolbox *tb);

/* Lower case of ASCII and of the Latin-1 letters, which is all that these two
 * languages need; the length in bytes stays. Returns it, 0: too long. */
static size_t fold(const char *word, size_t len, char *to)
{
	if (len >= WORD_BYTES)
		return 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		else if (i > 0 && word[i - 1] == '\xc3' && c >= 0x80 && c <= 0x9e && c != 0x97)
			c += 0x20;
		to[i] = (char)c;
	}
	return len;
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(const char *bytes, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return h;
}

static size_t line_len(const struct list *l, size_t at)
{
	const char *end = memchr(l->text + at, '\n', l->len - at);

	return end != NULL ? (size_t)(end - (l->text + at)) : l->len - at;
}

static void insert(struct list *l, size_t at, size_t len)
{
	char folded[WORD_BYTES];
	size_t n = fold(l->text + at, len, folded), slot;

	if (n == 0)
		return;
	slot = (size_t)hash(folded, n) & l->mask;
	while (l->table[slot] != 0)
		slot = (slot + 1) & l->mask;
	l->table[slot] = (uint32_t)at + 1;
}

static bool index_list(eisen_toolbox *tb, struct list *l, const char *name)
{
	size_t lines = 0, slots = 2;

	l->text = eisen_tool(tb, name, &l->len);
	if (l->text == NULL || l->len >= UINT32_MAX) {
		eisen_print(tb, "word_search: want the tool \"%s\", a file of words", name);
		return false;
	}
	for (size_t at = 0; at < l->len; at += line_len(l, at) + 1)
		lines++;
	while (slots < 2 * lines)
		slots *= 2;
	l->table = calloc(slots, sizeof(*l->table));
	l->mask = slots - 1;
	if (l->table == NULL)
		return false;
	for (size_t at = 0; at < l->len; at += line_len(l, at) + 1)
		insert(l, at, line_len(l, at));
	return true;
}

/* When the module goes, its tables do. */
__attribute__((destructor)) static void release(void)
{
	for (size_t i = 0; i < LISTS; i++)
		free(lists[i].table);
}

static bool index_all(eisen_toolbox *tb)
{
	for (size_t i = 0; !indexed && i < LISTS; i++)
		if (!index_list(tb, &lists[i], list_names[i]))
			return false;
	indexed = true;
	return true;
}

/* Every spelling of the word in the list is added ("Reis", "reis"). */
static void look_up(const struct list *l, const char *name, const char *word, size_t len,
		    json_t *found)
{
	char folded[WORD_BYTES];
	size_t slot = (size_t)hash(word, len) & l->mask;

	for (; l->table[slot] != 0; slot = (slot + 1) & l->mask) {
		size_t at = l->table[slot] - 1, there = line_len(l, at);

		if (there != len || fold(l->text + at, there, folded) != len ||
		    memcmp(folded, word, len) != 0)
			continue;
		json_array_append_new(
			found, json_pack("{s:s, s:s%}", "list", name, "word", l->text + at, there));
	}
}

static int by_code_point(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The letters, sorted. A letter is its bytes, read as one number: as good as
 * the code point for telling two apart. How many. */
static size_t sort_letters(const char *word, size_t len, uint32_t *to)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (count > 0 && (c & 0xc0) == 0x80)
			to[count - 1] = to[count - 1] << 8 | c;
		else
			to[count++] = c;
	}
	qsort(to, count, sizeof(*to), by_code_point);
	return count;
}

static bool same_letters(const char *a, size_t a_len, const char *b, size_t b_len)
{
	uint32_t x[WORD_BYTES], y[WORD_BYTES];
	size_t count = sort_letters(a, a_len, x);

	return a_len == b_len && count == sort_letters(b, b_len, y) &&
	       memcmp(x, y, count * sizeof(*x)) == 0;
}

static void search(json_t *row, const char *letters, size_t letters_len, json_t *found)
{
	char word[WORD_BYTES];
	size_t len = fold(json_string_value(row), json_string_length(row), word);

	if (len == 0 || !same_letters(word, len, letters, letters_len))
		return;
	for (size_t i = 0; i < LISTS; i++)
		look_up(&lists[i], list_names[i], word, len, found);
}

/* NULL: a row is no string. */
static json_t *search_chunk(eisen_chunk *chunk, const char *letters, size_t letters_len)
{
	json_t *found = json_array(), *row;
	size_t rows = 0;

	for (; (row = eisen_row_json(chunk)) != NULL && json_is_string(row); rows++) {
		search(row, letters, letters_len, found);
		json_decref(row);
	}
	json_decref(row);
	if (rows == eisen_chunk_rows(chunk))
		return found;
	json_decref(found);
	return NULL;
}

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_queue *input = eisen_queue_find(tb, "mp_input_q");
	const json_t *wish = json_object_get(eisen_kwargs(tb), "letters");
	char letters[WORD_BYTES];
	size_t len = json_is_string(wish)
			     ? fold(json_string_value(wish), json_string_length(wish), letters)
			     : 0;
	eisen_chunk *chunk;
	json_t *found;

	if (len == 0) {
		eisen_print(tb, "word_search: want \"kwargs\": {\"letters\": \"a word\"}");
		return false;
	}
	if (!index_all(tb) || eisen_take(tb, input, -1, &chunk) != EISEN_CHUNK)
		return false;
	found = search_chunk(chunk, letters, len);
	if (found != NULL)
		eisen_result(tb, chunk, found);
	else
		eisen_fail(tb, chunk, "a row is no string");
	return true;
}
