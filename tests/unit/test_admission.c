/* test_admission.c - servers/admission.h: counting addresses */
#include "servers/admission.h"

#include "common/cc.h"
#include "servers/peer.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MANY 1000

static struct peer peer_v4(uint32_t number)
{
	struct peer peer = { .family = AF_INET };

	memcpy(peer.address, &number, sizeof(number));
	return peer;
}

static struct peer peer_v6(uint64_t net, uint64_t host)
{
	struct peer peer = { .family = AF_INET6 };

	memcpy(peer.address, &net, sizeof(net));
	memcpy(peer.address + 8, &host, sizeof(host));
	return peer;
}

START_TEST(an_address_has_its_limit_and_no_other_feels_it)
{
	struct addresses a;
	struct peer one = peer_v4(1), two = peer_v4(2);

	ck_assert_int_eq(addresses_init(&a, 10), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(addresses_enter(&a, &one, 3));
	ck_assert(!addresses_enter(&a, &one, 3));
	ck_assert(addresses_enter(&a, &two, 3));
	addresses_leave(&a, &one);
	ck_assert(addresses_enter(&a, &one, 3));
	ck_assert(!addresses_enter(&a, &one, 3));
	addresses_release(&a);
}
END_TEST

START_TEST(ipv6_clients_count_as_their_64)
{
	struct addresses a;
	struct peer here = peer_v6(5, 1), there = peer_v6(5, 2), away = peer_v6(6, 1);
	struct peer four = peer_v4(5); /* the same bits */

	ck_assert_int_eq(addresses_init(&a, 10), 0);
	ck_assert(addresses_enter(&a, &here, 1));
	ck_assert(!addresses_enter(&a, &there, 1));
	ck_assert(addresses_enter(&a, &away, 1));
	ck_assert(addresses_enter(&a, &four, 1));
	addresses_leave(&a, &here);
	ck_assert(addresses_enter(&a, &there, 1));
	addresses_release(&a);
}
END_TEST

START_TEST(unix_clients_are_not_counted)
{
	struct peer local = { .family = AF_UNIX };
	struct addresses a;

	ck_assert_int_eq(addresses_init(&a, 1), 0);
	for (int i = 0; i < MANY; i++)
		ck_assert(addresses_enter(&a, &local, 1));
	addresses_leave(&a, &local);
	addresses_release(&a);
}
END_TEST

/* Against a plain array, with addresses that come and go in any order: the
 * probing must find all of them, whatever gap is closed. */
START_TEST(agrees_with_a_plain_count)
{
	unsigned count[MANY] = { 0 }, open = 0, seed = 1 + (unsigned)_i;
	struct addresses a;

	ck_assert_int_eq(addresses_init(&a, MANY), 0);
	for (int i = 0; i < 50 * MANY; i++) {
		uint32_t number = (uint32_t)rand_r(&seed) % MANY;
		struct peer peer = peer_v4(number);

		if (rand_r(&seed) % 2 == 0 && open < MANY) {
			bool entered = addresses_enter(&a, &peer, 3);

			ck_assert_int_eq(entered, count[number] < 3);
			count[number] += entered;
			open += entered;
		} else if (count[number] > 0) {
			addresses_leave(&a, &peer);
			count[number]--;
			open--;
		}
	}
	for (uint32_t i = 0; i < MANY; i++) {
		struct peer peer = peer_v4(i);

		for (unsigned j = count[i]; j < 3; j++)
			ck_assert(addresses_enter(&a, &peer, 3));
		ck_assert(!addresses_enter(&a, &peer, 3));
		for (unsigned j = 0; j < 3; j++)
			addresses_leave(&a, &peer);
	}
	addresses_release(&a);
}
END_TEST

Suite *admission_suite(void)
{
	Suite *s = suite_create("admission");
	TCase *t = tcase_create("addresses");

	tcase_add_test(t, an_address_has_its_limit_and_no_other_feels_it);
	tcase_add_test(t, ipv6_clients_count_as_their_64);
	tcase_add_test(t, unix_clients_are_not_counted);
	tcase_add_loop_test(t, agrees_with_a_plain_count, 0, 5);
	suite_add_tcase(s, t);
	return s;
}
