/* test_plan.c - portmap/plan.h: what is right. */
#include "portmap/plan.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define HELLO "'app': {'kind': 'hello'}"

static const struct {
	const char *config;
	size_t cores;
	const char *map;
} layouts[] = {
	/* The demo. */
	{ "{'PROCS_MAX': 3, 'port_groups': {"
	  "'blue': {'START_SEQUENCE_NUM': 0, 'ports': '11000-11002', " HELLO "},"
	  "'yellow': {'START_SEQUENCE_NUM': 1, 'ports': '14000-14001', " HELLO "},"
	  "'green': {'START_SEQUENCE_NUM': 2, 'ports': '15000-15001', " HELLO "}}}",
	  2, "0: blue@0 11000 11001 11002 | 1: yellow@2 14000 14001 | 2: green@0 15000 15001" },
	/* Shared out evenly, the first slots one more; by number, not by place in the list. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': [2, 0, 1], 'ports': '10-14', " HELLO "}}}",
	  1, "0: a@0 10 11 | 1: a@0 12 13 | 2: a@0 14" },
	/* servers_per_worker leaves ports for worker modules. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-16', "
	  "'servers_per_worker': 2, " HELLO "}}}",
	  2, "0: a@0 10 11 | 1: a@2 12 13 | free a 14 | free a 15 | free a 16" },
	/* The order of "ports" is the order of the queue. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-1', 'ports': [30, '10-12', 20], " HELLO
	  "}}}",
	  2, "0: a@0 30 10 11 | 1: a@2 12 20" },
	/* All: as many as there are usable cores. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': 'all', 'ports': '10-12', " HELLO "}}}", 3,
	  "0: a@0 10 | 1: a@2 11 | 2: a@4 12" },
	{ "{'PROCS_MAX': 2, 'port_groups': {'a': {'START_SEQUENCE_NUM': 'all', 'ports': "
	  "'10-12', " HELLO "}}}",
	  3, "0: a@0 10 11 | 1: a@2 12" },
	/* More numbers named than there are cores. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-3', 'ports': '10-13', " HELLO "}}}", 2,
	  "0: a@0 10 | 1: a@2 11 | 2: a@0 12 | 3: a@2 13" },
	/* Every worker of a shared group serves every port that is served. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-12', 'shared': true}},"
	  "'servers': [{'group': 'a', 'ports': [10, 12], " HELLO "}]}",
	  2, "0: a@0 10 12 | 1: a@2 10 12 | free a 11" },
	/* Entries cover ports; the one that names none has what is left. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-13'}},"
	  "'servers': [{'group': 'a', " HELLO "}, {'group': 'a', 'ports': 11, " HELLO "}]}",
	  2, "0: a@0 10 11 | 1: a@2 12 13" },
	/* Ports that no entry covers are not served, wherever they are. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-15'}},"
	  "'servers': [{'group': 'a', 'ports': '11-15/2', " HELLO "}]}",
	  2, "0: a@0 11 13 | 1: a@2 15 | free a 10 | free a 12 | free a 14" },
	/* The same port on two addresses, and on both families' wildcards. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': 10, 'ip': '127.0.0.2', " HELLO
	  "}, 'b': {'START_SEQUENCE_NUM': 1, 'ports': 10, 'ip': '127.0.0.3', " HELLO
	  "}, 'c': {'START_SEQUENCE_NUM': 2, 'ports': 10, 'ip': '::', " HELLO
	  "}, 'd': {'START_SEQUENCE_NUM': 3, 'ports': 11, 'ip': '0.0.0.0', " HELLO "}}}",
	  1, "0: a@0 10 | 1: b@0 10 | 2: c@0 10 | 3: d@0 11" },
	/* Unix sockets. */
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': '1-2', 'unix': "
	  "'/r/{port}', " HELLO "}}}",
	  1, "0: a@0 1 2" },
	/* No groups: workers without servers. */
	{ "{'PROCS_MAX': 2}", 1, "0: -@0 | 1: -@0" },
	{ "{}", 2, "0: -@0 | 1: -@2" },
};

START_TEST(lays_out_ports_as_told)
{
	struct plan_fixture f;
	AUTO_FREE char *map = NULL;

	plan_fixture_make(&f, layouts[_i].config, layouts[_i].cores);
	map = plan_fixture_map(f.plan);
	ck_assert_str_eq(map, layouts[_i].map);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(gives_each_port_the_entry_that_covers_it)
{
	static const int16_t entries[] = { 1, 0, 1, 2 };
	struct plan_fixture f;

	plan_fixture_make(&f,
			  "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': '10-13'}},"
			  "'servers': [{'group': 'a', 'ports': 11, 'app': {'kind': 'x'}},"
			  "{'group': 'a', 'app': {'kind': 'y'}, 'threads': 2},"
			  "{'group': 'a', 'ports': 13, 'app': {'kind': 'z'}}]}",
			  1);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		ck_assert_int_eq(f.plan->servers[i].entry, entries[i]);
	ck_assert_str_eq(plan_app_kind(f.plan, &f.plan->servers[0]), "y");
	ck_assert_str_eq(plan_app_kind(f.plan, &f.plan->servers[1]), "x");
	ck_assert_str_eq(plan_group_name(f.plan, &f.plan->servers[3]), "a");
	plan_fixture_release(&f);
}
END_TEST

START_TEST(gives_each_thread_a_cell_of_its_own)
{
	static const uint32_t cells[] = { 0, 3, 4, 5 };
	struct plan_fixture f;

	plan_fixture_make(&f,
			  "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': '10-13'}},"
			  "'servers': [{'group': 'a', 'ports': 10, 'threads': 3, " HELLO "},"
			  "{'group': 'a', 'ports': [11, 12], " HELLO "}]}",
			  1);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		ck_assert_uint_eq(f.plan->servers[i].cell, cells[i]);
	ck_assert_uint_eq(f.plan->cell_count, 6);
	ck_assert_int_eq(f.plan->servers[3].entry, PLAN_FREE);
	ck_assert_int_eq(f.plan->servers[3].slot, PLAN_FREE);
	ck_assert_str_eq(plan_app_kind(f.plan, &f.plan->servers[3]), "-");
	plan_fixture_release(&f);
}
END_TEST

START_TEST(knows_the_addresses)
{
	static const char *const texts[] = { "127.0.0.9:10", "[::1]:10", "unix:/base/s/7.sock" };
	struct plan_fixture f;
	char text[ADDRESS_TEXT_BYTES];
	struct address address;

	plan_fixture_make(
		&f,
		"{'port_groups': {"
		"'a': {'START_SEQUENCE_NUM': 0, 'ports': 10, 'ip': '127.0.0.9', " HELLO "},"
		"'b': {'START_SEQUENCE_NUM': 1, 'ports': 10, 'ip': '::1', " HELLO "},"
		"'c': {'START_SEQUENCE_NUM': 2, 'ports': 7, 'unix': 's/{port}.sock', " HELLO "}}}",
		1);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		plan_address(f.plan, i, &address);
		address_format(&address, text, sizeof(text));
		ck_assert_str_eq(text, texts[i]);
	}
	plan_fixture_release(&f);
}
END_TEST

START_TEST(uses_no_more_workers_than_the_cgroup_allows)
{
	struct plan_fixture f;
	struct plan *plan;

	plan_fixture_make(&f, "{}", 8);
	f.cpus.usable = 3;
	plan = plan_make(&f.input, &f.cpus, &f.problems);
	ck_assert_uint_eq(plan->slot_count, 3);
	ck_assert_uint_eq(plan->slots[2].core_index, 2);
	ck_assert_int_eq(plan->slots[2].core, 4);
	plan_free(plan);
	plan_fixture_release(&f);
}
END_TEST

/* The largest there may be; a loop over ports within one over ports would
 * run into the time limit of the test program. */
START_TEST(takes_65536_ports_in_200_groups)
{
	AUTO_BUF struct buf config = BUF_INIT(1 << 20);
	struct plan_fixture f;

	buf_adds(&config, "{'port_groups': {");
	for (int g = 0; g < GROUPS_MAX; g++)
		buf_addf(&config,
			 "%s'g%d': {'START_SEQUENCE_NUM': %d, 'ip': '127.0.%d.1', "
			 "'ports': '1-%d', 'app': {'kind': 'hello'}}",
			 g > 0 ? "," : "", g, g, g, g < 136 ? 328 : 327);
	buf_adds(&config, "}}");
	plan_fixture_make(&f, buf_text(&config), 4);
	ck_assert_uint_eq(f.plan->server_count, 65536);
	ck_assert_uint_eq(f.plan->served_count, 65536);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(takes_one_group_of_65535_ports)
{
	struct plan_fixture f;

	plan_fixture_make(&f,
			  "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-3999', "
			  "'ports': '1-65535'}}, 'servers': ["
			  "{'group': 'a', 'ports': '1-30000', " HELLO "},"
			  "{'group': 'a', 'ports': '30001-65534', " HELLO "},"
			  "{'group': 'a', " HELLO "}]}",
			  4);
	ck_assert_uint_eq(f.plan->served_count, 65535);
	ck_assert_uint_eq(f.plan->slots[0].count, 17);
	ck_assert_uint_eq(f.plan->slots[3999].count, 16);
	ck_assert_int_eq(f.plan->servers[65534].entry, 2);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(frees_nothing)
{
	plan_free(NULL);
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plan");

	tcase_add_loop_test(tc, lays_out_ports_as_told, 0, ARRAY_SIZE(layouts));
	tcase_add_test(tc, gives_each_port_the_entry_that_covers_it);
	tcase_add_test(tc, gives_each_thread_a_cell_of_its_own);
	tcase_add_test(tc, knows_the_addresses);
	tcase_add_test(tc, uses_no_more_workers_than_the_cgroup_allows);
	tcase_add_test(tc, takes_65536_ports_in_200_groups);
	tcase_add_test(tc, takes_one_group_of_65535_ports);
	tcase_add_test(tc, frees_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}
