/* report_shape.c - see report_shape.h. */
#include "load/report_shape.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/histogram.h"
#include "common/utf8.h"
#include "load/report.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define PATH_BYTES 400 /* of an error's text */

static void add_path(struct buf *path, const struct shape_at *at)
{
	if (at->up == NULL)
		return;
	add_path(path, at->up);
	if (at->key == NULL) {
		buf_addf(path, "[%zu]", at->index);
		return;
	}
	buf_adds(path, at->up->up != NULL ? "." : "");
	utf8_escape(path, at->key);
}

int shape_want(const struct shape_at *at, const char *want, struct error *e)
{
	AUTO_BUF struct buf path = BUF_INIT(PATH_BYTES);

	add_path(&path, at);
	return error_set(e, EINVAL, "%s%s%s", buf_text(&path), path.len > 0 ? ": " : "", want);
}

static int check_count(const struct shape *shape, const json_t *value, const struct shape_at *at,
		       struct error *e)
{
	uint64_t most = shape->most > 0 ? shape->most : REPORT_COUNT_MAX;
	json_int_t n = json_integer_value(value);
	char want[64];

	if (json_is_integer(value) && n >= 0 && (uint64_t)n <= most)
		return 0;
	snprintf(want, sizeof(want), "want a whole number, 0 to %" PRIu64, most);
	return shape_want(at, want, e);
}

static int check_number(const json_t *value, const struct shape_at *at, struct error *e)
{
	double x = json_number_value(value);

	if (json_is_number(value) && x >= 0 && x <= REPORT_NUMBER_MAX)
		return 0;
	return shape_want(at, "want a number, 0 to 1e18", e);
}

static int check_text(const json_t *value, const struct shape_at *at, struct error *e)
{
	if (!json_is_string(value))
		return shape_want(at, "want a string", e);
	if (json_string_length(value) > REPORT_TEXT_MAX)
		return shape_want(at, "want a shorter string", e);
	return 0;
}

static int check_choice(const struct shape *shape, const json_t *value, const struct shape_at *at,
			struct error *e)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	AUTO_BUF struct buf want = BUF_INIT(PATH_BYTES);

	buf_adds(&want, "want");
	for (size_t i = 0; shape->choices[i] != NULL; i++) {
		if (strcmp(shape->choices[i], text) == 0)
			return 0;
		buf_addf(&want, "%s \"%s\"", i > 0 ? " or" : "", shape->choices[i]);
	}
	return shape_want(at, buf_text(&want), e);
}

static int check_list(const struct shape *shape, const json_t *value, const struct shape_at *at,
		      struct error *e)
{
	struct shape_at item = { .up = at };
	char want[64];

	if (!json_is_array(value) || json_array_size(value) > shape->most) {
		snprintf(want, sizeof(want), "want an array of at most %" PRIu64, shape->most);
		return shape_want(at, want, e);
	}
	for (; item.index < json_array_size(value); item.index++) {
		int result = shape_check(shape->of, json_array_get(value, item.index), &item, e);

		if (result < 0)
			return result;
	}
	return 0;
}

static bool is_known(const struct shape *keys, const char *key)
{
	while (keys->key != NULL && strcmp(keys->key, key) != 0)
		keys++;
	return keys->key != NULL;
}

static int check_object(const struct shape *keys, const json_t *value, const struct shape_at *at,
			struct error *e)
{
	struct shape_at member = { .up = at };
	json_t *unused;

	if (!json_is_object(value))
		return shape_want(at, "want an object", e);
	json_object_foreach((json_t *)value, member.key, unused)
	{
		if (!is_known(keys, member.key))
			return shape_want(&member, "unknown key", e);
	}
	for (const struct shape *key = keys; key->key != NULL; key++) {
		const json_t *found = json_object_get(value, key->key);
		int result;

		member.key = key->key;
		if (found == NULL && key->optional)
			continue;
		if (found == NULL)
			return shape_want(&member, "is missing", e);
		result = shape_check(key, found, &member, e);
		if (result < 0)
			return result;
	}
	return 0;
}

static int count_values(const struct shape_at *at, uint64_t count, struct error *e)
{
	const struct shape_at *document = at;

	while (document->up != NULL)
		document = document->up;
	assert(document->values != NULL);
	*document->values += count; /* at most HISTOGRAM_COUNT_MAX beyond the most */
	if (*document->values <= REPORT_COUNT_MAX)
		return 0;
	return shape_want(at, "want fewer values in all histograms together: 2^53 at most", e);
}

static int check_histogram(const json_t *value, const struct shape_at *at, struct error *e)
{
	static const struct shape keys[] = {
		{ .key = "min", .type = SHAPE_ANY },
		{ .key = "max", .type = SHAPE_ANY },
		{ .key = "sum", .type = SHAPE_ANY },
		{ .key = "lost", .type = SHAPE_ANY, .optional = true },
		{ .key = "buckets", .type = SHAPE_ANY },
		{ .key = NULL },
	};
	struct histogram h = { 0 };
	struct error cause = { 0 };
	uint64_t count;
	int result = check_object(keys, value, at, e);

	if (result < 0)
		return result;
	result = histogram_from_json(&h, value, &cause);
	count = h.count;
	histogram_release(&h);
	if (result == -ENOMEM)
		return error_set(e, ENOMEM, "%s", cause.text);
	return result < 0 ? shape_want(at, cause.text, e) : count_values(at, count, e);
}

int shape_check(const struct shape *shape, const json_t *value, const struct shape_at *at,
		struct error *e)
{
	if (shape->or_null && json_is_null(value))
		return 0;
	switch (shape->type) {
	case SHAPE_OBJECT:
		return check_object(shape->of, value, at, e);
	case SHAPE_LIST:
		return check_list(shape, value, at, e);
	case SHAPE_COUNT:
		return check_count(shape, value, at, e);
	case SHAPE_NUMBER:
		return check_number(value, at, e);
	case SHAPE_TEXT:
		return check_text(value, at, e);
	case SHAPE_BOOL:
		return json_is_boolean(value) ? 0 : shape_want(at, "want true or false", e);
	case SHAPE_CHOICE:
		return check_choice(shape, value, at, e);
	case SHAPE_ANY:
		return 0;
	case SHAPE_HISTOGRAM:
		return check_histogram(value, at, e);
	}
	return 0;
}
