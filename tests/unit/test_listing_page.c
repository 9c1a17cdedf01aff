/* test_listing_page.c - servers/listing_page.h: what a listing looks like */
#include "servers/listing.h"

#include "common/buf.h"
#include "common/cc.h"
#include "servers/listing_page.h"
#include "tests/unit/suites.h"

#include <stdint.h>
#include <string.h>

static struct buf page = BUF_INIT(LISTING_BYTES_MAX);

static const char *show(const char *path, struct listing_options options,
			struct listing_entry *entries, size_t count)
{
	struct listing l = {
		.path = path, .options = &options, .entries = entries, .count = count
	};

	buf_clear(&page);
	listing_html(&l, &page);
	ck_assert(!page.failed);
	return buf_text(&page);
}

static void release(void)
{
	buf_release(&page);
}

static void expect_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no %s in\n%s", want, text);
}

static const struct {
	const char *name, *href, *text;
} names[] = {
	{ "plain.txt", "./plain.txt", "plain.txt" },
	{ "a b", "./a%20b", "a b" },
	{ "javascript:alert(1)", "./javascript%3Aalert(1)", "javascript:alert(1)" },
	{ "<script>alert(1)<", "./%3Cscript%3Ealert(1)%3C", "&lt;script&gt;alert(1)&lt;" },
	{ "\"onclick='x'", "./%22onclick=%27x%27", "&quot;onclick=&#39;x&#39;" },
	{ "a&amp;b", "./a%26amp;b", "a&amp;amp;b" },
	{ "what?#", "./what%3F%23", "what?#" },
	{ "100%41", "./100%2541", "100%41" },
	{ "caf\xc3\xa9", "./caf%C3%A9", "caf\xc3\xa9" },
	{ "line\nbreak\r\x1b[31m", "./line%0Abreak%0D%1B%5B31m", "line\\x0abreak\\x0d\\x1b[31m" },
	{ "\xff\xfe", "./%FF%FE", "\\xff\\xfe" },
	{ "\xe2\x80\xaetxt.exe", "./%E2%80%AEtxt.exe", "\\xe2\\x80\\xaetxt.exe" }, /* RLO */
	{ "...", "./...", "..." },
	{ "\\..\\x", "./%5C..%5Cx", "\\..\\x" },
	{ "%2e%2e", "./%252e%252e", "%2e%2e" },
};

START_TEST(no_name_does_harm)
{
	AUTO_FREE char *name = strdup(names[_i].name);
	struct listing_entry entry = { .name = name };
	const char *text = show("", (struct listing_options) { 0 }, &entry, 1);
	char want[256];

	snprintf(want, sizeof(want), "<th scope=row><a href=\"%s\">%s</a>", names[_i].href,
		 names[_i].text);
	expect_has(text, want);
	ck_assert_ptr_null(strstr(text, "<script"));
	for (; *text != '\0'; text++)
		ck_assert((unsigned char)*text >= 0x20 || *text == '\n');
}
END_TEST

START_TEST(a_folders_link_ends_with_a_slash)
{
	char name[] = "a:b";
	struct listing_entry entry = { .name = name, .folder = true, .size = 4096 };
	const char *text = show("", (struct listing_options) { 0 }, &entry, 1);

	expect_has(text, "<a href=\"./a%3Ab/\">a:b/</a><td>\xe2\x80\x93<td>");
}
END_TEST

/* Of the longest name that a file system has, in the worst case for each of both. */
START_TEST(the_longest_name_fits)
{
	char name[256];
	struct listing_entry entry = { .name = name, .folder = true };
	const char *text;

	memset(name, 0xff, sizeof(name) - 1);
	name[255] = '\0';
	text = show("", (struct listing_options) { 0 }, &entry, 1);
	expect_has(text, "%FF/\">\\xff");
	expect_has(text, "\\xff/</a>");
	memset(name, '"', sizeof(name) - 1);
	text = show("", (struct listing_options) { 0 }, &entry, 1);
	expect_has(text, "%22/\">&quot;");
}
END_TEST

static const struct {
	uint64_t size;
	const char *want;
} sizes[] = {
	{ 0, "0 B" },
	{ 1, "1 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1536, "1.5 KiB" },
	{ 10239, "9.9 KiB" },
	{ 10240, "10 KiB" },
	{ 1048575, "1023 KiB" },
	{ 1048576, "1.0 MiB" },
	{ UINT64_C(5) << 30, "5.0 GiB" },
	{ UINT64_C(123) << 40, "123 TiB" },
	{ UINT64_MAX, "15 EiB" },
};

START_TEST(sizes_are_short)
{
	char name[] = "a", want[64];
	struct listing_entry entry = { .name = name, .size = sizes[_i].size };

	snprintf(want, sizeof(want), "</a><td>%s<td>", sizes[_i].want);
	expect_has(show("", (struct listing_options) { 0 }, &entry, 1), want);
}
END_TEST

static const struct {
	int64_t time;
	const char *want;
} times[] = {
	{ 0, "<td><time datetime=1970-01-01T00:00:00Z>1970-01-01<span> 00:00</span></time>" },
	{ 1704164645,
	  "<td><time datetime=2024-01-02T03:04:05Z>2024-01-02<span> 03:04</span></time>" },
	{ INT64_MAX, "<td>\xe2\x80\x93\n" },
	{ INT64_MIN, "<td>\xe2\x80\x93\n" },
};

START_TEST(times_are_utc)
{
	char name[] = "a";
	struct listing_entry entry = { .name = name, .modified = times[_i].time };

	expect_has(show("", (struct listing_options) { 0 }, &entry, 1), times[_i].want);
}
END_TEST

START_TEST(crumbs_lead_up_to_the_root)
{
	const char *text = show("a/<b>/c d", (struct listing_options) { 0 }, NULL, 0);

	expect_has(text, "<li><a href=\"../../../\">Root</a><li><a href=\"../../\">a</a>"
			 "<li><a href=\"../\">&lt;b&gt;</a>"
			 "<li><a aria-current=page href=\"./\">c d</a></ol></nav>");
	expect_has(text, "<title>Index of /a/&lt;b&gt;/c d/</title>");
	expect_has(text, "<h1>Index of /a/&lt;b&gt;/c d/</h1>");
}
END_TEST

START_TEST(the_root_has_no_crumbs)
{
	const char *text = show("", (struct listing_options) { 0 }, NULL, 0);

	ck_assert_ptr_null(strstr(text, "<nav"));
	expect_has(text, "<h1>Index of /</h1>");
	expect_has(text, "<caption>0 folders, 0 files");
}
END_TEST

static const struct {
	struct listing_options options;
	const char *want;
} heads[] = {
	{ { 0 },
	  "<th scope=col aria-sort=ascending><a href=\"?sort=name&amp;order=desc\">Name</a>"
	  "<th scope=col><a href=\"?sort=size&amp;order=asc\">Size</a>"
	  "<th scope=col><a href=\"?sort=modified&amp;order=asc\">Modified</a>" },
	{ { .sort = LISTING_SIZE, .descending = true },
	  "<th scope=col><a href=\"?sort=name&amp;order=asc\">Name</a>"
	  "<th scope=col aria-sort=descending><a href=\"?sort=size&amp;order=asc\">Size</a>"
	  "<th scope=col><a href=\"?sort=modified&amp;order=asc\">Modified</a>" },
};

START_TEST(heads_sort_and_turn_the_order_round)
{
	expect_has(show("", heads[_i].options, NULL, 0), heads[_i].want);
}
END_TEST

Suite *listing_page_suite(void)
{
	Suite *s = suite_create("listing_page");
	TCase *tc = tcase_create("listing_page");

	tcase_add_checked_fixture(tc, NULL, release);
	tcase_add_loop_test(tc, no_name_does_harm, 0, ARRAY_SIZE(names));
	tcase_add_test(tc, a_folders_link_ends_with_a_slash);
	tcase_add_test(tc, the_longest_name_fits);
	tcase_add_loop_test(tc, sizes_are_short, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, times_are_utc, 0, ARRAY_SIZE(times));
	tcase_add_test(tc, crumbs_lead_up_to_the_root);
	tcase_add_test(tc, the_root_has_no_crumbs);
	tcase_add_loop_test(tc, heads_sort_and_turn_the_order_round, 0, ARRAY_SIZE(heads));
	suite_add_tcase(s, tc);
	return s;
}
