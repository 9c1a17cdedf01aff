/* response.c - see response.h.
 *
 * A machine over bytes whose states stop only where something is decided: the
 * rest of a line that says nothing to us is one memchr(), a body is a number
 * that goes down. Three fields are read (Connection, Content-Length,
 * Transfer-Encoding), word by word, since a line may be folded (RFC 9112 5.2)
 * and a list may come as several lines (RFC 9110 5.3).
 *
 * Lenient where a client may be (RFC 9112 2.2, 4, 5.2: a bare LF ends a line of
 * the head, the blank behind the status code may be missing, a bare CR is a
 * blank); strict where bytes could be taken for another response's: sizes,
 * lengths, the line ends between chunks.
 */
#include "load/response.h"

#include "common/cc.h"

#include <string.h>

enum state {
	/* Of a head, or of trailers: */
	STATUS_LINE, /* up to the code's last digit; token_len of it were seen */
	BEHIND_CODE,
	LINE,      /* its first byte */
	LAST_LINE, /* behind its CR */
	NAME,
	BEHIND_NAME, /* before the colon */
	VALUE,       /* of one of the three */
	REST,        /* of a line, passed over */
	/* Of a chunk's size line: */
	SIZE, /* token_len: is there a digit? */
	BEHIND_SIZE,
	EXTENSION,
	SIZE_END, /* behind its CR */
	/* Of a body: */
	BODY,
	CHUNK,
	CHUNK_CR,
	CHUNK_LF,
	UNTIL_CLOSE,
	WHOLE,
	MALFORMED,
};

enum field { OTHER, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING };

enum element { BEFORE, WORD, BEHIND }; /* where in an element of a list: blanks, word, blanks */

enum {
	OLD = 1,         /* HTTP/1.0 */
	CLOSE = 2,       /* Connection: close */
	KEEP = 4,        /* Connection: keep-alive */
	LENGTH = 8,      /* a Content-Length was given */
	ENCODED = 16,    /* a Transfer-Encoding was given */
	CHUNKED = 32,    /* with "chunked" in it … */
	LAST_CODED = 64, /* … and another one behind that */
	TRAILERS = 128,
};

struct cursor {
	const char *at, *end;
};

static const bool token_byte[256] = {
	/* RFC 9110 5.6.2 */
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
	['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
	['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
	['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
	['|'] = true,         ['~'] = true,
};

static void fail(struct response *r, const char *fault)
{
	r->state = MALFORMED;
	r->keep_alive = false;
	r->fault = fault;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whatever the locale is. lower: letters in lower case. */
static bool equals(const char *bytes, size_t len, const char *lower)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i])
			return false;
	}
	return lower[len] == '\0';
}

/* What does not fit is not one of the words that we know: the length says so. */
static void keep(struct response *r, const char *bytes, size_t len)
{
	size_t n = MIN(len, sizeof(r->token) - r->token_len);

	memcpy(r->token + r->token_len, bytes, n);
	r->token_len = (uint8_t)(r->token_len + n);
}

static void head_begin(struct response *r)
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

	for (; c->at < c->end && r->token_len < sizeof(form) - 1; c->at++, r->token_len++) {
		char want = form[r->token_len];

		if (want == '#' ? !is_digit(*c->at) : *c->at != want) {
			fail(r,
			     "it does not begin with \"HTTP/1.1 \" and a status of three digits");
			return;
		}
		if (r->token_len == 7 && *c->at == '0')
			r->flags |= OLD;
		if (r->token_len >= 9)
			r->code = (uint16_t)(r->code * 10 + (*c->at - '0'));
	}
	if (r->token_len < sizeof(form) - 1)
		return;
	r->state = BEHIND_CODE;
	if (r->code < 100)
		fail(r, "a status below 100");
}

static void read_behind_code(struct response *r, struct cursor *c)
{
	if (!is_blank(*c->at) && *c->at != '\n')
		fail(r, "a status of more than three digits");
	else
		r->state = REST;
}

static void read_rest(struct response *r, struct cursor *c)
{
	const char *lf = memchr(c->at, '\n', (size_t)(c->end - c->at));

	c->at = lf != NULL ? lf + 1 : c->end;
	if (lf != NULL)
		r->state = LINE;
}

/* RFC 9112 6.3, in its order. */
static void body_begin(struct response *r)
{
	if (r->no_body || r->status == 204 || r->status == 304)
		r->state = WHOLE;
	else if ((r->flags & (CHUNKED | LAST_CODED)) == CHUNKED)
		r->state = SIZE;
	else if (r->flags & ENCODED || !(r->flags & LENGTH))
		r->state = UNTIL_CLOSE;
	else
		r->state = r->length > 0 ? BODY : WHOLE;
	r->left = r->length;
	r->number = 0;
	r->token_len = 0;
}

static void head_end(struct response *r)
{
	/* Framing that a server on the way may have taken otherwise: RFC 9112 6.1. */
	bool faulty = (r->flags & ENCODED) && (r->flags & (LENGTH | OLD));

	if (r->flags & TRAILERS) {
		r->state = WHOLE;
		return;
	}
	if (r->code == 101) {
		fail(r, "it switches to a protocol that nobody asked for");
		return;
	}
	if (r->code < 200) {
		head_begin(r);
		return;
	}
	r->status = r->code;
	body_begin(r);
	r->keep_alive = r->state != UNTIL_CLOSE && !faulty && !(r->flags & CLOSE) &&
			(!(r->flags & OLD) || (r->flags & KEEP));
}

static void length_end(struct response *r)
{
	if (r->element == BEFORE)
		fail(r, "an empty Content-Length");
	else if ((r->flags & LENGTH) && r->length != r->number)
		fail(r, "Content-Lengths that differ");
	r->flags |= LENGTH;
	r->length = r->number;
	r->number = 0;
}

static void coding_end(struct response *r)
{
	if (r->element == BEFORE)
		return;
	if (!equals(r->token, r->token_len, "chunked")) {
		r->flags |= LAST_CODED;
		return;
	}
	if (r->flags & CHUNKED)
		fail(r, "chunked twice");
	r->flags = (uint8_t)((r->flags | CHUNKED) & ~LAST_CODED);
}

static void option_end(struct response *r)
{
	if (equals(r->token, r->token_len, "close"))
		r->flags |= CLOSE;
	else if (equals(r->token, r->token_len, "keep-alive"))
		r->flags |= KEEP;
}

static void element_end(struct response *r)
{
	if (r->field == CONTENT_LENGTH)
		length_end(r);
	else if (r->field == TRANSFER_ENCODING)
		coding_end(r);
	else if (r->field == CONNECTION)
		option_end(r);
	r->element = BEFORE;
	r->token_len = 0;
}

static void read_line(struct response *r, struct cursor *c)
{
	char first = *c->at;

	if (first == ' ' || first == '\t') { /* folded: the line before goes on */
		r->state = r->field == OTHER ? REST : VALUE;
		return;
	}
	if (r->field != OTHER) {
		element_end(r);
		r->field = OTHER;
		if (r->state == MALFORMED)
			return;
	}
	r->state = NAME;
	if (first == '\n' || first == '\r') {
		c->at++;
		r->state = LAST_LINE;
		if (first == '\n')
			head_end(r);
	}
}

static void read_last_line(struct response *r, struct cursor *c)
{
	if (*c->at != '\n') {
		fail(r, "a line that begins with CR");
		return;
	}
	c->at++;
	head_end(r);
}

static enum field field_of(const char *name, size_t len)
{
	if (len == 10 && equals(name, len, "connection"))
		return CONNECTION;
	if (len == 14 && equals(name, len, "content-length"))
		return CONTENT_LENGTH;
	if (len == 17 && equals(name, len, "transfer-encoding"))
		return TRANSFER_ENCODING;
	return OTHER;
}

static void read_name(struct response *r, struct cursor *c)
{
	const char *begin = c->at;
	size_t len;

	while (c->at < c->end && token_byte[(unsigned char)*c->at])
		c->at++;
	len = (size_t)(c->at - begin);
	if (c->at == c->end || r->token_len > 0)
		keep(r, begin, len);
	if (c->at == c->end)
		return;
	if (r->token_len > 0) {
		begin = r->token;
		len = r->token_len;
	}
	if (len == 0) {
		fail(r, "a header without a name");
		return;
	}
	if (!(r->flags & TRAILERS))
		r->field = (uint8_t)field_of(begin, len);
	r->token_len = 0;
	r->state = BEHIND_NAME;
}

static void read_behind_name(struct response *r, struct cursor *c)
{
	if (*c->at == ':') {
		if (r->field == TRANSFER_ENCODING)
			r->flags |= ENCODED;
		r->state = r->field == OTHER ? REST : VALUE;
	} else if (*c->at != ' ' && *c->at != '\t') {
		fail(r, "a header without a colon");
		return;
	}
	c->at++;
}

static void read_digits(struct response *r, struct cursor *c)
{
	if (r->element == BEHIND) {
		fail(r, "a Content-Length of two numbers");
		return;
	}
	for (; c->at < c->end && !is_blank(*c->at) && *c->at != ',' && *c->at != '\n'; c->at++) {
		if (!is_digit(*c->at) || r->number > (INT64_MAX - 9) / 10) {
			fail(r, "a Content-Length that is no number, or too large");
			return;
		}
		r->number = r->number * 10 + (uint64_t)(*c->at - '0');
	}
	r->element = WORD;
}

static void read_word(struct response *r, struct cursor *c)
{
	const char *begin = c->at;

	if (r->element == BEHIND) /* two words are none that we know */
		r->token_len = sizeof(r->token);
	while (c->at < c->end && !is_blank(*c->at) && *c->at != ',' && *c->at != '\n')
		c->at++;
	keep(r, begin, (size_t)(c->at - begin));
	r->element = WORD;
}

static void read_value(struct response *r, struct cursor *c)
{
	while (c->at < c->end && r->state == VALUE) {
		if (is_blank(*c->at) || *c->at == '\n') {
			r->element = r->element == BEFORE ? BEFORE : BEHIND;
			r->state = *c->at == '\n' ? LINE : VALUE;
			c->at++;
		} else if (*c->at == ',') {
			element_end(r);
			c->at++;
		} else if (r->field == CONTENT_LENGTH) {
			read_digits(r, c);
		} else {
			read_word(r, c);
		}
	}
}

/* -1: none. */
static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_size(struct response *r, struct cursor *c)
{
	int digit = hex_digit(*c->at);

	if (digit < 0 && r->token_len == 0) {
		fail(r, "a chunk without a size");
	} else if (digit < 0) {
		r->state = BEHIND_SIZE;
	} else if (r->number > INT64_MAX >> 4) {
		fail(r, "a chunk that is too large");
	} else {
		r->number = r->number << 4 | (uint64_t)digit;
		r->token_len = 1;
		c->at++;
	}
}

static void read_behind_size(struct response *r, struct cursor *c)
{
	if (*c->at == ';')
		r->state = EXTENSION;
	else if (*c->at == '\r')
		r->state = SIZE_END;
	else if (*c->at != ' ' && *c->at != '\t') {
		fail(r, "a chunk's size that is no number");
		return;
	}
	c->at++;
}

static void read_extension(struct response *r, struct cursor *c)
{
	while (c->at < c->end && *c->at != '\r' && *c->at != '\n')
		c->at++;
	if (c->at == c->end)
		return;
	if (*c->at == '\n') {
		fail(r, "a chunk's size line without CR");
		return;
	}
	c->at++;
	r->state = SIZE_END;
}

static void read_size_end(struct response *r, struct cursor *c)
{
	if (*c->at != '\n') {
		fail(r, "a chunk's size line with a CR in it");
		return;
	}
	c->at++;
	r->left = r->number;
	r->state = r->number > 0 ? CHUNK : LINE;
	if (r->number == 0)
		r->flags |= TRAILERS;
	r->number = 0;
	r->token_len = 0;
}

static void read_body(struct response *r, struct cursor *c)
{
	size_t n = (size_t)(c->end - c->at);

	if (r->state != UNTIL_CLOSE) {
		n = (size_t)MIN(r->left, n);
		r->left -= n;
		if (r->left == 0)
			r->state = r->state == CHUNK ? CHUNK_CR : WHOLE;
	}
	r->body_bytes += n;
	c->at += n;
}

static void read_chunk_end(struct response *r, struct cursor *c)
{
	if (*c->at != (r->state == CHUNK_CR ? '\r' : '\n')) {
		fail(r, "a chunk that is longer than its size");
		return;
	}
	c->at++;
	r->state = r->state == CHUNK_CR ? CHUNK_LF : SIZE;
}

/* Uses a byte, or changes the state. */
static void read_some(struct response *r, struct cursor *c)
{
	/* clang-format off */
	switch ((enum state)r->state) {
	case STATUS_LINE: read_status_line(r, c); break;
	case BEHIND_CODE: read_behind_code(r, c); break;
	case LINE:        read_line(r, c); break;
	case LAST_LINE:   read_last_line(r, c); break;
	case NAME:        read_name(r, c); break;
	case BEHIND_NAME: read_behind_name(r, c); break;
	case VALUE:       read_value(r, c); break;
	case REST:        read_rest(r, c); break;
	case SIZE:        read_size(r, c); break;
	case BEHIND_SIZE: read_behind_size(r, c); break;
	case EXTENSION:   read_extension(r, c); break;
	case SIZE_END:    read_size_end(r, c); break;
	case CHUNK:
	case BODY:
	case UNTIL_CLOSE: read_body(r, c); break;
	case CHUNK_CR:
	case CHUNK_LF:    read_chunk_end(r, c); break;
	case WHOLE:
	case MALFORMED:   break;
	}
	/* clang-format on */
}

/* Each of them is bounded, or endless in a number of states. */
enum section { SECTION_HEAD, SECTION_SIZE, SECTION_BODY };

static enum section section_of(uint8_t state)
{
	return state <= REST ? SECTION_HEAD : state <= SIZE_END ? SECTION_SIZE : SECTION_BODY;
}

/* Exact to the byte, so that where a read ends makes no difference. */
static void read_bounded(struct response *r, struct cursor *c, enum section section)
{
	const char *begin = c->at;
	size_t room = RESPONSE_HEAD_MAX - r->line_bytes;
	struct cursor bounded = { begin, begin + MIN(room, (size_t)(c->end - begin)) };

	while (bounded.at < bounded.end && section_of(r->state) == section)
		read_some(r, &bounded);
	c->at = bounded.at;
	r->line_bytes += (uint32_t)(bounded.at - begin);
	if (section_of(r->state) != section)
		r->line_bytes = 0;
	else if (c->at < c->end)
		fail(r, "a head, trailers or a chunk's size line without an end");
}

void response_begin(struct response *r, bool head)
{
	*r = (struct response) { .no_body = head };
	head_begin(r);
}

enum response_step response_feed(struct response *r, const char *bytes, size_t len,
				 size_t *ret_used)
{
	struct cursor c = { bytes, bytes + len };

	r->begun |= len > 0;
	while (c.at < c.end && r->state < WHOLE) {
		enum section section = section_of(r->state);

		if (section == SECTION_BODY)
			read_some(r, &c);
		else
			read_bounded(r, &c, section);
	}
	*ret_used = (size_t)(c.at - bytes);
	if (r->state == WHOLE)
		return RESPONSE_DONE;
	return r->state == MALFORMED ? RESPONSE_BAD : RESPONSE_MORE;
}

enum response_step response_end(struct response *r)
{
	if (r->state == UNTIL_CLOSE)
		r->state = WHOLE;
	else if (r->state < WHOLE)
		fail(r, "the connection ended before it was whole");
	return r->state == WHOLE ? RESPONSE_DONE : RESPONSE_BAD;
}

bool response_has_begun(const struct response *r)
{
	return r->begun;
}
