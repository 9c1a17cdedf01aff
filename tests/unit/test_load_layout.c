/* test_load_layout.c - launcher/load_layout.h */
#include "launcher/load_layout.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"
#include "tests/unit/workers_fixture.h"

static const struct worker_fixture three[] = {
	{ .group = "blue",
	  .core = 4,
	  .servers = { { "127.0.0.1", 11000, NULL, 0, 0 }, { "127.0.0.1", 11001, NULL, 0, 0 } } },
	{ .group = "yellow", .core = 5, .servers = { { "0.0.0.0", 14000, NULL, 0, 0 } } },
	{ .group = NULL, .core = 6 },
};

static const struct worker_fixture shared[] = {
	{ .group = "blue",
	  .servers = { { "::", 80, NULL, 0, 0 }, { NULL, 1, "/run/web.sock", 0, 0 } } },
	{ .group = "blue",
	  .servers = { { "::", 80, NULL, 0, 0 }, { NULL, 1, "/run/web.sock", 0, 0 } } },
};

static struct load_layout layout;
static struct error error;

static void teardown(void)
{
	load_layout_release(&layout);
}

static int read_layout(const struct worker_fixture *workers, size_t count, const char *group)
{
	json_t *doc = workers_fixture(workers, count);
	int r = load_layout_read(&layout, "site", doc, &group, group != NULL ? 1 : 0, &error);

	json_decref(doc);
	return r;
}

START_TEST(each_port_is_a_target_of_its_group)
{
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), NULL), 0);
	ck_assert_str_eq(layout.name, "site");
	ck_assert_uint_eq(layout.target_count, 3);
	ck_assert_str_eq(layout.targets[1].host, "127.0.0.1:11001");
	ck_assert_str_eq(layout.ports[1].url, "http://127.0.0.1:11001/");
	ck_assert_str_eq(layout.ports[1].group, "blue");
	ck_assert_uint_eq(layout.group_count, 2);
	ck_assert_str_eq(layout.group_names[layout.targets[0].group], "blue");
	ck_assert_str_eq(layout.group_names[layout.targets[2].group], "yellow");
}
END_TEST

START_TEST(a_wildcard_is_driven_by_loopback)
{
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), NULL), 0);
	ck_assert_str_eq(layout.targets[2].host, "127.0.0.1:14000");
	load_layout_release(&layout);
	ck_assert_int_eq(read_layout(shared, ARRAY_SIZE(shared), NULL), 0);
	ck_assert_str_eq(layout.targets[0].host, "[::1]:80");
}
END_TEST

START_TEST(workers_without_servers_have_no_row_but_a_core)
{
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), NULL), 0);
	ck_assert_uint_eq(layout.worker_count, 2);
	ck_assert_int_eq(layout.workers[1].number, 1);
	ck_assert_int_eq(layout.workers[1].core, 5);
	ck_assert_uint_eq(layout.core_count, 3);
	ck_assert_int_eq(layout.cores[2], 6);
}
END_TEST

START_TEST(a_shared_port_is_one_target_of_all_its_workers)
{
	ck_assert_int_eq(read_layout(shared, ARRAY_SIZE(shared), NULL), 0);
	ck_assert_uint_eq(layout.target_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(layout.ports[i].worker_count, 2);
		ck_assert_int_eq(layout.ports[i].workers[0], 0);
		ck_assert_int_eq(layout.ports[i].workers[1], 1);
	}
}
END_TEST

START_TEST(a_unix_socket_is_a_target_by_its_path)
{
	ck_assert_int_eq(read_layout(shared, ARRAY_SIZE(shared), NULL), 0);
	ck_assert_str_eq(layout.targets[1].host, "localhost");
	ck_assert_int_eq(layout.targets[1].address.any.sa_family, AF_UNIX);
	ck_assert_str_eq(layout.targets[1].address.un.sun_path, "/run/web.sock");
	ck_assert_str_eq(layout.ports[1].url, "unix:/run/web.sock");
}
END_TEST

START_TEST(groups_leave_out_the_others)
{
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), "yellow"), 0);
	ck_assert_uint_eq(layout.target_count, 1);
	ck_assert_str_eq(layout.ports[0].group, "yellow");
	ck_assert_uint_eq(layout.ports[0].worker_count, 1);
	ck_assert_int_eq(layout.ports[0].workers[0], 1);
	ck_assert_uint_eq(layout.worker_count, 1);
	ck_assert_uint_eq(layout.group_count, 1);
	ck_assert_uint_eq(layout.core_count, 3);
}
END_TEST

START_TEST(an_unknown_group_names_the_nearest_and_all)
{
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), "yelow"), -EINVAL);
	ck_assert_str_eq(error.text, "no group 'yelow' with servers; did you mean 'yellow'? There "
				     "are: blue, yellow");
	ck_assert_int_eq(read_layout(three, ARRAY_SIZE(three), "radio"), -EINVAL);
	ck_assert_str_eq(error.text, "no group 'radio' with servers; there are: blue, yellow");
	ck_assert_ptr_null(layout.targets);
}
END_TEST

START_TEST(a_layout_without_a_server_says_so)
{
	ck_assert_int_eq(read_layout(three + 2, 1, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "no server"));
}
END_TEST

/* URLs ------------------------------------------------------------------------ */

#define URLS(...) ((const char *const[]) { __VA_ARGS__ })

START_TEST(each_url_is_a_target_and_a_group_of_its_own)
{
	const char *const *urls = URLS("http://127.0.0.1:8080/a?b=1", "http://[::1]/a?b=1");

	ck_assert_int_eq(load_layout_from_urls(&layout, urls, 2, &error), 0);
	ck_assert_uint_eq(layout.target_count, 2);
	ck_assert_uint_eq(layout.group_count, 2);
	ck_assert_str_eq(layout.targets[0].host, "127.0.0.1:8080");
	ck_assert_int_eq(layout.targets[1].address.any.sa_family, AF_INET6);
	ck_assert_uint_eq(layout.targets[1].group, 1);
	ck_assert_str_eq(layout.ports[1].url, urls[1]);
	ck_assert_str_eq(layout.group_names[1], urls[1]);
	ck_assert_str_eq(layout.path, "/a?b=1");
	ck_assert_uint_eq(layout.worker_count, 0);
	ck_assert(!layout.ports[0].counted);
}
END_TEST

START_TEST(a_url_given_twice_is_one_target)
{
	const char *const *urls = URLS("http://127.0.0.1:8080/", "http://127.0.0.1:8080/");

	ck_assert_int_eq(load_layout_from_urls(&layout, urls, 2, &error), 0);
	ck_assert_uint_eq(layout.target_count, 1);
	ck_assert_uint_eq(layout.group_count, 1);
}
END_TEST

START_TEST(urls_of_several_paths_are_refused)
{
	const char *const *urls = URLS("http://127.0.0.1:1/a", "http://127.0.0.1:2/b");

	ck_assert_int_eq(load_layout_from_urls(&layout, urls, 2, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "http://127.0.0.1:2/b: asks for '/b'"));
	ck_assert_ptr_nonnull(strstr(error.text, "--path"));
	ck_assert_ptr_null(layout.targets);
}
END_TEST

START_TEST(a_url_that_is_none_is_named)
{
	ck_assert_int_eq(load_layout_from_urls(&layout, URLS("ftp://127.0.0.1/"), 1, &error),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "ftp://127.0.0.1/"));
}
END_TEST

Suite *load_layout_suite(void)
{
	Suite *suite = suite_create("load_layout");
	TCase *all = tcase_create("load_layout");

	tcase_add_checked_fixture(all, NULL, teardown);
	tcase_add_test(all, each_port_is_a_target_of_its_group);
	tcase_add_test(all, a_wildcard_is_driven_by_loopback);
	tcase_add_test(all, workers_without_servers_have_no_row_but_a_core);
	tcase_add_test(all, a_shared_port_is_one_target_of_all_its_workers);
	tcase_add_test(all, a_unix_socket_is_a_target_by_its_path);
	tcase_add_test(all, groups_leave_out_the_others);
	tcase_add_test(all, an_unknown_group_names_the_nearest_and_all);
	tcase_add_test(all, a_layout_without_a_server_says_so);
	tcase_add_test(all, each_url_is_a_target_and_a_group_of_its_own);
	tcase_add_test(all, a_url_given_twice_is_one_target);
	tcase_add_test(all, urls_of_several_paths_are_refused);
	tcase_add_test(all, a_url_that_is_none_is_named);
	suite_add_tcase(suite, all);
	return suite;
}
