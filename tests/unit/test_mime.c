/* test_mime.c - servers/mime.h */
#include "servers/mime.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <pthread.h>
#include <string.h>

static const struct {
	const char *path, *want;
} extensions[] = {
	{ "a.txt", "txt" }, { "a.tar.gz", "gz" }, { "dir/a.txt", "txt" },
	{ "dir.d/a", "" },  { "dir.d/.a", "" },   { "dir.d/.a.b", "b" },
	{ ".profile", "" }, { "..x", "x" },       { "a.", "" },
	{ "a..", "" },      { "a", "" },          { "", "" },
	{ ".", "" },        { "/", "" },          { "a.txt/", "" },
};

START_TEST(the_extension_is_what_follows_the_last_dot_of_the_name)
{
	ck_assert_str_eq(mime_extension(extensions[_i].path), extensions[_i].want);
}
END_TEST

/* What browsers insist on, or what the system's table has otherwise, or not at all. */
static const struct {
	const char *path, *want;
} types[] = {
	{ "index.html", "text/html" },
	{ "INDEX.HTM", "text/html" },
	{ "a/b.css", "text/css" },
	{ "app.js", "text/javascript" },
	{ "app.mjs", "text/javascript" },
	{ "app.js.map", "application/json" },
	{ "data.json", "application/json" },
	{ "app.webmanifest", "application/manifest+json" },
	{ "lib.wasm", "application/wasm" },
	{ "a.woff2", "font/woff2" },
	{ "a.woff", "font/woff" },
	{ "a.avif", "image/avif" },
	{ "a.webp", "image/webp" },
	{ "a.svg", "image/svg+xml" },
	{ "a.Png", "image/png" },
	{ "a.jpg", "image/jpeg" },
	{ "favicon.ico", "image/x-icon" },
	{ "README.md", "text/markdown" },
	{ "notes.txt", "text/plain" },
	{ "a.mp4", "video/mp4" },
	{ "a.webm", "video/webm" },
	{ "a.mp3", "audio/mpeg" },
	{ "captions.vtt", "text/vtt" },
	{ "a.pdf", "application/pdf" },
	{ "a.7z", "application/x-7z-compressed" }, /* the table's first */
	{ "a.zst", "application/zstd" },           /* and its last */
	{ "a.tar.gz", "application/gzip" },
	{ "no-extension", NULL },
	{ "html", NULL },
	{ ".html", NULL },
	{ "a.html.", NULL },
	{ "a.html/b", NULL },
	{ "a.nobody-has-this", NULL },
	{ "a.htmlx", NULL },
	{ "a.\xff\xfe", NULL },
};

START_TEST(knows_the_types_of_the_web)
{
	const char *type = mime_find(types[_i].path);

	if (types[_i].want == NULL)
		ck_assert_ptr_null(type);
	else
		ck_assert_pstr_eq(type, types[_i].want);
}
END_TEST

/* Found by bsearch(3): every extension of a table that is out of order would be lost
 * at times. */
START_TEST(finds_every_extension_of_our_own)
{
	static const char *const all[] = {
		"7z",          "aac",     "apng", "atom",  "avif",  "bin",  "bmp",  "br",
		"bz2",         "cjs",     "css",  "csv",   "deb",   "docx", "eot",  "epub",
		"flac",        "geojson", "gif",  "glb",   "gltf",  "gz",   "heic", "htm",
		"html",        "ico",     "ics",  "iso",   "jpeg",  "jpg",  "js",   "json",
		"jsonl",       "jsonld",  "jxl",  "log",   "m3u8",  "m4a",  "m4v",  "map",
		"markdown",    "md",      "mid",  "mjs",   "mkv",   "mov",  "mp3",  "mp4",
		"mpd",         "mpeg",    "mpg",  "odp",   "ods",   "odt",  "oga",  "ogg",
		"ogv",         "opus",    "otf",  "pdf",   "png",   "pptx", "rss",  "rtf",
		"svg",         "tar",     "tif",  "tiff",  "tgz",   "toml", "ts",   "tsv",
		"ttc",         "ttf",     "txt",  "vtt",   "wasm",  "wav",  "weba", "webm",
		"webmanifest", "webp",    "woff", "woff2", "xhtml", "xlsx", "xml",  "xsd",
		"xsl",         "xslt",    "xz",   "yaml",  "yml",   "zip",  "zst",
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const char *type;

		snprintf(path, sizeof(path), "a.%s", all[i]);
		type = mime_find(path);
		ck_assert_msg(type != NULL && mime_valid(type), "%s", path);
	}
}
END_TEST

static const struct {
	const char *text;
	bool want;
} texts[] = {
	{ "text/html", true },
	{ "TEXT/HTML", true },
	{ "text/html; charset=latin1", true },
	{ "text/xml", true },
	{ "application/xml", true },
	{ "application/xml; q=1", true },
	{ "image/svg+xml", true },
	{ "application/atom+xml", true },
	{ "application/javascript", true },
	{ "application/json", false },
	{ "application/manifest+json", false },
	{ "application/octet-stream", false },
	{ "application/xml-dtd", false },
	{ "application/octet-stream; a=+xml", false },
	{ "application/vnd.xml", false },
	{ "image/png", false },
	{ "texture/html", false },
	{ "xml", false },
	{ "", false },
};

START_TEST(knows_what_has_a_charset)
{
	ck_assert_msg(mime_is_text(texts[_i].text) == texts[_i].want, "%s", texts[_i].text);
}
END_TEST

static const struct {
	const char *text;
	bool want;
} valid[] = {
	{ "text/html", true },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", true },
	{ "x!#$%&'*+-.^_`|~/9", true },
	{ "text/html;charset=utf-8", true },
	{ "text/html; charset=utf-8", true },
	{ "text/html ; charset=\"utf-8\" ; x=y", true },
	{ "multipart/mixed; boundary=\"a \\\" ;b\"", true },
	{ "text/plain; a=\"\"", true },
	{ "", false },
	{ "text", false },
	{ "/", false },
	{ "text/", false },
	{ "/html", false },
	{ " text/html", false },
	{ "text/html ", false },
	{ "text/ html", false },
	{ "text/html/x", false },
	{ "text/html,text/plain", false },
	{ "text/html text/plain", false },
	{ "text/html;", false },
	{ "text/html; ", false },
	{ "text/html; charset", false },
	{ "text/html; charset=", false },
	{ "text/html; =utf-8", false },
	{ "text/html; charset = utf-8", false },
	{ "text/html; charset=\"utf-8", false },
	{ "text/html; charset=\"utf-8\\", false },
	{ "text/html; charset=\"utf\x01\"", false },
	{ "text/html; charset=\"\xc3\xa9\"", false },
	{ "text/html\r\nX: y", false },
	{ "text/html; a=\"\r\nX: y\"", false },
	{ "text/html; a=\"\\\r\nX: y\"", false },
	{ "text/html\n", false },
	{ "text/h\xc3\xa9", false },
	{ "te\x7fxt/html", false },
	{ "*/*", true }, /* a token, if not a wise one */
};

START_TEST(knows_a_media_type_when_it_sees_one)
{
	ck_assert_msg(mime_valid(valid[_i].text) == valid[_i].want, "%s", valid[_i].text);
}
END_TEST

START_TEST(bounds_a_media_type)
{
	char text[MIME_TYPE_MAX + 2] = "text/";

	memset(text + 5, 'x', MIME_TYPE_MAX - 5);
	ck_assert(mime_valid(text));
	text[MIME_TYPE_MAX] = 'x';
	ck_assert(!mime_valid(text));
}
END_TEST

static const char system_text[] = "# a comment\n"
				  "\n"
				  "application/andrew-inset\t\t\tez\n"
				  "application/activemessage\n"
				  "text/x-one one ONCE  uno\r\n"
				  "text/x-two two one # not three\n"
				  "#text/x-three three\n"
				  "no type\n"
				  "text/ empty\n"
				  "text/x;q=1 parameter\n"
				  "text/x\x01 control\n"
				  "text/nul nul\0 behind\n"
				  "text/late late\n"
				  "text/last last";

static const struct {
	const char *extension, *want;
} entries[] = {
	{ "ez", "application/andrew-inset" },
	{ "one", "text/x-one" }, /* the first */
	{ "ONE", "text/x-one" },
	{ "once", "text/x-one" },
	{ "uno", "text/x-one" },
	{ "two", "text/x-two" },
	{ "not", NULL },
	{ "#", NULL },
	{ "three", NULL },
	{ "type", NULL },
	{ "empty", NULL },
	{ "parameter", NULL },
	{ "control", NULL },
	{ "nul", "text/nul" },
	{ "late", "text/late" },
	{ "last", "text/last" },
	{ "", NULL },
};

START_TEST(reads_a_table_and_passes_over_what_is_none)
{
	struct mime_table *table = mime_table_parse(system_text, sizeof(system_text) - 1);
	const char *type;

	ck_assert_ptr_nonnull(table);
	type = mime_table_find(table, entries[_i].extension);
	if (entries[_i].want == NULL)
		ck_assert_ptr_null(type);
	else
		ck_assert_pstr_eq(type, entries[_i].want);
	mime_table_free(table);
}
END_TEST

START_TEST(an_empty_table_knows_nothing)
{
	static const char *const empty[] = { "", "\n", "#", "\n\n \t\n", "text/plain", "txt" };
	struct mime_table *table = mime_table_parse(empty[_i], strlen(empty[_i]));

	ck_assert_ptr_nonnull(table);
	ck_assert_ptr_null(mime_table_find(table, "txt"));
	mime_table_free(table);
}
END_TEST

START_TEST(nothing_is_freed_as_nothing)
{
	mime_table_free(NULL);
}
END_TEST

/* Each in the table's text at another place, twice, the second time for another type. */
START_TEST(reads_a_large_table)
{
	AUTO_BUF struct buf text = BUF_INIT(1u << 20);
	struct mime_table *table;
	char extension[32], want[32];

	for (int i = 0; i < 5000; i++)
		buf_addf(&text, "text/first-%d e%d E%d\n", i, i * 7919 % 5000, i * 7919 % 5000);
	for (int i = 0; i < 5000; i++)
		buf_addf(&text, "text/second e%d\n", i);
	table = mime_table_parse(buf_text(&text), text.len);
	ck_assert_ptr_nonnull(table);
	for (int i = 0; i < 5000; i++) {
		snprintf(extension, sizeof(extension), "e%d", i * 7919 % 5000);
		snprintf(want, sizeof(want), "text/first-%d", i);
		ck_assert_pstr_eq(mime_table_find(table, extension), want);
	}
	mime_table_free(table);
}
END_TEST

START_TEST(an_extension_has_a_bound)
{
	static const char text[] = "text/x 12345678901234567890123456789012 "
				   "123456789012345678901234567890123 after\n";
	struct mime_table *table = mime_table_parse(text, strlen(text));

	ck_assert_ptr_nonnull(table);
	ck_assert_pstr_eq(mime_table_find(table, "12345678901234567890123456789012"), "text/x");
	ck_assert_ptr_null(mime_table_find(table, "123456789012345678901234567890123"));
	ck_assert_pstr_eq(mime_table_find(table, "after"), "text/x");
	mime_table_free(table);
}
END_TEST

static void *ask_for_a_type_of_the_system(void *arg ATTR_UNUSED)
{
	return (void *)mime_find("a.nobody-has-this") == NULL ? (void *)mime_find("a.html") : NULL;
}

/* The first call reads the system's table; ThreadSanitizer looks on. */
START_TEST(threads_may_ask_at_once)
{
	pthread_t threads[4];
	void *type;

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, ask_for_a_type_of_the_system, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &type), 0);
		ck_assert_pstr_eq(type, "text/html");
	}
}
END_TEST

Suite *mime_suite(void)
{
	Suite *s = suite_create("mime");
	TCase *tc = tcase_create("mime");

	tcase_add_loop_test(tc, the_extension_is_what_follows_the_last_dot_of_the_name, 0,
			    ARRAY_SIZE(extensions));
	tcase_add_loop_test(tc, knows_the_types_of_the_web, 0, ARRAY_SIZE(types));
	tcase_add_test(tc, finds_every_extension_of_our_own);
	tcase_add_loop_test(tc, knows_what_has_a_charset, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(tc, knows_a_media_type_when_it_sees_one, 0, ARRAY_SIZE(valid));
	tcase_add_test(tc, bounds_a_media_type);
	tcase_add_loop_test(tc, reads_a_table_and_passes_over_what_is_none, 0, ARRAY_SIZE(entries));
	tcase_add_loop_test(tc, an_empty_table_knows_nothing, 0, 6);
	tcase_add_test(tc, reads_a_large_table);
	tcase_add_test(tc, an_extension_has_a_bound);
	tcase_add_test(tc, nothing_is_freed_as_nothing);
	tcase_add_test(tc, threads_may_ask_at_once);
	suite_add_tcase(s, tc);
	return s;
}
