/* fuzz_wire.c - any bytes as a connection's input: the framing filter agrees
 * with a plain reader of the grammar, in whatever pieces the bytes come.
 *
 * The reader below has all bytes at hand and reads them by recursive descent,
 * one character at a time, jumping out where the input ends or the grammar is
 * broken. Where the filter stops at byte n, the reader must be content with n
 * bytes and not with n + 1.
 */
#include "common/cc.h"
#include "common/number.h"
#include "servers/wire.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <setjmp.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define LITERAL_MAX 64
#define NAME_MAX_BYTES 64 /* of a name that is kept to be compared */

static const struct wire_limits all_limits[] = {
	{ .head_max_bytes = 8192, .target_max_bytes = 4096, .body_max_bytes = 65536 },
	{ .head_max_bytes = 96, .target_max_bytes = 24, .body_max_bytes = 20 },
	{ .head_max_bytes = 64, .target_max_bytes = 200, .body_max_bytes = INT64_MAX },
	{ .head_max_bytes = 40, .target_max_bytes = 12, .body_max_bytes = 3 },
};

struct reader {
	const uint8_t *start, *p, *end;
	const struct wire_limits *limits;
	jmp_buf out;
	unsigned status; /* 0: content with what there is */
	size_t whole;    /* bytes up to the end of the last request */

	size_t room, target_room; /* bytes that the head, the target may still have */
	unsigned lines;           /* of the request's headers and trailers */
	unsigned full;            /* the status when room is used up */

	char literal[LITERAL_MAX]; /* an address in brackets that has begun */
	bool in_literal;

	char method[32];
	bool old, has_host, has_length, chunked;
	uint64_t length;
};

static void refuse(struct reader *r, unsigned status)
{
	r->status = status;
	longjmp(r->out, 1);
}

static int peek(struct reader *r)
{
	if (r->p == r->end)
		longjmp(r->out, 1);
	if (r->room == 0)
		refuse(r, r->full);
	if (r->target_room == 0)
		refuse(r, 414);
	return *r->p;
}

static int next(struct reader *r)
{
	int c = peek(r);

	r->p++;
	r->room--;
	r->target_room--;
	return c;
}

static void want(struct reader *r, const char *text, unsigned status)
{
	for (; *text != '\0'; text++)
		if (next(r) != *text)
			refuse(r, status);
}

/* A character of set, the NUL excluded. */
static bool among(int c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool is_token(int c)
{
	return c < 0x80 && (isalnum(c) || among(c, "!#$%&'*+-.^_`|~"));
}

static bool is_value(int c)
{
	return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static void blanks(struct reader *r)
{
	while (among(peek(r), " \t"))
		next(r);
}

static void empty_lines(struct reader *r)
{
	for (int n = 0; peek(r) == '\r'; n++) {
		if (n == 4)
			refuse(r, 400);
		want(r, "\r\n", 400);
	}
}

static void method(struct reader *r)
{
	size_t n = 0;

	for (; peek(r) != ' '; n++) {
		int c = peek(r);

		if (!is_token(c))
			refuse(r, 400);
		if (!among(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") || n == 17)
			refuse(r, 501);
		r->method[n] = (char)next(r);
	}
	r->method[n] = '\0';
	if (n == 0)
		refuse(r, 400);
	if (strcmp(r->method, "CONNECT") == 0)
		refuse(r, 501);
	next(r);
}

/* The brackets' inside is collected and given to inet_pton(3). */
static void literal(struct reader *r)
{
	struct in6_addr address;
	size_t n = 0;
	int c;

	r->in_literal = true;
	memset(r->literal, 0, sizeof(r->literal));
	while ((c = next(r)) != ']') {
		if (!(c < 0x80 && isxdigit(c)) && !among(c, ":."))
			refuse(r, 400);
		if (n == LITERAL_MAX - 1)
			refuse(r, 400);
		r->literal[n++] = (char)c;
	}
	r->in_literal = false;
	if (inet_pton(AF_INET6, r->literal, &address) != 1)
		refuse(r, 400);
}

static bool is_label(int c)
{
	return c < 0x80 && (isalnum(c) || among(c, "-_"));
}

/* Stops before what cannot belong to it. */
static void host(struct reader *r)
{
	unsigned port = 0;

	if (peek(r) == '[') {
		next(r);
		literal(r);
	} else {
		do {
			if (!is_label(peek(r)))
				refuse(r, 400);
			while (is_label(peek(r)))
				next(r);
			if (peek(r) != '.')
				break;
			next(r);
		} while (is_label(peek(r)));
	}
	if (peek(r) != ':')
		return;
	next(r);
	while (among(peek(r), "0123456789")) {
		port = port * 10 + (unsigned)(next(r) - '0');
		if (port > 65535)
			refuse(r, 400);
	}
}

static void absolute(struct reader *r)
{
	for (const char *c = "http"; *c != '\0'; c++)
		if (tolower(next(r)) != *c)
			refuse(r, 400);
	if (tolower(peek(r)) == 's')
		next(r);
	want(r, "://", 400);
	host(r);
	if (!among(peek(r), "/? "))
		refuse(r, 400);
}

static void target(struct reader *r)
{
	r->target_room = (size_t)r->limits->target_max_bytes + 1;
	if (peek(r) == '*') {
		next(r);
	} else {
		if (peek(r) != '/')
			absolute(r);
		while (peek(r) > ' ' && peek(r) != 0x7f)
			next(r);
	}
	want(r, " ", 400);
	r->target_room = SIZE_MAX;
}

static void version(struct reader *r, bool asterisk)
{
	char digits[2];

	want(r, "HTTP/", 400);
	if (!among(peek(r), "0123456789"))
		refuse(r, 400);
	digits[0] = (char)next(r);
	want(r, ".", 400);
	if (!among(peek(r), "0123456789"))
		refuse(r, 400);
	digits[1] = (char)next(r);
	want(r, "\r\n", 400);
	if (digits[0] != '1' || digits[1] > '1')
		refuse(r, 505);
	if (asterisk && strcmp(r->method, "OPTIONS") != 0)
		refuse(r, 400);
	r->old = digits[1] == '0';
}

static void host_value(struct reader *r)
{
	if (r->has_host)
		refuse(r, 400);
	r->has_host = true;
	blanks(r);
	host(r);
	blanks(r);
}

static void length_value(struct reader *r)
{
	char text[32] = "";
	size_t n = 0;

	if (r->has_length || r->chunked)
		refuse(r, 400);
	r->has_length = true;
	blanks(r);
	while (among(peek(r), "0123456789")) {
		if (n == 19)
			refuse(r, 400);
		text[n++] = (char)next(r);
	}
	if (n == 0)
		refuse(r, 400);
	peek(r);
	if (!number_parse(text, 0, INT64_MAX, &r->length))
		refuse(r, 400);
}

static void coding_value(struct reader *r)
{
	if (r->has_length || r->chunked || r->old)
		refuse(r, 400);
	r->chunked = true;
	blanks(r);
	for (const char *c = "chunked"; *c != '\0'; c++) {
		if (tolower(peek(r)) != *c)
			refuse(r, is_value(peek(r)) || peek(r) == '\r' ? 501 : 400);
		next(r);
	}
	if (is_value(peek(r)))
		refuse(r, 501);
}

static void plain_value(struct reader *r)
{
	while (is_value(peek(r)))
		next(r);
}

/* False: it was the empty line. */
static bool header_line(struct reader *r, bool trailer)
{
	char name[NAME_MAX_BYTES + 3] = "|";
	size_t n = 1;

	if (peek(r) == '\r') {
		want(r, "\r\n", 400);
		return false;
	}
	if (!is_token(peek(r)))
		refuse(r, 400);
	if (++r->lines > WIRE_LINES_MAX)
		refuse(r, 431);
	while (is_token(peek(r))) {
		if (n < NAME_MAX_BYTES)
			name[n++] = *r->p;
		next(r);
	}
	want(r, ":", 400);
	name[n] = '|';
	if (!trailer && strcasecmp(name, "|host|") == 0)
		host_value(r);
	else if (!trailer && strcasecmp(name, "|content-length|") == 0)
		length_value(r);
	else if (!trailer && strcasecmp(name, "|transfer-encoding|") == 0)
		coding_value(r);
	else
		plain_value(r);
	want(r, "\r\n", 400);
	return true;
}

static void bytes_of(struct reader *r, uint64_t n)
{
	if ((uint64_t)(r->end - r->p) < n) {
		r->p = r->end;
		longjmp(r->out, 1);
	}
	r->p += n;
}

static unsigned digit_value(int c)
{
	static const char digits[] = "0123456789abcdef";

	return (unsigned)(strchr(digits, tolower(c)) - digits);
}

/* False: it was the last. */
static bool chunk(struct reader *r, uint64_t *left)
{
	size_t room = r->room;
	uint64_t size = 0;
	int digits = 0;

	r->room = SIZE_MAX;
	while (peek(r) < 0x80 && isxdigit(peek(r))) {
		if (++digits > 32 || size > UINT64_MAX / 16)
			refuse(r, 400);
		size = size * 16 + digit_value(next(r));
	}
	if (digits == 0)
		refuse(r, 400);
	if (peek(r) == ';') {
		next(r);
		r->room = room;
		r->full = 400;
		while (is_value(peek(r)))
			next(r);
		room = r->room;
		r->room = SIZE_MAX;
	}
	want(r, "\r\n", 400);
	if (size > *left)
		refuse(r, 413);
	*left -= size;
	bytes_of(r, size);
	r->room = room;
	return size != 0;
}

static void chunks(struct reader *r)
{
	uint64_t left = r->limits->body_max_bytes;

	r->room = MIN(r->limits->head_max_bytes, WIRE_TAIL_MAX);
	while (chunk(r, &left)) {
		size_t room = r->room;

		r->room = SIZE_MAX;
		want(r, "\r\n", 400);
		r->room = room;
	}
	r->full = 431;
	while (header_line(r, true))
		;
}

static void request(struct reader *r)
{
	bool asterisk;

	r->old = r->has_host = r->has_length = r->chunked = false;
	r->lines = 0;
	r->room = r->limits->head_max_bytes;
	r->target_room = SIZE_MAX;
	r->full = 414;
	empty_lines(r);
	method(r);
	asterisk = peek(r) == '*';
	target(r);
	version(r, asterisk);
	r->full = 431;
	while (header_line(r, false))
		;
	if (!r->old && !r->has_host)
		refuse(r, 400);
	if (r->has_length && r->length > r->limits->body_max_bytes)
		refuse(r, 413);
	if (r->chunked)
		chunks(r);
	else if (r->has_length)
		bytes_of(r, r->length);
}

static void read_all(struct reader *r, const struct wire_limits *limits, const uint8_t *bytes,
		     size_t len)
{
	*r = (struct reader) { .start = bytes, .p = bytes, .end = bytes + len, .limits = limits };
	if (setjmp(r->out) != 0)
		return;
	for (;;) {
		request(r);
		r->whole = (size_t)(r->p - r->start);
	}
}

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* Something that may follow text makes it an address. */
static bool can_become_address(const char *text, int depth)
{
	char more[LITERAL_MAX * 2];
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) == 1)
		return true;
	for (const char *c = "1:."; depth > 0 && *c != '\0'; c++) {
		snprintf(more, sizeof(more), "%s%c", text, *c);
		if (can_become_address(more, depth - 1))
			return true;
	}
	return false;
}

/* The filter may see sooner than the reader that an address is none. */
static bool hopeless_address(const struct reader *r)
{
	return r->in_literal && !can_become_address(r->literal, 6);
}

/* The byte at which the filter stops, fed one by one; len: none. */
static size_t stops_at(const struct wire_limits *limits, const uint8_t *bytes, size_t len,
		       unsigned *ret_verdict)
{
	struct wire wire;
	size_t i;

	wire_init(&wire, limits);
	for (i = 0; i < len; i++) {
		size_t n = wire_feed(&wire, bytes + i, 1);

		must(n == (wire.verdict == 0));
		if (wire.verdict != 0)
			break;
	}
	*ret_verdict = wire.verdict;
	return i;
}

/* In pieces of sizes drawn from the bytes themselves. */
static void feed_pieces(const struct wire_limits *limits, const uint8_t *bytes, size_t len,
			unsigned verdict, size_t whole, uint32_t seed, size_t most)
{
	struct wire wire;
	size_t fed = 0;

	wire_init(&wire, limits);
	while (fed < len && wire.verdict == 0) {
		size_t piece, n;
		uint8_t *copy;

		seed = seed * 1664525 + 1013904223;
		piece = MIN(1 + seed / 65536 % most, len - fed);
		/* Of its own, so that a look beyond it is seen. */
		copy = malloc(piece);
		must(copy != NULL);
		memcpy(copy, bytes + fed, piece);
		n = wire_feed(&wire, copy, piece);
		free(copy);
		if (wire.verdict == 0)
			must(n == piece);
		else
			must(n == (whole > fed ? whole - fed : 0));
		fed += piece;
	}
	must(wire.verdict == verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct wire_limits *limits;
	struct reader before, after;
	unsigned verdict;
	uint32_t seed;
	size_t at;

	if (len == 0)
		return 0;
	seed = bytes[0];
	limits = &all_limits[bytes[0] % ARRAY_SIZE(all_limits)];
	bytes++;
	len--;
	at = stops_at(limits, bytes, len, &verdict);
	read_all(&before, limits, bytes, at);
	must(before.status == 0);
	if (at < len) {
		read_all(&after, limits, bytes, at + 1);
		must(after.status == verdict ||
		     (after.status == 0 && verdict == 400 && hopeless_address(&after)));
	}
	feed_pieces(limits, bytes, len, verdict, before.whole, seed, SIZE_MAX);
	feed_pieces(limits, bytes, len, verdict, before.whole, seed, 7);
	feed_pieces(limits, bytes, len, verdict, before.whole, seed, 100);
	return 0;
}
