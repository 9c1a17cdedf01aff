/* keep.c - see keep.h. */
#include "tests/e2e/keep.h"

#include <check.h>
#include <stdarg.h>

struct kept {
	struct kept *next;
	void *memory;
	json_t *value;
};

static struct kept *all;

static void add(void *memory, json_t *value)
{
	struct kept *kept = malloc(sizeof(*kept));

	ck_assert_ptr_nonnull(kept);
	*kept = (struct kept) { .next = all, .memory = memory, .value = value };
	all = kept;
}

void *keep(void *memory)
{
	ck_assert_ptr_nonnull(memory);
	add(memory, NULL);
	return memory;
}

json_t *keep_json(json_t *value)
{
	ck_assert_ptr_nonnull(value);
	add(NULL, value);
	return value;
}

static char *vprint(const char *fmt, va_list args) ATTR_PRINTF(1, 0);
static char *vprint(const char *fmt, va_list args)
{
	char *text;

	ck_assert_int_ge(vasprintf(&text, fmt, args), 0);
	return keep(text);
}

char *keep_printf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = vprint(fmt, args);
	va_end(args);
	return text;
}

char *keep_config(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = vprint(fmt, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return text;
}

void keep_release(void)
{
	struct kept *kept;

	while ((kept = all) != NULL) {
		all = kept->next;
		free(kept->memory);
		json_decref(kept->value);
		free(kept);
	}
}
