/* test_fields.c - common/fields.h */
#include "common/fields.h"

#include "common/buf.h"
#include "tests/unit/suites.h"

#include <string.h>

struct sample {
	bool on;
	int count;
	char *name;
	int method;
	int seen; /* calls of parse_seen */
};

static void parse_seen(const json_t *value, const char *path, void *ret, struct problems *p)
{
	if (json_is_null(value))
		problems_error(p, path, "null");
	else
		*(int *)ret += 1;
}

static const char *const methods[] = { "fork", "spawn", NULL };
static const struct field table[] = {
	{ .key = "on", .type = FIELD_BOOL, .offset = offsetof(struct sample, on) },
	{ .key = "count",
	  .type = FIELD_INT,
	  .offset = offsetof(struct sample, count),
	  .min = 1,
	  .max = 9,
	  .required = true },
	{ .key = "name", .type = FIELD_STRING, .offset = offsetof(struct sample, name) },
	{ .key = "METHOD",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct sample, method),
	  .choices = methods },
	{ .key = "seen",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct sample, seen),
	  .parse = parse_seen },
	{ .type = FIELD_END },
};

/* What is wrong with text, one line each. */
static char *parse(const char *text, const char *path, struct sample *dst)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	struct problems p = { 0 };
	struct buf b = BUF_INIT(1 << 16);

	ck_assert_ptr_nonnull(value);
	fields_parse(value, path, table, dst, &p);
	problems_format(&p, NULL, &b);
	problems_release(&p);
	json_decref(value);
	return buf_take(&b);
}

START_TEST(fills_the_struct)
{
	struct sample s = { .name = strdup("old") };
	AUTO_FREE char *problems =
		parse("{\"//on\": 7, \"on\": true, \"count\": 9, \"name\": \"n\","
		      " \"METHOD\": \"spawn\", \"seen\": [1], \"//\": {}}",
		      "", &s);

	ck_assert_str_eq(problems, "");
	ck_assert(s.on);
	ck_assert_int_eq(s.count, 9);
	ck_assert_str_eq(s.name, "n");
	ck_assert_int_eq(s.method, 1);
	ck_assert_int_eq(s.seen, 1);
	free(s.name);
}
END_TEST

START_TEST(keeps_the_defaults_of_what_is_not_there)
{
	struct sample s = { .on = true, .method = 1 };
	AUTO_FREE char *problems = parse("{\"count\": 1}", "", &s);

	ck_assert_str_eq(problems, "");
	ck_assert(s.on);
	ck_assert_int_eq(s.method, 1);
	ck_assert_ptr_null(s.name);
}
END_TEST

static const struct {
	const char *text, *path, *want;
} bad[] = {
	{ "7", "status", "status: want an object, got 7\n" },
	{ "[]", "", "want an object, got []\n" },
	{ "{}", "a.b", "a.b.count: is missing\n" },
	{ "{\"on\": 1, \"count\": 1}", "", "on: want true or false, got 1\n" },
	{ "{\"count\": 0}", "", "count: want a whole number within 1..9, got 0\n" },
	{ "{\"count\": 10}", "", "count: want a whole number within 1..9, got 10\n" },
	{ "{\"count\": 2.0}", "", "count: want a whole number within 1..9, got 2.0\n" },
	{ "{\"count\": \"2\"}", "", "count: want a whole number within 1..9, got \"2\"\n" },
	{ "{\"count\": 4294967297}", "",
	  "count: want a whole number within 1..9, got 4294967297\n" },
	{ "{\"count\": -9223372036854775808}", "",
	  "count: want a whole number within 1..9, got -9223372036854775808\n" },
	{ "{\"count\": 1, \"name\": null}", "", "name: want a string, got null\n" },
	{ "{\"count\": 1, \"METHOD\": \"frok\"}", "",
	  "METHOD: want \"fork\" or \"spawn\", got \"frok\"\n" },
	{ "{\"count\": 1, \"METHOD\": 0}", "", "METHOD: want \"fork\" or \"spawn\", got 0\n" },
	{ "{\"count\": 1, \"seen\": null}", "x", "x.seen: null\n" },
	{ "{\"count\": 1, \"nmae\": 2}", "", "nmae: unknown key, did you mean \"name\"?\n" },
	{ "{\"count\": 1, \"method\": 2}", "", "method: unknown key, did you mean \"METHOD\"?\n" },
	{ "{\"count\": 1, \"wholly\": 2}", "",
	  "wholly: unknown key, want one of on, count, name, METHOD, seen\n" },
	{ "{\"count\": 1, \"\": 2}", "a",
	  "a.\"\": unknown key, want one of on, count, name, METHOD, seen\n" },
	/* A misspelt required key is one mistake, not two. */
	{ "{\"cuont\": 1}", "", "cuont: unknown key, did you mean \"count\"?\n" },
	{ "{\"on\": 1, \"count\": 0}", "",
	  "on: want true or false, got 1\ncount: want a whole number within 1..9, got 0\n" },
};

START_TEST(reports_all_and_stores_nothing)
{
	struct sample s = { .count = 77, .method = 77, .seen = 77 };
	AUTO_FREE char *problems = parse(bad[_i].text, bad[_i].path, &s);

	ck_assert_str_eq(problems, bad[_i].want);
	ck_assert_ptr_null(s.name);
	ck_assert_int_eq(s.method, 77);
	ck_assert_int_eq(s.seen, 77);
	ck_assert(!s.on);
}
END_TEST

START_TEST(a_value_with_a_problem_is_not_looked_at_again)
{
	struct sample s = { 0 };
	struct problems p = { 0 };
	json_t *value = json_pack("{s:s, s:i}", "count", "x", "on", 1);

	problems_error(&p, "a.count", "undefined");
	fields_parse(value, "a", table, &s, &p);
	ck_assert_uint_eq(p.errors, 2);
	ck_assert_str_eq(p.list[1].path, "a.on");
	ck_assert(problems_has(&p, "a.count"));
	ck_assert(!problems_has(&p, "a"));
	problems_release(&p);
	json_decref(value);
}
END_TEST

START_TEST(cuts_long_values_and_paths_at_a_character)
{
	char path[12];
	struct problems p = { 0 };
	json_t *value = json_array();

	for (int i = 0; i < 100000; i++)
		json_array_append_new(value, json_string("é"));
	fields_want(&p, "x", value, "less");
	ck_assert_str_eq(
		p.list[0].text,
		"want less, got [\"é\",\"é\",\"é\",\"é\",\"é\",\"é\",\"é\",\"é\",\"é\",\"é\","
		"\"é\",\"é\"…");
	problems_release(&p);
	json_decref(value);

	fields_path_key(path, sizeof(path), "groups", "blüe");
	ck_assert_str_eq(path, "groups.blü");
	fields_path_key(path, sizeof(path), "groups", "gréé");
	ck_assert_str_eq(path, "groups.gré");
	fields_path_key(path, sizeof(path), "", "ip");
	ck_assert_str_eq(path, "ip");
	fields_path_index(path, sizeof(path), "hosts", 12);
	ck_assert_str_eq(path, "hosts[12]");
}
END_TEST

START_TEST(suggests_only_what_is_near)
{
	static const char *const words[] = { "ports", "ip", "START_SEQUENCE_NUM", NULL };
	static const char *const long_words[] = {
		"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", NULL
	};
	char endless[1000];

	memset(endless, 'p', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	ck_assert_str_eq(fields_nearest("port", words), "ports");
	ck_assert_str_eq(fields_nearest("prots", words), "ports");
	ck_assert_str_eq(fields_nearest("PORTS", words), "ports");
	ck_assert_str_eq(fields_nearest("IP", words), "ip");
	ck_assert_str_eq(fields_nearest("START_SEQUENCE", words), "START_SEQUENCE_NUM");
	ck_assert_ptr_null(fields_nearest("sport", words));
	ck_assert_ptr_null(fields_nearest("poxxs", words));
	ck_assert_ptr_null(fields_nearest("up", words));
	ck_assert_ptr_null(fields_nearest("", words));
	ck_assert_ptr_null(fields_nearest(endless, words));
	ck_assert_str_eq(fields_nearest(&endless[sizeof(endless) - 65], long_words), long_words[0]);
	ck_assert_ptr_null(fields_nearest(&endless[sizeof(endless) - 66], long_words));
}
END_TEST

Suite *fields_suite(void)
{
	Suite *s = suite_create("fields");
	TCase *t = tcase_create("fields");

	tcase_add_test(t, fills_the_struct);
	tcase_add_test(t, keeps_the_defaults_of_what_is_not_there);
	tcase_add_loop_test(t, reports_all_and_stores_nothing, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, a_value_with_a_problem_is_not_looked_at_again);
	tcase_add_test(t, cuts_long_values_and_paths_at_a_character);
	tcase_add_test(t, suggests_only_what_is_near);
	suite_add_tcase(s, t);
	return s;
}
