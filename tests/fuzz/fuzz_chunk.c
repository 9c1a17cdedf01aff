/* fuzz_chunk.c - any bytes as a chunk: its rows are those of a plain reader that goes
 * byte by byte, its numbers are those of jansson.
 */
#include "work/chunk.h"

#include "common/cc.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* The row that begins at from: where it ends, and where the next one begins. */
static size_t row_end(const char *bytes, size_t from, size_t len, size_t *ret_next)
{
	size_t at = from;

	while (at < len && bytes[at] != '\n')
		at++;
	*ret_next = at < len ? at + 1 : len;
	return at;
}

/* A JSON number without a fraction or an exponent, and without blanks around
 * it, which jansson reads as an integer. */
static bool is_int(const char *row, size_t len, int64_t *ret)
{
	json_auto_t *value = NULL;

	for (size_t i = 0; i < len; i++)
		if (strchr("-0123456789", row[i]) == NULL || row[i] == '\0')
			return false;
	value = json_loadb(row, len, JSON_DECODE_ANY, NULL);
	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

static void check_int(struct chunk_rows *rows, const char *row, size_t len)
{
	const char *before = rows->at;
	int64_t want = 0, got = 77;

	if (!is_int(row, len, &want)) {
		must(chunk_row_int(rows, &got) == CHUNK_NO_INT);
		must(got == 77 && rows->at == before);
		return;
	}
	must(chunk_row_int(rows, &got) == CHUNK_INT);
	must(got == want);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	/* Of exactly this size, so that a read beyond it is seen. */
	AUTO_FREE char *bytes = malloc(len);
	struct chunk_rows rows, numbers;
	const char *row;
	size_t row_len, next;
	int64_t n;

	if (len > 0)
		memcpy(bytes, input, len);
	rows = (struct chunk_rows) { bytes, bytes + len };
	for (size_t at = 0; at < len; at = next) {
		size_t end = row_end(bytes, at, len, &next);

		numbers = rows;
		check_int(&numbers, bytes + at, end - at);
		must(chunk_row(&rows, &row, &row_len));
		must(row == bytes + at && row_len == end - at);
		must(numbers.at == bytes + at || numbers.at == rows.at);
	}
	must(!chunk_row(&rows, &row, &row_len));
	must(chunk_row_int(&rows, &n) == CHUNK_NO_ROWS);
	return 0;
}
