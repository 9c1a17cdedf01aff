/* test_peer.c - servers/peer.h */
#include "servers/peer.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	int family;
	const char *from, *text;
	bool loopback;
} addresses[] = {
	{ AF_INET, "127.0.0.1", "127.0.0.1", true },
	{ AF_INET, "127.255.3.4", "127.255.3.4", true },
	{ AF_INET, "10.0.0.127", "10.0.0.127", false },
	{ AF_INET6, "::1", "::1", true },
	{ AF_INET6, "2001:db8::7f00:1", "2001:db8::7f00:1", false },
	{ AF_INET6, "::ffff:127.0.0.1", "127.0.0.1", true },
	{ AF_INET6, "::ffff:192.0.2.1", "192.0.2.1", false },
};

static void make(struct peer *peer, int family, const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(4711) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(4711) };
	bool four = family == AF_INET;

	ck_assert_int_eq(inet_pton(family, text, four ? (void *)&in.sin_addr : &in6.sin6_addr), 1);
	peer_init(peer, four ? (const void *)&in : (const void *)&in6,
		  four ? sizeof(in) : sizeof(in6));
}

START_TEST(keeps_an_address)
{
	char text[PEER_TEXT_BYTES];
	struct peer peer;

	make(&peer, addresses[_i].family, addresses[_i].from);
	ck_assert_uint_eq(peer_format(&peer, text), strlen(addresses[_i].text));
	ck_assert_str_eq(text, addresses[_i].text);
	ck_assert_uint_eq(peer.port, 4711);
	ck_assert_int_eq(peer.loopback, addresses[_i].loopback);
}
END_TEST

START_TEST(a_unix_socket_has_none)
{
	const struct sockaddr nobody = { .sa_family = AF_UNIX };
	char text[PEER_TEXT_BYTES];
	struct peer peer;

	peer_init(&peer, &nobody, sizeof(nobody.sa_family));
	peer_format(&peer, text);
	ck_assert_str_eq(text, "unix:");
	ck_assert(!peer.loopback);
}
END_TEST

Suite *peer_suite(void)
{
	Suite *s = suite_create("peer");
	TCase *t = tcase_create("peer");

	tcase_add_loop_test(t, keeps_an_address, 0, ARRAY_SIZE(addresses));
	tcase_add_test(t, a_unix_socket_has_none);
	suite_add_tcase(s, t);
	return s;
}
