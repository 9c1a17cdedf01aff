/* response_head.c - the lines of a head, or of trailers (RFC 9112, 2.2, 4, 5, 7.1.2).
 *
 * A line whose name says nothing to us is passed over with one memchr().
 */
#include "load/response_state.h"

#include <string.h>

static const bool token_byte[256] = {
	/* RFC 9110 5.6.2 */
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
	['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
	['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
	['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
	['|'] = true,         ['~'] = true,
};

void response_head_begin(struct response *r)
{
	r->state = STATUS_LINE;
	r->field = OTHER;
	r->element = BEFORE;
	r->flags = 0;
	r->token_len = 0;
	r->code = 0;
	r->number = 0;
}

static void read_status_line(struct response *r, struct cursor *c)
{
	static const char form[] = "HTTP/1.# ###";
	const char *at = c->at;
	unsigned n = r->token_len, code = r->code;

	if (n == 0 && c->end - at > 9 && memcmp(at, form, 7) == 0 && at[7] == '1' && at[8] == ' ') {
		at += 9; /* as nearly all begin */
		n = 9;
	}
	for (; at < c->end && n < sizeof(form) - 1; at++, n++) {
		if (form[n] == '#' ? !response_is_digit(*at) : *at != form[n]) {
			response_fail(r, "it does not begin with \"HTTP/1.1 \" and a status");
			break;
		}
		if (n == 7 && *at == '0')
			r->flags |= OLD;
		if (n >= 9)
			code = code * 10 + (unsigned)(*at - '0');
	}
	c->at = at;
	r->token_len = (uint8_t)n;
	r->code = (uint16_t)code;
	if (n < sizeof(form) - 1)
		return;
	r->state = BEHIND_CODE;
	r->token_len = 0;
	if (r->code < 100)
		response_fail(r, "a status below 100");
}

static void read_behind_code(struct response *r, struct cursor *c)
{
	if (!response_is_blank(*c->at) && *c->at != '\n')
		response_fail(r, "a status of more than three digits");
	else
		r->state = REST;
}

static void head_end(struct response *r)
{
	if (r->flags & TRAILERS)
		r->state = WHOLE;
	else if (r->code == 101)
		response_fail(r, "it switches to a protocol that nobody asked for");
	else if (r->code < 200)
		response_head_begin(r);
	else
		response_body_begin(r);
}

/* Of a whole name. */
static void name_end(struct response *r, const char *name, size_t len)
{
	if (len == 0) {
		response_fail(r, "a header without a name");
		return;
	}
	if (!(r->flags & TRAILERS))
		r->field = (uint8_t)response_field_of(name, len);
	if (r->field == TRANSFER_ENCODING)
		r->flags |= ENCODED;
	r->token_len = 0;
	r->state = BEHIND_NAME;
}

static void read_behind_name(struct response *r, struct cursor *c)
{
	if (*c->at == ':')
		r->state = r->field == OTHER ? REST : VALUE;
	else if (*c->at != ' ' && *c->at != '\t') {
		response_fail(r, "a header without a colon");
		return;
	}
	c->at++;
}

static void read_name(struct response *r, struct cursor *c)
{
	const char *begin = c->at, *at = begin;

	while (at < c->end && token_byte[(unsigned char)*at])
		at++;
	c->at = at;
	if (at == c->end || r->token_len > 0)
		response_keep(r, begin, (size_t)(at - begin));
	if (at == c->end)
		return;
	if (r->token_len > 0)
		name_end(r, r->token, r->token_len);
	else
		name_end(r, begin, (size_t)(at - begin));
	if (r->state == BEHIND_NAME)
		read_behind_name(r, c);
}

static void read_line(struct response *r, struct cursor *c)
{
	char first = *c->at;

	if (first == ' ' || first == '\t') { /* folded: the line before goes on */
		r->state = r->field == OTHER ? REST : VALUE;
		return;
	}
	if (r->field != OTHER) {
		response_element_end(r);
		r->field = OTHER;
		if (r->state == MALFORMED)
			return;
	}
	if (first == '\n' || first == '\r') {
		c->at++;
		r->state = LAST_LINE;
		if (first == '\n')
			head_end(r);
		return;
	}
	r->state = NAME;
	read_name(r, c);
}

/* Most lines are passed over: without a look at the state between them. */
static void read_rest(struct response *r, struct cursor *c)
{
	while (c->at < c->end && r->state == REST) {
		const char *lf = memchr(c->at, '\n', (size_t)(c->end - c->at));

		c->at = lf != NULL ? lf + 1 : c->end;
		if (lf == NULL)
			return;
		r->state = LINE;
		if (c->at < c->end)
			read_line(r, c);
	}
}

static void read_last_line(struct response *r, struct cursor *c)
{
	if (*c->at != '\n') {
		response_fail(r, "a line that begins with CR");
		return;
	}
	c->at++;
	head_end(r);
}

void response_head_read(struct response *r, struct cursor *c)
{
	while (c->at < c->end && r->state <= REST) {
		/* clang-format off */
		switch (r->state) {
		case STATUS_LINE: read_status_line(r, c); break;
		case BEHIND_CODE: read_behind_code(r, c); break;
		case LINE:        read_line(r, c); break;
		case LAST_LINE:   read_last_line(r, c); break;
		case NAME:        read_name(r, c); break;
		case BEHIND_NAME: read_behind_name(r, c); break;
		case VALUE:       response_value_read(r, c); break;
		default:          read_rest(r, c); break;
		}
		/* clang-format on */
	}
}
