/* fuzz_jsonl.c - any bytes as a file of JSON lines: what is a row is what jansson takes,
 * each row is one line, and the first line that is none is where it stops. Read as
 * text the same bytes give a JSON string for each line, which means the line.
 */
#include "common/cc.h"
#include "common/error.h"
#include "common/utf8.h"
#include "work/generator.h"

#include <jansson.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define ROWS_BYTES_MAX (1u << 20)
#define INPUT_BYTES_MAX 65536
#define BLANKS " \t\r"

static void must(bool fine)
{
	if (!fine)
		abort();
}

struct rows {
	char text[ROWS_BYTES_MAX];
	size_t len;
	enum generator_state state;
	struct error e;
};

/* bits: how large the rooms are. */
static void read_rows(const char *kind, int fd, unsigned bits, struct rows *ret)
{
	json_auto_t *settings =
		json_pack("{s:{s:o}}", kind, "file", json_sprintf("/proc/self/fd/%d", fd));
	struct generator *g;

	must(generator_open(settings, NULL, &g, NULL) == 0);
	ret->len = 0;
	for (size_t bytes = 1 + (bits & 0xf) * 40;;) {
		struct generator_room room = {
			.to = ret->text + ret->len,
			.bytes = bytes,
			.rows_max = 1 + (bits >> 4),
		};

		must(ret->len + bytes < ROWS_BYTES_MAX);
		ret->state = generator_fill(g, &room, &ret->e);
		ret->len = (size_t)(room.to - ret->text);
		if (ret->state != GENERATOR_MORE)
			break;
		bytes *= room.rows == 0 ? 2 : 1;
	}
	generator_close(g);
}

/* Off the front of *text: a line without its end, as the readers see it. False: none. */
static bool take_line(const char **text, size_t *len, const char **ret, size_t *ret_len)
{
	const char *end = memchr(*text, '\n', *len);

	if (*len == 0)
		return false;
	*ret = *text;
	*ret_len = end != NULL ? (size_t)(end - *text) : *len;
	*text += *ret_len + (end != NULL);
	*len -= *ret_len + (end != NULL);
	if (end != NULL && *ret_len > 0 && (*ret)[*ret_len - 1] == '\r')
		--*ret_len;
	return true;
}

enum validity { VALID, INVALID, OWN_LIMIT };

/* Numbers beyond 64 bits and keys with a zero are JSON, but not for jansson; a zero
 * byte behind a number is none, but jansson skips it. */
static enum validity ask_jansson(const char *text, size_t len)
{
	json_error_t e;
	json_auto_t *json = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);

	if (memchr(text, '\0', len) != NULL)
		return INVALID;
	if (json != NULL)
		return VALID;
	if (json_error_code(&e) == json_error_numeric_overflow ||
	    json_error_code(&e) == json_error_null_byte_in_key)
		return OWN_LIMIT;
	return INVALID;
}

static void check_json(const char *text, size_t len, const struct rows *got)
{
	const char *rows = got->text, *line, *row;
	size_t left = got->len, line_len, row_len;

	while (take_line(&text, &len, &line, &line_len)) {
		enum validity validity;

		while (line_len > 0 && memchr(BLANKS, line[line_len - 1], 3) != NULL)
			line_len--;
		for (; line_len > 0 && memchr(BLANKS, *line, 3) != NULL; line++)
			line_len--;
		if (line_len == 0)
			continue;
		validity = ask_jansson(line, line_len);
		if (!take_line(&rows, &left, &row, &row_len)) {
			must(validity != VALID && got->state == GENERATOR_FAILED);
			return;
		}
		must(validity != INVALID);
		must(row_len == line_len && memcmp(row, line, line_len) == 0);
	}
	must(left == 0 && got->state == GENERATOR_END);
}

static bool is_text(const char *text, size_t len)
{
	while (len > 0) {
		size_t bytes = utf8_sequence(text, len);

		if (bytes == 0)
			return false;
		text += bytes;
		len -= bytes;
	}
	return true;
}

static void check_text(const char *text, size_t len, const struct rows *got)
{
	const char *rows = got->text, *line, *row;
	size_t left = got->len, line_len, row_len;

	while (take_line(&text, &len, &line, &line_len)) {
		json_auto_t *json = NULL;

		if (!take_line(&rows, &left, &row, &row_len)) {
			must(!is_text(line, line_len) && got->state == GENERATOR_FAILED);
			return;
		}
		json = json_loadb(row, row_len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		must(json_is_string(json) && json_string_length(json) == line_len);
		must(memcmp(json_string_value(json), line, line_len) == 0);
	}
	must(left == 0 && got->state == GENERATOR_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct rows rows;
	AUTO_CLOSE int fd = memfd_create("fuzz", MFD_CLOEXEC);
	const char *text = (const char *)bytes + 1;

	must(fd >= 0);
	if (len < 1 || len > INPUT_BYTES_MAX)
		return 0;
	/* Behind a line's end there is no gzip and no byte order mark. */
	must(write(fd, "\n", 1) == 1);
	must(write(fd, text, len - 1) == (ssize_t)len - 1);
	read_rows("json", fd, bytes[0], &rows);
	check_json(text, len - 1, &rows);
	read_rows("lines", fd, bytes[0], &rows);
	must(rows.len >= 3 && memcmp(rows.text, "\"\"\n", 3) == 0);
	rows.len -= 3;
	memmove(rows.text, rows.text + 3, rows.len);
	check_text(text, len - 1, &rows);
	return 0;
}
