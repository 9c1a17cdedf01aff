/* test_shared.c - ports that every worker of a group serves. */
#include "tests/e2e/await.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/load.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>

static const char *shared_url(int i)
{
	return keep_printf("http://%s:%d/", harness_address(0), 11000 + i % 2);
}

/* Who answers a connection of its own. */
static int answering_slot(int i)
{
	return (int)json_integer_value(
		json_object_get(http_json(shared_url(i)), "START_SEQUENCE_NUM"));
}

START_TEST(two_hundred_connections_reach_every_worker)
{
	int reached[2] = { 0 };

	instance_start(&(struct start) { .config = layout_shared("") });
	for (int i = 0; i < 200; i++)
		reached[answering_slot(i)]++;
	ck_assert_int_gt(reached[0], 0);
	ck_assert_int_gt(reached[1], 0);
}
END_TEST

START_TEST(connections_reach_the_live_worker_while_the_other_is_in_backoff)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_shared("") });
	int answered = 0;

	instance_push_into_backoff(in, 0, 600);
	for (; answered < 60 && instance_worker_is(in, 0, "backoff"); answered++)
		ck_assert_int_eq(answering_slot(answered), 1);
	ck_assert_int_gt(answered, 0);
	/* Back again, it gets its share. */
	await(instance_worker_is(in, 0, "ready"));
	for (int i = 0; answering_slot(i) != 0; i++)
		ck_assert_int_lt(i, 200);
}
END_TEST

START_TEST(connections_wait_while_every_worker_is_in_backoff)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_shared("") });

	instance_push_into_backoff(in, 0, 300);
	instance_push_into_backoff(in, 1, 300);
	answering_slot(0);
	answering_slot(1);
	await(instance_all_ready(in));
}
END_TEST

START_TEST(a_worker_of_many_can_be_killed_and_nobody_is_refused)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_shared("") });
	const char *urls[] = { shared_url(0), shared_url(1) };
	struct load *load = load_new(urls, ARRAY_SIZE(urls), 8);
	pid_t last = 0;

	for (int i = 0; i < 10; i++) {
		load_turn(load, 60);
		last = instance_kill_worker(in, i % 2, SIGKILL);
	}
	load_finish(load);
	await(instance_worker_is_new(in, 1, last)); /* or the stop would meet the death */
	ck_assert_uint_eq(load_counts(load).refused, 0);
	ck_assert_uint_eq(load_counts(load).wrong, 0);
	ck_assert_uint_gt(load_counts(load).answered, 50);
	load_free(load);
	await(instance_all_ready(in));
}
END_TEST

START_TEST(a_worker_of_many_told_to_stop_cuts_no_reply)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_shared("") });
	const char *urls[] = { shared_url(0), shared_url(1) };
	struct load *load = load_new(urls, ARRAY_SIZE(urls), 16);
	struct load_counts counts;

	for (int i = 0; i < 4; i++) {
		pid_t pid;

		load_turn(load, 60);
		pid = instance_kill_worker(in, i % 2, SIGTERM);
		await_doing(load_turn(load, 10), instance_worker_is_new(in, i % 2, pid));
	}
	load_finish(load);
	counts = load_counts(load);
	ck_assert_uint_eq(counts.refused, 0);
	ck_assert_uint_eq(counts.reset, 0);
	ck_assert_uint_eq(counts.cut, 0);
	ck_assert_uint_eq(counts.wrong, 0);
	ck_assert(counts.raced == 0 || load_stalled_ms(load) > 50);
	load_free(load);
}
END_TEST

Suite *shared_suite(void)
{
	Suite *suite = suite_create("shared");
	TCase *all = harness_case(suite, "shared");

	tcase_add_test(all, two_hundred_connections_reach_every_worker);
	tcase_add_test(all, connections_reach_the_live_worker_while_the_other_is_in_backoff);
	tcase_add_test(all, connections_wait_while_every_worker_is_in_backoff);
	tcase_add_test(all, a_worker_of_many_told_to_stop_cuts_no_reply);
	tcase_add_test(all, a_worker_of_many_can_be_killed_and_nobody_is_refused);
	return suite;
}
