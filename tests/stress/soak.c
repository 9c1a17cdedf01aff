/* soak.c - kill -9 and SIGSTOP at random under full load: every result once.
 *
 * Two feeders, workers for both queues and a collector as real processes; this
 * one is their manager and kills or stops one of them every few milliseconds.
 * In the end each ticket must have its right result, nothing may be left in a
 * queue, all blocks must be free and no file left.
 *
 *	tests/stress/soak [SECONDS [SEED]]
 */
#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/region.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define WORKERS 3
#define FEEDERS 2 /* one for each queue */
#define TICKETS_MAX (1u << 26)
#define LARGE_EVERY 997 /* chunks and results beyond a block's memory */
#define LARGE_BYTES 100000
#define TICK_NS (3 * CLOCK_NS_PER_MS) /* between two blows, on average */

enum { MANAGER = 1, FIRST, PROCESSES = FEEDERS + WORKERS + 1 };

/* Shared by all: what a database would be, and what a config would say. */
struct ledger {
	_Atomic bool enough;          /* feeders close their queues */
	_Atomic uint64_t bad, stored; /* results that were wrong; right ones */
	uint8_t seen[FEEDERS][TICKETS_MAX];
};

static struct process {
	pid_t pid; /* 0: it has ended */
	bool stopped;
} processes[PROCESSES];

static struct region region;
static struct queues manager;
static struct ledger *ledger;
static char dir[] = "/tmp/eisen-soak-XXXXXX";
static sigset_t sigchld;
static unsigned seed = 1;
static uint64_t seconds = 5, kills, stops;

/* What is in chunks and results --------------------------------------------- */

static size_t size_of(uint64_t ticket, unsigned salt)
{
	return (ticket + salt) % LARGE_EVERY == 0 ? LARGE_BYTES : 8 + (ticket * 7919 + salt) % 500;
}

static char byte_of(uint64_t ticket, unsigned salt, size_t i)
{
	return (char)(ticket * 131 + salt + i * 7);
}

static void fill(struct queues *qs, uint32_t block, uint64_t ticket, unsigned salt)
{
	size_t size = size_of(ticket, salt);
	struct error e = { 0 };
	struct payload p;

	if (payload_open(qs, block, size, &p, &e) < 0) {
		fprintf(stderr, "soak: %s\n", e.text);
		_exit(1);
	}
	for (size_t i = 0; i < size; i++)
		p.at[i] = byte_of(ticket, salt, i);
	payload_close(&p);
	payload_set(qs, block, size, 1);
}

static bool is_right(struct queues *qs, uint32_t block, uint64_t ticket, unsigned salt)
{
	struct error e = { 0 };
	struct payload p;
	bool fine;

	if (payload_read(qs, block, &p, &e) < 0)
		return false;
	fine = p.bytes == size_of(ticket, salt);
	for (size_t i = 0; fine && i < p.bytes; i++)
		fine = p.at[i] == byte_of(ticket, salt, i);
	payload_close(&p);
	return fine;
}

/* The processes -------------------------------------------------------------- */

static void feed(struct queues *qs, unsigned queue)
{
	uint64_t ticket, rows;
	uint32_t block;

	queue_resume(qs, queue, &ticket, &rows);
	while (!ledger->enough && ticket < TICKETS_MAX) {
		if (queue_claim(qs, queue, QUEUE_FOREVER, &block) != QUEUE_CHUNK)
			break;
		fill(qs, block, rows, queue);
		queue_journal(qs, queue, ++rows);
		if (queue_issue(qs, queue, block, &ticket) < 0)
			_exit(1);
	}
	queue_close(qs, queue);
}

static void work(struct queues *qs)
{
	static const unsigned both[] = { 0, 1 };
	unsigned queue;
	uint32_t job, result;

	while (queue_take_any(qs, both, 2, QUEUE_FOREVER, &queue, &job) == QUEUE_CHUNK) {
		uint64_t ticket = queue_ticket(qs, job);

		queue_begin(qs, job);
		if (!is_right(qs, job, ticket, queue))
			ledger->bad++;
		if (queue_claim_result(qs, size_of(ticket, 10 + queue), QUEUE_FOREVER, &result) < 0)
			_exit(1);
		fill(qs, result, ticket, 10 + queue);
		if (queue_commit(qs, job, result) < 0)
			_exit(1);
	}
}

static void collect(struct queues *qs)
{
	uint32_t job;

	while (queue_take(qs, qs->shared->output, QUEUE_FOREVER, &job) == QUEUE_CHUNK) {
		uint64_t ticket = queue_ticket(qs, job);
		unsigned queue = queue_home(qs, job);
		uint32_t result = queue_result(qs, job);

		if (result == BLOCK_NONE || !is_right(qs, result, ticket, 10 + queue))
			ledger->bad++;
		ledger->seen[queue][ticket] = 1;
		queue_finish(qs, job);
	}
}

static void child(unsigned which)
{
	struct error e = { 0 };
	struct queues qs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (queues_attach(&qs, &region, FIRST + which, NULL, &e) < 0)
		_exit(1);
	qs.spill_dir = dir;
	if (which < FEEDERS)
		feed(&qs, which);
	else if (which < FEEDERS + WORKERS)
		work(&qs);
	else
		collect(&qs);
	_exit(0);
}

static void start(unsigned which)
{
	processes[which] = (struct process) { .pid = fork() };
	ck_assert_int_ge(processes[which].pid, 0);
	if (processes[which].pid == 0)
		child(which);
}

/* The manager ---------------------------------------------------------------- */

/* Bury whoever is dead, and start the next one in its place. */
static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < PROCESSES; i++) {
			if (processes[i].pid != pid)
				continue;
			processes[i].pid = 0;
			queues_recover(&manager, FIRST + i, false, "killed", NULL);
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
				start(i);
			else
				ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
					      "process %u: status %#x", i, (unsigned)status);
		}
}

static void strike(void)
{
	unsigned which = (unsigned)rand_r(&seed) % PROCESSES;
	struct process *p = &processes[which];

	if (p->pid == 0)
		return;
	switch (rand_r(&seed) % 4) {
	case 0:
	case 1:
		kill(p->pid, SIGKILL);
		kills++;
		break;
	case 2:
		kill(p->pid, SIGSTOP);
		p->stopped = true;
		stops++;
		break;
	default:
		kill(p->pid, SIGCONT);
		p->stopped = false;
	}
}

static void resume_all(void)
{
	for (unsigned i = 0; i < PROCESSES; i++)
		if (processes[i].pid != 0)
			kill(processes[i].pid, SIGCONT);
}

/* SIGCHLD, or the time for the next blow. */
static void turn(uint64_t most_ns)
{
	struct timespec most = { .tv_nsec = (long)most_ns };

	if (sigtimedwait(&sigchld, NULL, &most) == SIGCHLD)
		reap();
	else
		strike();
}

static void await_end_of(unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		while (processes[i].pid != 0) {
			sigwaitinfo(&sigchld, NULL);
			reap();
		}
}

static void make_queues(void)
{
	const struct queue_spec specs[FEEDERS] = {
		{ .name = "mp_input_q",
		  .kind = QUEUE_WORK,
		  .maxsize = 16,
		  .leases = 8,
		  .chunk_bytes = 512 },
		{ .name = "jobs_q",
		  .kind = QUEUE_WORK,
		  .maxsize = 3,
		  .leases = 4,
		  .chunk_bytes = 512 },
	};
	const struct queues_spec spec = { specs, FEEDERS, FIRST + PROCESSES };
	struct error e = { 0 };

	ck_assert(mkdtemp(dir) != NULL);
	ck_assert_msg(region_create(&region, queues_region_bytes(&spec), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(&manager, &region, &spec, &e) == 0, "%s", e.text);
	manager.spill_dir = dir;
	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert(ledger != MAP_FAILED);
}

static uint64_t expect_all(unsigned queue)
{
	const struct queue *q = queues_queue(&manager, queue);
	uint64_t missing = 0;
	struct queue_counts c;

	queues_count(&manager, queue, &c);
	ck_assert_uint_eq(c.done, c.issued);
	ck_assert_uint_eq(c.queued + c.leased + c.kept + c.finishing + c.dead + c.skipped, 0);
	ck_assert_uint_eq(c.free, q->count);
	for (uint64_t t = 0; t < c.issued; t++)
		missing += ledger->seen[queue][t] != 1;
	ck_assert_uint_eq(missing, 0);
	ck_assert_uint_eq(ledger->seen[queue][c.issued], 0);
	return c.issued;
}

/* By their hints, and results too. */
static void expect_blocks_free(void)
{
	for (unsigned i = 0; i < manager.shared->queue_count; i++) {
		const struct queue *q = queues_queue(&manager, i);
		uint32_t block, found = 0;

		while (queue_take(&manager, i, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK)
			found++;
		ck_assert_msg(found == (q->kind == QUEUE_FREE ? q->count : 0), "queue %u: %u", i,
			      found);
	}
}

START_TEST(every_result_once_whoever_dies)
{
	uint64_t end_ns, issued;

	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &sigchld, NULL);
	make_queues();
	for (unsigned i = 0; i < PROCESSES; i++)
		start(i);
	end_ns = clock_mono_ns() + seconds * CLOCK_NS_PER_S;
	while (clock_mono_ns() < end_ns)
		turn((uint64_t)rand_r(&seed) % (2 * TICK_NS));
	ledger->enough = true;
	resume_all();
	await_end_of(0, FEEDERS + WORKERS - 1);
	queue_close(&manager, manager.shared->output);
	await_end_of(PROCESSES - 1, PROCESSES - 1);
	issued = expect_all(0) + expect_all(1);
	ck_assert_uint_eq(ledger->bad, 0);
	expect_blocks_free();
	queues_detach(&manager);
	region_detach(&region);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_uint_gt(issued, 0);
	printf("soak: %llu chunks in %llu s, %llu kills, %llu stops, each result once\n",
	       (unsigned long long)issued, (unsigned long long)seconds, (unsigned long long)kills,
	       (unsigned long long)stops);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("soak");
	TCase *t = tcase_create("soak");
	SRunner *runner;
	uint64_t number;
	int failed;

	if (argc > 1 && !number_parse(argv[1], 1, 86400, &seconds)) {
		fprintf(stderr, "usage: soak [SECONDS [SEED]]\n");
		return 2;
	}
	if (argc > 2 && number_parse(argv[2], 0, UINT32_MAX, &number))
		seed = (unsigned)number;
	tcase_set_timeout(t, (double)seconds * 4 + 120);
	tcase_add_test(t, every_result_once_whoever_dies);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
