/* test_load_board.c - launcher/load_board.h */
#include "launcher/load_board.h"

#include "common/cc.h"
#include "launcher/load_layout.h"
#include "tests/unit/suites.h"
#include "tests/unit/workers_fixture.h"

/* Two workers share port 80; each has a port of its own group as well. */
static const struct worker_fixture before[] = {
	{ .group = "blue",
	  .restarts = 2,
	  .servers = { { "127.0.0.1", 80, NULL, 10, 0 }, { "127.0.0.1", 81, NULL, 1, 0 } } },
	{ .group = "blue", .servers = { { "127.0.0.1", 80, NULL, 20, 0 } } },
	{ .group = "green", .servers = { { "127.0.0.1", 90, NULL, 5, 3 } } },
};

static const struct worker_fixture after[] = {
	{ .group = "blue",
	  .restarts = 3,
	  .servers = { { "127.0.0.1", 80, NULL, 110, 0 }, { "127.0.0.1", 81, NULL, 8, 0 } } },
	{ .group = "blue", .servers = { { "127.0.0.1", 80, NULL, 50, 0 } } },
	{ .group = "green", .servers = { { "127.0.0.1", 90, NULL, 6, 3 } } },
};

static struct load_layout layout;
static json_t *earlier, *now;

static void setup(void)
{
	static const char *const groups[] = { "blue" };

	earlier = workers_fixture(before, ARRAY_SIZE(before));
	now = workers_fixture(after, ARRAY_SIZE(after));
	ck_assert_int_eq(load_layout_read(&layout, "site", earlier, groups, 1, NULL), 0);
}

static void teardown(void)
{
	load_layout_release(&layout);
	json_decref(earlier);
	json_decref(now);
}

START_TEST(a_port_has_what_all_its_workers_counted)
{
	load_board_difference(&layout, earlier, now);
	ck_assert(layout.ports[0].counted);
	ck_assert_uint_eq(layout.ports[0].server_requests, 100 + 30);
	ck_assert_uint_eq(layout.ports[1].server_requests, 7);
}
END_TEST

START_TEST(a_worker_has_what_its_servers_counted_and_its_restarts)
{
	load_board_difference(&layout, earlier, now);
	ck_assert_uint_eq(layout.workers[0].server_requests, 100 + 7);
	ck_assert_uint_eq(layout.workers[0].restarts, 1);
	ck_assert_uint_eq(layout.workers[1].server_requests, 30);
	ck_assert_uint_eq(layout.workers[1].restarts, 0);
}
END_TEST

START_TEST(it_is_still_when_no_driven_server_counts_or_answers)
{
	json_t *answering;
	struct worker_fixture busy = before[0];

	ck_assert(load_board_is_still(&layout, earlier, earlier)); /* green is not driven */
	ck_assert(!load_board_is_still(&layout, earlier, now));
	busy.servers[1].active = 1;
	answering = workers_fixture(&busy, 1);
	ck_assert(!load_board_is_still(&layout, earlier, answering));
	json_decref(answering);
}
END_TEST

Suite *load_board_suite(void)
{
	Suite *suite = suite_create("load_board");
	TCase *all = tcase_create("load_board");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, a_port_has_what_all_its_workers_counted);
	tcase_add_test(all, a_worker_has_what_its_servers_counted_and_its_restarts);
	tcase_add_test(all, it_is_still_when_no_driven_server_counts_or_answers);
	suite_add_tcase(suite, all);
	return suite;
}
