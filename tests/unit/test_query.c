/* test_query.c - servers/query.h */
#include "servers/query.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *raw;
	bool plus;
	int r;
	const char *text;
} texts[] = {
	{ "", false, 0, "" },
	{ "plain", false, 0, "plain" },
	{ "batch_1%7Caudio", false, 0, "batch_1|audio" },
	{ "%c3%A4", false, 0, "\xc3\xa4" },
	{ "a+b", false, 0, "a+b" },
	{ "a+b%2Bc", true, 0, "a b+c" },
	{ "%25", false, 0, "%" },
	{ "%", false, -EINVAL, NULL },
	{ "%4", false, -EINVAL, NULL },
	{ "%4g", false, -EINVAL, NULL },
	{ "%00", false, -EINVAL, NULL },
	{ "1234567890123456", false, -ENAMETOOLONG, NULL },
	{ "123456789012345", false, 0, "123456789012345" },
};

START_TEST(decodes_once_or_refuses)
{
	char text[16];

	ck_assert_int_eq(query_decode(texts[_i].raw, strlen(texts[_i].raw), texts[_i].plus, text,
				      sizeof(text)),
			 texts[_i].r);
	if (texts[_i].r == 0)
		ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

START_TEST(an_escape_does_not_reach_behind_its_end)
{
	char text[16];

	ck_assert_int_eq(query_decode("a%41", 3, false, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(query_decode("a%41", 4, false, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "aA");
}
END_TEST

START_TEST(gives_pair_after_pair)
{
	const char *query = "&&queue=a%26b&after=&limit&=x=y&";
	static const char *const want[][2] = {
		{ "queue", "a&b" }, { "after", "" }, { "limit", "" }, { "", "x=y" }
	};
	struct query_pair pair;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		ck_assert_int_eq(query_next(&query, &pair), 1);
		ck_assert_str_eq(pair.name, want[i][0]);
		ck_assert_str_eq(pair.value, want[i][1]);
	}
	ck_assert_int_eq(query_next(&query, &pair), 0);
	ck_assert_int_eq(query_next(&query, &pair), 0);
	query = NULL;
	ck_assert_int_eq(query_next(&query, &pair), 0);
}
END_TEST

START_TEST(what_is_malformed_ends_the_walk)
{
	const char *query = "a=%&b=1";
	struct query_pair pair;

	ck_assert_int_eq(query_next(&query, &pair), -EINVAL);
	query = "a_name_that_is_longer_than_any_of_ours=1";
	ck_assert_int_eq(query_next(&query, &pair), -ENAMETOOLONG);
}
END_TEST

Suite *query_suite(void)
{
	Suite *s = suite_create("query");
	TCase *t = tcase_create("query");

	tcase_add_loop_test(t, decodes_once_or_refuses, 0, (int)ARRAY_SIZE(texts));
	tcase_add_test(t, an_escape_does_not_reach_behind_its_end);
	tcase_add_test(t, gives_pair_after_pair);
	tcase_add_test(t, what_is_malformed_ends_the_walk);
	suite_add_tcase(s, t);
	return s;
}
