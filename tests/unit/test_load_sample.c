/* test_load_sample.c - launcher/load_sample.h
 *
 * The clock of a sample is the test's own, so that nothing waits: only the
 * processor time that children use is real.
 */
#include "launcher/load_sample.h"

#include "common/cc.h"
#include "common/clock.h"
#include "launcher/load_layout.h"
#include "tests/unit/suites.h"
#include "tests/unit/workers_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define PERIOD (100 * CLOCK_NS_PER_MS)
#define FROM CLOCK_NS_PER_S
#define USED (20 * CLOCK_NS_PER_MS)

static struct load_layout layout;
static struct load_samples samples;
static pid_t child;

static void teardown(void)
{
	load_samples_release(&samples);
	load_layout_release(&layout);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

static void use_processor(void)
{
	struct timespec used = { 0 };

	while ((uint64_t)used.tv_nsec < USED)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
}

/* A process that has used so much when this returns, and then no more. */
static pid_t start_child(void)
{
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		use_processor();
		if (write(ends[1], "x", 1) < 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return child;
}

static void end_child(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

static json_t *one_worker(pid_t pid)
{
	const struct worker_fixture worker = {
		.group = "blue",
		.pid = (int)pid,
		.servers = { { "127.0.0.1", 80, NULL, 0, 0 } },
	};

	return workers_fixture(&worker, 1);
}

static void begin(pid_t pid)
{
	json_t *workers = one_worker(pid);

	ck_assert_int_eq(load_layout_read(&layout, "site", workers, NULL, 0, NULL), 0);
	ck_assert_int_eq(load_samples_init(&samples, &layout, workers, FROM,
					   4 * PERIOD + PERIOD / 2, PERIOD, NULL),
			 0);
	json_decref(workers);
}

static void find(pid_t pid)
{
	json_t *workers = one_worker(pid);

	load_samples_find(&samples, workers);
	json_decref(workers);
}

START_TEST(looks_come_at_each_period_from_the_measured_time_on)
{
	begin(start_child());
	for (uint64_t i = 0; i <= 4; i++) {
		ck_assert_uint_eq(load_samples_next(&samples), FROM + i * PERIOD);
		load_samples_take(&samples, FROM + i * PERIOD + 1000);
		ck_assert_uint_eq(load_samples_count(&samples), i);
	}
}
END_TEST

START_TEST(the_last_look_is_at_the_end_though_it_fills_no_sample)
{
	begin(0);
	load_samples_take(&samples, FROM + 4 * PERIOD);
	ck_assert_uint_eq(load_samples_next(&samples), FROM + 4 * PERIOD + PERIOD / 2);
	find(start_child());
	load_samples_take(&samples, FROM + 4 * PERIOD + PERIOD / 2);
	load_samples_report(&samples, layout.workers);
	ck_assert_uint_ge(layout.workers[0].cpu_ns, USED);
	ck_assert_uint_eq(load_samples_count(&samples), 4);
	ck_assert_uint_eq(load_samples_next(&samples), UINT64_MAX);
}
END_TEST

START_TEST(what_was_used_before_the_measured_time_does_not_count)
{
	begin(start_child());
	load_samples_take(&samples, FROM);
	load_samples_take(&samples, FROM + PERIOD);
	load_samples_report(&samples, layout.workers);
	ck_assert_uint_lt(layout.workers[0].cpu_ns, USED / 4);
	ck_assert_uint_gt(layout.workers[0].rss_bytes, 0);
}
END_TEST

START_TEST(another_processs_time_is_read)
{
	begin(0);
	load_samples_take(&samples, FROM);
	ck_assert(samples.gone);
	find(start_child());
	load_samples_take(&samples, FROM + PERIOD);
	ck_assert(!samples.gone);
	load_samples_report(&samples, layout.workers);
	ck_assert_uint_ge(layout.workers[0].cpu_ns, USED);
	ck_assert(layout.workers[0].cpu_series[0] >= 0.2);
}
END_TEST

START_TEST(a_late_look_spreads_over_what_it_missed)
{
	begin(0);
	load_samples_take(&samples, FROM);
	find(start_child());
	load_samples_take(&samples, FROM + 3 * PERIOD);
	ck_assert_uint_eq(load_samples_count(&samples), 3);
	load_samples_report(&samples, layout.workers);
	for (size_t i = 0; i < 3; i++)
		ck_assert(layout.workers[0].cpu_series[i] >= 0.2 / 3);
	ck_assert(layout.workers[0].cpu_series[3] == 0);
}
END_TEST

START_TEST(a_killed_workers_time_is_kept_and_its_successors_added)
{
	begin(start_child());
	load_samples_take(&samples, FROM);
	end_child();
	load_samples_take(&samples, FROM + PERIOD);
	ck_assert(samples.gone);
	find(start_child());
	load_samples_take(&samples, FROM + 2 * PERIOD);
	load_samples_report(&samples, layout.workers);
	ck_assert_uint_ge(layout.workers[0].cpu_ns, USED);
	ck_assert(layout.workers[0].cpu_series[0] > 0 && layout.workers[0].cpu_series[1] > 0);
}
END_TEST

START_TEST(a_process_that_is_gone_holds_nothing)
{
	pid_t pid = start_child();

	ck_assert_uint_gt(load_sample_rss(pid), 0);
	end_child();
	ck_assert_uint_eq(load_sample_rss(pid), 0);
	ck_assert_uint_eq(load_sample_rss(0), 0);
}
END_TEST

Suite *load_sample_suite(void)
{
	Suite *suite = suite_create("load_sample");
	TCase *all = tcase_create("load_sample");

	tcase_add_checked_fixture(all, NULL, teardown);
	tcase_add_test(all, looks_come_at_each_period_from_the_measured_time_on);
	tcase_add_test(all, the_last_look_is_at_the_end_though_it_fills_no_sample);
	tcase_add_test(all, what_was_used_before_the_measured_time_does_not_count);
	tcase_add_test(all, another_processs_time_is_read);
	tcase_add_test(all, a_late_look_spreads_over_what_it_missed);
	tcase_add_test(all, a_killed_workers_time_is_kept_and_its_successors_added);
	tcase_add_test(all, a_process_that_is_gone_holds_nothing);
	suite_add_tcase(suite, all);
	return suite;
}
