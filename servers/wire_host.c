/* wire_host.c - see wire_host.h.
 *
 *   START ──▶ LABEL ◀──▶ DOT            a name, or an IPv4 address
 *     │         └────┬────┘
 *     └▶ LITERAL ─▶ LITERAL_END         [IPv6]
 *                    └─────▶ PORT
 */
#include "servers/wire_host.h"

#include <stddef.h>

enum host_state { HOST_START, HOST_LABEL, HOST_DOT, HOST_LITERAL, HOST_LITERAL_END, HOST_PORT };

/* Of an IPv6 address; the dots of an IPv4 address at its end are counted in
 * the bits above. */
enum host_mark {
	HOST_COLON = 1,    /* the byte before was one */
	HOST_GAP = 2,      /* "::" has come */
	HOST_GAP_LAST = 4, /* just now */
	HOST_FIRST_OF_DOTS = 8,
};
#define HOST_DOTS(host) ((host)->marks / HOST_FIRST_OF_DOTS)
#define HOST_DOTS_MAX 3

#define PORT_MAX 65535
#define IPV6_GROUPS 8
#define GROUP_DIGITS 4

static const bool is_label[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	['-'] = true,         ['_'] = true,
};

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void number_clear(struct wire_host *host)
{
	host->number = 0;
	host->digits = 0;
}

/* What came as hex digits was an octet (RFC 3986, 3.2.2: dec-octet). */
static bool take_octet(struct wire_host *host)
{
	unsigned hundreds = host->number >> 8, tens = host->number >> 4 & 15;
	unsigned ones = host->number & 15;

	if (host->digits == 0 || tens > 9 || ones > 9)
		return false;
	if (hundreds * 100 + tens * 10 + ones > 255)
		return false;
	if (host->digits > 1 && host->number >> (4 * (host->digits - 1)) == 0)
		return false;
	number_clear(host);
	return true;
}

static bool literal_colon(struct wire_host *host)
{
	if (HOST_DOTS(host) > 0)
		return false;
	if (host->marks & HOST_COLON) {
		if (host->marks & HOST_GAP)
			return false;
		host->marks |= HOST_GAP | HOST_GAP_LAST;
	}
	if (host->digits > 0)
		host->groups++;
	host->marks |= HOST_COLON;
	number_clear(host);
	return host->groups < IPV6_GROUPS;
}

static bool literal_dot(struct wire_host *host)
{
	if (HOST_DOTS(host) == HOST_DOTS_MAX || !take_octet(host))
		return false;
	host->marks += HOST_FIRST_OF_DOTS;
	return true;
}

static bool literal_digit(struct wire_host *host, int digit)
{
	/* A colon alone begins no address. */
	bool lone = host->marks == HOST_COLON && host->groups == 0;

	if (digit < 0 || host->digits == GROUP_DIGITS || lone)
		return false;
	host->number = (uint16_t)(host->number << 4 | digit);
	host->digits++;
	host->marks &= (uint8_t) ~(HOST_COLON | HOST_GAP_LAST);
	return true;
}

static bool literal_end(struct wire_host *host)
{
	bool gap = host->marks & HOST_GAP;

	if (HOST_DOTS(host) > 0) {
		if (HOST_DOTS(host) != HOST_DOTS_MAX || !take_octet(host))
			return false;
		host->groups += 2;
	} else if (host->digits > 0) {
		host->groups++;
	} else if (!(host->marks & HOST_GAP_LAST)) {
		return false;
	}
	number_clear(host);
	host->state = HOST_LITERAL_END;
	return gap ? host->groups < IPV6_GROUPS : host->groups == IPV6_GROUPS;
}

static bool literal_byte(struct wire_host *host, uint8_t c)
{
	switch (c) {
	case ':':
		return literal_colon(host);
	case '.':
		return literal_dot(host);
	case ']':
		return literal_end(host);
	default:
		return literal_digit(host, hex_digit(c));
	}
}

static bool port_digit(struct wire_host *host, uint8_t c)
{
	unsigned port = host->number * 10u + (c - '0');

	if (port > PORT_MAX)
		return false;
	host->number = (uint16_t)port;
	host->digits = 1;
	return true;
}

/* A byte that begins something else: false when it does not belong to a host. */
static bool next_part(struct wire_host *host, uint8_t c)
{
	if (host->state == HOST_START && c == '[')
		host->state = HOST_LITERAL;
	else if (host->state == HOST_LABEL && c == '.')
		host->state = HOST_DOT;
	else if (c == ':' && host->state != HOST_START && host->state != HOST_PORT)
		host->state = HOST_PORT;
	else
		return false;
	return true;
}

const uint8_t *wire_host_take(struct wire_host *host, const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p++) {
		if (host->state == HOST_LITERAL) {
			if (!literal_byte(host, *p))
				return NULL;
		} else if (host->state == HOST_PORT && *p >= '0' && *p <= '9') {
			if (!port_digit(host, *p))
				return NULL;
		} else if (host->state <= HOST_DOT && is_label[*p]) {
			host->state = HOST_LABEL;
		} else if (!next_part(host, *p)) {
			break;
		}
	}
	return p;
}

bool wire_host_whole(const struct wire_host *host)
{
	return host->state != HOST_START && host->state != HOST_LITERAL;
}
