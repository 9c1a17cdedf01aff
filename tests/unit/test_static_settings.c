/* test_static_settings.c - servers/static_settings.h: what a config may say of files */
#include "servers/static_settings.h"

#include "common/buf.h"
#include "common/problems.h"
#include "servers/app.h"
#include "servers/root.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct dir_fixture dir;

static void setup(void)
{
	dir_fixture_init(&dir);
	dir_fixture_write(&dir, "site/index.html", "it");
	dir_fixture_write(&dir, "file", "none");
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

/* settings without kind and root, which are put in front. */
static void parse(const char *text, struct static_settings *ret, struct problems *p)
{
	AUTO_BUF struct buf whole = BUF_INIT(65536);
	json_t *settings;

	buf_addf(&whole, "{\"kind\": \"static\", \"root\": \"site\"%s%s}",
		 *text != '\0' ? ", " : "", text);
	settings = json_loads(buf_text(&whole), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(settings);
	static_settings_parse(settings, dir.path, "app", ret, p);
	json_decref(settings);
}

START_TEST(has_defaults)
{
	struct static_settings s;
	struct problems p = { 0 };
	AUTO_BUF struct buf root = BUF_INIT(4096);

	parse("", &s, &p);
	buf_addf(&root, "%s/site", dir.path);
	ck_assert_uint_eq(p.errors, 0);
	ck_assert_str_eq(s.root, buf_text(&root));
	ck_assert_str_eq(s.index[0], "index.html");
	ck_assert_ptr_null(s.index[1]);
	ck_assert_ptr_null(s.spa);
	ck_assert_str_eq(s.charset, "utf-8");
	ck_assert_str_eq(s.default_type, "application/octet-stream");
	ck_assert(!s.listing && !s.clean_urls && !s.dotfiles && s.precompressed);
	ck_assert_int_eq(s.symlinks, ROOT_LINKS_BENEATH);
	ck_assert_int_eq(s.cache_bytes, 64 << 20);
	ck_assert_int_eq(s.cache_file_bytes, 8192);
	ck_assert_uint_eq(s.rule_count, 0);
	ck_assert_uint_eq(s.error_page_count, 0);
	static_settings_release(&s);
}
END_TEST

START_TEST(reads_all_that_can_be_said)
{
	struct static_settings s;
	struct problems p = { 0 };

	parse("\"index\": [\"a.html\", \"b.html\"], \"listing\": true, \"spa\": \"app.html\","
	      "\"clean_urls\": true, \"error_pages\": {\"404\": \"e/404.html\", \"//\": \"\"},"
	      "\"headers\": [{\"match\": \"*.css\", \"set\": {\"X-A\": \"1\", \"//\": 2}},"
	      "{\"match\": \"/*\", \"set\": {}}], \"mime\": {\"foo\": \"text/x-foo\"},"
	      "\"charset\": \"\", \"default_type\": \"text/plain\", \"dotfiles\": true,"
	      "\"symlinks\": \"none\", \"precompressed\": false, \"cache_bytes\": 0,"
	      "\"cache_file_bytes\": 1048576, \"//\": \"a comment\"",
	      &s, &p);
	ck_assert_uint_eq(p.errors, 0);
	ck_assert_str_eq(s.index[1], "b.html");
	ck_assert_str_eq(s.spa, "app.html");
	ck_assert(s.listing && s.clean_urls && s.dotfiles && !s.precompressed);
	ck_assert_uint_eq(s.error_page_count, 1);
	ck_assert_uint_eq(s.error_pages[0].status, 404);
	ck_assert_str_eq(s.error_pages[0].path, "e/404.html");
	ck_assert_uint_eq(s.rule_count, 2);
	ck_assert_str_eq(s.rules[0].match, "*.css");
	ck_assert_str_eq(json_string_value(json_object_get(s.rules[0].set, "X-A")), "1");
	ck_assert_str_eq(json_string_value(json_object_get(s.mime, "foo")), "text/x-foo");
	ck_assert_str_eq(s.charset, "");
	ck_assert_str_eq(s.default_type, "text/plain");
	ck_assert_int_eq(s.symlinks, ROOT_LINKS_NONE);
	ck_assert_int_eq(s.cache_bytes, 0);
	ck_assert_int_eq(s.cache_file_bytes, 1 << 20);
	static_settings_release(&s);
}
END_TEST

START_TEST(no_page_for_all_is_null)
{
	struct static_settings s;
	struct problems p = { 0 };

	parse("\"spa\": null, \"index\": []", &s, &p);
	ck_assert_uint_eq(p.errors, 0);
	ck_assert_ptr_null(s.spa);
	ck_assert_ptr_null(s.index[0]);
	static_settings_release(&s);
}
END_TEST

static const struct {
	const char *settings, *problems;
} wrong[] = {
	{ "\"index\": \"index.html\"",
	  "app.index: want a list of at most 16 file names, got \"index.html\"\n" },
	{ "\"index\": [\"a/b.html\", 7, \"..\", \"\"]",
	  "app.index[0]: want a file name without a '/', got \"a/b.html\"\n"
	  "app.index[1]: want a file's path beneath the root, such as \"404.html\", got 7\n"
	  "app.index[2]: want a file's path beneath the root, such as \"404.html\", got \"..\"\n"
	  "app.index[3]: want a file's path beneath the root, such as \"404.html\", got \"\"\n" },
	{ "\"spa\": true",
	  "app.spa: want a file's path beneath the root, such as \"404.html\", got true\n" },
	{ "\"spa\": \"../x.html\"", "app.spa: want a file's path beneath the root, such as "
				    "\"404.html\", got \"../x.html\"\n" },
	{ "\"spa\": \"/x.html\"",
	  "app.spa: want a file's path beneath the root, such as \"404.html\", got \"/x.html\"\n" },
	{ "\"spa\": \"a/\"",
	  "app.spa: want a file's path beneath the root, such as \"404.html\", got \"a/\"\n" },
	{ "\"error_pages\": [\"404.html\"]",
	  "app.error_pages: want an object such as {\"404\": \"404.html\"}, got "
	  "[\"404.html\"]\n" },
	{ "\"error_pages\": {\"200\": \"x.html\", \"404\": 1}",
	  "app.error_pages.200: want one of 400, 403, 404, 405, 412, 416, 500, 503 as the status\n"
	  "app.error_pages.404: want a file's path beneath the root, such as \"404.html\", got "
	  "1\n" },
	{ "\"headers\": {}",
	  "app.headers: want a list of at most 64 objects with \"match\" and \"set\", got {}\n" },
	{ "\"headers\": [{\"match\": \"/*\"}, {\"set\": {}}, 7, {\"match\": \"/\", \"sett\": {}}]",
	  "app.headers[0].set: is missing\n"
	  "app.headers[1].match: is missing\n"
	  "app.headers[2]: want an object, got 7\n"
	  "app.headers[3].sett: unknown key, did you mean \"set\"?\n" },
	{ "\"headers\": [{\"match\": \"index.html\", \"set\": {}}]",
	  "app.headers[0].match: want a pattern for paths, such as \"/assets/*\" or \"*.css\", "
	  "got \"index.html\"\n" },
	{ "\"headers\": [{\"match\": \"*\", \"set\": {\"a b\": \"x\", \"\": \"x\", "
	  "\"Content-Length\": \"1\", \"connection\": \"close\", \"ETag\": \"x\"}}]",
	  "app.headers[0].set.a b: is no header that can be set here\n"
	  "app.headers[0].set.\"\": is no header that can be set here\n"
	  "app.headers[0].set.Content-Length: is no header that can be set here\n"
	  "app.headers[0].set.connection: is no header that can be set here\n"
	  "app.headers[0].set.ETag: is no header that can be set here\n" },
	{ "\"headers\": [{\"match\": \"*\", \"set\": {\"X-A\": \"a\\r\\nX-B: b\", \"X-C\": 1, "
	  "\"X-D\": \"\", \"X-E\": \" x\", \"X-F\": \"x \"}}]",
	  "app.headers[0].set.X-A: want a header's value: text without control characters, got "
	  "\"a\\r\\nX-B: b\"\n"
	  "app.headers[0].set.X-C: want a header's value: text without control characters, got 1\n"
	  "app.headers[0].set.X-D: want a header's value: text without control characters, got "
	  "\"\"\n"
	  "app.headers[0].set.X-E: want a header's value: text without control characters, got "
	  "\" x\"\n"
	  "app.headers[0].set.X-F: want a header's value: text without control characters, got "
	  "\"x \"\n" },
	{ "\"mime\": {\".foo\": \"text/plain\", \"a/b\": \"text/plain\", \"bar\": \"plain\", "
	  "\"baz\": \"text/plain\\r\\n\"}",
	  "app.mime..foo: want the extension without its dot\n"
	  "app.mime.a/b: want the extension without its dot\n"
	  "app.mime.bar: want a media type such as \"text/plain\", got \"plain\"\n"
	  "app.mime.baz: want a media type such as \"text/plain\", got "
	  "\"text/plain\\r\\n\"\n" },
	{ "\"mime\": 7", "app.mime: want an object such as {\"foo\": \"text/x-foo\"}, got 7\n" },
	{ "\"charset\": \"utf-8; x\"",
	  "app.charset: want the name of a character set, or \"\" for none, got \"utf-8; x\"\n" },
	{ "\"default_type\": \"text\"",
	  "app.default_type: want a media type such as \"text/plain\", got \"text\"\n" },
	{ "\"symlinks\": true", "app.symlinks: want \"beneath\" or \"none\", got true\n" },
	{ "\"listing\": 1, \"dotfiles\": \"no\"",
	  "app.listing: want true or false, got 1\n"
	  "app.dotfiles: want true or false, got \"no\"\n" },
	{ "\"cache_bytes\": -1, \"cache_file_bytes\": 1048577",
	  "app.cache_bytes: want a whole number within 0..1073741824, got -1\n"
	  "app.cache_file_bytes: want a whole number within 0..1048576, got 1048577\n" },
	{ "\"precompresed\": false", "app.precompresed: unknown key, did you mean "
				     "\"precompressed\"?\n" },
};

START_TEST(tells_all_that_is_wrong)
{
	AUTO_BUF struct buf text = BUF_INIT(65536);
	struct static_settings s;
	struct problems p = { 0 };

	parse(wrong[_i].settings, &s, &p);
	problems_format(&p, NULL, &text);
	ck_assert_str_eq(buf_text(&text), wrong[_i].problems);
	problems_release(&p);
	static_settings_release(&s);
}
END_TEST

/* Of one name the longest counts. */
START_TEST(headers_fit_into_a_reply)
{
	static const struct {
		const char *names[4];
		unsigned errors;
	} sets[] = {
		{ { "A", "B", "A", "//" }, 0 },
		{ { "A", "B", "C", "//" }, 1 },
	};
	AUTO_BUF struct buf text = BUF_INIT(65536);
	struct static_settings s;
	struct problems p = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(sets[_i].names); i++)
		buf_addf(&text, "%s{\"match\": \"*\", \"set\": {\"%s\": \"%02000d\"}}",
			 i == 0 ? "\"headers\": [" : ", ", sets[_i].names[i], 0);
	buf_adds(&text, "]");
	parse(buf_text(&text), &s, &p);
	ck_assert_uint_eq(p.errors, sets[_i].errors);
	if (p.errors > 0)
		ck_assert_str_eq(p.list[0].path, "app.headers");
	problems_release(&p);
	static_settings_release(&s);
}
END_TEST

static const struct {
	const char *root, *problem;
} roots[] = {
	{ "\"none\"", "app.root: BASE/none: No such file or directory\n" },
	{ "\"file\"", "app.root: BASE/file: want a directory\n" },
	{ "7", "app.root: want a string, got 7\n" },
	{ "\"/dev/null\"", "app.root: /dev/null: want a directory\n" },
	{ "\"\"", "app.root: want a directory, got \"\"\n" },
};

/* BASE stands for the folder. */
static void fill_in(struct buf *ret, const char *text)
{
	const char *base = strstr(text, "BASE");

	if (base == NULL) {
		buf_adds(ret, text);
		return;
	}
	buf_add(ret, text, (size_t)(base - text));
	buf_addf(ret, "%s%s", dir.path, base + 4);
}

START_TEST(root_is_a_directory)
{
	AUTO_BUF struct buf text = BUF_INIT(4096), found = BUF_INIT(4096), want = BUF_INIT(4096);
	struct problems p = { 0 };
	json_t *settings;

	buf_addf(&text, "{\"kind\": \"static\", \"root\": %s}", roots[_i].root);
	settings = json_loads(buf_text(&text), 0, NULL);
	app_check(settings, dir.path, "app", &p); /* as eisen check does */
	problems_format(&p, NULL, &found);
	fill_in(&want, roots[_i].problem);
	ck_assert_str_eq(buf_text(&found), buf_text(&want));
	problems_release(&p);
	json_decref(settings);
}
END_TEST

START_TEST(root_must_be_there)
{
	json_auto_t *settings = json_pack("{s:s}", "kind", "static");
	struct problems p = { 0 };

	app_check(settings, dir.path, "app", &p);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert_str_eq(p.list[0].path, "app.root");
	ck_assert_str_eq(p.list[0].text, "is missing");
	problems_release(&p);
}
END_TEST

Suite *static_settings_suite(void)
{
	Suite *s = suite_create("static_settings");
	TCase *t = tcase_create("static_settings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, has_defaults);
	tcase_add_loop_test(t, headers_fit_into_a_reply, 0, 2);
	tcase_add_test(t, reads_all_that_can_be_said);
	tcase_add_test(t, no_page_for_all_is_null);
	tcase_add_loop_test(t, tells_all_that_is_wrong, 0, (int)ARRAY_SIZE(wrong));
	tcase_add_loop_test(t, root_is_a_directory, 0, (int)ARRAY_SIZE(roots));
	tcase_add_test(t, root_must_be_there);
	suite_add_tcase(s, t);
	return s;
}
