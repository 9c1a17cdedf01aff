/* test_generator.c - kinds by name, and whole numbers. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <inttypes.h>
#include <string.h>

START_TEST(a_range_is_pythons)
{
	generator_fixture_expect("{\"range\": [1, 4]}", "/", "1\n2\n3\n");
	generator_fixture_expect("{\"range\": [5, -5, -4]}", "/", "5\n1\n-3\n");
	generator_fixture_expect("{\"range\": [3, 3]}", "/", "");
	generator_fixture_expect("{\"range\": [3, 1]}", "/", "");
	generator_fixture_expect("{\"range\": [9223372036854775806, 9223372036854775807, 7]}", "/",
				 "9223372036854775806\n");
	generator_fixture_expect("{\"//\": \"all of them\", \"range\": [-9223372036854775808, "
				 "9223372036854775807, 9223372036854775807]}",
				 "/", "-9223372036854775808\n-1\n9223372036854775806\n");
}
END_TEST

#define ROWS_MAX 30000

/* Numbers around the places where their length changes. */
/* clang-format off */
static const int64_t corners[] = {
	0, 1, -1, 9, -10, 9998, -9999, 10000, 99990000, -100000000, 999999999999,
	1000000000000, INT64_MAX - 40000, INT64_MIN + 40000, INT64_MIN, INT64_MAX,
};
static const int64_t steps[] = {
	1, -1, 2, -3, 7, 10, 99, -1000, 5000, -9999, 9999, 10000, -10000, 123456789,
	INT64_MIN, INT64_MAX,
};
/* clang-format on */

START_TEST(each_row_of_a_range_is_what_printf_writes)
{
	for (size_t i = 0; i < ARRAY_SIZE(corners) * ARRAY_SIZE(steps); i++) {
		int64_t step = steps[i % ARRAY_SIZE(steps)], at = corners[i / ARRAY_SIZE(steps)];
		int64_t end = step > 0 ? INT64_MAX : INT64_MIN, up;
		AUTO_BUF struct buf want = BUF_INIT(1 << 20), got = BUF_INIT(1 << 20);
		AUTO_FREE char *settings = NULL;
		struct generator *g;
		size_t rows = 0;

		if (!__builtin_mul_overflow(step, ROWS_MAX, &up) &&
		    !__builtin_add_overflow(at, up, &up))
			end = up;
		ck_assert_int_gt(asprintf(&settings,
					  "{\"range\": [%" PRId64 ", %" PRId64 ", %" PRId64 "]}",
					  at, end, step),
				 0);
		g = generator_fixture_open(settings, "/");
		ck_assert_int_eq(generator_fixture_fill(g, 4000, 50000, &got, NULL), GENERATOR_END);
		for (bool more = true; more && (step > 0 ? at < end : at > end); rows++) {
			buf_addf(&want, "%" PRId64 "\n", at);
			more = !__builtin_add_overflow(at, step, &at);
		}
		ck_assert_msg(strcmp(buf_text(&got), buf_text(&want)) == 0, "%s", settings);
		ck_assert_uint_eq(generator_rows(g), rows);
		generator_close(g);
	}
}
END_TEST

START_TEST(a_range_skips_to_any_row)
{
	struct generator *g = generator_fixture_open("{\"range\": [100, 0, -7]}", "/");
	AUTO_BUF struct buf got = BUF_INIT(1 << 20);

	ck_assert_int_eq(generator_skip(g, 13, NULL), GENERATOR_MORE);
	ck_assert_int_eq(generator_fixture_fill(g, 1, 4096, &got, NULL), GENERATOR_END);
	ck_assert_str_eq(buf_text(&got), "9\n2\n");
	generator_close(g);
}
END_TEST

static const struct wrong {
	const char *settings, *problem;
} wrongs[] = {
	{ "{\"range\": [1]}", "generator.range: want [FIRST, END]" },
	{ "{\"range\": [1, 2, 0]}", "generator.range: want [FIRST, END]" },
	{ "{\"range\": [1, 2.5]}", "generator.range: want [FIRST, END]" },
	{ "{\"rage\": [1, 2]}", "did you mean \"range\"?" },
	{ "{\"zzzzzzzz\": [1, 2]}", "no kind of generator is called \"zzzzzzzz\"" },
	{ "{\"range\": [1, 2], \"lines\": \"x\"}", "an object of one key" },
	{ "[1, 2]", "an object of one key" },
	{ "{}", "an object of one key" },
};

START_TEST(what_is_wrong_is_named)
{
	generator_fixture_expect_problem(wrongs[_i].settings, wrongs[_i].problem);
}
END_TEST

Suite *generator_suite(void)
{
	Suite *s = suite_create("generator");
	TCase *t = tcase_create("generator");

	tcase_add_test(t, a_range_is_pythons);
	tcase_add_test(t, each_row_of_a_range_is_what_printf_writes);
	tcase_add_test(t, a_range_skips_to_any_row);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, (int)ARRAY_SIZE(wrongs));
	suite_add_tcase(s, t);
	return s;
}
