/* wire_line.c - a request's first line: method SP target SP version CRLF
 * (RFC 9112, 3), one space each, and a few empty lines before it (2.2).
 */
#include "servers/wire_head.h"

#include <string.h>

#define EMPTY_LINES_MAX 4

#define TCHAR (WIRE_TOKEN | WIRE_TARGET_CHAR | WIRE_VALUE_CHAR)
#define UPPER (TCHAR | WIRE_METHOD_CHAR)
#define VISIBLE (WIRE_TARGET_CHAR | WIRE_VALUE_CHAR)

const uint8_t wire_class[256] = {
	['\t'] = WIRE_VALUE_CHAR,
	[' '] = WIRE_VALUE_CHAR,
	['!'] = TCHAR,
	['"'] = VISIBLE,
	['#' ... '\''] = TCHAR,
	['('] = VISIBLE,
	[')'] = VISIBLE,
	['*'] = TCHAR,
	['+'] = TCHAR,
	[','] = VISIBLE,
	['-'] = UPPER,
	['.'] = TCHAR,
	['/'] = VISIBLE,
	['0' ... '9'] = TCHAR | WIRE_HEX,
	[':' ... '@'] = VISIBLE,
	['A' ... 'F'] = UPPER | WIRE_HEX,
	['G' ... 'Z'] = UPPER,
	['[' ... ']'] = VISIBLE,
	['^'] = TCHAR,
	['_'] = UPPER,
	['`'] = TCHAR,
	['a' ... 'f'] = TCHAR | WIRE_HEX,
	['g' ... 'z'] = TCHAR,
	['{'] = VISIBLE,
	['|'] = TCHAR,
	['}'] = VISIBLE,
	['~'] = TCHAR,
	[0x80 ... 0xff] = VISIBLE,
};

const uint8_t *wire_fail(struct wire *wire, unsigned status)
{
	wire->verdict = (uint16_t)status;
	return NULL;
}

static const uint8_t *start(struct wire *wire, const uint8_t *p)
{
	if (*p != '\r') {
		wire->state = WIRE_METHOD;
		wire->at = 0;
		return p;
	}
	if (wire->at == EMPTY_LINES_MAX)
		return wire_fail(wire, 400);
	wire->at++;
	wire->state = WIRE_START_LF;
	return p + 1;
}

static bool method_is(const struct wire *wire, const char *name)
{
	return wire->at == strlen(name) && memcmp(wire->name, name, wire->at) == 0;
}

static const uint8_t *method_end(struct wire *wire, const uint8_t *p)
{
	if (*p != ' ' || wire->at == 0)
		return wire_fail(wire, 400);
	if (method_is(wire, "OPTIONS"))
		wire->flags |= WIRE_IS_OPTIONS;
	/* To a proxy in front any 2xx would open a tunnel (RFC 9110, 9.3.6). */
	if (method_is(wire, "CONNECT"))
		return wire_fail(wire, 501);
	wire->state = WIRE_TARGET_START;
	return p + 1;
}

/* RFC 9112, 3: one that is longer than any that is known is 501. So is one in
 * small letters, which is another method than the one that is meant. */
static const uint8_t *method(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p++) {
		if (!(wire_class[*p] & WIRE_METHOD_CHAR)) {
			if (wire_class[*p] & WIRE_TOKEN)
				return wire_fail(wire, 501);
			return method_end(wire, p);
		}
		if (wire->at == WIRE_NAME_MAX)
			return wire_fail(wire, 501);
		wire->name[wire->at++] = (char)*p;
	}
	return p;
}

/* RFC 9112, 3.2: the form of the target shows in its first byte. */
static const uint8_t *target_start(struct wire *wire, const uint8_t *p)
{
	wire->at = 0;
	if (*p == '/') {
		wire->state = WIRE_TARGET;
		return p + 1;
	}
	if (*p == '*') {
		wire->flags |= WIRE_ASTERISK;
		wire->state = WIRE_TARGET_END;
		return p + 1;
	}
	wire->state = WIRE_SCHEME;
	return p;
}

/* "http://" or "https://". */
static const uint8_t *scheme(struct wire *wire, const uint8_t *p)
{
	static const char want[] = "https://";
	uint8_t c = *p;

	if (wire->at == 4 && c == ':')
		wire->at++;
	if ((wire->at < 5 ? c | 0x20 : c) != want[wire->at])
		return wire_fail(wire, 400);
	if (want[++wire->at] == '\0') {
		wire->host = (struct wire_host) { 0 };
		wire->state = WIRE_AUTHORITY;
	}
	return p + 1;
}

static const uint8_t *authority(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	p = wire_host_take(&wire->host, p, end);
	if (p == NULL)
		return wire_fail(wire, 400);
	if (p == end)
		return p;
	if (!wire_host_whole(&wire->host) || (*p != ' ' && *p != '/' && *p != '?'))
		return wire_fail(wire, 400);
	wire->state = *p == ' ' ? WIRE_TARGET_END : WIRE_TARGET;
	return p;
}

static const uint8_t *target(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	while (p < end && (wire_class[*p] & WIRE_TARGET_CHAR))
		p++;
	if (p < end)
		wire->state = WIRE_TARGET_END;
	return p;
}

static const uint8_t *target_end(struct wire *wire, const uint8_t *p)
{
	if (*p != ' ')
		return wire_fail(wire, 400);
	wire->at = 0;
	wire->left = 0;
	wire->state = WIRE_VERSION;
	return p + 1;
}

static const uint8_t *target_step(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	switch (wire->state) {
	case WIRE_TARGET_START:
		return target_start(wire, p);
	case WIRE_SCHEME:
		return scheme(wire, p);
	case WIRE_AUTHORITY:
		return authority(wire, p, end);
	case WIRE_TARGET:
		return target(wire, p, end);
	default:
		return target_end(wire, p);
	}
}

/* The target and the space behind it, within what target_left allows. */
static const uint8_t *limited_target(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *from = p;
	const uint8_t *stop = (size_t)(end - p) > wire->target_left ? p + wire->target_left : end;

	while (p < stop && wire->state < WIRE_VERSION) {
		p = target_step(wire, p, stop);
		if (p == NULL)
			return NULL;
	}
	wire->target_left -= (uint32_t)(p - from);
	if (wire->state < WIRE_VERSION && stop < end)
		return wire_fail(wire, 414);
	return p;
}

/* "HTTP/" DIGIT "." DIGIT, kept in left as two digits, then CR. */
static const uint8_t *version(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	static const char want[] = "HTTP/0.0\r";

	for (; p < end && wire->at < sizeof(want) - 1; p++) {
		char wanted = want[wire->at++];

		if (wanted == '0' && *p >= '0' && *p <= '9')
			wire->left = wire->left * 10 + (*p - '0');
		else if (*p != (uint8_t)wanted)
			return wire_fail(wire, 400);
	}
	if (wire->at == sizeof(want) - 1)
		wire->state = WIRE_VERSION_LF;
	return p;
}

static const uint8_t *version_lf(struct wire *wire, const uint8_t *p)
{
	if (*p != '\n')
		return wire_fail(wire, 400);
	if (wire->left != 10 && wire->left != 11)
		return wire_fail(wire, 505);
	if ((wire->flags & WIRE_ASTERISK) && !(wire->flags & WIRE_IS_OPTIONS))
		return wire_fail(wire, 400);
	if (wire->left == 10)
		wire->flags |= WIRE_HTTP_1_0;
	wire->state = WIRE_LINE;
	return p + 1;
}

const uint8_t *wire_line(struct wire *wire, const uint8_t *p, const uint8_t *end)
{
	switch (wire->state) {
	case WIRE_START:
		return start(wire, p);
	case WIRE_START_LF:
		wire->state = WIRE_START;
		return *p == '\n' ? p + 1 : wire_fail(wire, 400);
	case WIRE_METHOD:
		return method(wire, p, end);
	case WIRE_VERSION:
		return version(wire, p, end);
	case WIRE_VERSION_LF:
		return version_lf(wire, p);
	default:
		return limited_target(wire, p, end);
	}
}
