/* test_radio.c - the page of modules/radio.c: a row in it is text, whatever it
 * holds.
 */
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <string.h>

static const char *url(unsigned port, const char *path)
{
	return keep_printf("http://%s:%u%s", harness_address(0), port, path);
}

static bool is_void(const char *name)
{
	return strcmp(name, "meta") == 0 || strcmp(name, "link") == 0;
}

/* Every tag that is opened is closed, in order: no markup came from a row. */
static void expect_balanced(const char *html)
{
	char open[32][16], name[16];
	size_t depth = 0;

	for (const char *p = strchr(html, '<'); p != NULL; p = strchr(p + 1, '<')) {
		bool closes = p[1] == '/';
		size_t len = strspn(p + 1 + closes, "abcdefghijklmnopqrstuvwxyz0123456789");

		if (p[1] == '!')
			continue;
		ck_assert_uint_lt(len, sizeof(name));
		snprintf(name, sizeof(name), "%.*s", (int)len, p + 1 + closes);
		if (closes) {
			ck_assert_uint_gt(depth, 0);
			ck_assert_str_eq(open[--depth], name);
		} else if (!is_void(name)) {
			ck_assert_uint_lt(depth, ARRAY_SIZE(open));
			snprintf(open[depth++], sizeof(open[0]), "%s", name);
		}
	}
	ck_assert_uint_eq(depth, 0);
}

#define EVIL "<script>alert(1)</script>\\\"'&"

START_TEST(a_radios_page_shows_its_row_and_runs_nothing_of_it)
{
	const char *config = keep_printf(
		"{\"PROCS_MAX\": 1, \"port_groups\": {\"blue\": {\"ip\": \"%s\", \"ports\": "
		"\"11000\", \"START_SEQUENCE_NUM\": 0, \"app\": {\"kind\": \"module\", \"path\": "
		"\"radio\", \"work\": \"mp_input_q\"}}}, \"feeders\": [{\"ROWS_MAX\": 1, "
		"\"generator\": {\"list\": [{\"name\": \"" EVIL "\", \"site\": "
		"\"javascript:alert(1)\", \"" EVIL "\": \"" EVIL "\", \"home\": "
		"\"https://example.org/?a=1&b=2\", \"n\": 7}]}}], \"status\": {\"ip\": \"%s\", "
		"\"port\": %d}}",
		harness_address(0), harness_address(0), HARNESS_STATUS_PORT);
	struct instance *in = instance_start(&(struct start) { .config = config });
	const char *page = http_get(url(11000, "/"), NULL, "text/html; charset=utf-8");

	expect_balanced(page);
	ck_assert_ptr_null(strstr(page, "<script"));
	ck_assert_ptr_null(strstr(page, "href=\"javascript:"));
	ck_assert_ptr_nonnull(strstr(page, "<h1>&lt;script&gt;alert(1)&lt;/script&gt;"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"https://example.org/?a=1&amp;b=2\""));
	ck_assert_ptr_nonnull(strstr(page, "<dt>n</dt><dd>7</dd>"));
	ck_assert_ptr_nonnull(strstr(page, ":root{--c:#1f5fb8}"));
	ck_assert_int_eq(http_status(&(struct http_call) { .url = url(11000, "/x") }), 404);
	ck_assert_int_eq(
		http_status(&(struct http_call) { .url = url(11000, "/"), .method = "POST" }), 405);
	instance_stop(in);
}
END_TEST

Suite *radio_suite(void)
{
	Suite *suite = suite_create("radio");
	TCase *t = harness_case(suite, "page");

	tcase_add_test(t, a_radios_page_shows_its_row_and_runs_nothing_of_it);
	return suite;
}
