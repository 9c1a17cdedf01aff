/* wire_head.c - header lines and trailers (RFC 9112, 5): name ":" value CRLF.
 *
 * A line that is folded, a name that is no token, a blank before the colon, a
 * bare CR or LF, a control character in a value: refused. Of the values only
 * three matter for framing and are read: Host, Content-Length and
 * Transfer-Encoding.
 */
#include "servers/wire_head.h"

#include "common/cc.h"

#include <endian.h>
#include <string.h>

/* Larger ones pass a 64-bit signed number somewhere behind us. */
#define LENGTH_DIGITS_MAX 19

enum field { FIELD_PLAIN, FIELD_HOST, FIELD_LENGTH, FIELD_CODING };

/* Names are tokens: setting the bit makes letters small and nothing else a
 * letter or a '-'. */
static bool name_is(const uint8_t *name, const char *small, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((name[i] | 0x20) != small[i])
			return false;
	return true;
}

static enum field field_find(const uint8_t *name, size_t len)
{
	switch (len) {
	case 4:
		return name_is(name, "host", len) ? FIELD_HOST : FIELD_PLAIN;
	case 14:
		return name_is(name, "content-length", len) ? FIELD_LENGTH : FIELD_PLAIN;
	case 17:
		return name_is(name, "transfer-encoding", len) ? FIELD_CODING : FIELD_PLAIN;
	default:
		return FIELD_PLAIN;
	}
}

/* False: it may not be here, or not once more. */
static bool field_begin(struct wire *wire, enum field field)
{
	static const uint8_t flag[] = {
		[FIELD_PLAIN] = 0,
		[FIELD_HOST] = WIRE_HAS_HOST,
		[FIELD_LENGTH] = WIRE_HAS_LENGTH,
		[FIELD_CODING] = WIRE_CHUNKED,
	};
	/* RFC 9112, 6.1 and 6.3: one length, of one kind; codings came with 1.1. */
	static const uint8_t excluded[] = {
		[FIELD_PLAIN] = 0,
		[FIELD_HOST] = WIRE_HAS_HOST,
		[FIELD_LENGTH] = WIRE_HAS_LENGTH | WIRE_CHUNKED,
		[FIELD_CODING] = WIRE_HAS_LENGTH | WIRE_CHUNKED | WIRE_HTTP_1_0,
	};

	if (wire->flags & excluded[field])
		return false;
	wire->flags |= flag[field];
	wire->field = (uint8_t)field;
	wire->at = 0;
	if (field == FIELD_HOST)
		wire->host = (struct wire_host) { 0 };
	return true;
}

static const uint8_t *name_end(struct wire *wire, const uint8_t *p, const uint8_t *name, size_t len)
{
	/* Whatever its name, a trailer is not about framing (RFC 9110, 6.5.1). */
	bool trailer = wire->flags & WIRE_TRAILERS;

	if (*p != ':' || !field_begin(wire, trailer ? FIELD_PLAIN : field_find(name, len)))
		return wire_fail(wire, 400);
	wire->state = wire->field == FIELD_PLAIN ? WIRE_VALUE : WIRE_BLANKS;
	return p + 1;
}

/* Most names come whole and are looked at where they are. Of one that a read
 * cut in two the part that came is kept; at is WIRE_NAME_MAX + 1 when it is too
 * long to matter. */
static const uint8_t *name(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *from = p;
	size_t len, kept = wire->at;

	while (p < end && (wire_class[*p] & WIRE_TOKEN))
		p++;
	len = (size_t)(p - from);
	if (kept == 0 && p < end)
		return name_end(wire, p, from, len);
	for (size_t i = 0; i < len && kept < WIRE_NAME_MAX; i++)
		wire->name[kept++] = (char)*from++;
	if (from < p)
		kept = WIRE_NAME_MAX + 1;
	wire->at = (uint8_t)kept;
	return p < end ? name_end(wire, p, (const uint8_t *)wire->name, kept) : p;
}

static const uint8_t *line(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	if (wire_class[*p] & WIRE_TOKEN) {
		if (++wire->lines > WIRE_LINES_MAX)
			return wire_fail(wire, 431);
		wire->state = WIRE_NAME;
		wire->at = 0;
		return name(wire, p, end);
	}
	if (*p != '\r')
		return wire_fail(wire, 400);
	wire->state = WIRE_HEAD_LF;
	return p + 1;
}

static const uint8_t *value_cr(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	if (*p != '\r')
		return wire_fail(wire, 400);
	if (end - p >= 2 && p[1] == '\n') {
		wire->state = WIRE_LINE;
		return p + 2;
	}
	wire->state = WIRE_VALUE_LF;
	return p + 1;
}

/* How many of eight bytes come before the first control character, HTAB
 * included. A byte below 0x20 or a DEL gets its top bit set; a borrow may set
 * more, but only behind the first. */
static unsigned before_control(const uint8_t *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t word, small, del;

	memcpy(&word, p, sizeof(word));
	word = le64toh(word);
	del = word ^ ones * 0x7f;
	small = (word - ones * 0x20) & ~word;
	del = (del - ones) & ~del;
	small = (small | del) & tops;
	return small == 0 ? 8 : (unsigned)__builtin_ctzll(small) / 8;
}

const uint8_t *wire_scan_value(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 8) {
		unsigned n = before_control(p);

		p += n;
		if (n < 8 && *p != '\t')
			return p;
		p += n < 8;
	}
	while (p < end && (wire_class[*p] & WIRE_VALUE_CHAR))
		p++;
	return p;
}

static const uint8_t *host_value(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	p = wire_host_take(&wire->host, p, end);
	if (p == NULL)
		return wire_fail(wire, 400);
	if (p == end)
		return p;
	if (!wire_host_whole(&wire->host))
		return wire_fail(wire, 400);
	wire->state = WIRE_VALUE_END;
	return p;
}

/* Digits, and no blanks behind them: libmicrohttpd 0.9.75 takes those as part
 * of the value. The same holds for a coding. */
static const uint8_t *length_value(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	if (wire->at == 0)
		wire->left = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (++wire->at > LENGTH_DIGITS_MAX)
			return wire_fail(wire, 400);
		wire->left = wire->left * 10 + (*p - '0');
	}
	if (p == end)
		return p;
	if (wire->at == 0 || wire->left > INT64_MAX)
		return wire_fail(wire, 400);
	return value_cr(wire, p, end);
}

static const uint8_t *coding_value(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	static const char want[] = "chunked";

	while (p < end && want[wire->at] != '\0') {
		if ((*p | 0x20) != want[wire->at]) {
			bool known_bytes = *p == '\r' || (wire_class[*p] & WIRE_VALUE_CHAR);

			return wire_fail(wire, known_bytes ? 501 : 400);
		}
		wire->at++;
		p++;
	}
	if (p == end)
		return p;
	if (wire_class[*p] & WIRE_VALUE_CHAR)
		return wire_fail(wire, 501);
	return value_cr(wire, p, end);
}

static const uint8_t *value(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	switch (wire->field) {
	case FIELD_HOST:
		return host_value(wire, p, end);
	case FIELD_LENGTH:
		return length_value(wire, p, end);
	case FIELD_CODING:
		return coding_value(wire, p, end);
	default:
		p = wire_scan_value(p, end);
		return p < end ? value_cr(wire, p, end) : p;
	}
}

static const uint8_t *skip_blanks(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static const uint8_t *lf(struct wire *wire, const uint8_t *p, enum wire_state next)
{
	if (*p != '\n')
		return wire_fail(wire, 400);
	wire->state = (uint8_t)next;
	return p + 1;
}

static const uint8_t *lines(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	switch (wire->state) {
	case WIRE_LINE:
		return line(wire, p, end);
	case WIRE_NAME:
		return name(wire, p, end);
	case WIRE_BLANKS:
		p = skip_blanks(p, end);
		if (p < end)
			wire->state = WIRE_VALUE;
		return p;
	case WIRE_VALUE:
		return value(wire, p, end);
	case WIRE_VALUE_END:
		p = skip_blanks(p, end);
		return p < end ? value_cr(wire, p, end) : p;
	case WIRE_VALUE_LF:
		return lf(wire, p, WIRE_LINE);
	default:
		return lf(wire, p, WIRE_HEAD_END);
	}
}

const uint8_t *wire_head(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	while (p != NULL && p < end && wire->state <= WIRE_VERSION_LF)
		p = wire_line(wire, p, end);
	while (p != NULL && p < end && wire->state < WIRE_HEAD_END)
		p = lines(wire, p, end);
	return p;
}
