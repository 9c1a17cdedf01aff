/* test_wake.c - real processes and threads that wait: each is woken for what
 * comes, for the end, and at its deadline; nobody sleeps while there is work.
 */
#include "common/clock.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/wake.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { IN, SECOND, FEEDER = 2, WORKER, OTHER, WAITERS = 100, CHUNKS = 5000 };

static struct queue_fixture f;

static void setup(void)
{
	const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, 200, 8, 64, 0, false },
		{ "jobs_q", QUEUE_WORK, 200, 8, 64, 0, false },
	};

	queue_fixture_init(&f, specs, 2);
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

/* A thread that takes. */
struct taker {
	pthread_t thread;
	int count;             /* of chunks */
	enum queue_take found; /* at last */
};

/* Until STOP. */
static void *take_all(void *arg)
{
	struct queues *qs = &f.handles[WORKER];
	struct taker *taker = arg;
	uint32_t job;

	while (queue_take(qs, IN, QUEUE_FOREVER, &job) == QUEUE_CHUNK) {
		queue_commit(qs, job, BLOCK_NONE);
		taker->count++;
	}
	return NULL;
}

static void *take_both(void *arg)
{
	static const unsigned both[] = { IN, SECOND };
	struct queues *qs = &f.handles[WORKER];
	struct taker *taker = arg;
	unsigned from;
	uint32_t job;

	while (queue_take_any(qs, both, 2, QUEUE_FOREVER, &from, &job) == QUEUE_CHUNK) {
		queue_commit(qs, job, BLOCK_NONE);
		taker->count++;
	}
	return NULL;
}

static void start(struct taker *takers, int count, void *(*run)(void *))
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&takers[i].thread, NULL, run, &takers[i]), 0);
}

/* How many they took in all. */
static int join(struct taker *takers, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++) {
		pthread_join(takers[i].thread, NULL);
		sum += takers[i].count;
	}
	return sum;
}

static void finish_output(void)
{
	uint32_t job;

	while (queue_take(&f.handles[OTHER], f.handles[1].shared->output, QUEUE_NO_WAIT, &job) ==
	       QUEUE_CHUNK)
		queue_finish(&f.handles[OTHER], job);
}

static void feed(unsigned queue)
{
	uint32_t b;

	while (queue_claim(&f.handles[FEEDER], queue, QUEUE_NO_WAIT, &b) == QUEUE_EMPTY)
		finish_output();
	ck_assert_int_eq(queue_issue(&f.handles[FEEDER], queue, b, NULL), 0);
}

/* More than there are bits in a word. */
START_TEST(a_hundred_waiters_share_the_work_and_all_stop)
{
	struct taker takers[WAITERS] = { 0 };

	start(takers, WAITERS, take_all);
	for (int i = 0; i < CHUNKS; i++)
		feed(IN);
	queue_close(&f.handles[FEEDER], IN);
	ck_assert_int_eq(join(takers, WAITERS), CHUNKS);
}
END_TEST

START_TEST(waiters_for_two_queues_miss_neither)
{
	struct taker takers[8] = { 0 };

	start(takers, 8, take_both);
	for (int i = 0; i < CHUNKS; i++)
		feed(i % 3 == 0 ? IN : SECOND);
	queue_close(&f.handles[FEEDER], IN);
	queue_close(&f.handles[FEEDER], SECOND);
	ck_assert_int_eq(join(takers, 8), CHUNKS);
}
END_TEST

/* A process in wait, and its exit status. */
static pid_t start_taker(uint64_t deadline_ns)
{
	pid_t pid = fork();
	uint32_t job;

	if (pid == 0)
		_exit((int)queue_take(&f.handles[WORKER], IN, deadline_ns, &job));
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void await_sleep(unsigned queue)
{
	while ((atomic_load(&queues_queue(&f.handles[1], queue)->sleep) & 1) == 0)
		sched_yield();
}

START_TEST(a_sleeper_is_woken_by_a_chunk_by_the_end_and_in_time)
{
	pid_t pid = start_taker(QUEUE_FOREVER);

	await_sleep(IN);
	feed(IN);
	ck_assert_int_eq(end_of(pid), QUEUE_CHUNK);
	queues_recover(&f.handles[1], WORKER, false, "", NULL);
	ck_assert_int_eq(end_of(start_taker(QUEUE_FOREVER)), QUEUE_CHUNK);
	ck_assert_int_eq(end_of(start_taker(clock_mono_ns() + 1000000)), QUEUE_EMPTY);
	queues_recover(&f.handles[1], WORKER, false, "", NULL);
	ck_assert_int_eq(end_of(start_taker(QUEUE_FOREVER)), QUEUE_CHUNK);
	/* It ended with its lease: no STOP until that is given back. */
	queue_close(&f.handles[FEEDER], IN);
	ck_assert_int_eq(end_of(start_taker(QUEUE_NO_WAIT)), QUEUE_EMPTY);
}
END_TEST

/* Somebody was woken and died before it could pass the wake on. */
START_TEST(recovery_wakes_those_whom_the_dead_should_have)
{
	pid_t pid;

	pid = start_taker(QUEUE_FOREVER);
	await_sleep(IN);
	/* A put whose wake went to the dead: the word says that nobody sleeps. */
	atomic_fetch_and(&queues_queue(&f.handles[1], IN)->sleep, ~1u);
	feed(IN);
	queues_recover(&f.handles[1], OTHER, false, "", NULL);
	ck_assert_int_eq(end_of(pid), QUEUE_CHUNK);
}
END_TEST

static void *take_one(void *arg)
{
	struct taker *taker = arg;
	uint32_t job;

	taker->found = queue_take(&f.handles[WORKER], IN, QUEUE_FOREVER, &job);
	return NULL;
}

START_TEST(an_interrupt_ends_all_waits_of_the_process)
{
	struct taker taker = { 0 };
	uint32_t job;

	start(&taker, 1, take_one);
	await_sleep(IN);
	queues_interrupt(&f.handles[WORKER]);
	join(&taker, 1);
	ck_assert_int_eq(taker.found, QUEUE_EMPTY);
	feed(IN); /* what is there is still given */
	ck_assert_int_eq(queue_take(&f.handles[WORKER], IN, QUEUE_FOREVER, &job), QUEUE_CHUNK);
	ck_assert_int_eq(queue_take(&f.handles[WORKER], IN, QUEUE_FOREVER, &job), QUEUE_EMPTY);
}
END_TEST

/* As a container may, or a kernel before 5.16. */
static void forbid_futex_waitv(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = 4, .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(100);
}

/* 0: it waited for both until the deadline, asleep at least once. */
static int take_without_waitv(void)
{
	static const unsigned both[] = { IN, SECOND };
	enum queue_take found;
	struct rusage usage;
	unsigned from;
	uint32_t job;

	forbid_futex_waitv();
	found = queue_take_any(&f.handles[WORKER], both, 2, clock_mono_ns() + 50000000, &from,
			       &job);
	getrusage(RUSAGE_SELF, &usage);
	return found == QUEUE_EMPTY && usage.ru_nvcsw > 0 ? 0 : 1;
}

START_TEST(without_futex_waitv_it_sleeps_all_the_same)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(take_without_waitv());
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

/* The end is looked for when somebody waits for it, and not at each commit: that
 * would cost a look at all blocks. */
START_TEST(an_end_that_nobody_waits_for_is_told_to_nobody)
{
	struct queue *q = queues_queue(&f.handles[1], IN);
	struct queues *qs = &f.handles[WORKER];
	uint32_t job, before;

	feed(IN);
	queue_close(&f.handles[FEEDER], IN);
	ck_assert(!wake_is_wanted(qs, IN)); /* close has woken all */
	ck_assert_int_eq(queue_take(qs, IN, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
	before = atomic_load(&q->sleep);
	queue_commit(qs, job, BLOCK_NONE);
	ck_assert_uint_eq(atomic_load(&q->sleep), before);
	ck_assert_int_eq(queue_take(qs, IN, QUEUE_FOREVER, &job), QUEUE_STOP);
}
END_TEST

Suite *wake_suite(void)
{
	Suite *s = suite_create("wake");
	TCase *t = tcase_create("wake");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_hundred_waiters_share_the_work_and_all_stop);
	tcase_add_test(t, waiters_for_two_queues_miss_neither);
	tcase_add_test(t, a_sleeper_is_woken_by_a_chunk_by_the_end_and_in_time);
	tcase_add_test(t, recovery_wakes_those_whom_the_dead_should_have);
	tcase_add_test(t, an_interrupt_ends_all_waits_of_the_process);
	tcase_add_test(t, without_futex_waitv_it_sleeps_all_the_same);
	tcase_add_test(t, an_end_that_nobody_waits_for_is_told_to_nobody);
	suite_add_tcase(s, t);
	return s;
}
