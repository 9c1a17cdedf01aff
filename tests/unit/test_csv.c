/* test_csv.c - records, whatever the pieces they come in. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"
#include "work/csv.h"

#include <string.h>

#define FIELDS_MAX 5

static const struct {
	const char *text, *want; /* fields in brackets, '!' before one with quotes; lines; fault */
} records[] = {
	{ "", "" },
	{ "a", "[a]0;" },
	{ "a,", "[a][]0;" },
	{ "a,b\n", "[a][b]1;" },
	{ "a,b\r\nc\r", "[a][b]1;[c\r]0;" },
	{ "\n\r\na\n", "1;1;[a]1;" },
	{ ",\n", "[][]1;" },
	{ "\"\"\n", "[]1;" },
	{ "\"a\"", "[a]0;" },
	{ "\"a\nb\",\"c\"\"\r\n\"\r\n", "[a\nb]![c\"\"\r\n]3;" },
	{ "\"\"\"\"", "![\"\"]0;" },
	{ "abcdefgh,ijklmnopq\n\"r\"\n", "[abcdefgh][ijklmnopq]1;[r]1;" },
	{ "1,2,3,4,5\n1,2,3,4,5,6\n", "[1][2][3][4][5]1;too many columns@0" },
	{ "a\"", "there is a quote in a field that does not begin with one@0" },
	{ "\"a\nb\"c", "there is something behind a closing quote@1" },
	{ "\"a\"\r", "there is something behind a closing quote@0" },
	{ "\"a\"\rb", "there is something behind a closing quote@0" },
	{ "\"a\nb\",\"c\n\n", "a quote is opened here and never closed@1" },
	{ "\"a\"\"", "a quote is opened here and never closed@0" },
};

static void describe(const struct csv *c, const char *text, struct buf *ret)
{
	for (uint32_t i = 0; i < c->count; i++) {
		buf_adds(ret, c->fields[i].quotes ? "![" : "[");
		buf_add(ret, text + c->fields[i].at, c->fields[i].bytes);
		buf_adds(ret, "]");
	}
	buf_addf(ret, "%u;", c->lines);
}

/* What is seen at first of each record is `first` bytes, then `step` more and more. */
static void read_all(const char *text, size_t first, size_t step, struct buf *ret)
{
	struct csv_field fields[FIELDS_MAX];
	size_t left = strlen(text), seen = MIN(first, left);
	struct csv c;

	csv_init(&c, ',', fields, FIELDS_MAX);
	for (;;) {
		AUTO_FREE char *window = malloc(MAX(seen, (size_t)1)); /* it may move */
		enum csv_result r;

		memcpy(window, text, seen);
		r = csv_next(&c, window, seen, seen == left);
		if (r == CSV_END)
			return;
		if (r == CSV_BROKEN) {
			buf_addf(ret, "%s@%u", c.wrong, c.lines);
			return;
		}
		if (r == CSV_MORE) {
			ck_assert_uint_lt(seen, left);
			seen = MIN(seen + step, left);
			continue;
		}
		describe(&c, window, ret);
		text += c.bytes;
		left -= c.bytes;
		seen -= c.bytes;
	}
}

START_TEST(records_are_the_same_in_any_pieces)
{
	size_t len = strlen(records[_i].text);

	for (size_t first = 0; first <= len; first++) {
		for (size_t step = 1; step <= len + 1; step++) {
			AUTO_BUF struct buf got = BUF_INIT(1000);

			read_all(records[_i].text, first, step, &got);
			ck_assert_str_eq(buf_text(&got), records[_i].want);
		}
	}
}
END_TEST

Suite *csv_suite(void)
{
	Suite *s = suite_create("csv");
	TCase *t = tcase_create("csv");

	tcase_add_loop_test(t, records_are_the_same_in_any_pieces, 0, (int)ARRAY_SIZE(records));
	suite_add_tcase(s, t);
	return s;
}
