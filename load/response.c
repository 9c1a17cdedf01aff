/* response.c - see response.h.
 *
 * A machine over bytes whose states stop only where something is decided: the
 * rest of a line that says nothing to us is one memchr(), a body is a number
 * that goes down.
 *
 * Lenient where a client may be (RFC 9112 2.2, 4, 5.2: a bare LF ends a line of
 * the head, the blank behind the status code may be missing, a line may be
 * folded); strict where bytes could be taken for another response's: sizes,
 * lengths, the line ends between chunks.
 */
#include "load/response.h"

#include "common/cc.h"
#include "load/response_state.h"

void response_fail(struct response *r, const char *fault)
{
	r->state = MALFORMED;
	r->keep_alive = false;
	r->fault = fault;
}

/* RFC 9112 6.3, in its order. */
static enum response_state body_state(const struct response *r)
{
	if (r->no_body || r->status == 204 || r->status == 304)
		return WHOLE;
	if ((r->flags & (CHUNKED | LAST_CODED)) == CHUNKED)
		return SIZE;
	if ((r->flags & ENCODED) || !(r->flags & LENGTH))
		return UNTIL_CLOSE;
	return r->length > 0 ? BODY : WHOLE;
}

void response_body_begin(struct response *r)
{
	/* Framing that a server on the way may have taken otherwise: RFC 9112 6.1. */
	bool faulty = (r->flags & ENCODED) && (r->flags & (LENGTH | OLD));

	r->status = r->code;
	r->state = (uint8_t)body_state(r);
	r->left = r->length;
	r->number = 0;
	r->keep_alive = r->state != UNTIL_CLOSE && !faulty && !(r->flags & CLOSE) &&
			(!(r->flags & OLD) || (r->flags & KEEP));
}

/* -1: none. */
static int hex_digit(char c)
{
	if (response_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_size(struct response *r, struct cursor *c)
{
	int digit = hex_digit(*c->at);

	if (digit < 0 && r->token_len == 0) {
		response_fail(r, "a chunk without a size");
	} else if (digit < 0) {
		r->state = BEHIND_SIZE;
	} else if (r->number > INT64_MAX >> 4) {
		response_fail(r, "a chunk that is too large");
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
		response_fail(r, "a chunk's size that is no number");
		return;
	}
	c->at++;
}

static void read_extension(struct response *r, struct cursor *c)
{
	if (*c->at == '\n') {
		response_fail(r, "a chunk's size line without CR");
		return;
	}
	if (*c->at == '\r')
		r->state = SIZE_END;
	c->at++;
}

static void read_size_end(struct response *r, struct cursor *c)
{
	if (*c->at != '\n') {
		response_fail(r, "a chunk's size line with a CR in it");
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

static void read_size_line(struct response *r, struct cursor *c)
{
	while (c->at < c->end && r->state >= SIZE && r->state <= SIZE_END) {
		/* clang-format off */
		switch (r->state) {
		case SIZE:        read_size(r, c); break;
		case BEHIND_SIZE: read_behind_size(r, c); break;
		case EXTENSION:   read_extension(r, c); break;
		default:          read_size_end(r, c); break;
		}
		/* clang-format on */
	}
}

static void read_chunk_end(struct response *r, struct cursor *c)
{
	if (*c->at != (r->state == CHUNK_CR ? '\r' : '\n')) {
		response_fail(r, "a chunk that is longer than its size");
		return;
	}
	c->at++;
	r->state = r->state == CHUNK_CR ? CHUNK_LF : SIZE;
}

static void read_body(struct response *r, struct cursor *c)
{
	size_t n = (size_t)(c->end - c->at);

	if (r->state == CHUNK_CR || r->state == CHUNK_LF) {
		read_chunk_end(r, c);
		return;
	}
	if (r->state != UNTIL_CLOSE) {
		n = (size_t)MIN(r->left, n);
		r->left -= n;
		if (r->left == 0)
			r->state = r->state == CHUNK ? CHUNK_CR : WHOLE;
	}
	r->body_bytes += n;
	c->at += n;
}

/* A section that is not the body has so many bytes at most. */
enum section { SECTION_HEAD, SECTION_SIZE, SECTION_BODY };

static enum section section_of(uint8_t state)
{
	return state <= REST ? SECTION_HEAD : state <= SIZE_END ? SECTION_SIZE : SECTION_BODY;
}

/* Exact to the byte, so that where a read ends makes no difference. */
static void read_bounded(struct response *r, struct cursor *c, enum section section)
{
	const char *begin = c->at, *end = c->end;
	size_t room = RESPONSE_HEAD_MAX - r->section_bytes;

	if (room < (size_t)(end - begin))
		c->end = begin + room;
	if (section == SECTION_HEAD)
		response_head_read(r, c);
	else
		read_size_line(r, c);
	c->end = end;
	r->section_bytes += (uint32_t)(c->at - begin);
	if (section_of(r->state) != section)
		r->section_bytes = 0;
	else if (c->at < end)
		response_fail(r, "a head, trailers or a chunk's size line without an end");
}

void response_begin(struct response *r, bool head)
{
	*r = (struct response) { .no_body = head };
	response_head_begin(r);
}

enum response_step response_feed(struct response *r, const char *bytes, size_t len,
				 size_t *ret_used)
{
	struct cursor c = { bytes, bytes + len };

	while (c.at < c.end && r->state < WHOLE) {
		enum section section = section_of(r->state);

		if (section == SECTION_BODY)
			read_body(r, &c);
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
		response_fail(r, "the connection ended before it was whole");
	return r->state == WHOLE ? RESPONSE_DONE : RESPONSE_BAD;
}
