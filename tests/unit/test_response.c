/* test_response.c - what servers send, read as RFC 9112 says. */
#include "common/cc.h"
#include "load/response.h"
#include "tests/unit/suites.h"

#include <string.h>

static const char *const steps[] = { "more", "done", "bad" };

struct seen {
	enum response_step step;
	size_t used;
	struct response response;
};

/* In reads of so many bytes, each read a memory of its own (its end is seen by
 * ASan); then the end of the connection, if it was. */
static struct seen read_all(const char *bytes, size_t len, size_t read_bytes, bool head, bool end)
{
	struct seen ret = { .step = RESPONSE_MORE };

	response_begin(&ret.response, head);
	while (ret.used < len && ret.step == RESPONSE_MORE) {
		size_t n = MIN(read_bytes, len - ret.used), used;
		AUTO_FREE char *copy = malloc(n);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, bytes + ret.used, n);
		ret.step = response_feed(&ret.response, copy, n, &used);
		ck_assert(used == n || ret.step != RESPONSE_MORE);
		ret.used += used;
	}
	if (end)
		ret.step = response_end(&ret.response);
	return ret;
}

static void check_same(const struct seen *a, const struct seen *b)
{
	ck_assert_str_eq(steps[a->step], steps[b->step]);
	ck_assert_uint_eq(a->used, b->used);
	ck_assert_uint_eq(a->response.status, b->response.status);
	ck_assert_uint_eq(a->response.body_bytes, b->response.body_bytes);
	ck_assert_int_eq(a->response.keep_alive, b->response.keep_alive);
	ck_assert_pstr_eq(a->response.fault, b->response.fault);
}

/* However it is cut, it is the same. */
static struct seen read_text(const char *text, bool head, bool end)
{
	size_t len = strlen(text);
	struct seen whole = read_all(text, len, len, head, end);

	for (size_t bytes = 1; bytes < len && bytes <= 70; bytes++) {
		struct seen cut = read_all(text, len, bytes, head, end);

		check_same(&cut, &whole);
	}
	return whole;
}

#define OK "HTTP/1.1 200 OK\r\n"

struct whole {
	const char *text;   /* with what is not part of it behind */
	const char *behind; /* that */
	unsigned status;
	unsigned body_bytes;
	bool keep_alive;
	bool head; /* asked with HEAD */
	bool end;  /* the connection ends behind it */
};

static void check_whole(const struct whole *w)
{
	struct seen seen = read_text(w->text, w->head, w->end);

	ck_assert_str_eq(steps[seen.step], "done");
	ck_assert_str_eq(w->text + seen.used, w->behind);
	ck_assert_uint_eq(seen.response.status, w->status);
	ck_assert_uint_eq(seen.response.body_bytes, w->body_bytes);
	ck_assert_int_eq(seen.response.keep_alive, w->keep_alive);
}

static const struct whole servers[] = {
	/* libmicrohttpd */
	{ OK "Date: Tue, 24 Nov 2026 16:22:35 GMT\r\nContent-Type: text/plain\r\n"
	     "Content-Length: 6\r\n\r\nhello\n",
	  "", 200, 6, true, false, false },
	/* nginx */
	{ OK "Server: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 16:22:35 GMT\r\n"
	     "Content-Type: application/octet-stream\r\nContent-Length: 5\r\n"
	     "Connection: keep-alive\r\n\r\nhello",
	  "", 200, 5, true, false, false },
	/* nginx, the last of keepalive_requests */
	{ OK "Server: nginx\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "", 200, 5,
	  false, false, false },
	/* gunicorn */
	{ OK "Server: gunicorn\r\nDate: Tue, 24 Nov 2026 16:22:35 GMT\r\n"
	     "Connection: close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok",
	  "", 200, 2, false, false, false },
	/* node */
	{ OK "Date: Tue, 24 Nov 2026 16:22:35 GMT\r\nConnection: keep-alive\r\n"
	     "Keep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "6\r\nhello\n\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\nHTTP/1.1",
	  "HTTP/1.1", 200, 32, true, false, false },
	/* python -m http.server, with and without a length */
	{ "HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.2\r\n"
	  "Content-type: text/html\r\nContent-Length: 3\r\n\r\nabc",
	  "", 200, 3, false, false, false },
	{ "HTTP/1.0 200 OK\r\nServer: BaseHTTP/0.6 Python/3.11.2\r\n\r\nuntil the end", "", 200, 13,
	  false, false, true },
	/* lighttpd */
	{ "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n"
	  "Date: Tue, 24 Nov 2026 16:22:35 GMT\r\nServer: lighttpd/1.4.69\r\n\r\nnone",
	  "", 404, 4, true, false, false },
	/* Apache: a chunk size with blanks behind it, an extension, trailers */
	{ OK "transfer-encoding:chunked\r\n\r\n2  \r\nab\r\n002;a=\"b;\" ; c\r\ncd\r\n"
	     "000;x\r\nExpires: 0\r\nConnection: close\r\nContent-Length: 7\r\n folded\r\n\r\n"
	     "x",
	  "x", 200, 4, true, false, false },
};

START_TEST(responses_of_common_servers_are_read)
{
	check_whole(&servers[_i]);
}
END_TEST

static const struct whole rules[] = {
	/* without a body: RFC 9112 6.3, 1 */
	{ OK "Content-Length: 5\r\n\r\nHTTP", "HTTP", 200, 0, true, true, false },
	{ OK "Transfer-Encoding: chunked\r\n\r\n5", "5", 200, 0, true, true, false },
	{ OK "\r\n", "", 200, 0, true, true, false },
	{ "HTTP/1.1 204 No Content\r\n\r\nx", "x", 204, 0, true, false, false },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nx", "x", 304, 0, true, false,
	  false },
	{ OK "Content-Length: 0\r\n\r\nx", "x", 200, 0, true, false, false },
	/* 205 has a length like any other */
	{ "HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\nab", "", 205, 2, true, false, false },
	/* interim responses, and nothing of them stays */
	{ "HTTP/1.1 100 Continue\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"
	  "HTTP/1.0 103 Early\r\nTransfer-Encoding: chunked\r\n\r\n" OK
	  "Content-Length: 1\r\n\r\na",
	  "", 200, 1, true, false, false },
	/* until the end of the connection: 6.3, 4 and 8 */
	{ OK "\r\nab", "", 200, 2, false, false, true },
	{ OK "\r\n", "", 200, 0, false, false, true },
	{ OK "Transfer-Encoding: gzip\r\n\r\nab", "", 200, 2, false, false, true },
	{ OK "Transfer-Encoding: chunked, gzip\r\n\r\n1", "", 200, 1, false, false, true },
	{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n1", "", 200, 1, false,
	  false, true },
	{ OK "Transfer-Encoding: xchunked\r\n\r\n1", "", 200, 1, false, false, true },
	{ OK "Transfer-Encoding: chun ked\r\n\r\n1", "", 200, 1, false, false, true },
	{ OK "Transfer-Encoding: chunked;a=b\r\n\r\n1", "", 200, 1, false, false, true },
	{ OK "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\nab", "", 200, 2, false, false, true },
	{ OK "Transfer-Encoding: chunkedchunkedchunkedchunked\r\n\r\n1", "", 200, 1, false, false,
	  true },
	/* chunked is the last: 6.3, 4 */
	{ OK "Transfer-Encoding: gzip, , Chunked ,\r\n\r\n0\r\n\r\n", "", 200, 0, true, false,
	  false },
	{ OK "Transfer-Encoding: gzip\r\nTRANSFER-ENCODING : chunked\r\n\r\n0\r\n\r\n", "", 200, 0,
	  true, false, false },
	{ OK "Transfer-Encoding: gzip,\r\n\tchunked\r\n \r\n\r\n0\r\n\r\n", "", 200, 0, true, false,
	  false },
	/* framing that others may have taken otherwise: 6.1 */
	{ OK "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", 200, 0, false,
	  false, false },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "1\r\na\r\n0\r\n\r\n",
	  "", 200, 1, false, false, false },
	/* lengths: RFC 9110 8.6 */
	{ OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "", 200, 2, true, false, false },
	{ OK "Content-Length: 2 , 02\r\n\r\nab", "", 200, 2, true, false, false },
	{ OK "Content-Length:\r\n 2\r\n\r\nab", "", 200, 2, true, false, false },
	/* does the connection go on: 9.3 */
	{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", "", 200, 0,
	  true, false, false },
	{ "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "", 200, 0, true, false, false },
	{ OK "Connection: a, CLOSE\r\nContent-Length: 0\r\n\r\n", "", 200, 0, false, false, false },
	{ OK "Connection: keep-alive\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "", 200, 0,
	  false, false, false },
	{ OK "Connection: closed, close d, clo se, a-close\r\nContent-Length: 0\r\n\r\n", "", 200,
	  0, true, false, false },
	{ OK "Connection: close                              x\r\nContent-Length: 0\r\n\r\n", "",
	  200, 0, true, false, false },
	{ OK "Connection:\r\n close\r\nContent-Length: 0\r\n\r\n", "", 200, 0, false, false,
	  false },
	/* what a client may pass over: 2.2, 4, 5.1, 5.2 */
	{ "HTTP/1.1 200\nContent-Length: 1\n\na", "", 200, 1, true, false, false },
	{ "HTTP/1.1 999\r\nContent-Length: 1\r\n\r\na", "", 999, 1, true, false, false },
	{ OK " folded: at once\r\nContent-Length: 0\r\n\r\n", "", 200, 0, true, false, false },
	{ OK "A: b\r\n Content-Length: 7\r\n\t\r\nContent-Length: 0\r\n\r\n", "", 200, 0, true,
	  false, false },
	{ OK "A: \x01\xff\r b\r\nContent-Length\t :\r 0\r \r\n\r\n", "", 200, 0, true, false,
	  false },
	{ OK "X-Content-Length: 3\r\nContent-Lengthy: 4\r\nContent-Length: 0\r\n\r\n", "", 200, 0,
	  true, false, false },
};

START_TEST(rules_of_rfc_9112_are_kept)
{
	check_whole(&rules[_i]);
}
END_TEST

static const struct {
	const char *text;
	const char *fault; /* a part of it */
} malformed[] = {
	{ "garbage", "does not begin with" },
	{ "\r\n" OK, "does not begin with" },
	{ "http/1.1 200 OK\r\n", "does not begin with" },
	{ "HTTP/2 200\r\n", "does not begin with" },
	{ "HTTP/2.0 200 OK\r\n", "does not begin with" },
	{ "HTTP/0.9 200 OK\r\n", "does not begin with" },
	{ "HTTP/1.10 200 OK\r\n", "does not begin with" },
	{ "HTTP/1.1  200 OK\r\n", "does not begin with" },
	{ "HTTP/1.1 2x0 OK\r\n", "does not begin with" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "does not begin with" },
	{ "HTTP/1.1 2000 OK\r\n", "more than three digits" },
	{ "HTTP/1.1 099 OK\r\n", "below 100" },
	{ "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", "switches" },
	{ OK "no colon\r\n", "without a colon" },
	{ OK "no-colon\n\n", "without a colon" },
	{ OK ": value\r\n", "without a name" },
	{ OK "\rA: b\r\n", "begins with CR" },
	{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "differ" },
	{ OK "Content-Length: 5, 6\r\n\r\n", "differ" },
	{ OK "Content-Length: -1\r\n\r\n", "no number" },
	{ OK "Content-Length: +1\r\n\r\n", "no number" },
	{ OK "Content-Length: 0x1\r\n\r\n", "no number" },
	{ OK "Content-Length: 1 2\r\n\r\n", "two numbers" },
	{ OK "Content-Length: 1\r\n 2\r\n\r\n", "two numbers" },
	{ OK "Content-Length: \r\n\r\n", "empty" },
	{ OK "Content-Length: 1,\r\n\r\n", "empty" },
	{ OK "Content-Length: 9223372036854775808\r\n\r\n", "too large" },
	{ OK "Content-Length: 18446744073709551617\r\n\r\n", "too large" },
	{ OK "Transfer-Encoding: chunked, chunked\r\n\r\n", "twice" },
	{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "twice" },
#define CHUNKS OK "Transfer-Encoding: chunked\r\n\r\n"
	{ CHUNKS "\r\n", "without a size" },
	{ CHUNKS ";a=b\r\n", "without a size" },
	{ CHUNKS "1\r\na\r\n\r\n", "without a size" },
	{ CHUNKS "g\r\n", "without a size" },
	{ CHUNKS "-1\r\n", "without a size" },
	{ CHUNKS "0x1\r\n", "no number" },
	{ CHUNKS "1 1\r\n", "no number" },
	{ CHUNKS "1\na\r\n", "no number" },
	{ CHUNKS "1;x\na\r\n", "without CR" },
	{ CHUNKS "1\r\ra", "with a CR" },
	{ CHUNKS "1;x\rx\r\n", "with a CR" },
	{ CHUNKS "8000000000000000\r\n", "too large" },
	{ CHUNKS "10000000000000001\r\n", "too large" },
	{ CHUNKS "1\r\nab", "longer than its size" },
	{ CHUNKS "1\r\na\n", "longer than its size" },
	{ CHUNKS "1\r\na\rb", "longer than its size" },
	{ CHUNKS "0\r\nbad trailer\r\n\r\n", "without a colon" },
};

START_TEST(what_is_malformed_is_refused_with_its_fault)
{
	struct seen seen = read_text(malformed[_i].text, false, false);
	size_t used;

	ck_assert_str_eq(steps[seen.step], "bad");
	ck_assert_ptr_nonnull(strstr(seen.response.fault, malformed[_i].fault));
	ck_assert(!seen.response.keep_alive);
	/* and stays so */
	ck_assert_int_eq(response_feed(&seen.response, OK, 10, &used), RESPONSE_BAD);
	ck_assert_uint_eq(used, 0);
	ck_assert_int_eq(response_end(&seen.response), RESPONSE_BAD);
}
END_TEST

static const char *const unfinished[] = {
	"",
	"HTTP/1.1 20",
	OK "Content-Length: 1\r\n",
	OK "Content-Length: 2\r\n\r\na",
	CHUNKS "1\r\na",
	CHUNKS "0\r\n",
	CHUNKS "0\r\nA: b\r\n",
	"HTTP/1.1 100 Continue\r\n\r\n",
};

START_TEST(an_end_before_it_is_whole_is_a_fault)
{
	struct seen open = read_text(unfinished[_i], false, false);
	struct seen seen = read_text(unfinished[_i], false, true);

	ck_assert_str_eq(steps[open.step], "more");
	ck_assert_str_eq(steps[seen.step], "bad");
	ck_assert_ptr_nonnull(strstr(seen.response.fault, "ended before"));
}
END_TEST

/* begin, one line of so many bytes that both together have total, then end. */
static struct seen read_long(const char *begin, size_t total, const char *end)
{
	size_t len = total + strlen(end);
	AUTO_FREE char *text = malloc(len + 1);
	struct seen whole, cut;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	memcpy(text, begin, strlen(begin));
	memcpy(text + total, end, strlen(end));
	whole = read_all(text, len, len, false, false);
	cut = read_all(text, len, 1000, false, false);
	check_same(&cut, &whole);
	return whole;
}

static const struct {
	const char *begin, *end;
	size_t outside; /* bytes of begin that do not count */
} bounded[] = {
	{ "HTTP/1.1 204 ", "\r\n\r\n", 0 },
	{ "HTTP/1.1 204 No\r\nA: ", "\r\n\r\n", 0 },
	{ "HTTP/1.1 204 No\r\nA", ":\r\n\r\n", 0 },
	{ "HTTP/1.1 204 No\r\nConnection: ", "\r\n\r\n", 0 },
	/* a reply in between does not make a new start */
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nA: ", "\r\n\r\n", 0 },
	{ CHUNKS "1;", "\r\na\r\n0\r\n\r\n", sizeof(CHUNKS) - 1 },
	{ CHUNKS "0\r\nA: ", "\r\n\r\n", sizeof(CHUNKS "0\r\n") - 1 },
};

START_TEST(a_head_has_an_end_or_is_malformed)
{
	size_t end = strcspn(bounded[_i].end, "\n") + 1;
	size_t most = RESPONSE_HEAD_MAX + bounded[_i].outside - end;
	struct seen seen;

	/* the empty line counts too, where it belongs to the same section */
	if (strcmp(bounded[_i].end + end, "\r\n") == 0)
		most -= 2;
	seen = read_long(bounded[_i].begin, most, bounded[_i].end);
	ck_assert_str_eq(steps[seen.step], "done");
	seen = read_long(bounded[_i].begin, most + 1, bounded[_i].end);
	ck_assert_str_eq(steps[seen.step], "bad");
	ck_assert_ptr_nonnull(strstr(seen.response.fault, "without an end"));
}
END_TEST

START_TEST(replies_in_between_are_bounded)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t used, fed = 0;
	struct response r;

	response_begin(&r, false);
	while (response_feed(&r, interim, strlen(interim), &used) == RESPONSE_MORE)
		fed += used;
	ck_assert_uint_eq(fed + used, RESPONSE_HEAD_MAX);
	ck_assert_uint_eq(r.status, 0);
}
END_TEST

START_TEST(bodies_are_counted_and_never_kept)
{
	static const char head[] = OK "Content-Length: 9223372036854775807\r\n\r\n";
	AUTO_FREE char *block = calloc(1, 1 << 20);
	struct response r;
	size_t used;

	ck_assert_ptr_nonnull(block);
	response_begin(&r, false);
	ck_assert_int_eq(response_feed(&r, head, strlen(head), &used), RESPONSE_MORE);
	ck_assert_uint_eq(r.status, 200);
	for (unsigned i = 1; i <= 100; i++) {
		ck_assert_int_eq(response_feed(&r, block, 1 << 20, &used), RESPONSE_MORE);
		ck_assert_uint_eq(used, 1 << 20);
		ck_assert_uint_eq(r.body_bytes, (uint64_t)i << 20);
	}
}
END_TEST

START_TEST(the_next_response_begins_where_the_last_ended)
{
	static const char two[] = OK "Content-Length: 3\r\n\r\nabcHTTP/1.1 503 Busy\r\n"
				     "Connection: close\r\nContent-Length: 0\r\n\r\n";
	struct response r;
	size_t first, second;

	response_begin(&r, false);
	ck_assert_int_eq(response_feed(&r, two, strlen(two), &first), RESPONSE_DONE);
	ck_assert_int_eq(response_feed(&r, two + first, 1, &second), RESPONSE_DONE);
	ck_assert_uint_eq(second, 0);
	response_begin(&r, false);
	ck_assert_int_eq(response_feed(&r, two + first, strlen(two) - first, &second),
			 RESPONSE_DONE);
	ck_assert_uint_eq(first + second, strlen(two));
	ck_assert_uint_eq(r.status, 503);
	ck_assert_uint_eq(r.body_bytes, 0);
	ck_assert(!r.keep_alive);
}
END_TEST

Suite *response_suite(void)
{
	Suite *suite = suite_create("response");
	TCase *tcase = tcase_create("read");

	tcase_add_loop_test(tcase, responses_of_common_servers_are_read, 0, ARRAY_SIZE(servers));
	tcase_add_loop_test(tcase, rules_of_rfc_9112_are_kept, 0, ARRAY_SIZE(rules));
	tcase_add_loop_test(tcase, what_is_malformed_is_refused_with_its_fault, 0,
			    ARRAY_SIZE(malformed));
	tcase_add_loop_test(tcase, an_end_before_it_is_whole_is_a_fault, 0, ARRAY_SIZE(unfinished));
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("bounds");
	tcase_add_loop_test(tcase, a_head_has_an_end_or_is_malformed, 0, ARRAY_SIZE(bounded));
	tcase_add_test(tcase, replies_in_between_are_bounded);
	tcase_add_test(tcase, bodies_are_counted_and_never_kept);
	tcase_add_test(tcase, the_next_response_begins_where_the_last_ended);
	suite_add_tcase(suite, tcase);
	return suite;
}
