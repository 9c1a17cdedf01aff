/* test_orphans.c - the manager dies without a word: nothing of it is left. */
#include "tests/e2e/await.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>
#include <string.h>

static const char *const methods[] = { "fork", "spawn", "forkserver" };

static struct instance *start_with(const char *method)
{
	return instance_start(&(struct start) {
		.config = layout_three(keep_config("'START_METHOD': '%s',", method)) });
}

static void kill_manager(struct instance *in)
{
	instance_signal(in, SIGKILL);
	instance_expect_end(in, 128 + SIGKILL);
}

START_TEST(nothing_is_left_of_a_killed_manager)
{
	struct instance *in = start_with(methods[_i]);
	struct kernel_pids pids;

	kernel_marked(in->mark, &pids);
	/* Manager, three workers, status; the fork server. */
	ck_assert_uint_eq(pids.count, strcmp(methods[_i], "forkserver") == 0 ? 6 : 5);
	kill_manager(in);
}
END_TEST

START_TEST(nothing_is_left_of_a_manager_killed_during_a_backoff)
{
	struct instance *in = start_with(methods[_i]);

	instance_push_into_backoff(in, 1, 300);
	kill_manager(in);
}
END_TEST

/* Children on their way: killed at once, before anything is ready. */
START_TEST(nothing_is_left_of_a_manager_killed_at_its_start)
{
	struct instance *in = instance_launch(&(struct start) {
		.config = layout_three(keep_config("'START_METHOD': '%s',", methods[_i])) });
	struct kernel_pids children = { .count = 0 };

	await_doing(kernel_children(in->pid, &children), children.count > 0);
	kill_manager(in);
}
END_TEST

START_TEST(nothing_is_left_when_a_stop_is_cut_short_by_a_kill)
{
	struct instance *in = start_with(methods[_i]);

	instance_signal(in, SIGTERM);
	instance_signal(in, SIGKILL);
	ck_assert_int_ne(instance_wait(in), 2);
	instance_expect_nothing_left(in);
}
END_TEST

/* A stopped process cannot look after anything; the kernel still can. */
START_TEST(a_stopped_worker_does_not_outlive_the_manager)
{
	struct instance *in = start_with(methods[_i]);

	instance_kill_worker(in, 0, SIGSTOP);
	kill_manager(in);
}
END_TEST

Suite *orphans_suite(void)
{
	Suite *suite = suite_create("orphans");
	TCase *all = harness_case(suite, "orphans");
	const int count = ARRAY_SIZE(methods);

	tcase_add_loop_test(all, nothing_is_left_of_a_killed_manager, 0, count);
	tcase_add_loop_test(all, nothing_is_left_of_a_manager_killed_during_a_backoff, 0, count);
	tcase_add_loop_test(all, nothing_is_left_of_a_manager_killed_at_its_start, 0, count);
	tcase_add_loop_test(all, nothing_is_left_when_a_stop_is_cut_short_by_a_kill, 0, count);
	tcase_add_loop_test(all, a_stopped_worker_does_not_outlive_the_manager, 0, count);
	return suite;
}
