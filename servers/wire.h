/* wire.h - strict HTTP/1.1 request framing, byte by byte as it arrives.
 *
 * Why: libmicrohttpd hides framing faults. 0.9.75 joins a folded line to its
 * name, drops "Name :", cuts at a zero byte, takes a bare LF for a line's end
 * and reads a body by the last of two lengths, all before we are called. Two
 * servers in a row that read one request differently are how requests are
 * smuggled (RFC 9112, 11.2), so each connection's bytes pass this filter first.
 *
 * It follows request line, header lines and body (Content-Length or chunked,
 * with trailers) to find the next head, and decides by RFC 9110 and 9112; what
 * is malformed is refused, what is merely unknown is passed on.
 *
 * Invariants: pure, bounded, no allocation; no split of the input into calls
 * changes the verdict or how many bytes are good. What it takes as a body's
 * length is what libmicrohttpd takes.
 */
#ifndef SERVERS_WIRE_H
#define SERVERS_WIRE_H

#include "servers/wire_host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest method in IANA's registry, and the longest header name that
 * matters here. */
#define WIRE_NAME_MAX 17

/* What libmicrohttpd keeps of a line takes more room than a short line itself,
 * and it waits for a chunk's extensions to be whole. */
#define WIRE_LINES_MAX 100u /* header lines and trailers of a request */
#define WIRE_TAIL_MAX 1024u /* bytes */

struct wire_limits {             /* each at most 1 GiB, but for the body */
	uint64_t body_max_bytes; /* Content-Length, or all chunks together */
	/* Request line and header lines, the empty one included. A chunked
	 * body's extensions and trailers together have as much again, but at
	 * most WIRE_TAIL_MAX. */
	uint32_t head_max_bytes;
	uint32_t target_max_bytes;
};

struct wire {
	const struct wire_limits *limits; /* borrowed */
	uint64_t left;                    /* of the body or chunk; a length while it is read */
	uint64_t body_left;               /* what more chunks may bring */
	uint32_t head_left;
	uint32_t target_left; /* the space behind it included */
	uint16_t verdict;     /* the status that fits the violation; 0: none so far */
	uint16_t status;      /* wire_recv.h: the last reply that is due; 0: none */
	struct wire_host host;
	uint8_t read_shut; /* wire_recv.h */
	uint8_t state;
	uint8_t flags;
	uint8_t field;            /* which header's value is read */
	uint8_t lines;            /* header lines so far */
	uint8_t at;               /* position in what is being matched, or how much of it came */
	char name[WIRE_NAME_MAX]; /* the method, or a header's name over a split */
};

/* For the first byte of a connection. */
void wire_init(struct wire *wire, const struct wire_limits *limits);

/* A part of a request has come, and not all of it. */
bool wire_begun(const struct wire *wire);

/* Follow len more bytes. Returns how many of them may be passed on: all, or on
 * a violation (verdict is set then) those up to the end of the last request
 * that is complete. Verdicts: 400; 413, 414, 431 for a limit; 501 for a method
 * or transfer coding that nobody knows; 505. After a violation: 0. */
size_t wire_feed(struct wire *wire, const void *bytes, size_t len);

#endif
