/* response_fields.c - Connection, Content-Length, Transfer-Encoding: word by word.
 *
 * A line may be folded (RFC 9112 5.2) and a list may come as several lines (RFC
 * 9110 5.3): only a word is ever kept, never a line. A word counts once what is
 * behind it was seen: two words without a comma between are none that we know.
 */
#include "common/cc.h"
#include "load/response_state.h"

#include <string.h>

static uint64_t eight(const char *bytes)
{
	uint64_t ret;

	memcpy(&ret, bytes, sizeof(ret));
	return ret;
}

/* In any case of letters, whatever the locale is. lower: letters in lower case and
 * "-". A bit makes a letter lower; but for these, it makes only CR one of lower's
 * bytes, and neither a name nor a word has one. */
static inline bool equals(const char *bytes, const char *lower, size_t len)
{
	const uint64_t bit = 0x2020202020202020;

	if (len < sizeof(bit)) {
		for (size_t i = 0; i < len; i++)
			if ((bytes[i] | 0x20) != lower[i])
				return false;
		return true;
	}
	for (size_t i = 0; i + sizeof(bit) < len; i += sizeof(bit))
		if ((eight(bytes + i) | bit) != eight(lower + i))
			return false;
	bytes += len - sizeof(bit);
	return (eight(bytes) | bit) == eight(lower + len - sizeof(bit));
}
#define EQUALS(bytes, len, literal) \
	((len) == sizeof(literal) - 1 && equals(bytes, literal, sizeof(literal) - 1))

enum response_field response_field_of(const char *name, size_t len)
{
	if (EQUALS(name, len, "content-length"))
		return CONTENT_LENGTH;
	if (EQUALS(name, len, "connection"))
		return CONNECTION;
	if (EQUALS(name, len, "transfer-encoding"))
		return TRANSFER_ENCODING;
	return OTHER;
}

void response_keep(struct response *r, const char *bytes, size_t len)
{
	size_t n = MIN(len, sizeof(r->token) - r->token_len);

	memcpy(r->token + r->token_len, bytes, n);
	r->token_len = (uint8_t)(r->token_len + n);
}

static void length_end(struct response *r)
{
	if (r->element == BEFORE)
		response_fail(r, "an empty Content-Length");
	else if ((r->flags & LENGTH) && r->length != r->number)
		response_fail(r, "Content-Lengths that differ");
	r->flags |= LENGTH;
	r->length = r->number;
	r->number = 0;
}

static void coding_end(struct response *r)
{
	if (r->element == BEFORE)
		return;
	if (!EQUALS(r->token, r->token_len, "chunked")) {
		r->flags |= LAST_CODED;
		return;
	}
	if (r->flags & CHUNKED)
		response_fail(r, "chunked twice");
	r->flags = (uint8_t)((r->flags | CHUNKED) & ~LAST_CODED);
}

static void option_end(struct response *r)
{
	if (EQUALS(r->token, r->token_len, "close"))
		r->flags |= CLOSE;
	else if (EQUALS(r->token, r->token_len, "keep-alive"))
		r->flags |= KEEP;
}

void response_element_end(struct response *r)
{
	if (r->field == CONTENT_LENGTH)
		length_end(r);
	else if (r->field == TRANSFER_ENCODING)
		coding_end(r);
	else
		option_end(r);
	r->element = BEFORE;
	r->token_len = 0;
}

static const char *read_digits(struct response *r, const char *at, const char *end)
{
	uint64_t number = r->number;

	if (r->element == BEHIND) {
		response_fail(r, "a Content-Length of two numbers");
		return at;
	}
	for (; at < end && response_is_digit(*at); at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (number > (INT64_MAX - digit) / 10) {
			response_fail(r, "a Content-Length that is too large");
			return at;
		}
		number = number * 10 + digit;
	}
	r->number = number;
	if (at < end && !response_is_blank(*at) && *at != ',' && *at != '\n')
		response_fail(r, "a Content-Length that is no number");
	return at;
}

static const char *read_word(struct response *r, const char *at, const char *end)
{
	const char *begin = at;

	if (r->element == BEHIND)
		r->token_len = sizeof(r->token);
	while (at < end && !response_is_blank(*at) && *at != ',' && *at != '\n')
		at++;
	response_keep(r, begin, (size_t)(at - begin));
	return at;
}

void response_value_read(struct response *r, struct cursor *c)
{
	const char *at = c->at;

	while (at < c->end && r->state == VALUE) {
		if (response_is_blank(*at) || *at == '\n') {
			if (r->element != BEFORE)
				r->element = BEHIND;
			if (*at++ == '\n')
				r->state = LINE;
		} else if (*at == ',') {
			response_element_end(r);
			at++;
		} else {
			at = r->field == CONTENT_LENGTH ? read_digits(r, at, c->end)
							: read_word(r, at, c->end);
			r->element = WORD;
		}
	}
	c->at = at;
}
