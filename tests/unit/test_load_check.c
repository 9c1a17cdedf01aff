/* test_load_check.c - launcher/load_check.h: how many ports there are, and how many
 * connections divide among them.
 */
#include "launcher/load_check.h"

#include "common/cc.h"
#include "portmap/plan.h"
#include "tests/unit/suites.h"

static char blue[] = "blue", shared[] = "shared", idle[] = "idle";
static struct group groups[] = {
	{ .name = blue },
	{ .name = shared, .shared = true },
	{ .name = idle },
};
static struct plan_slot slots[] = {
	{ .group = 0, .count = 3 }, { .group = 1, .count = 4 }, { .group = PLAN_FREE },
	{ .group = 0, .count = 2 }, { .group = 1, .count = 4 }, { .group = 2 },
};
static const struct plan plan = {
	.input = { .groups = groups, .group_count = ARRAY_SIZE(groups) },
	.slots = slots,
	.slot_count = ARRAY_SIZE(slots),
};

START_TEST(a_shared_port_counts_once)
{
	ck_assert_uint_eq(load_check_ports(&plan, NULL, 0), 3 + 2 + 4);
}
END_TEST

START_TEST(only_the_groups_that_are_wanted_count)
{
	static const char *const wanted[] = { shared, idle, blue };

	ck_assert_uint_eq(load_check_ports(&plan, wanted, 1), 4);
	ck_assert_uint_eq(load_check_ports(&plan, wanted + 1, 1), 0);
	ck_assert_uint_eq(load_check_ports(&plan, wanted + 1, 2), 5);
}
END_TEST

static const struct {
	size_t ports[3];
	unsigned connections;
} alike[] = {
	{ { 1, 1, 1 }, 72 },
	{ { 1, 6, 12 }, 72 },
	{ { 1, 5, 5 }, 75 },
	{ { 2, 12, 5 }, 120 },
	{ { 7, 11, 13 }, 1001 },
	{ { 1, 240, 7 }, 1680 },
	{ { 0, 5, 0 }, 75 }, /* one without a server is refused later on */
	/* Nothing that is not too large divides among all. */
	{ { 41, 49, 1 }, 98 },
	{ { 2003, 1, 2 }, 2003 },
	{ { 65536, 65535, 65533 }, 65536 },
};

START_TEST(connections_divide_among_the_ports_of_all)
{
	ck_assert_uint_eq(load_check_connections(alike[_i].ports, 3), alike[_i].connections);
}
END_TEST

Suite *load_check_suite(void)
{
	Suite *suite = suite_create("load_check");
	TCase *all = tcase_create("load_check");

	tcase_add_test(all, a_shared_port_counts_once);
	tcase_add_test(all, only_the_groups_that_are_wanted_count);
	tcase_add_loop_test(all, connections_divide_among_the_ports_of_all, 0, ARRAY_SIZE(alike));
	suite_add_tcase(suite, all);
	return suite;
}
