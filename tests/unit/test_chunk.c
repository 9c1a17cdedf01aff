/* test_chunk.c - work/chunk.h */
#include "work/chunk.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

static const struct {
	const char *bytes;
	size_t count;
	const char *rows[3];
} payloads[] = {
	{ "", 0, { NULL } },
	{ "1\n", 1, { "1" } },
	{ "1", 1, { "1" } },
	{ "1\n22\n", 2, { "1", "22" } },
	{ "1\n22", 2, { "1", "22" } },
	{ "\n", 1, { "" } },
	{ "\n\n3", 3, { "", "", "3" } },
};

START_TEST(gives_each_line)
{
	const char *text, *bytes = payloads[_i].bytes;
	struct chunk_rows rows = { bytes, bytes + strlen(bytes) };
	size_t len;

	for (size_t i = 0; i < payloads[_i].count; i++) {
		ck_assert(chunk_row(&rows, &text, &len));
		ck_assert_uint_eq(len, strlen(payloads[_i].rows[i]));
		ck_assert_mem_eq(text, payloads[_i].rows[i], len);
	}
	ck_assert(!chunk_row(&rows, &text, &len));
	ck_assert(!chunk_row(&rows, &text, &len));
}
END_TEST

static const struct {
	const char *row;
	bool fine;
	int64_t want;
} ints[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "7", true, 7 },
	{ "-12", true, -12 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "9223372036854775808", false, 0 },
	{ "-9223372036854775808", true, INT64_MIN },
	{ "-9223372036854775809", false, 0 },
	{ "18446744073709551616", false, 0 }, /* 2^64: must not come round to 0 */
	{ "99999999999999999999", false, 0 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "+1", false, 0 },
	{ "01", false, 0 },
	{ "-01", false, 0 },
	{ "--1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1.0", false, 0 },
	{ "1e2", false, 0 },
	{ "0x1", false, 0 },
	{ "\"1\"", false, 0 },
};

START_TEST(reads_whole_numbers_and_leaves_other_rows)
{
	char text[64];
	struct chunk_rows rows;
	const char *row;
	size_t len;
	int64_t n = 77;

	for (int tail = 0; tail < 2; tail++) {
		snprintf(text, sizeof(text), "%s%s", ints[_i].row, tail == 0 ? "\n5" : "");
		rows = (struct chunk_rows) { text, text + strlen(text) };
		if (rows.at == rows.end)
			break;
		n = 77;
		ck_assert_int_eq(chunk_row_int(&rows, &n),
				 ints[_i].fine ? CHUNK_INT : CHUNK_NO_INT);
		ck_assert_int_eq(n, ints[_i].fine ? ints[_i].want : 77);
		if (!ints[_i].fine) {
			ck_assert(chunk_row(&rows, &row, &len));
			ck_assert_ptr_eq(row, text);
		}
		if (tail == 0)
			ck_assert_int_eq(chunk_row_int(&rows, &n), CHUNK_INT);
		ck_assert_int_eq(chunk_row_int(&rows, &n), CHUNK_NO_ROWS);
	}
}
END_TEST

START_TEST(writes_the_seeds_header)
{
	char text[CHUNK_HEADER_BYTES];

	chunk_header(text, sizeof(text), "mp_input_q", 0);
	ck_assert_str_eq(text, "mp_input_q (default);_TID_0;");
	chunk_header(text, sizeof(text), "batch_1|audio_lg", 34359738367);
	ck_assert_str_eq(text, "batch_1|audio_lg;_TID_34359738367;");
}
END_TEST

Suite *chunk_suite(void)
{
	Suite *s = suite_create("chunk");
	TCase *t = tcase_create("chunk");

	tcase_add_loop_test(t, gives_each_line, 0, ARRAY_SIZE(payloads));
	tcase_add_loop_test(t, reads_whole_numbers_and_leaves_other_rows, 0, ARRAY_SIZE(ints));
	tcase_add_test(t, writes_the_seeds_header);
	suite_add_tcase(s, t);
	return s;
}
