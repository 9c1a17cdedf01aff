/* test_guard.c - servers/guard.h */
#include "servers/guard.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <string.h>

#define HOST "Host: a\n"

struct head {
	const char *line, *headers; /* a header a line */
	unsigned alone, behind;     /* the verdicts without a wire and behind one */
};

static const struct head heads[] = {
	{ "GET / HTTP/1.1", HOST, 0, 0 },
	{ "GET / HTTP/1.0", "", 0, 0 },
	{ "G!#$%&'*+-.^_`|~9 /a%20b\xc3\xa4 HTTP/1.1", HOST "A!-~: b\n", 0, 0 },
	{ "GET / HTTP/1.1", "Host: a.b:80 \n", 0, 0 },
	{ "GET / HTTP/1.1", "Host: [::1]:80\n", 0, 0 },
	{ "GET / HTTP/1.1", "Host: \n", 400, 0 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 5\n", 0, 0 },
	{ "POST / HTTP/1.1", HOST "transfer-ENCODING: CHUNKED\n", 0, 0 },
	{ "POST / HTTP/1.1", HOST "Transfer_Encoding: x\nContent-Lengths: y\n", 0, 0 },
	/* versions */
	{ "GET / HTTP/1.2", HOST, 505, 505 },
	{ "GET / HTTP/2.0", HOST, 505, 505 },
	{ "GET / HTTP/1.10", HOST, 505, 505 },
	{ "GET / http/1.1", HOST, 400, 400 },
	{ "GET / HTTP", HOST, 400, 400 },
	/* targets */
	{ "GET /%00 HTTP/1.1", HOST, 400, 400 },
	{ "GET /a%00b HTTP/1.1", HOST, 400, 400 },
	{ "GET /a\x01 HTTP/1.1", HOST, 400, 0 },
	{ "GET /a\x7f HTTP/1.1", HOST, 400, 0 },
	{ "GET /a\t HTTP/1.1", HOST, 400, 0 },
	/* tokens */
	{ "G(T / HTTP/1.1", HOST, 400, 0 },
	{ "G\xe4T / HTTP/1.1", HOST, 400, 0 },
	{ "GET / HTTP/1.1", HOST "A b: c\n", 400, 0 },
	{ "GET / HTTP/1.1", HOST "A(: c\n", 400, 0 },
	{ "GET / HTTP/1.1", HOST ": c\n", 400, 0 },
	/* hosts */
	{ "GET / HTTP/1.1", "", 400, 400 },
	{ "GET / HTTP/1.1", "Hosts: a\n", 400, 400 },
	{ "GET / HTTP/1.1", HOST HOST, 400, 400 },
	{ "GET / HTTP/1.0", HOST "hOST: b\n", 400, 400 },
	{ "GET / HTTP/1.1", "Host: a,b\n", 400, 0 },
	{ "GET / HTTP/1.1", "Host: a b\n", 400, 0 },
	{ "GET / HTTP/1.1", "Host: [::1\n", 400, 0 },
	/* lengths and codings */
	{ "POST / HTTP/1.1", HOST "Content-Length: 5\nContent-Length: 5\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: +5\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 5,5\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 5 \n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 0x5\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: \n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 9223372036854775807\n", 0, 0 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 9223372036854775808\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 00000000000000000000000000000000000005\n", 400,
	  400 },
	{ "POST / HTTP/1.1", HOST "Content-Length: 5\nTransfer-Encoding: chunked\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: chunked\nContent-Length: 5\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", 400,
	  400 },
	{ "POST / HTTP/1.0", HOST "Transfer-Encoding: chunked\n", 400, 400 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: gzip\n", 501, 501 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: chunked, gzip\n", 501, 501 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: chunked \n", 501, 501 },
	{ "POST / HTTP/1.1", HOST "Transfer-Encoding: identity\n", 501, 501 },
};

/* As libmicrohttpd hands it over: ends are zero bytes. */
static unsigned look(const struct head *head, bool alone, struct guard *guard)
{
	char line[128], headers[512], *rest, *method = line, *path, *version;

	snprintf(line, sizeof(line), "%s", head->line);
	path = strchr(line, ' ');
	version = strrchr(line, ' ');
	*path++ = *version++ = '\0';
	guard_begin(guard, alone, method, path, version);
	snprintf(headers, sizeof(headers), "%s", head->headers);
	for (char *name = headers; *name != '\0'; name = rest) {
		char *value = strstr(name, ": ");

		rest = strchr(name, '\n');
		*rest++ = '\0';
		*value = '\0';
		value += 2;
		guard_header(guard, name, strlen(name), value, strlen(value));
	}
	return guard_end(guard);
}

START_TEST(judges_a_head_alone_and_behind_the_wire)
{
	struct guard guard;

	ck_assert_uint_eq(look(&heads[_i], true, &guard), heads[_i].alone);
	ck_assert_uint_eq(look(&heads[_i], false, &guard), heads[_i].behind);
}
END_TEST

START_TEST(finds_what_its_caller_wants_to_know)
{
	const struct head full = { .line = "POST / HTTP/1.0",
				   .headers = "Connection: close\nContent-Length: 17\n"
					      "Connection: keep-alive\n" };
	const struct head bare = { .line = "GET / HTTP/1.1", .headers = HOST };
	struct guard guard;

	ck_assert_uint_eq(look(&full, false, &guard), 0);
	ck_assert_uint_eq(guard.length, 17);
	ck_assert(guard.http_1_0);
	ck_assert_ptr_nonnull(guard.connection);
	ck_assert_uint_eq(look(&bare, false, &guard), 0);
	ck_assert_uint_eq(guard.length, 0);
	ck_assert(!guard.http_1_0);
	ck_assert_ptr_null(guard.connection);
}
END_TEST

Suite *guard_suite(void)
{
	Suite *s = suite_create("guard");
	TCase *t = tcase_create("guard");

	tcase_add_loop_test(t, judges_a_head_alone_and_behind_the_wire, 0, ARRAY_SIZE(heads));
	tcase_add_test(t, finds_what_its_caller_wants_to_know);
	suite_add_tcase(s, t);
	return s;
}
