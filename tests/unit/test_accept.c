/* test_accept.c - servers/accept.h */
#include "servers/accept.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

static const struct {
	const char *header;
	unsigned html, json;
} cases[] = {
	{ NULL, 1000, 1000 },
	{ "", 1000, 1000 },
	{ "  ", 1000, 1000 },
	{ "*/*", 1000, 1000 },
	{ "text/html", 1000, 0 },
	{ "application/json", 0, 1000 },
	{ "APPLICATION/Json", 0, 1000 },
	{ "text/*;q=0.3, application/json;q=0.7", 300, 700 },
	/* the most specific range decides, wherever it stands */
	{ "*/*;q=0.1, text/html;q=0.5, text/*;q=0.9", 500, 100 },
	{ "text/html;q=0, */*", 0, 1000 },
	{ "application/json;q=0.000, */*;q=1.000", 1000, 0 },
	/* a browser, and curl with a wish */
	{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1000, 800 },
	{ "application/json, text/plain, */*", 1000, 1000 },
	/* q in all its forms */
	{ "text/html;q=0.123", 123, 0 },
	{ "text/html;q=0.1234", 123, 0 },
	{ "text/html; Q=.5", 500, 0 },
	{ "text/html;q=1", 1000, 0 },
	{ "text/html;q=0", 0, 0 },
	{ "text/html ; q = 0.5", 500, 0 },
	{ "text/html;q=", 1000, 0 },
	{ "text/html;q=x", 1000, 0 },
	/* other parameters, and commas within quotes */
	{ "text/html;level=1;q=0.4", 400, 0 },
	{ "text/html;x=\"a,b;q=0.1\";q=0.6, application/json", 600, 1000 },
	{ "text/html;x=\"\\\",\";q=0.6,application/json;q=0.2", 600, 200 },
	/* what is no media range is nothing */
	{ "text", 0, 0 },
	{ "text/htmlx, xapplication/json", 0, 0 },
	{ "*", 0, 0 },
	{ "text/", 0, 0 },
	{ ",,;;,q=1,/,\"", 0, 0 },
	{ "text/html;x=\"open", 1000, 0 },
};

START_TEST(weighs_a_type)
{
	ck_assert_uint_eq(accept_quality(cases[_i].header, "text/html"), cases[_i].html);
	ck_assert_uint_eq(accept_quality(cases[_i].header, "application/json"), cases[_i].json);
}
END_TEST

Suite *accept_suite(void)
{
	Suite *s = suite_create("accept");
	TCase *t = tcase_create("accept");

	tcase_add_loop_test(t, weighs_a_type, 0, (int)ARRAY_SIZE(cases));
	suite_add_tcase(s, t);
	return s;
}
