/* test_plan_errors.c - portmap/plan.h: what is wrong, and how it is told. */
#include "portmap/plan.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

#define HELLO "'app': {'kind': 'hello'}"
#define A(num, ports) "'a': {'START_SEQUENCE_NUM': " num ", 'ports': " ports "}"
#define A_HELLO(num, ports) "'a': {'START_SEQUENCE_NUM': " num ", 'ports': " ports ", " HELLO "}"
#define B_HELLO(num, ports) "'b': {'START_SEQUENCE_NUM': " num ", 'ports': " ports ", " HELLO "}"
#define GROUPS(list) "{'port_groups': {" list "}}"
#define WITH_SERVERS(groups, servers) "{'port_groups': {" groups "}, 'servers': [" servers "]}"

struct wrong {
	const char *config;
	const char *problems;
};

static const struct wrong errors[] = {
	/* workers */
	{ GROUPS(A_HELLO("[0, 1]", "'10-13'") ", " B_HELLO("'1-2'", "'20-21'")),
	  "port_groups.b.START_SEQUENCE_NUM: number 1 is in port_groups.a.START_SEQUENCE_NUM too: "
	  "a worker has one group\n" },
	{ "{'PROCS_MAX': 2, 'port_groups': {" A_HELLO("'all'", "'10-13'") ", " B_HELLO(
		  "'all'", "'20-23'") "}}",
	  "port_groups.b.START_SEQUENCE_NUM: number 0 (and 1 more) is in "
	  "port_groups.a.START_SEQUENCE_NUM too: a worker has one group\n" },
	{ "{'PROCS_MAX': 2, 'port_groups': {" A_HELLO("[1, 2, 5]", "'10-13'") "}}",
	  "port_groups.a.START_SEQUENCE_NUM: number 2 (and 1 more) is beyond PROCS_MAX 2: numbers "
	  "go from 0 to 1\n"
	  "warning: port_groups: START_SEQUENCE_NUM 0: in no group, so nothing to serve\n" },
	{ "{'PROCS_MAX': 4001}", "PROCS_MAX: want at most 4000, got 4001\n" },
	/* entries */
	{ WITH_SERVERS(A("0", "'10-13'"), "{'group': 'b', " HELLO "}"),
	  "servers[0].group: there is no port group \"b\" in port_groups\n"
	  "warning: port_groups.a: neither an app nor a servers entry: its 4 ports are bound, but "
	  "nobody serves them\n" },
	{ WITH_SERVERS("'yellow': {'START_SEQUENCE_NUM': 0, 'ports': 10, " HELLO "}",
		       "{'group': 'yelow', " HELLO "}"),
	  "servers[0].group: there is no port group \"yelow\"; did you mean \"yellow\"?\n" },
	{ WITH_SERVERS(A("0", "'10-13'"), "{'group': 'a', 'ports': '10-11', " HELLO "},"
					  "{'group': 'a', 'ports': '11-13', " HELLO "}"),
	  "servers[1].ports: port 11 is in servers[0].ports already\n" },
	{ WITH_SERVERS(A("0", "'10-13'"), "{'group': 'a', 'ports': '12-15', " HELLO "}"),
	  "servers[0].ports: port 14 (and 1 more) is not in port_groups.a.ports\n" },
	{ WITH_SERVERS(A("0", "'10-13'"), "{'group': 'a', " HELLO "}, {'group': 'a', " HELLO "}"),
	  "servers[1]: it names no ports of group a, nor does servers[0]: only one can have all "
	  "that are left\n" },
	{ WITH_SERVERS(A_HELLO("0", "'10-13'"), "{'group': 'a', " HELLO "}"),
	  "port_groups.a.app: it names no ports of group a, nor does servers[0]: only one can have "
	  "all that are left\n" },
	/* shares */
	{ GROUPS("'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-14', 'servers_per_worker': "
		 "3, " HELLO "}"),
	  "port_groups.a.servers_per_worker: 3 for each of 2 workers are 6, but the group has 5 "
	  "ports\n" },
	{ WITH_SERVERS("'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-19', "
		       "'servers_per_worker': 3}",
		       "{'group': 'a', 'ports': '10-14', " HELLO "}"),
	  "port_groups.a.servers_per_worker: 3 for each of 2 workers are 6, but servers entries "
	  "name only 5 of the group's 10 ports\n" },
	{ GROUPS("'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '1-40000', 'shared': true, " HELLO
		 "}"),
	  "port_groups.a.shared: 2 workers with a socket for each of 40000 ports: more than 65536 "
	  "sockets in all\n" },
	{ GROUPS(A_HELLO("0", "'1-40000'") ", 'b': {'START_SEQUENCE_NUM': 1, 'ports': '1-40000', "
					   "'ip': '::1', " HELLO "}"),
	  "port_groups: want at most 65536 ports in all, got 80000\n" },
	{ GROUPS("'a': {'START_SEQUENCE_NUM': 0, 'ports': '1-2000', 'threads': 64, " HELLO "}"),
	  "servers: want at most 32768 threads of servers' own in all, got 128000\n" },
	/* addresses */
	{ GROUPS(A_HELLO("0", "'10-13'") ", " B_HELLO("1", "'12-20'")),
	  "port_groups.b.ports: port 12 (and 1 more) on 127.0.0.1 is in port_groups.a.ports "
	  "too\n" },
	{ GROUPS(A_HELLO("0", "'10-13'") ", 'b': {'START_SEQUENCE_NUM': 1, 'ports': 11, "
					 "'ip': '0.0.0.0', " HELLO "}"),
	  "port_groups.b.ports: port 11 on 0.0.0.0 is in port_groups.a.ports too, on 127.0.0.1\n" },
	{ GROUPS("'a': {'START_SEQUENCE_NUM': 0, 'ports': 11, 'ip': '::', " HELLO "}, "
		 "'b': {'START_SEQUENCE_NUM': 1, 'ports': 11, 'ip': '::1', " HELLO "}"),
	  "port_groups.b.ports: port 11 on ::1 is in port_groups.a.ports too, on ::\n" },
	{ GROUPS("'a': {'START_SEQUENCE_NUM': 0, 'ports': 1, 'unix': '/r/x', " HELLO "}, "
		 "'b': {'START_SEQUENCE_NUM': 1, 'ports': 2, 'unix': '/r/x', " HELLO "}"),
	  "port_groups.b.unix: port 2 gives /r/x, and so does port 1 of port_groups.a.unix: each "
	  "needs a path of its own\n" },
	{ GROUPS("'a': {'START_SEQUENCE_NUM': 0, 'ports': '1-3', 'unix': '/r/{port}1', " HELLO
		 "}, 'b': {'START_SEQUENCE_NUM': 1, 'ports': '1-3', 'unix': '/r/1{port}', " HELLO
		 "}"),
	  "port_groups.b.unix: port 1 gives /r/11, and so does port 1 of port_groups.a.unix: each "
	  "needs a path of its own\n" },
	/* all at once */
	{ "{'PROCS_MAX': 1, 'port_groups': {" A_HELLO("[0, 1]", "'10-11'") ", " B_HELLO(
		  "0", "'11-12'") "}, 'servers': [{'group': 'c', " HELLO
				  "}, {'group': 'b', 'ports': 9, " HELLO "}]}",
	  "servers[0].group: there is no port group \"c\" in port_groups\n"
	  "servers[1].ports: port 9 is not in port_groups.b.ports\n"
	  "port_groups.a.START_SEQUENCE_NUM: number 1 is beyond PROCS_MAX 1: numbers go from 0 to "
	  "0\n"
	  "port_groups.b.START_SEQUENCE_NUM: number 0 is in port_groups.a.START_SEQUENCE_NUM too: "
	  "a worker has one group\n"
	  "port_groups.b.ports: port 11 on 127.0.0.1 is in port_groups.a.ports too\n" },
};

START_TEST(tells_what_is_wrong_and_where_both_places)
{
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;

	plan_fixture_init(&f, errors[_i].config, 1);
	text = plan_fixture_problems(&f);
	ck_assert_str_eq(text, errors[_i].problems);
	ck_assert_ptr_null(f.plan);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(ports_without_a_server_are_no_mistake_where_modules_take_them)
{
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;

	plan_fixture_init(&f, GROUPS(A("'0-1'", "'10-13'")), 2);
	ck_assert_uint_eq(f.problems.warnings, 1);
	problems_release(&f.problems);
	plan_free(f.plan);
	f.problems = (struct problems) { 0 };
	f.input.work = true;
	f.plan = plan_make(&f.input, &f.cpus, &f.problems);
	text = plan_fixture_problems(&f);
	ck_assert_str_eq(text, "");
	plan_fixture_release(&f);
}
END_TEST

static const struct wrong warnings[] = {
	{ "{'PROCS_MAX': 6, 'port_groups': {" A_HELLO("1", "'10-13'") "}}",
	  "warning: port_groups: START_SEQUENCE_NUM 0, 2-5: in no group, so nothing to serve\n" },
	{ GROUPS(A("'0-1'", "'10-13'")),
	  "warning: port_groups.a: neither an app nor a servers entry: its 4 ports are bound, but "
	  "nobody serves them\n" },
	{ GROUPS(A_HELLO("'0-3'", "'10-11'")),
	  "warning: port_groups.a.ports: 2 ports for 4 workers: the last 2 serve nothing\n" },
	{ WITH_SERVERS(A("'0-1'", "'10-11'"),
		       "{'group': 'a', 'ports': '10-11', " HELLO "}, {'group': 'a', " HELLO "}"),
	  "warning: servers[1]: it serves nothing: no worker of group a takes a port of it\n" },
	{ WITH_SERVERS("'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-19', "
		       "'servers_per_worker': 1}",
		       "{'group': 'a', 'ports': '10-15', " HELLO "},"
		       "{'group': 'a', 'ports': '16-19', " HELLO "}"),
	  "warning: servers[1]: it serves nothing: no worker of group a takes a port of it\n" },
};

START_TEST(warns_and_goes_on)
{
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;

	plan_fixture_init(&f, warnings[_i].config, 2);
	text = plan_fixture_problems(&f);
	ck_assert_str_eq(text, warnings[_i].problems);
	ck_assert_ptr_nonnull(f.plan);
	plan_fixture_release(&f);
}
END_TEST

/* Every number with a bit pattern that no FIRST-LAST/STEP describes. */
START_TEST(warns_shortly_of_many_workers_without_a_group)
{
	AUTO_BUF struct buf numbers = BUF_INIT(1 << 16), config = BUF_INIT(1 << 17);
	AUTO_FREE char *text = NULL;
	struct plan_fixture f;

	for (int i = 0; i < 4000; i++) {
		if (i % 7 == 1 || i % 7 == 2 || i % 7 == 4)
			buf_addf(&numbers, "%s%d", i > 1 ? ", " : "", i);
	}
	buf_addf(&config, "{'PROCS_MAX': 4000, 'port_groups': {" A_HELLO("[%s]", "'1-4000'") "}}",
		 buf_text(&numbers));
	plan_fixture_init(&f, buf_text(&config), 2);
	text = plan_fixture_problems(&f);
	ck_assert_str_eq(text, "warning: port_groups: START_SEQUENCE_NUM 0 and 2284 more: in no "
			       "group, so nothing to serve\n");
	plan_fixture_release(&f);
}
END_TEST

START_TEST(makes_no_plan_where_something_was_wrong_before)
{
	struct plan_fixture f;
	struct plan *plan;

	plan_fixture_make(&f, GROUPS(A_HELLO("'0-1'", "'10-13'")), 2);
	problems_error(&f.problems, "status.port", "want 1..65535, got -1");
	plan = plan_make(&f.input, &f.cpus, &f.problems);
	ck_assert_ptr_null(plan);
	plan_fixture_release(&f);
}
END_TEST

Suite *plan_errors_suite(void)
{
	Suite *suite = suite_create("plan_errors");
	TCase *tc = tcase_create("plan_errors");

	tcase_add_loop_test(tc, tells_what_is_wrong_and_where_both_places, 0, ARRAY_SIZE(errors));
	tcase_add_loop_test(tc, warns_and_goes_on, 0, ARRAY_SIZE(warnings));
	tcase_add_test(tc, ports_without_a_server_are_no_mistake_where_modules_take_them);
	tcase_add_test(tc, warns_shortly_of_many_workers_without_a_group);
	tcase_add_test(tc, makes_no_plan_where_something_was_wrong_before);
	suite_add_tcase(suite, tc);
	return suite;
}
