/* response_state.h - what the reader of responses is made of, for its own files.
 *
 * response.c has the sections and bodies, response_head.c the lines of a head
 * or of trailers, response_fields.c the values of the three fields that say
 * where a response ends.
 */
#ifndef LOAD_RESPONSE_STATE_H
#define LOAD_RESPONSE_STATE_H

#include "load/response.h"

enum response_state {
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

enum response_field { OTHER, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING };

enum response_element { BEFORE, WORD, BEHIND }; /* of a list: blanks, a word, blanks */

enum response_flag {
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

void response_fail(struct response *r, const char *fault);

/* A CR that ends no line is a blank (RFC 9112 2.2), and so is one that does. */
static inline bool response_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static inline bool response_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* response_head.c */
void response_head_begin(struct response *r);
/* Until the section ends, is malformed, or nothing is left. */
void response_head_read(struct response *r, struct cursor *c);
/* The head is whole: what follows? */
void response_body_begin(struct response *r);

/* response_fields.c */
enum response_field response_field_of(const char *name, size_t len);
/* Up to the end of the line. */
void response_value_read(struct response *r, struct cursor *c);
/* The line is not folded: its last element ends. */
void response_element_end(struct response *r);
/* What a read has cut. What does not fit is none of the words that we know:
 * the length says so. */
void response_keep(struct response *r, const char *bytes, size_t len);

#endif
