/* wire.c - see wire.h: heads and bodies in turn (RFC 9112, 2.1, 6 and 7.1).
 *
 *   START ─▶ … HEAD_END ─▶ START                     no body
 *                  ├─────▶ BODY ─▶ START             Content-Length
 *                  └─────▶ CHUNK_SIZE ◀─▶ CHUNK
 *                              └─▶ LINE … HEAD_END ─▶ START   trailers
 */
#include "servers/wire.h"

#include "common/cc.h"
#include "servers/wire_head.h"

/* Leading zeros and all. */
#define CHUNK_DIGITS_MAX 32

_Static_assert(sizeof(struct wire) <= 72, "every open connection has one");

static void request_begin(struct wire *wire)
{
	wire->state = WIRE_START;
	wire->flags = 0;
	wire->at = 0;
	wire->lines = 0;
	wire->head_left = wire->limits->head_max_bytes;
	wire->target_left = wire->limits->target_max_bytes + 1;
}

void wire_init(struct wire *wire, const struct wire_limits *limits)
{
	*wire = (struct wire) { .limits = limits };
	request_begin(wire);
}

bool wire_begun(const struct wire *wire)
{
	return wire->state != WIRE_START || wire->at != 0;
}

static void chunk_begin(struct wire *wire)
{
	wire->state = WIRE_CHUNK_SIZE;
	wire->left = 0;
	wire->at = 0;
}

/* Behind the empty line: what comes now? False: a violation. */
static bool head_end(struct wire *wire)
{
	if (wire->flags & WIRE_TRAILERS) {
		request_begin(wire);
	} else if (!(wire->flags & (WIRE_HAS_HOST | WIRE_HTTP_1_0))) {
		wire_fail(wire, 400); /* RFC 9112, 3.2 */
	} else if (wire->flags & WIRE_CHUNKED) {
		wire->head_left = MIN(wire->limits->head_max_bytes, WIRE_TAIL_MAX);
		wire->body_left = wire->limits->body_max_bytes;
		chunk_begin(wire);
	} else if (!(wire->flags & WIRE_HAS_LENGTH) || wire->left == 0) {
		request_begin(wire);
	} else if (wire->left > wire->limits->body_max_bytes) {
		wire_fail(wire, 413);
	} else {
		wire->state = WIRE_BODY;
	}
	return wire->verdict == 0;
}

static const uint8_t *step_head(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *stop = (size_t)(end - p) > wire->head_left ? p + wire->head_left : end;
	const uint8_t *q = wire_head(wire, p, stop);

	if (q == NULL)
		return NULL;
	if (wire->state == WIRE_HEAD_END)
		return head_end(wire) ? q : NULL;
	if (stop < end)
		return wire_fail(wire, wire->state <= WIRE_VERSION_LF ? 414 : 431);
	wire->head_left -= (uint32_t)(q - p);
	return q;
}

static int hex_value(uint8_t c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static const uint8_t *chunk_size(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	for (; p < end && (wire_class[*p] & WIRE_HEX); p++) {
		if (++wire->at > CHUNK_DIGITS_MAX || wire->left >> 60 != 0)
			return wire_fail(wire, 400);
		wire->left = wire->left << 4 | (uint64_t)hex_value(*p);
	}
	if (p == end)
		return p;
	if (wire->at == 0 || (*p != '\r' && *p != ';'))
		return wire_fail(wire, 400);
	wire->state = *p == '\r' ? WIRE_CHUNK_LF : WIRE_CHUNK_EXTENSION;
	return p + 1;
}

/* RFC 9112, 7.1.1: nothing to us, but there is a limit for all of them. */
static const uint8_t *chunk_extension(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *stop = (size_t)(end - p) > wire->head_left ? p + wire->head_left : end;
	const uint8_t *q = wire_scan_value(p, stop);

	wire->head_left -= (uint32_t)(q - p);
	if (q == end)
		return q;
	if (q == stop || *q != '\r')
		return wire_fail(wire, 400);
	wire->state = WIRE_CHUNK_LF;
	return q + 1;
}

static const uint8_t *chunk_lf(struct wire *wire, const uint8_t *p)
{
	if (*p != '\n')
		return wire_fail(wire, 400);
	if (wire->left > wire->body_left)
		return wire_fail(wire, 413);
	wire->body_left -= wire->left;
	wire->state = WIRE_CHUNK;
	if (wire->left == 0) {
		wire->flags |= WIRE_TRAILERS;
		wire->state = WIRE_LINE;
	}
	return p + 1;
}

static const uint8_t *content(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	uint64_t n = MIN(wire->left, (uint64_t)(end - p));

	wire->left -= n;
	if (wire->left == 0 && wire->state == WIRE_CHUNK)
		wire->state = WIRE_CHUNK_CR;
	else if (wire->left == 0)
		request_begin(wire);
	return p + n;
}

static const uint8_t *step_body(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	switch (wire->state) {
	case WIRE_CHUNK_SIZE:
		return chunk_size(wire, p, end);
	case WIRE_CHUNK_EXTENSION:
		return chunk_extension(wire, p, end);
	case WIRE_CHUNK_LF:
		return chunk_lf(wire, p);
	case WIRE_CHUNK_CR:
		wire->state = WIRE_CHUNK_END_LF;
		return *p == '\r' ? p + 1 : wire_fail(wire, 400);
	case WIRE_CHUNK_END_LF:
		chunk_begin(wire);
		return *p == '\n' ? p + 1 : wire_fail(wire, 400);
	default:
		return content(wire, p, end);
	}
}

size_t wire_feed(struct wire *wire, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len, *good = p;

	if (wire->verdict != 0)
		return 0;
	while (p < end) {
		p = wire->state < WIRE_HEAD_END ? step_head(wire, p, end) : step_body(wire, p, end);
		if (p == NULL)
			return (size_t)(good - (const uint8_t *)bytes);
		if (!wire_begun(wire))
			good = p; /* a request is complete */
	}
	return len;
}
