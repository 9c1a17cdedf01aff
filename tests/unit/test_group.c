/* test_group.c - portmap/group.h */
#include "portmap/group.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"

#include <netinet/in.h>
#include <string.h>

static char *group_problems(const char *text, const char *name, struct group *ret)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	struct problems p = { 0 };
	struct buf b = BUF_INIT(1 << 16);

	ck_assert_ptr_nonnull(value);
	group_parse(value, name, "port_groups.blue", "/base", ret, &p);
	problems_format(&p, NULL, &b);
	problems_release(&p);
	json_decref(value);
	return buf_take(&b);
}

static char *entry_problems(const char *text, struct server_entry *ret)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	struct problems p = { 0 };
	struct buf b = BUF_INIT(1 << 16);

	ck_assert_ptr_nonnull(value);
	server_entry_parse(value, "servers[0]", ret, &p);
	problems_format(&p, NULL, &b);
	problems_release(&p);
	json_decref(value);
	return buf_take(&b);
}

START_TEST(reads_all_of_a_group)
{
	struct group g;
	AUTO_FREE char *problems = group_problems(
		"{\"START_SEQUENCE_NUM\": \"0-6/2\", \"ip\": \"::1\", \"ports\": [80, \"90-91\"],"
		" \"servers_per_worker\": 2, \"app\": {\"kind\": \"hello\"}, \"threads\": 3}",
		"blue_1-B", &g);

	ck_assert_str_eq(problems, "");
	ck_assert_str_eq(g.name, "blue_1-B");
	ck_assert(!g.all);
	ck_assert_uint_eq(g.seq_nums.count, 4);
	ck_assert_str_eq(g.ip, "::1");
	ck_assert_ptr_null(g.unix_path);
	ck_assert_uint_eq(g.ports.count, 3);
	ck_assert(!g.shared);
	ck_assert_int_eq(g.servers_per_worker, 2);
	ck_assert_str_eq(json_string_value(json_object_get(g.app, "kind")), "hello");
	ck_assert_int_eq(g.threads, 3);
	group_release(&g);
	ck_assert_ptr_null(g.name);
	group_release(&g);
}
END_TEST

START_TEST(has_defaults)
{
	struct group g;
	AUTO_FREE char *problems = group_problems(
		"{\"START_SEQUENCE_NUM\": \"all\", \"ports\": 80, \"shared\": true}", "b", &g);
	struct address a;

	ck_assert_str_eq(problems, "");
	ck_assert(g.all);
	ck_assert(g.shared);
	ck_assert_str_eq(g.ip, "127.0.0.1");
	ck_assert_int_eq(g.unix_mode, 0660);
	ck_assert_int_eq(g.servers_per_worker, 0);
	ck_assert_int_eq(g.threads, 0);
	ck_assert_ptr_null(g.app);
	ck_assert_int_eq(group_address(&g, 80, &a, NULL), 0);
	ck_assert_uint_eq(a.len, sizeof(struct sockaddr_in));
	group_release(&g);
}
END_TEST

static const struct {
	const char *text;
	unsigned port;
	const char *path;
	int mode;
} unix_groups[] = {
	{ "{\"START_SEQUENCE_NUM\": 0, \"ports\": 80, \"unix\": \"/run/a.sock\"}", 80,
	  "unix:/run/a.sock", 0660 },
	{ "{\"START_SEQUENCE_NUM\": 0, \"ports\": \"1-9\", \"unix\": \"s/{port}/a-{port}\","
	  " \"unix_mode\": \"0600\"}",
	  7, "unix:/base/s/7/a-7", 0600 },
	{ "{\"START_SEQUENCE_NUM\": 0, \"ports\": 1, \"unix\": \"x{prt}\", \"unix_mode\": \"777\"}",
	  1, "unix:/base/x{prt}", 0777 },
};

START_TEST(puts_the_number_into_a_unix_path)
{
	struct group g;
	struct address a;
	char text[ADDRESS_TEXT_BYTES];
	AUTO_FREE char *problems = group_problems(unix_groups[_i].text, "b", &g);

	ck_assert_str_eq(problems, "");
	ck_assert_ptr_null(g.ip);
	ck_assert_int_eq(g.unix_mode, unix_groups[_i].mode);
	ck_assert_int_eq(group_address(&g, unix_groups[_i].port, &a, NULL), 0);
	address_format(&a, text, sizeof(text));
	ck_assert_str_eq(text, unix_groups[_i].path);
	group_release(&g);
}
END_TEST

#define AT "port_groups.blue"
#define OK "\"START_SEQUENCE_NUM\": 0, \"ports\": \"80-81\""
#define NAME AT ": want a name of letters, digits, \"_\" and \"-\", at most 32\n"
#define MODE AT ".unix_mode: want octal digits within \"0000\"..\"0777\", got "
#define TEN "aaaaaaaaaa"

static const struct {
	const char *name, *text, *want;
} bad_groups[] = {
	{ "b", "7", AT ": want an object, got 7\n" },
	{ "b", "{}", AT ".START_SEQUENCE_NUM: is missing\n" AT ".ports: is missing\n" },
	{ "b", "{" OK ", \"prots\": 1}", AT ".prots: unknown key, did you mean \"ports\"?\n" },
	{ "", "{" OK "}", NAME },
	{ "b b", "{" OK "}", NAME },
	{ "bl\xc3\xbc", "{" OK "}", NAME },
	{ TEN TEN TEN "aaa", "{" OK "}", NAME },
	{ "b", "{\"START_SEQUENCE_NUM\": \"All\", \"ports\": 1}",
	  AT ".START_SEQUENCE_NUM: want \"FIRST-LAST\" within 0..3999, got \"All\"\n" },
	{ "b", "{\"START_SEQUENCE_NUM\": 4000, \"ports\": 0}",
	  AT ".START_SEQUENCE_NUM: want a number within 0..3999, got 4000\n" AT
	     ".ports: want a number within 1..65535, got 0\n" },
	{ "b", "{" OK ", \"ip\": \"localhost\"}",
	  AT ".ip: want an IP address in numbers (127.0.0.1, ::1), got \"localhost\"\n" },
	{ "b", "{" OK ", \"ip\": \"::1\", \"unix\": \"/{port}\"}",
	  AT ".unix: want \"ip\" or \"unix\", got both\n" },
	{ "b", "{" OK ", \"unix\": \"/a\"}", AT ".unix: want {port} in the path of 2 ports\n" },
	{ "b", "{" OK ", \"unix\": \"\"}", AT ".unix: want a path, got \"\"\n" },
	{ "b", "{" OK ", \"unix\": 7}", AT ".unix: want a string, got 7\n" },
	{ "b",
	  "{\"START_SEQUENCE_NUM\": 0, \"ports\": [9, 10000, 10], \"unix\": \"/" TEN TEN TEN TEN TEN
		  TEN TEN TEN TEN TEN "bb{port}\"}",
	  AT ".unix: a socket's path has at most 107 bytes, got 108\n" },
	{ "b", "{" OK ", \"unix\": \"/{port}\", \"shared\": true}",
	  AT ".shared: Unix sockets cannot be shared, only IP ports\n" },
	{ "b", "{" OK ", \"unix_mode\": \"0600\"}", AT ".unix_mode: goes with \"unix\" only\n" },
	{ "b", "{" OK ", \"unix\": \"/{port}\", \"unix_mode\": 600}", MODE "600\n" },
	{ "b", "{" OK ", \"unix\": \"/{port}\", \"unix_mode\": \"rw\"}", MODE "\"rw\"\n" },
	{ "b", "{" OK ", \"unix\": \"/{port}\", \"unix_mode\": \"1777\"}", MODE "\"1777\"\n" },
	{ "b", "{" OK ", \"unix\": \"/{port}\", \"unix_mode\": \"0800\"}", MODE "\"0800\"\n" },
	{ "b", "{" OK ", \"shared\": true, \"servers_per_worker\": 1}",
	  AT
	  ".servers_per_worker: does not go with \"shared\": each worker serves all the ports\n" },
	{ "b", "{" OK ", \"servers_per_worker\": 0}",
	  AT ".servers_per_worker: want a whole number within 1..65535, got 0\n" },
	{ "b", "{" OK ", \"threads\": 1}", AT ".threads: goes with \"app\" only\n" },
	{ "b", "{" OK ", \"app\": {}, \"threads\": 65}",
	  AT ".threads: want a whole number within 0..64, got 65\n" },
	{ "b", "{" OK ", \"app\": \"hello\"}",
	  AT ".app: want an object like {\"kind\":\"hello\"}, got \"hello\"\n" },
};

START_TEST(reports_all_that_is_wrong_with_a_group)
{
	struct group g;
	AUTO_FREE char *problems = group_problems(bad_groups[_i].text, bad_groups[_i].name, &g);

	ck_assert_str_eq(problems, bad_groups[_i].want);
	ck_assert_str_eq(g.name, bad_groups[_i].name);
	group_release(&g);
}
END_TEST

START_TEST(keeps_what_could_be_read)
{
	struct group g;
	AUTO_FREE char *problems =
		group_problems("{\"START_SEQUENCE_NUM\": 3, \"ports\": \"x\"}", "b", &g);

	ck_assert_str_eq(problems, AT ".ports: want \"FIRST-LAST\" within 1..65535, got \"x\"\n");
	ck_assert(range_has(&g.seq_nums, 3));
	ck_assert_uint_eq(g.ports.count, 0);
	group_release(&g);
}
END_TEST

START_TEST(a_path_beyond_all_bounds_is_refused)
{
	struct group g;
	AUTO_BUF struct buf text = BUF_INIT(1 << 16);
	AUTO_FREE char *problems = NULL;

	buf_adds(&text, "{\"START_SEQUENCE_NUM\": 0, \"ports\": 1, \"unix\": \"/");
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "{port}");
	buf_adds(&text, "\"}");
	problems = group_problems(buf_text(&text), "b", &g);
	ck_assert_str_eq(problems, AT ".unix: the path is too long\n");
	group_release(&g);
}
END_TEST

START_TEST(reads_an_entry)
{
	struct server_entry entry;
	AUTO_FREE char *problems = entry_problems(
		"{\"group\": \"blue\", \"ports\": \"80-82\", \"app\": {\"kind\": \"hello\"},"
		" \"threads\": 64}",
		&entry);

	ck_assert_str_eq(problems, "");
	ck_assert_str_eq(entry.group_name, "blue");
	ck_assert_uint_eq(entry.ports.count, 3);
	ck_assert_ptr_nonnull(entry.app);
	ck_assert_int_eq(entry.threads, 64);
	server_entry_release(&entry);
	server_entry_release(&entry);
}
END_TEST

static const struct {
	const char *text, *want;
} bad_entries[] = {
	{ "[]", "servers[0]: want an object, got []\n" },
	{ "{}", "servers[0].group: is missing\nservers[0].app: is missing\n" },
	{ "{\"group\": 1, \"app\": [], \"ports\": [], \"threads\": -1, \"x\": 1}",
	  "servers[0].group: want a string, got 1\n"
	  "servers[0].app: want an object like {\"kind\":\"hello\"}, got []\n"
	  "servers[0].ports: want at least one number, got []\n"
	  "servers[0].threads: want a whole number within 0..64, got -1\n"
	  "servers[0].x: unknown key, want one of group, ports, app, threads\n" },
};

START_TEST(reports_all_that_is_wrong_with_an_entry)
{
	struct server_entry entry;
	AUTO_FREE char *problems = entry_problems(bad_entries[_i].text, &entry);

	ck_assert_str_eq(problems, bad_entries[_i].want);
	server_entry_release(&entry);
}
END_TEST

START_TEST(colours_are_the_names_own_or_stay_the_same)
{
	ck_assert_str_eq(group_colour("blue"), "\x1b[34m");
	ck_assert_str_eq(group_colour("Green"), "\x1b[32m");
	ck_assert_str_eq(group_colour("api"), group_colour("api"));
	ck_assert_str_ne(group_colour("api"), group_colour("web"));
}
END_TEST

Suite *group_suite(void)
{
	Suite *s = suite_create("group");
	TCase *t = tcase_create("group");

	tcase_add_test(t, reads_all_of_a_group);
	tcase_add_test(t, has_defaults);
	tcase_add_loop_test(t, puts_the_number_into_a_unix_path, 0, ARRAY_SIZE(unix_groups));
	tcase_add_loop_test(t, reports_all_that_is_wrong_with_a_group, 0, ARRAY_SIZE(bad_groups));
	tcase_add_test(t, keeps_what_could_be_read);
	tcase_add_test(t, a_path_beyond_all_bounds_is_refused);
	tcase_add_test(t, reads_an_entry);
	tcase_add_loop_test(t, reports_all_that_is_wrong_with_an_entry, 0, ARRAY_SIZE(bad_entries));
	tcase_add_test(t, colours_are_the_names_own_or_stay_the_same);
	suite_add_tcase(s, t);
	return s;
}
