/* line_reader.c - see line_reader.h. */
#include "work/line_reader.h"

#include "common/error.h"
#include "work/generator.h"

#include <inttypes.h>
#include <string.h>

int line_reader_prefix(const struct line_reader *r, struct error *e)
{
	return error_prefix(e, "%s, line %" PRIu64, r->input.name, r->line + 1);
}

/* consume is len and the line's end. */
static void found(struct line_reader *r, const char *text, size_t len, size_t consume)
{
	if (consume > len && len > 0 && text[len - 1] == '\r')
		len--;
	r->text = text;
	r->len = len;
	r->consume = consume;
}

/* LINE_READ: something was found. The window moves when it gets more. */
static enum line_state find_line(struct line_reader *r, struct error *e)
{
	size_t searched = 0, len;

	for (;;) {
		const char *text = input_window(&r->input, &len);
		const char *end = memchr(text + searched, '\n', len - searched);

		if (end != NULL) {
			found(r, text, (size_t)(end - text), (size_t)(end - text) + 1);
			return LINE_READ;
		}
		if (r->input.ended && len == 0)
			return LINE_END;
		if (r->input.ended || len > GENERATOR_ROW_BYTES_MAX + 1) { /* and a CR */
			found(r, text, len, len);
			return LINE_READ;
		}
		searched = len;
		if (input_more(&r->input, e) < 0)
			return LINE_FAILED;
	}
}

enum line_state line_reader_peek(struct line_reader *r, const char **ret, size_t *ret_len,
				 struct error *e)
{
	enum line_state state = LINE_READ;

	if (r->text == NULL)
		state = find_line(r, e);
	if (state == LINE_READ && r->len > GENERATOR_ROW_BYTES_MAX) {
		error_set(e, EMSGSIZE, "it is longer than %u bytes", GENERATOR_ROW_BYTES_MAX);
		state = LINE_FAILED;
	}
	if (state == LINE_FAILED)
		line_reader_prefix(r, e);
	*ret = r->text;
	*ret_len = r->len;
	return state;
}

void line_reader_advance(struct line_reader *r)
{
	input_consume(&r->input, r->consume);
	r->text = NULL;
	r->line++;
}
