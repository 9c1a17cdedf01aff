/* expand.c - see expand.h. */
#include "launcher/expand.h"

#include "common/buf.h"
#include "common/fields.h"

#include <string.h>

#define NAME_BYTES_MAX 128

struct expander {
	struct problems *p;
	size_t left; /* bytes that may still be written */
};

struct reference {                   /* into the string */
	const char *name, *fallback; /* fallback: behind ":-", or NULL */
	size_t name_len, fallback_len;
	const char *end; /* behind the "}" */
};

/* text begins behind "${". */
static bool reference_parse(const char *text, struct reference *ret)
{
	static const char letters[] =
		"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *end;

	*ret = (struct reference) { .name = text, .name_len = strspn(text, letters) };
	if (ret->name_len == 0 || ret->name_len > NAME_BYTES_MAX || (*text >= '0' && *text <= '9'))
		return false;
	text += ret->name_len;
	if (text[0] == ':' && text[1] == '-') {
		ret->fallback = text + 2;
		ret->fallback_len = strcspn(ret->fallback, "{}");
		text = ret->fallback + ret->fallback_len;
	}
	end = text;
	ret->end = end + 1;
	return *end == '}';
}

static bool reference_expand(struct expander *x, const struct reference *r, const char *path,
			     struct buf *ret)
{
	char name[NAME_BYTES_MAX + 1];
	const char *value;

	memcpy(name, r->name, r->name_len);
	name[r->name_len] = '\0';
	value = getenv(name);
	if (r->fallback != NULL && (value == NULL || value[0] == '\0')) {
		buf_add(ret, r->fallback, r->fallback_len);
		return true;
	}
	if (value == NULL) {
		problems_error(x->p, path,
			       "${%s} is not set in the environment; a default would be "
			       "${%s:-DEFAULT}",
			       name, name);
		return false;
	}
	buf_adds(ret, value);
	return true;
}

/* text with all that it refers to; false when a problem was reported. */
static bool expand_text(struct expander *x, const char *text, const char *path, struct buf *ret)
{
	struct reference r;
	const char *start;

	while ((start = strstr(text, "${")) != NULL) {
		if (start > text && start[-1] == '$') {
			buf_add(ret, text, (size_t)(start - 1 - text));
			buf_adds(ret, "${");
			text = start + 2;
			continue;
		}
		buf_add(ret, text, (size_t)(start - text));
		if (!reference_parse(start + 2, &r)) {
			problems_error(x->p, path,
				       "want ${NAME} or ${NAME:-DEFAULT}, got \"%.60s\"", start);
			return false;
		}
		if (!reference_expand(x, &r, path, ret))
			return false;
		text = r.end;
	}
	buf_adds(ret, text);
	return true;
}

static void expand_string(struct expander *x, json_t *string, const char *path)
{
	const char *text = json_string_value(string);
	AUTO_BUF struct buf b = BUF_INIT(x->left);

	if (strstr(text, "${") == NULL || !expand_text(x, text, path, &b))
		return;
	if (b.failed) {
		problems_error(x->p, path, "more than %u bytes once expanded", EXPAND_BYTES_MAX);
		return;
	}
	x->left -= b.len;
	if (json_string_setn(string, buf_text(&b), b.len) < 0)
		problems_error(x->p, path, "what it expands to is not UTF-8");
}

static void expand_value(struct expander *x, json_t *value, const char *path, int depth);

static void expand_object(struct expander *x, json_t *object, const char *path, int depth)
{
	char at[FIELDS_PATH_BYTES];
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (fields_is_comment(key))
			continue;
		fields_path_key(at, sizeof(at), path, key);
		expand_value(x, value, at, depth);
	}
}

static void expand_list(struct expander *x, json_t *list, const char *path, int depth)
{
	char at[FIELDS_PATH_BYTES];
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		fields_path_index(at, sizeof(at), path, i);
		expand_value(x, value, at, depth);
	}
}

static void expand_value(struct expander *x, json_t *value, const char *path, int depth)
{
	if (json_is_string(value))
		expand_string(x, value, path);
	else if (!json_is_object(value) && !json_is_array(value))
		return;
	else if (depth == EXPAND_DEPTH_MAX)
		problems_error(x->p, path, "nested deeper than %d levels", EXPAND_DEPTH_MAX);
	else if (json_is_object(value))
		expand_object(x, value, path, depth + 1);
	else
		expand_list(x, value, path, depth + 1);
}

void expand_strings(json_t *document, struct problems *p)
{
	struct expander x = { .p = p, .left = EXPAND_BYTES_MAX };

	expand_value(&x, document, "", 0);
}
