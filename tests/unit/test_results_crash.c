/* test_results_crash.c - a batch is there whole or not at all, whoever dies. */
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define BATCH 50u
#define KILLS 12 /* each at another place of a batch */

static struct results_fixture f;

static void setup(void)
{
	results_fixture_init(&f);
	results_close(results_fixture_open(&f, RESULTS_NEW, 0));
}

static void teardown(void)
{
	results_fixture_release(&f);
}

static void put_some(struct results *r, uint64_t first, uint64_t last)
{
	ck_assert_int_eq(results_begin(r, NULL), 0);
	for (uint64_t ticket = first; ticket <= last; ticket++) {
		if (results_put(r, RESULTS_FIXTURE_QUEUE, ticket, 1, "\"value\"", 7, NULL) != 0)
			_exit(1);
	}
}

static void die(void)
{
	raise(SIGKILL);
	_exit(1);
}

static void await_death(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Counts, rows, and what a reader says agree; returns how many there are. */
static uint64_t consistent(void)
{
	struct results_reader *reader = results_fixture_reader(&f);
	struct results_stored stored = results_fixture_stored(reader);

	results_reader_close(reader);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM result"),
			 (long long)stored.counts.done);
	ck_assert_int_eq(
		results_fixture_ask(&f, "SELECT coalesce(sum(length(value) + 16), 0) FROM result"),
		(long long)stored.counts.bytes);
	return stored.counts.done;
}

START_TEST(a_death_before_the_commit_leaves_nothing_of_the_batch)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct results *r = results_fixture_open(&f, RESULTS_RESUME, 0);

		results_fixture_put(r, 0, 1);
		put_some(r, 2, 20000); /* more than the cache holds: it is in the log already */
		die();
	}
	await_death(pid);
	ck_assert_uint_eq(consistent(), 2);
	results_close(results_fixture_open(&f, RESULTS_RESUME, 0));
	ck_assert_uint_eq(consistent(), 2);
}
END_TEST

START_TEST(a_death_after_the_commit_leaves_all_of_it)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct results *r = results_fixture_open(&f, RESULTS_RESUME, 0);

		results_fixture_put(r, 0, 99);
		die();
	}
	await_death(pid);
	ck_assert_uint_eq(consistent(), 100);
}
END_TEST

/* Commits batch by batch and says so, for ever. */
static void write_for_ever(int told)
{
	struct results *r = results_fixture_open(&f, RESULTS_RESUME, 0);
	struct results_counts counts;

	results_count(r, RESULTS_FIXTURE_QUEUE, &counts);
	for (uint64_t ticket = counts.done;; ticket += BATCH) {
		put_some(r, ticket, ticket + BATCH - 1);
		if (results_commit(r, NULL) != 0 || write(told, "", 1) != 1)
			_exit(1);
	}
}

START_TEST(a_death_at_any_time_leaves_whole_batches_and_each_that_was_told)
{
	uint64_t known = 0;

	for (int i = 0; i < KILLS; i++) {
		int told[2];
		char byte;
		pid_t pid;

		ck_assert_int_eq(pipe2(told, O_CLOEXEC), 0);
		pid = fork();
		if (pid == 0)
			write_for_ever(told[1]);
		close(told[1]);
		for (int batch = 0; batch <= i; batch++) {
			ck_assert_int_eq(read(told[0], &byte, 1), 1);
			known += BATCH;
		}
		kill(pid, SIGKILL);
		await_death(pid);
		while (read(told[0], &byte, 1) == 1)
			known += BATCH;
		close(told[0]);
		/* The last one may have been committed and not told. */
		ck_assert_uint_le(known, consistent());
		ck_assert_uint_le(consistent(), known + BATCH);
		ck_assert_uint_eq(consistent() % BATCH, 0);
		known = consistent();
	}
}
END_TEST

Suite *results_crash_suite(void)
{
	Suite *s = suite_create("results_crash");
	TCase *t = tcase_create("results_crash");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_death_before_the_commit_leaves_nothing_of_the_batch);
	tcase_add_test(t, a_death_after_the_commit_leaves_all_of_it);
	tcase_add_test(t, a_death_at_any_time_leaves_whole_batches_and_each_that_was_told);
	suite_add_tcase(s, t);
	return s;
}
