/* schema_fixture.c - see schema_fixture.h. */
#include "tests/unit/schema_fixture.h"

#include "common/cc.h"

#include <check.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct place {
	const json_t *root, *schema, *value;
};

static bool takes(const json_t *root, const json_t *schema, const json_t *value);

static bool ref_takes(const struct place *p, const json_t *keyword)
{
	const char *ref = json_string_value(keyword);
	const json_t *schema;

	ck_assert_msg(strncmp(ref, "#/$defs/", 8) == 0, "%s", ref);
	schema = json_object_get(json_object_get(p->root, "$defs"), ref + 8);
	ck_assert_msg(schema != NULL, "no %s", ref);
	return takes(p->root, schema, p->value);
}

static bool type_takes(const struct place *p, const json_t *keyword)
{
	static const struct {
		const char *name;
		json_type type;
	} types[] = {
		{ "object", JSON_OBJECT }, { "array", JSON_ARRAY },     { "string", JSON_STRING },
		{ "null", JSON_NULL },     { "integer", JSON_INTEGER }, { "number", JSON_INTEGER },
		{ "number", JSON_REAL },
	};
	const char *name = json_string_value(keyword);

	if (strcmp(name, "boolean") == 0)
		return json_is_boolean(p->value);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].name, name) == 0 && types[i].type == json_typeof(p->value))
			return true;
	}
	return false;
}

static bool required_takes(const struct place *p, const json_t *keyword)
{
	size_t i;
	json_t *name;

	json_array_foreach(keyword, i, name)
	{
		if (json_is_object(p->value) &&
		    json_object_get(p->value, json_string_value(name)) == NULL)
			return false;
	}
	return true;
}

static bool properties_take(const struct place *p, const json_t *keyword)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)p->value, key, member)
	{
		const json_t *schema = json_object_get(keyword, key);

		if (schema != NULL && !takes(p->root, schema, member))
			return false;
	}
	return true;
}

static bool additional_take(const struct place *p, const json_t *keyword)
{
	const json_t *known = json_object_get(p->schema, "properties");
	const char *key;
	json_t *member;

	ck_assert(json_is_false(keyword));
	json_object_foreach((json_t *)p->value, key, member)
	{
		if (json_object_get(known, key) == NULL)
			return false;
	}
	return true;
}

static bool items_take(const struct place *p, const json_t *keyword)
{
	size_t i;
	json_t *item;

	json_array_foreach(p->value, i, item)
	{
		if (!takes(p->root, keyword, item))
			return false;
	}
	return true;
}

static bool limit_takes(const struct place *p, const json_t *keyword)
{
	size_t most = (size_t)json_integer_value(keyword);

	if (json_is_array(p->value))
		return json_array_size(p->value) <= most;
	return !json_is_string(p->value) || json_string_length(p->value) <= most;
}

static bool pattern_takes(const struct place *p, const json_t *keyword)
{
	regex_t regex;
	bool found;

	if (!json_is_string(p->value))
		return true;
	ck_assert_int_eq(regcomp(&regex, json_string_value(keyword), REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, json_string_value(p->value), 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool minimum_takes(const struct place *p, const json_t *keyword)
{
	return !json_is_number(p->value) ||
	       json_number_value(p->value) >= json_number_value(keyword);
}

static bool above_takes(const struct place *p, const json_t *keyword)
{
	return !json_is_number(p->value) ||
	       json_number_value(p->value) > json_number_value(keyword);
}

static bool maximum_takes(const struct place *p, const json_t *keyword)
{
	if (json_is_integer(p->value) && json_is_integer(keyword))
		return json_integer_value(p->value) <= json_integer_value(keyword);
	return !json_is_number(p->value) ||
	       json_number_value(p->value) <= json_number_value(keyword);
}

static bool const_takes(const struct place *p, const json_t *keyword)
{
	return json_equal(p->value, keyword);
}

static bool enum_takes(const struct place *p, const json_t *keyword)
{
	size_t i;
	json_t *item;

	json_array_foreach(keyword, i, item)
	{
		if (json_equal(p->value, item))
			return true;
	}
	return false;
}

static size_t count_takers(const struct place *p, const json_t *keyword)
{
	size_t i, n = 0;
	json_t *schema;

	json_array_foreach(keyword, i, schema) n += takes(p->root, schema, p->value);
	return n;
}

static bool any_takes(const struct place *p, const json_t *keyword)
{
	return count_takers(p, keyword) > 0;
}

static bool one_takes(const struct place *p, const json_t *keyword)
{
	return count_takers(p, keyword) == 1;
}

static bool is_remark(const struct place *p, const json_t *keyword)
{
	return p != NULL && keyword != NULL;
}

static const struct {
	const char *name;
	bool (*takes)(const struct place *p, const json_t *keyword);
} keywords[] = {
	{ "$ref", ref_takes },
	{ "type", type_takes },
	{ "required", required_takes },
	{ "properties", properties_take },
	{ "additionalProperties", additional_take },
	{ "items", items_take },
	{ "maxItems", limit_takes },
	{ "maxLength", limit_takes },
	{ "pattern", pattern_takes },
	{ "minimum", minimum_takes },
	{ "exclusiveMinimum", above_takes },
	{ "maximum", maximum_takes },
	{ "const", const_takes },
	{ "enum", enum_takes },
	{ "anyOf", any_takes },
	{ "oneOf", one_takes },
	{ "$schema", is_remark },
	{ "$defs", is_remark },
	{ "title", is_remark },
	{ "description", is_remark },
};

static bool takes(const json_t *root, const json_t *schema, const json_t *value)
{
	struct place p = { root, schema, value };
	const char *name;
	json_t *keyword;

	json_object_foreach((json_t *)schema, name, keyword)
	{
		size_t i = 0;

		while (i < ARRAY_SIZE(keywords) && strcmp(keywords[i].name, name) != 0)
			i++;
		if (i == ARRAY_SIZE(keywords))
			ck_abort_msg("unknown keyword %s", name);
		if (!keywords[i].takes(&p, keyword))
			return false;
	}
	return true;
}

json_t *schema_fixture_load(const char *name)
{
	const char *top = getenv("EISEN_SRCDIR");
	char path[4096];
	json_error_t e;
	json_t *schema;

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", name);
	schema = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(schema != NULL, "%s: %s", path, e.text);
	return schema;
}

bool schema_fixture_takes(const json_t *schema, const json_t *value)
{
	return takes(schema, schema, value);
}
