/* test_load_setup.c - launcher/load_setup.h */
#include "launcher/load_setup.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "launcher/load_layout.h"
#include "launcher/load_run.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct load_layout layout;
static struct load_setup made;
static struct load_wish wish;
static struct error error;

static void setup(void)
{
	wish = (struct load_wish)LOAD_WISH_DEFAULT;
}

static void teardown(void)
{
	load_setup_release(&made);
	load_layout_release(&layout);
}

/* So many ports of one worker. */
static void make_layout(int ports)
{
	json_t *servers = json_array(), *workers;

	for (int i = 0; i < ports; i++)
		json_array_append_new(
			servers, json_pack("{s:s, s:i, s:o}", "ip", "127.0.0.1", "port", 10000 + i,
					   "url", json_sprintf("http://127.0.0.1:%d/", 10000 + i)));
	workers = json_pack("[{s:i, s:s, s:i, s:o}]", "START_SEQUENCE_NUM", 0, "group", "blue",
			    "core", 0, "servers", servers);
	ck_assert_int_eq(load_layout_read(&layout, "site", workers, NULL, 0, NULL), 0);
	json_decref(workers);
}

static int make(void)
{
	return load_setup_make(&made, &layout, &wish, true, &error);
}

START_TEST(there_are_72_connections_or_the_next_multiple_of_the_ports)
{
	static const struct {
		int ports;
		unsigned connections;
	} wanted[] = { { 1, 72 }, { 18, 72 }, { 5, 75 }, { 70, 140 }, { 240, 240 } };

	make_layout(wanted[_i].ports);
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_eq(made.job.connections, wanted[_i].connections);
}
END_TEST

START_TEST(connections_that_are_wanted_are_taken)
{
	make_layout(3);
	wish.connections = 3;
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_eq(made.job.connections, 3);
}
END_TEST

START_TEST(fewer_connections_than_ports_are_refused)
{
	make_layout(3);
	wish.connections = 2;
	ck_assert_int_eq(make(), -EINVAL);
	ck_assert_str_eq(error.text, "2 connections for 3 ports: each wants one at least, so 3 or "
				     "more");
	ck_assert_ptr_null(made.request);
}
END_TEST

START_TEST(one_connection_is_not_many)
{
	make_layout(2);
	wish.connections = 1;
	ck_assert_int_eq(make(), -EINVAL);
	ck_assert_ptr_eq(strstr(error.text, "1 connection for 2 ports: "), error.text);
}
END_TEST

START_TEST(there_are_no_more_threads_than_the_wish_allows)
{
	make_layout(3);
	wish.threads = 3;
	wish.threads_max = 2;
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_eq(made.job.threads, 2);
}
END_TEST

START_TEST(the_wish_becomes_the_job)
{
	make_layout(3);
	wish.rate = 500;
	wish.request.close = true;
	wish.threads = 2;
	ck_assert_int_eq(make(), 0);
	ck_assert(made.job.targets == layout.targets);
	ck_assert_uint_eq(made.job.target_count, 3);
	ck_assert_uint_eq(made.job.group_count, 1);
	ck_assert_uint_eq(made.job.threads, 2);
	ck_assert(made.job.rate == 500);
	ck_assert(made.job.close);
	ck_assert_uint_eq(made.job.duration_ns, 10 * CLOCK_NS_PER_S);
	ck_assert_uint_eq(made.job.warm_up_ns, CLOCK_NS_PER_S);
}
END_TEST

static const uint64_t durations[] = {
	1,
	50 * CLOCK_NS_PER_MS,
	10 * CLOCK_NS_PER_S,
	120 * CLOCK_NS_PER_S,
	120 * CLOCK_NS_PER_S + 1,
	LOAD_DURATION_MAX_S *CLOCK_NS_PER_S,
};

START_TEST(any_duration_has_as_many_intervals_as_there_may_be_at_most)
{
	make_layout(1);
	wish.duration_ns = durations[_i];
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_gt(made.job.interval_ns, 0);
	ck_assert_uint_ge(made.job.duration_ns / made.job.interval_ns, 1);
	ck_assert_uint_le(made.job.duration_ns / made.job.interval_ns, LOAD_INTERVALS_MAX);
}
END_TEST

static void expect_paths(const char *url, const char *const *paths, size_t count,
			 const char *const *want)
{
	size_t i = 0;

	ck_assert_int_eq(load_layout_from_urls(&layout, &url, 1, NULL), 0);
	wish.request.paths = paths;
	wish.request.path_count = count;
	ck_assert_int_eq(load_setup_make(&made, &layout, &wish, false, NULL), 0);
	for (; want[i] != NULL; i++)
		ck_assert_str_eq(made.paths[i], want[i]);
	ck_assert_uint_eq(made.path_count, i);
	ck_assert_uint_eq(load_request_path_count(made.request), i);
	teardown();
}

START_TEST(a_urls_path_comes_before_others_and_the_root_only_alone)
{
	static const char *const more[] = { "/a", "/b" };

	expect_paths("http://127.0.0.1:1/x", more, 2,
		     (const char *const[]) { "/x", "/a", "/b", NULL });
	expect_paths("http://127.0.0.1:1/x", NULL, 0, (const char *const[]) { "/x", NULL });
	expect_paths("http://127.0.0.1:1/", more, 2, (const char *const[]) { "/a", "/b", NULL });
	expect_paths("http://127.0.0.1:1", NULL, 0, (const char *const[]) { "/", NULL });
}
END_TEST

START_TEST(servers_elsewhere_share_no_core_with_us)
{
	const char *url = "http://127.0.0.1:1/";

	ck_assert_int_eq(load_layout_from_urls(&layout, &url, 1, NULL), 0);
	ck_assert_int_eq(load_setup_make(&made, &layout, &wish, false, NULL), 0);
	ck_assert(!made.cores.shared);
	ck_assert_ptr_null(made.job.pin);
}
END_TEST

Suite *load_setup_suite(void)
{
	Suite *suite = suite_create("load_setup");
	TCase *all = tcase_create("load_setup");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_loop_test(all, there_are_72_connections_or_the_next_multiple_of_the_ports, 0, 5);
	tcase_add_test(all, connections_that_are_wanted_are_taken);
	tcase_add_test(all, fewer_connections_than_ports_are_refused);
	tcase_add_test(all, one_connection_is_not_many);
	tcase_add_test(all, there_are_no_more_threads_than_the_wish_allows);
	tcase_add_test(all, the_wish_becomes_the_job);
	tcase_add_loop_test(all, any_duration_has_as_many_intervals_as_there_may_be_at_most, 0,
			    ARRAY_SIZE(durations));
	tcase_add_test(all, a_urls_path_comes_before_others_and_the_root_only_alone);
	tcase_add_test(all, servers_elsewhere_share_no_core_with_us);
	suite_add_tcase(suite, all);
	return suite;
}
