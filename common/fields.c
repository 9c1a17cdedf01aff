/* fields.c - see fields.h. */
#include "common/fields.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/utf8.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define FIELDS_TABLE_MAX 64   /* keys in a table */
#define FIELDS_VALUE_BYTES 60 /* of a value, in messages */
#define FIELDS_WORD_BYTES 64  /* longer words are near nothing */

bool fields_is_comment(const char *key)
{
	return key[0] == '/' && key[1] == '/';
}

/* ret holds what snprintf made of it: end it with a whole character. */
static void path_cut(char *ret, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size && size > 0)
		ret[utf8_trim(ret, size - 1)] = '\0';
}

void fields_path_key(char *ret, size_t size, const char *path, const char *key)
{
	const char *dot = path[0] != '\0' ? "." : "";
	const char *shown = key[0] != '\0' ? key : "\"\"";

	path_cut(ret, size, snprintf(ret, size, "%s%s%s", path, dot, shown));
}

void fields_path_index(char *ret, size_t size, const char *path, size_t index)
{
	path_cut(ret, size, snprintf(ret, size, "%s[%zu]", path, index));
}

struct value_text {
	char bytes[FIELDS_VALUE_BYTES + 1];
	size_t len;
	bool cut;
};

/* For json_dump_callback(): a value of megabytes is not written out. */
static int value_text_add(const char *bytes, size_t len, void *arg)
{
	struct value_text *text = arg;
	size_t take = MIN(len, FIELDS_VALUE_BYTES - text->len);

	memcpy(text->bytes + text->len, bytes, take);
	text->len += take;
	text->cut = take < len;
	return text->cut ? -1 : 0;
}

void fields_want(struct problems *p, const char *path, const json_t *value, const char *want)
{
	struct value_text text = { .len = 0 };

	json_dump_callback(value, value_text_add, &text,
			   JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	text.len = text.cut ? utf8_trim(text.bytes, text.len) : text.len;
	text.bytes[text.len] = '\0';
	problems_error(p, path, "want %s, got %s%s", want, text.bytes, text.cut ? "…" : "");
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein distance (optimal string alignment): insert, delete,
 * replace a letter or swap two neighbours. Both at most FIELDS_WORD_BYTES. */
static size_t word_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][FIELDS_WORD_BYTES + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replaced = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			row[j] = MIN(replaced, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

const char *fields_nearest(const char *text, const char *const *choices)
{
	size_t len = strnlen(text, FIELDS_WORD_BYTES + 1), best = len / 3;
	const char *nearest = NULL;

	if (len > FIELDS_WORD_BYTES)
		return NULL;
	for (; *choices != NULL; choices++) {
		size_t choice_len = strnlen(*choices, FIELDS_WORD_BYTES + 1), distance;

		if (choice_len > FIELDS_WORD_BYTES)
			continue;
		distance = word_distance(text, len, *choices, choice_len);
		if (distance < best || (distance == best && nearest == NULL)) {
			best = distance;
			nearest = *choices;
		}
	}
	return nearest;
}

static const struct field *fields_find(const struct field *table, const char *key)
{
	for (; table->type != FIELD_END; table++)
		if (strcmp(table->key, key) == 0)
			return table;
	return NULL;
}

static const char *fields_nearest_key(const struct field *table, const char *key)
{
	const char *keys[FIELDS_TABLE_MAX + 1];
	size_t n = 0;

	for (; table->type != FIELD_END; table++) {
		assert(n < FIELDS_TABLE_MAX);
		keys[n++] = table->key;
	}
	keys[n] = NULL;
	return fields_nearest(key, keys);
}

static void fields_unknown(const struct field *table, const char *key, const char *path,
			   struct problems *p)
{
	const char *nearest = fields_nearest_key(table, key);
	AUTO_BUF struct buf known = BUF_INIT(1024);

	if (nearest != NULL) {
		problems_error(p, path, "unknown key, did you mean \"%s\"?", nearest);
		return;
	}
	for (; table->type != FIELD_END; table++)
		buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", table->key);
	problems_error(p, path, "unknown key, want one of %s", buf_text(&known));
}

static void parse_int(const struct field *field, const json_t *value, const char *path, int *ret,
		      struct problems *p)
{
	json_int_t number = json_integer_value(value);
	char want[64];

	if (json_is_integer(value) && number >= field->min && number <= field->max) {
		*ret = (int)number;
		return;
	}
	snprintf(want, sizeof(want), "a whole number within %d..%d", field->min, field->max);
	fields_want(p, path, value, want);
}

static void parse_string(const json_t *value, const char *path, char **ret, struct problems *p)
{
	char *copy;

	if (!json_is_string(value)) {
		fields_want(p, path, value, "a string");
		return;
	}
	copy = strdup(json_string_value(value));
	if (copy == NULL) {
		problems_error(p, path, "out of memory");
		return;
	}
	free(*ret);
	*ret = copy;
}

static void parse_choice(const struct field *field, const json_t *value, const char *path, int *ret,
			 struct problems *p)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	AUTO_BUF struct buf want = BUF_INIT(1024);

	for (int i = 0; field->choices[i] != NULL; i++) {
		if (strcmp(field->choices[i], text) == 0) {
			*ret = i;
			return;
		}
		buf_addf(&want, "%s\"%s\"", i > 0 ? " or " : "", field->choices[i]);
	}
	fields_want(p, path, value, buf_text(&want));
}

static void parse_value(const struct field *field, const json_t *value, const char *path, void *dst,
			struct problems *p)
{
	void *member = (char *)dst + field->offset;

	switch (field->type) {
	case FIELD_BOOL:
		if (json_is_boolean(value))
			*(bool *)member = json_is_true(value);
		else
			fields_want(p, path, value, "true or false");
		break;
	case FIELD_INT:
		parse_int(field, value, path, member, p);
		break;
	case FIELD_STRING:
		parse_string(value, path, member, p);
		break;
	case FIELD_CHOICE:
		parse_choice(field, value, path, member, p);
		break;
	case FIELD_PARSE:
		field->parse(value, path, member, p);
		break;
	case FIELD_END:
		break;
	}
}

/* Whether an unknown key of object has been reported as a misspelt key. */
static bool fields_misspelt(const json_t *object, const struct field *table, const char *key)
{
	void *iter = json_object_iter((json_t *)object);

	for (; iter != NULL; iter = json_object_iter_next((json_t *)object, iter)) {
		const char *other = json_object_iter_key(iter), *nearest;

		if (fields_is_comment(other) || fields_find(table, other) != NULL)
			continue;
		nearest = fields_nearest_key(table, other);
		if (nearest != NULL && strcmp(nearest, key) == 0)
			return true;
	}
	return false;
}

void fields_parse(const json_t *object, const char *path, const struct field *table, void *dst,
		  struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	const char *key;
	json_t *value;

	if (!json_is_object(object)) {
		fields_want(p, path, object, "an object");
		return;
	}
	json_object_foreach((json_t *)object, key, value)
	{
		const struct field *field = fields_find(table, key);

		if (fields_is_comment(key))
			continue;
		fields_path_key(at, sizeof(at), path, key);
		if (field == NULL)
			fields_unknown(table, key, at, p);
		else if (!problems_has(p, at))
			parse_value(field, value, at, dst, p);
	}
	for (const struct field *field = table; field->type != FIELD_END; field++) {
		if (!field->required || json_object_get(object, field->key) != NULL ||
		    fields_misspelt(object, table, field->key))
			continue;
		fields_path_key(at, sizeof(at), path, field->key);
		problems_error(p, at, "is missing");
	}
}
