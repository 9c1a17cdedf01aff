/* wire_head.h - the inside of wire: states, and the part for heads. */
#ifndef SERVERS_WIRE_HEAD_H
#define SERVERS_WIRE_HEAD_H

#include "servers/wire.h"

#include <stdbool.h>

/* In order: up to WIRE_VERSION_LF a head's first line, up to WIRE_HEAD_LF a
 * head or trailers, then a body. */
enum wire_state {
	WIRE_START, /* before the first line */
	WIRE_START_LF,
	WIRE_METHOD,
	WIRE_TARGET_START,
	WIRE_SCHEME,
	WIRE_AUTHORITY,
	WIRE_TARGET,
	WIRE_TARGET_END,
	WIRE_VERSION,
	WIRE_VERSION_LF,
	WIRE_LINE, /* at the start of a header line */
	WIRE_NAME,
	WIRE_BLANKS, /* before a value */
	WIRE_VALUE,
	WIRE_VALUE_END, /* blanks behind a value */
	WIRE_VALUE_LF,
	WIRE_HEAD_LF,
	WIRE_HEAD_END, /* nothing of a head is left */
	WIRE_BODY,
	WIRE_CHUNK_SIZE,
	WIRE_CHUNK_EXTENSION,
	WIRE_CHUNK_LF,
	WIRE_CHUNK,
	WIRE_CHUNK_CR,
	WIRE_CHUNK_END_LF,
};

enum wire_flag { /* of the request */
		 WIRE_IS_OPTIONS = 1 << 0,
		 WIRE_ASTERISK = 1 << 1, /* the target is "*" */
		 WIRE_HTTP_1_0 = 1 << 2,
		 WIRE_HAS_HOST = 1 << 3,
		 WIRE_HAS_LENGTH = 1 << 4,
		 WIRE_CHUNKED = 1 << 5,
		 WIRE_TRAILERS = 1 << 6, /* the head's lines are trailers */
};

/* Classes of bytes. */
enum wire_class {
	WIRE_TOKEN = 1,       /* tchar (RFC 9110, 5.6.2) */
	WIRE_METHOD_CHAR = 2, /* of the methods that anybody has */
	WIRE_TARGET_CHAR = 4, /* neither control nor blank */
	WIRE_VALUE_CHAR = 8,  /* field-vchar, SP, HTAB (RFC 9110, 5.5) */
	WIRE_HEX = 16,
};
extern const uint8_t wire_class[256];

/* Set the verdict; NULL. */
const uint8_t *wire_fail(struct wire *wire, unsigned status);

/* The first byte from p on that no value may have, or end. */
const uint8_t *wire_scan_value(const uint8_t *p, const uint8_t *end);

/* Follow a head or trailers up to end or WIRE_HEAD_END; NULL: a violation.
 * head_left is the caller's. */
const uint8_t *wire_head(struct wire *wire, const uint8_t *p, const uint8_t *end);

/* wire_line.c: the part of it that is the first line. */
const uint8_t *wire_line(struct wire *wire, const uint8_t *p, const uint8_t *end);

#endif
