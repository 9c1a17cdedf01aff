/* test_target.c - servers/target.h */
#include "servers/target.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

enum { NONE = 0, FOLDER = 1, HIDDEN = 2, ALTERED = 4 };

static const struct {
	const char *raw, *path;
	int flags;
} paths[] = {
	{ "/", "", FOLDER },
	{ "/a", "a", NONE },
	{ "/a/", "a", FOLDER },
	{ "/a/b.html", "a/b.html", NONE },
	/* RFC 3986, 2.1: decoded, once */
	{ "/%41%7a%7E", "Az~", NONE },
	{ "/a%20b", "a b", NONE },
	{ "/%C3%a4", "\xc3\xa4", NONE },
	{ "/\xc3\xa4", "\xc3\xa4", NONE },
	{ "/%252e%252E/%2541", "%2e%2E/%41", NONE },
	{ "/%25", "%", NONE },
	{ "/%01%0a%7f", "\x01\n\x7f", NONE },
	{ "/a+b", "a+b", NONE },
	{ "/a%3Fb%23c", "a?b#c", NONE },
	/* 5.2.4: dot segments */
	{ "/.", "", FOLDER | ALTERED },
	{ "/./", "", FOLDER | ALTERED },
	{ "/./a", "a", ALTERED },
	{ "/a/.", "a", FOLDER | ALTERED },
	{ "/a/..", "", FOLDER | ALTERED },
	{ "/a/../", "", FOLDER | ALTERED },
	{ "/a/../b", "b", ALTERED },
	{ "/a/b/c/./../../g", "a/g", ALTERED }, /* the RFC's own examples */
	{ "/mid/content=5/../6", "mid/6", ALTERED },
	{ "/a/b/../../c/../d/", "d", FOLDER | ALTERED },
	{ "/a/%2e%2E/b", "b", ALTERED },
	{ "/a/.%2e/b", "b", ALTERED },
	{ "/%2e/b", "b", ALTERED },
	/* an encoded slash is a slash; a backslash is a byte */
	{ "/a%2Fb", "a/b", NONE },
	{ "/a%2f", "a", FOLDER },
	{ "/a%2f..%2Fb", "b", ALTERED },
	{ "/%2fa", "a", ALTERED },
	{ "/a\\..\\b", "a\\..\\b", NONE },
	{ "/..%5ca", "..\\a", HIDDEN },
	/* runs of slashes are one, before ".." goes up */
	{ "//", "", FOLDER | ALTERED },
	{ "//a", "a", ALTERED },
	{ "/a//b///c//", "a/b/c", FOLDER | ALTERED },
	{ "/a//../b", "b", ALTERED },
	{ "/a/b//../c", "a/c", ALTERED },
	/* what begins with a dot */
	{ "/.git", ".git", HIDDEN },
	{ "/a/.git/config", "a/.git/config", HIDDEN },
	{ "/%2egit", ".git", HIDDEN },
	{ "/...", "...", HIDDEN },
	{ "/..a/", "..a", HIDDEN | FOLDER },
	{ "/a./b.", "a./b.", NONE },
	{ "/.git/../a", "a", ALTERED },
	{ "/a/.git/..", "a", FOLDER | ALTERED },
	/* RFC 8615: but at the root, and nothing below it */
	{ "/.well-known", ".well-known", NONE },
	{ "/.well-known/", ".well-known", FOLDER },
	{ "/.well-known/security.txt", ".well-known/security.txt", NONE },
	{ "/a/../.well-known/x", ".well-known/x", ALTERED },
	{ "/.well-known/.x", ".well-known/.x", HIDDEN },
	{ "/.well-knowns", ".well-knowns", HIDDEN },
	{ "/.well-know", ".well-know", HIDDEN },
	{ "/a/.well-known/x", "a/.well-known/x", HIDDEN },
	{ "/.WELL-KNOWN/x", ".WELL-KNOWN/x", HIDDEN },
};

START_TEST(decodes_and_normalises)
{
	struct target t;

	memset(&t, 0x5a, sizeof(t));
	ck_assert_int_eq(target_decode(paths[_i].raw, &t), 0);
	ck_assert_str_eq(t.path, paths[_i].path);
	ck_assert_uint_eq(t.len, strlen(paths[_i].path));
	ck_assert_msg(t.folder == ((paths[_i].flags & FOLDER) != 0), "%s: folder", paths[_i].raw);
	ck_assert_msg(t.hidden == ((paths[_i].flags & HIDDEN) != 0), "%s: hidden", paths[_i].raw);
	ck_assert_msg(t.altered == ((paths[_i].flags & ALTERED) != 0), "%s: altered",
		      paths[_i].raw);
}
END_TEST

static const char *const refused[] = {
	/* no path from the root */
	"",
	"a",
	"*",
	"%2Fa",
	"http://host/",
	/* above the root, whatever follows */
	"/..",
	"/../",
	"/../a",
	"/a/../..",
	"/a/../../a",
	"/./../a",
	"//../a",
	"/a//../../b",
	"/%2e%2e/etc/passwd",
	"/.%2E",
	"/..%2fetc",
	"/a%2f..%2f..%2fb",
	/* malformed escapes */
	"/%",
	"/%4",
	"/a%",
	"/%g1",
	"/%1g",
	"/%%41",
	"/% 41",
	"/%-1",
	"/%+1",
	"/%0x",
	"/%u0041",
	"/%:0",
	"/%@A",
	"/%`a",
	"/%\xb1\xb1",
	/* NUL */
	"/%00",
	"/a%00.html",
};

START_TEST(refuses_what_is_malformed_or_leads_out)
{
	struct target t;

	ck_assert_msg(target_decode(refused[_i], &t) == -EINVAL, "%s", refused[_i]);
}
END_TEST

/* unit, count times. */
static void repeat(char *ret, const char *unit, size_t count)
{
	size_t len = strlen(unit);

	for (size_t i = 0; i < count; i++)
		memcpy(ret + i * len, unit, len);
	ret[count * len] = '\0';
}

START_TEST(takes_the_longest_name_and_no_longer)
{
	char raw[TARGET_BYTES * 3 + 2] = "/";
	struct target t;

	repeat(raw + 1, "a", TARGET_BYTES - 1);
	ck_assert_int_eq(target_decode(raw, &t), 0);
	ck_assert_uint_eq(t.len, TARGET_BYTES - 1);
	repeat(raw + 1, "a", TARGET_BYTES);
	ck_assert_int_eq(target_decode(raw, &t), -ENAMETOOLONG);
	repeat(raw + 1, "%41", TARGET_BYTES - 1);
	ck_assert_int_eq(target_decode(raw, &t), 0);
	repeat(raw + 1, "%41", TARGET_BYTES);
	ck_assert_int_eq(target_decode(raw, &t), -ENAMETOOLONG);
	repeat(raw + 1, "a/", TARGET_BYTES / 2);
	ck_assert_int_eq(target_decode(raw, &t), -ENAMETOOLONG);
}
END_TEST

static const struct {
	const char *path, *want;
} encodings[] = {
	{ "", "" },
	{ "/", "/" },
	{ "/a/b.html", "/a/b.html" },
	{ "/-._~!$()*+,;=:@", "/-._~!$()*+,;=:@" },
	{ "/a b%", "/a%20b%25" },
	{ "/?#[]", "/%3F%23%5B%5D" },
	{ "/<a href=\"'&>", "/%3Ca%20href=%22%27%26%3E" },
	{ "/\xc3\xa4\xff", "/%C3%A4%FF" },
	{ "/\r\nSet-Cookie: a", "/%0D%0ASet-Cookie:%20a" },
	{ "/\x01\x7f", "/%01%7F" },
	/* RFC 3986, 4.2: neither an authority nor a scheme */
	{ "//evil.example", "/evil.example" },
	{ "///evil.example//a", "/evil.example/a" },
	{ "/\\evil.example", "/%5Cevil.example" },
	{ "\\\\evil.example", "%5C%5Cevil.example" },
	{ "javascript:alert(1)", "javascript%3Aalert(1)" },
	{ "a:b/c:d", "a%3Ab/c:d" },
	{ "/a:b", "/a:b" },
};

START_TEST(encodes_for_a_header_and_an_attribute)
{
	char text[128];

	ck_assert(target_encode(encodings[_i].path, text, sizeof(text)));
	ck_assert_str_eq(text, encodings[_i].want);
}
END_TEST

START_TEST(encodes_within_the_buffer)
{
	const char *path = encodings[_i].path;
	size_t len = strlen(encodings[_i].want);
	char text[128];

	memset(text, 0x5a, sizeof(text));
	ck_assert(target_encode(path, text, len + 1));
	ck_assert_str_eq(text, encodings[_i].want);
	for (size_t size = 0; size <= len; size++) {
		memset(text, 0x5a, sizeof(text));
		ck_assert(!target_encode(path, text, size));
		ck_assert_int_eq(text[size], 0x5a);
	}
}
END_TEST

START_TEST(decodes_every_byte_that_it_encodes)
{
	char path[] = "/a?b", text[16];
	struct target t;

	for (int byte = 1; byte < 256; byte++) {
		if (byte == '/')
			continue;
		path[2] = (char)byte;
		ck_assert(target_encode(path, text, sizeof(text)));
		ck_assert_int_eq(target_decode(text, &t), 0);
		ck_assert_str_eq(t.path, path + 1);
	}
}
END_TEST

Suite *target_suite(void)
{
	Suite *s = suite_create("target");
	TCase *tc = tcase_create("target");

	tcase_add_loop_test(tc, decodes_and_normalises, 0, ARRAY_SIZE(paths));
	tcase_add_loop_test(tc, refuses_what_is_malformed_or_leads_out, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, takes_the_longest_name_and_no_longer);
	tcase_add_loop_test(tc, encodes_for_a_header_and_an_attribute, 0, ARRAY_SIZE(encodings));
	tcase_add_loop_test(tc, encodes_within_the_buffer, 0, ARRAY_SIZE(encodings));
	tcase_add_test(tc, decodes_every_byte_that_it_encodes);
	suite_add_tcase(s, tc);
	return s;
}
