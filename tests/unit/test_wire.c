/* test_wire.c - servers/wire.h: what is refused and what is not, in whatever
 * pieces it comes. */
#include "servers/wire.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: x\r\n"
#define END "\r\n"
#define GET LINE HOST END
#define POST "POST /p HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n" END
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

/* Small, so that tests reach them. */
#define HEAD_MAX 300
#define TARGET_MAX 100
#define BODY_MAX 1000
static const struct wire_limits limits = { .head_max_bytes = HEAD_MAX,
					   .target_max_bytes = TARGET_MAX,
					   .body_max_bytes = BODY_MAX };

/* With its length, since a text may have a zero byte. */
struct text {
	const char *bytes;
	size_t len;
};
#define T(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

/* Each is one or more whole requests. */
static const struct text accepted[] = {
	T(GET),
	T(GET GET GET),
	T(LINE "HOST:x\r\nA:\r\n" END),
	T(LINE "hOsT: \t x\t \r\n" END),
	T("GET / HTTP/1.0\r\n" END),
	T("GET / HTTP/1.0\r\n" HOST END),
	T("\r\n" GET),
	T("\r\n\r\n\r\n\r\n" GET "\r\n" GET),
	/* methods */
	T("M-SEARCH / HTTP/1.1\r\n" HOST END),
	T("A / HTTP/1.1\r\n" HOST END),
	T("UPDATEREDIRECTREF / HTTP/1.1\r\n" HOST END),
	/* targets */
	T("GET /a/b?c=d&e=%20~'()*+,;:@!$[]{}|^`\"<>\\ HTTP/1.1\r\n" HOST END),
	T("GET //?? HTTP/1.1\r\n" HOST END),
	T("GET http://x HTTP/1.1\r\n" HOST END),
	T("GET HTTP://x:80/y?z HTTP/1.1\r\n" HOST END),
	T("GET https://[::1]:443?z HTTP/1.1\r\n" HOST END),
	T("OPTIONS * HTTP/1.1\r\n" HOST END),
	T("GET /#a?b#c HTTP/1.1\r\n" HOST END),
	T("GET /\xc3\xa4?\xff HTTP/1.1\r\n" HOST END),
	/* Host */
	T(LINE "Host: example.com\r\n" END),
	T(LINE "Host: example.com.:8080\r\n" END),
	T(LINE "Host: a_b-c.d\r\n" END),
	T(LINE "Host: 127.0.0.1:65535\r\n" END),
	T(LINE "Host: x:\r\n" END),
	T(LINE "Host: x:9\r\n" END),
	T(LINE "Host: [::9.99.199.249]\r\n" END),
	T(LINE "Host: [::]\r\n" END),
	T(LINE "Host: [1:2:3:4:5:6:7:8]:80\r\n" END),
	T(LINE "Host: [1:2:3:4:5:6:7::]\r\n" END),
	T(LINE "Host: [::ffff:192.0.2.1]\r\n" END),
	T(LINE "Host: [1:2:3:4:5:6:255.255.255.0]\r\n" END),
	T(LINE "Host: [1::A:b]\r\n" END),
	/* header lines */
	T(LINE HOST "!#$%&'*+-.^_`|~09azAZ: v\r\n" END),
	T(LINE HOST "A: \"\x80\xff caf\xc3\xa9\" \t !~\r\n" END),
	T(LINE HOST "A: b\r\nA: c\r\nContent-Lengt: x\r\nContent-Length2: x\r\n" END),
	T(LINE HOST "Transfer-Encodin: x\r\nTransfer-Encodings: x\r\nHos: x\r\nHostt: x\r\n" END),
	T(LINE HOST "A: 012345678\t9\r\nBB: 01234567\r\nCCC: \t\t\t\t\t\t\t\t\t\r\n" END),
	/* bodies */
	T(POST "Content-Length: 0\r\n" END GET),
	T(POST "Content-Length: 5\r\n" END "GET /" GET),
	T(POST "content-length:  \t005\r\n" END "\r\n\0\r\n" GET),
	T(POST "Content-Length: 0000000000000000003\r\n" END "abc" GET),
	T("GET / HTTP/1.0\r\nContent-Length: 3\r\n" END "abc" GET),
	T(CHUNKED "0\r\n" END GET),
	T(CHUNKED "3\r\nabc\r\n0\r\n" END GET),
	T(CHUNKED "a\r\n\r\n0\r\n\r\n\r\nx\r\n0A\r\n" TEN "\r\n000\r\n" END GET),
	T(CHUNKED "1;a=b;c=\"d\t\x80\"\r\nx\r\n0;\r\n" END GET),
	T(CHUNKED "9\r\n012345678\r\n00000000000000000000000000000001\r\nx\r\n0\r\n" END GET),
	T(CHUNKED "0\r\nA: b\r\nX-Check:\r\n" END GET),
	T(CHUNKED "0\r\nContent-Length: 5\r\nHost: y\r\nHost: z\r\n" END GET),
	T(CHUNKED "0\r\ntransfer-encoding: x\r\nHost:\r\n" END GET),
	T(POST "Transfer-Encoding:  ChunkeD\r\n" END "0\r\n" END),
	T(LINE "Transfer-Encoding: chunked\r\n" HOST END "1\r\nx\r\n0\r\n" END),
	/* limits, to the byte */
	T("GET /" FIFTY TEN TEN TEN TEN "012345678 HTTP/1.1\r\n" HOST END),
	T(POST "Content-Length: 8\r\n" END "01234567" GET),
};

static const struct {
	struct text text;
	unsigned verdict;
} refused[] = {
	/* empty lines */
	{ T("\n" GET), 400 },
	{ T("\r" GET), 400 },
	{ T("\r\n\n" GET), 400 },
	{ T("\r\n\r\n\r\n\r\n\r\n"), 400 },
	{ T(" " GET), 400 },
	{ T("\t\r\n"), 400 },
	{ T("\0"), 400 },
	/* methods */
	{ T(" / HTTP/1.1\r\n"), 400 },
	{ T("G@T / HTTP/1.1\r\n"), 400 },
	{ T("G\tT / HTTP/1.1\r\n"), 400 },
	{ T("GET\t/ HTTP/1.1\r\n"), 400 },
	{ T("GET\0 / HTTP/1.1\r\n"), 400 },
	{ T("GET\r\n"), 400 },
	{ T("GET\n"), 400 },
	{ T("G\xc3\x84T / HTTP/1.1\r\n"), 400 },
	{ T("get / HTTP/1.1\r\n"), 501 },
	{ T("Get / HTTP/1.1\r\n"), 501 },
	{ T("GET2 / HTTP/1.1\r\n"), 501 },
	{ T("UPDATEREDIRECTREFX / HTTP/1.1\r\n"), 501 },
	{ T("\x16\x03\x01\x02"), 400 }, /* TLS */
	/* targets */
	{ T("GET  / HTTP/1.1\r\n"), 400 },
	{ T("GET /  HTTP/1.1\r\n"), 400 },
	{ T("GET / HTTP/1.1 \r\n"), 400 },
	{ T("GET /a b HTTP/1.1\r\n"), 400 },
	{ T("GET /\r\n"), 400 },
	{ T("GET /\n"), 400 },
	{ T("GET HTTP/1.1\r\n"), 400 },
	{ T("GET  HTTP/1.1\r\n"), 400 },
	{ T("GET / \r\n"), 400 },
	{ T("GET a HTTP/1.1\r\n"), 400 },
	{ T("GET ?a HTTP/1.1\r\n"), 400 },
	{ T("GET \\ HTTP/1.1\r\n"), 400 },
	{ T("GET /\t HTTP/1.1\r\n"), 400 },
	{ T("GET /\0 HTTP/1.1\r\n"), 400 },
	{ T("GET /\x7f HTTP/1.1\r\n"), 400 },
	{ T("GET /\ra HTTP/1.1\r\n"), 400 },
	{ T("GET * HTTP/1.1\r\n"), 400 },
	{ T("OPTIONS *a HTTP/1.1\r\n"), 400 },
	{ T("GET http:// HTTP/1.1\r\n"), 400 },
	{ T("GET http:///a HTTP/1.1\r\n"), 400 },
	{ T("GET http:/x HTTP/1.1\r\n"), 400 },
	{ T("GET httpx://x HTTP/1.1\r\n"), 400 },
	{ T("GET https\x1a//x HTTP/1.1\r\n"), 400 },
	{ T("GET ftp://x HTTP/1.1\r\n"), 400 },
	{ T("GET http://u@x/ HTTP/1.1\r\n"), 400 },
	{ T("GET http://x#a HTTP/1.1\r\n"), 400 },
	{ T("GET http://x:99999/ HTTP/1.1\r\n"), 400 },
	{ T("GET http://[::1/ HTTP/1.1\r\n"), 400 },
	{ T("CONNECT x:443 HTTP/1.1\r\n"), 501 },
	{ T("CONNECT / HTTP/1.1\r\n"), 501 },
	/* versions */
	{ T("GET / HTTP/2.0\r\n"), 505 },
	{ T("GET / HTTP/1.2\r\n"), 505 },
	{ T("GET / HTTP/0.9\r\n"), 505 },
	{ T("PRI * HTTP/2.0\r\n"), 505 },
	{ T("GET / HTTP/1.10\r\n"), 400 },
	{ T("GET / HTTP/01.1\r\n"), 400 },
	{ T("GET / HTTP/1\r\n"), 400 },
	{ T("GET / HTTP/1.\r\n"), 400 },
	{ T("GET / HTTP/1,1\r\n"), 400 },
	{ T("GET / HTTP/+1.1\r\n"), 400 },
	{ T("GET / http/1.1\r\n"), 400 },
	{ T("GET / HTTPS/1.1\r\n"), 400 },
	{ T("GET / ICY/1.1\r\n"), 400 },
	{ T("GET / HTTP/1.1\n"), 400 },
	{ T("GET / HTTP/1.1\ra"), 400 },
	{ T("GET / H1TP/1.1\r\n"), 400 },
	{ T("GET / HTTP/1.1\r\r\n"), 400 },
	{ T("GET / HTTP/1.1\0\r\n"), 400 },
	/* Host */
	{ T(LINE END), 400 },
	{ T(LINE "A: b\r\n" END), 400 },
	{ T("GET http://x/ HTTP/1.1\r\n" END), 400 },
	{ T(LINE HOST HOST), 400 },
	{ T(LINE HOST "hOST:"), 400 },
	{ T("GET / HTTP/1.0\r\n" HOST HOST), 400 },
	{ T(LINE "Host:\r\n"), 400 },
	{ T(LINE "Host: \t \r\n"), 400 },
	{ T(LINE "Host: x y\r\n"), 400 },
	{ T(LINE "Host: x,y\r\n"), 400 },
	{ T(LINE "Host: x/y\r\n"), 400 },
	{ T(LINE "Host: x\\\r\n"), 400 },
	{ T(LINE "Host: u@x\r\n"), 400 },
	{ T(LINE "Host: x?\r\n"), 400 },
	{ T(LINE "Host: x#\r\n"), 400 },
	{ T(LINE "Host: x%41\r\n"), 400 },
	{ T(LINE "Host: \"x\"\r\n"), 400 },
	{ T(LINE "Host: \xc3\xa4\r\n"), 400 },
	{ T(LINE "Host: x\0\r\n"), 400 },
	{ T(LINE "Host: .x\r\n"), 400 },
	{ T(LINE "Host: x..y\r\n"), 400 },
	{ T(LINE "Host: .\r\n"), 400 },
	{ T(LINE "Host: :80\r\n"), 400 },
	{ T(LINE "Host: x:80:80\r\n"), 400 },
	{ T(LINE "Host: x:8a\r\n"), 400 },
	{ T(LINE "Host: x:-1\r\n"), 400 },
	{ T(LINE "Host: x:65536\r\n"), 400 },
	{ T(LINE "Host: ::1\r\n"), 400 },
	{ T(LINE "Host: []\r\n"), 400 },
	{ T(LINE "Host: x[::1]\r\n"), 400 },
	{ T(LINE "Host: ?::1]\r\n"), 400 },
	{ T(LINE "Host: [::1\r\n"), 400 },
	{ T(LINE "Host: [::1]x\r\n"), 400 },
	{ T(LINE "Host: [:1]\r\n"), 400 },
	{ T(LINE "Host: [1:]\r\n"), 400 },
	{ T(LINE "Host: [1::2:]\r\n"), 400 },
	{ T(LINE "Host: [:]\r\n"), 400 },
	{ T(LINE "Host: [:::]\r\n"), 400 },
	{ T(LINE "Host: [1::2::3]\r\n"), 400 },
	{ T(LINE "Host: [1:2:3:4:5:6:7]\r\n"), 400 },
	{ T(LINE "Host: [1:2:3:4:5:6:7:8:9]\r\n"), 400 },
	{ T(LINE "Host: [1:2:3:4::5:6:7:8]\r\n"), 400 },
	{ T(LINE "Host: [12345::]\r\n"), 400 },
	{ T(LINE "Host: [g::]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3.]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3.256]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3.a]\r\n"), 400 },
	{ T(LINE "Host: [::01.2.3.4]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3.4:5]\r\n"), 400 },
	{ T(LINE "Host: [::1.2.3.4.5]\r\n"), 400 },
	{ T(LINE "Host: [1.2.3.4]\r\n"), 400 },
	{ T(LINE "Host: [fe80::1%25eth0]\r\n"), 400 },
	{ T(LINE "Host: [v1.x]\r\n"), 400 },
	/* header lines */
	{ T(LINE HOST "A: b\r\n c\r\n"), 400 },
	{ T(LINE HOST "A: b\r\n\tc\r\n"), 400 },
	{ T(LINE " " HOST), 400 },
	{ T(LINE "Host : x\r\n"), 400 },
	{ T(LINE HOST "A\t: b\r\n"), 400 },
	{ T(LINE HOST ": b\r\n"), 400 },
	{ T(LINE HOST "A\r\n"), 400 },
	{ T(LINE HOST "A B: c\r\n"), 400 },
	{ T(LINE HOST "A(B: c\r\n"), 400 },
	{ T(LINE HOST "A\x80: c\r\n"), 400 },
	{ T(LINE HOST "A\0: c\r\n"), 400 },
	{ T(LINE "Host: x\n" END), 400 },
	{ T(LINE HOST "A: b\n"), 400 },
	{ T(LINE HOST "A: b\rc\r\n"), 400 },
	{ T(LINE HOST "A: b\r\r\n"), 400 },
	{ T(LINE HOST "A: b\0c\r\n"), 400 },
	{ T(LINE HOST "A: b\x0b\r\n"), 400 },
	{ T(LINE HOST "A: b\x1f\r\n"), 400 },
	{ T(LINE HOST "A: 0123456789\x7f\r\n"), 400 },
	{ T(LINE HOST "A: 0123456789abcdef\x01\x7f\r\n"), 400 },
	{ T(LINE HOST "\n"), 400 },
	{ T(LINE HOST "\r\r\n"), 400 },
	{ T(LINE HOST "\rA: b\r\n"), 400 },
	/* Content-Length */
	{ T(POST "Content-Length: 5\r\nContent-Length: 5\r\n"), 400 },
	{ T(POST "Content-Length: 5\r\nCONTENT-LENGTH: 6\r\n"), 400 },
	{ T(POST "Content-Length: 5, 5\r\n"), 400 },
	{ T(POST "Content-Length: 5,5\r\n"), 400 },
	{ T(POST "Content-Length:\r\n"), 400 },
	{ T(POST "Content-Length: \r\n"), 400 },
	{ T(POST "Content-Length: -1\r\n"), 400 },
	{ T(POST "Content-Length: +1\r\n"), 400 },
	{ T(POST "Content-Length: 0x5\r\n"), 400 },
	{ T(POST "Content-Length: 5a\r\n"), 400 },
	{ T(POST "Content-Length: 5.0\r\n"), 400 },
	{ T(POST "Content-Length: 5 \r\n"), 400 },
	{ T(POST "Content-Length: 5 5\r\n"), 400 },
	{ T(POST "Content-Length: \"5\"\r\n"), 400 },
	{ T(POST "Content-Length: 5\n"), 400 },
	{ T(POST "Content-Length: 9223372036854775808\r\n"), 400 },
	{ T(POST "Content-Length: 18446744073709551617\r\n"), 400 },
	{ T(POST "Content-Length: 00000000000000000005\r\n"), 400 },
	{ T(POST "Content-Length: 9223372036854775807\r\n" END), 413 },
	{ T(POST "Content-Length: 1001\r\n" END), 413 },
	/* Transfer-Encoding */
	{ T(POST "Transfer-Encoding: gzip\r\n"), 501 },
	{ T(POST "Transfer-Encoding: gzip, chunked\r\n"), 501 },
	{ T(POST "Transfer-Encoding: chunked, chunked\r\n"), 501 },
	{ T(POST "Transfer-Encoding: chunked;q=1\r\n"), 501 },
	{ T(POST "Transfer-Encoding: chunked \r\n"), 501 },
	{ T(POST "Transfer-Encoding: chunke\r\n"), 501 },
	{ T(POST "Transfer-Encoding: xchunked\r\n"), 501 },
	{ T(POST "Transfer-Encoding: \"chunked\"\r\n"), 501 },
	{ T(POST "Transfer-Encoding: identity\r\n"), 501 },
	{ T(POST "Transfer-Encoding:\r\n"), 501 },
	{ T(POST "Transfer-Encoding: \x0b"
		 "chunked\r\n"),
	  400 },
	{ T(POST "Transfer-Encoding: chunked\0\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\n"), 400 },
	{ T(POST "Transfer-Encoding:\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\ntransfer-encoding:"), 400 },
	{ T(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400 },
	{ T(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400 },
	{ T("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n"), 400 },
	{ T(POST "Transfer-Encoding : chunked\r\n"), 400 },
	/* chunks */
	{ T(CHUNKED "\r\n"), 400 },
	{ T(CHUNKED ";a\r\n"), 400 },
	{ T(CHUNKED " 1\r\nx\r\n"), 400 },
	{ T(CHUNKED "1 \r\nx\r\n"), 400 },
	{ T(CHUNKED "1 ;a\r\nx\r\n"), 400 },
	{ T(CHUNKED "+1\r\nx\r\n"), 400 },
	{ T(CHUNKED "-1\r\nx\r\n"), 400 },
	{ T(CHUNKED "0x1\r\nx\r\n"), 400 },
	{ T(CHUNKED "g\r\n"), 400 },
	{ T(CHUNKED "1\nx\r\n"), 400 },
	{ T(CHUNKED "1\r\nxy\r\n"), 400 },
	{ T(CHUNKED "1\r\nx\n"), 400 },
	{ T(CHUNKED "1\r\nx\rx"), 400 },
	{ T(CHUNKED "1\r\nx1\r\n"), 400 },
	{ T(CHUNKED "1\rx"), 400 },
	{ T(CHUNKED "1;a\n"), 400 },
	{ T(CHUNKED "1;a\0\r\n"), 400 },
	{ T(CHUNKED "1;a\rb\r\n"), 400 },
	{ T(CHUNKED "10000000000000000\r\n"), 400 },
	{ T(CHUNKED "00000000000000000000000000000000001\r\n"), 400 },
	{ T(CHUNKED "ffffffffffffffff\r\n"), 413 },
	{ T(CHUNKED "3e9\r\n"), 413 },
	{ T(CHUNKED "1\r\nx\r\n3e8\r\n"), 413 },
	/* trailers */
	{ T(CHUNKED "0\r\nA : b\r\n" END), 400 },
	{ T(CHUNKED "0\r\nA: b\r\n c\r\n" END), 400 },
	{ T(CHUNKED "0\r\nA\r\n" END), 400 },
	{ T(CHUNKED "0\r\nA: b\n"), 400 },
	{ T(CHUNKED "0\r\n\n"), 400 },
	/* limits, by one byte */
	{ T("GET /" FIFTY TEN TEN TEN TEN TEN " HTTP/1.1\r\n"), 414 },
	{ T("GET http://x/" FIFTY TEN TEN TEN TEN "01 HTTP/1.1\r\n"), 414 },
	{ T("GET http://" FIFTY FIFTY " HTTP/1.1\r\n"), 414 },
	{ T(LINE HOST "A: " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY), 431 },
	{ T(LINE HOST FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY), 431 },
	{ T(CHUNKED "0\r\nA: " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY), 431 },
	{ T(CHUNKED "1;" FIFTY FIFTY FIFTY "\r\nx\r\n1;" FIFTY FIFTY FIFTY "x"), 400 },
};

/* Feed the two parts of text that meet at cut. What may be passed on of each
 * is told by the verdict and by good, where the last whole request ends. */
static void feed_cut(const struct text *text, size_t cut, unsigned verdict, size_t good)
{
	struct wire wire;
	size_t n;

	wire_init(&wire, &limits);
	n = wire_feed(&wire, text->bytes, cut);
	if (wire.verdict == 0) {
		ck_assert_uint_eq(n, cut);
		n = wire_feed(&wire, text->bytes + cut, text->len - cut);
		good = good > cut ? good - cut : 0;
	}
	ck_assert_uint_eq(wire.verdict, verdict);
	ck_assert_uint_eq(n, verdict == 0 ? text->len - cut : good);
	ck_assert_uint_eq(wire_feed(&wire, "x", 1), verdict == 0);
}

/* The byte that is the violation; text->len: none. */
static size_t feed_bytes(const struct text *text, unsigned verdict)
{
	struct wire wire;

	wire_init(&wire, &limits);
	for (size_t i = 0; i < text->len; i++) {
		size_t n = wire_feed(&wire, text->bytes + i, 1);

		if (wire.verdict != 0) {
			ck_assert_uint_eq(wire.verdict, verdict);
			ck_assert_uint_eq(n, 0);
			return i;
		}
		ck_assert_uint_eq(n, 1);
	}
	return text->len;
}

static void feed_all_ways(const struct text *text, unsigned verdict, size_t good)
{
	size_t at = feed_bytes(text, verdict);
	struct wire wire;

	ck_assert_uint_lt(at, text->len);
	for (size_t cut = 0; cut <= text->len; cut++)
		feed_cut(text, cut, verdict, good);
	wire_init(&wire, &limits);
	wire_feed(&wire, text->bytes, at);
	ck_assert_uint_eq(wire.verdict, 0);
}

/* front, text and back in one; memory of the exact size, so that a sanitizer
 * sees a look beyond it. */
static struct text join(const char *front, const struct text *text, const char *back)
{
	size_t before = strlen(front), len = before + text->len + strlen(back);
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, front, before);
	memcpy(bytes + before, text->bytes, text->len);
	memcpy(bytes + before + text->len, back, strlen(back));
	return (struct text) { bytes, len };
}

/* A byte that begins no request shows that the ones before it were whole. */
START_TEST(what_is_well_formed_is_passed_on_and_its_end_is_found)
{
	struct text text = join("", &accepted[_i], "\x01");

	feed_all_ways(&text, 400, accepted[_i].len);
	free((void *)text.bytes);
}
END_TEST

START_TEST(what_is_malformed_is_refused_in_whatever_pieces_it_comes)
{
	struct text alone = join("", &refused[_i].text, "");
	struct text behind = join(GET GET, &refused[_i].text, "");

	feed_all_ways(&alone, refused[_i].verdict, 0);
	feed_all_ways(&behind, refused[_i].verdict, 2 * strlen(GET));
	free((void *)alone.bytes);
	free((void *)behind.bytes);
}
END_TEST

/* Every lane of the scan has every byte once. */
START_TEST(a_value_has_no_control_characters_wherever_they_stand)
{
	char text[] = LINE HOST "A: 0123456789abcdefghijklmn\r\n";
	const size_t first = strlen(LINE HOST "A: "), last = strlen(text) - 2;

	for (unsigned byte = 0; byte < 256; byte++) {
		bool fine = byte == '\t' || (byte >= ' ' && byte != 0x7f);

		for (size_t at = first; at < last; at++) {
			struct wire wire;
			char was = text[at];

			text[at] = (char)byte;
			wire_init(&wire, &limits);
			wire_feed(&wire, text, strlen(text + at + 1) + at + 1);
			ck_assert_uint_eq(wire.verdict, fine ? 0 : 400);
			text[at] = was;
		}
	}
}
END_TEST

static unsigned verdict_of_head(size_t bytes)
{
	static char text[HEAD_MAX + 64];
	struct wire wire;

	memset(text, 'a', sizeof(text));
	memcpy(text, LINE HOST "A:", strlen(LINE HOST "A:"));
	memcpy(text + bytes - 4, "\r\n\r\n", 4);
	wire_init(&wire, &limits);
	wire_feed(&wire, text, bytes);
	return wire.verdict;
}

START_TEST(a_head_has_its_limit_to_the_byte)
{
	const struct wire_limits line_only = { .head_max_bytes = strlen(LINE) - 1,
					       .target_max_bytes = TARGET_MAX };
	struct wire wire;

	wire_init(&wire, &line_only);
	wire_feed(&wire, LINE, strlen(LINE));
	ck_assert_uint_eq(wire.verdict, 414);
	ck_assert_uint_eq(verdict_of_head(HEAD_MAX), 0);
	ck_assert_uint_eq(verdict_of_head(HEAD_MAX + 1), 431);
}
END_TEST

/* A body of the largest size, then one byte that belongs to the next request. */
START_TEST(a_body_has_its_limit_to_the_byte)
{
	static const char *const heads[] = { POST "Content-Length: 1000\r\n" END,
					     CHUNKED "3e8\r\n" };
	char body[BODY_MAX];
	struct wire wire;

	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		wire_init(&wire, &limits);
		wire_feed(&wire, heads[i], strlen(heads[i]));
		ck_assert_uint_eq(wire_feed(&wire, body, sizeof(body)), sizeof(body));
		ck_assert_uint_eq(wire.verdict, 0);
		wire_feed(&wire, "\x01", 1);
		ck_assert_uint_eq(wire.verdict, 400);
	}
}
END_TEST

Suite *wire_suite(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");

	tcase_add_loop_test(t, what_is_well_formed_is_passed_on_and_its_end_is_found, 0,
			    ARRAY_SIZE(accepted));
	tcase_add_loop_test(t, what_is_malformed_is_refused_in_whatever_pieces_it_comes, 0,
			    ARRAY_SIZE(refused));
	tcase_add_test(t, a_value_has_no_control_characters_wherever_they_stand);
	tcase_add_test(t, a_head_has_its_limit_to_the_byte);
	tcase_add_test(t, a_body_has_its_limit_to_the_byte);
	suite_add_tcase(s, t);
	return s;
}
