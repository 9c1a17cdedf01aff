/* test_collector.c - a real region and a real store; collectors are processes
 * of their own where they are killed.
 */
#include "work/collector.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "queues/region.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { MANAGER = 1, WORKER, COLLECTOR, OWNERS };

#define IN 0u
#define BLOCKS 40
#define KILLS 20

static struct results_fixture f;
static struct region region;
static struct queues manager, worker, collector;
static const unsigned queues[] = { IN };
static int stop_fd;

static void setup(void)
{
	const struct queue_spec spec = { "mp_input_q", QUEUE_WORK, BLOCKS, 2, 64, 1, false };
	const struct queues_spec all = { &spec, 1, OWNERS - 1 };
	struct error e = { 0 };

	results_fixture_init(&f);
	ck_assert_msg(region_create(&region, queues_region_bytes(&all), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(&manager, &region, &all, &e) == 0, "%s", e.text);
	ck_assert_int_eq(queues_attach(&worker, &region, WORKER, NULL, &e), 0);
	ck_assert_int_eq(queues_attach(&collector, &region, COLLECTOR, NULL, &e), 0);
	stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(stop_fd, 0);
}

static void teardown(void)
{
	close(stop_fd);
	queues_detach(&collector);
	queues_detach(&worker);
	queues_detach(&manager);
	region_detach(&region);
	results_fixture_release(&f);
}

/* Steps -------------------------------------------------------------------- */

static void write_payload(uint32_t block, const char *text)
{
	struct payload p;

	ck_assert_int_eq(payload_open(&worker, block, strlen(text), &p, NULL), 0);
	memcpy(p.at, text, strlen(text));
	payload_close(&p);
	payload_set(&worker, block, strlen(text), 1);
}

/* A chunk, leased to the worker; false: no block is free. */
static bool issue(uint32_t *ret_job)
{
	uint32_t block;

	if (queue_claim(&worker, IN, QUEUE_NO_WAIT, &block) != QUEUE_CHUNK)
		return false;
	write_payload(block, "17");
	ck_assert_int_eq(queue_issue(&worker, IN, block, NULL), 0);
	ck_assert_int_eq(queue_take(&worker, IN, QUEUE_NO_WAIT, ret_job), QUEUE_CHUNK);
	return true;
}

/* The next ticket, done with this text: the result of ticket 5 is "5" for
 * NULL, and none for "". */
static bool work(const char *text)
{
	uint32_t job, result = BLOCK_NONE;
	char number[24];

	if (!issue(&job))
		return false;
	snprintf(number, sizeof(number), "%" PRIu64, queue_ticket(&worker, job));
	text = text != NULL ? text : number;
	if (*text != '\0') {
		ck_assert_int_eq(queue_claim_result(&worker, strlen(text), QUEUE_FOREVER, &result),
				 0);
		write_payload(result, text);
	}
	ck_assert_int_eq(queue_commit(&worker, job, result), 0);
	return true;
}

static void work_some(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ck_assert(work(NULL));
}

static void give_up(const char *why)
{
	uint32_t job;

	ck_assert(issue(&job));
	ck_assert_int_eq(queue_fail(&worker, job, why), 0);
}

static void close_all(void)
{
	queue_close(&manager, IN);
	queue_close(&manager, manager.shared->output);
	queue_close(&manager, manager.shared->dead);
}

static struct queue_counts counts(void)
{
	struct queue_counts c;

	queues_count(&manager, IN, &c);
	ck_assert_uint_eq(c.issued,
			  c.queued + c.leased + c.kept + c.finishing + c.done + c.dead + c.skipped);
	return c;
}

static struct collector settings(struct results *store)
{
	return (struct collector) { .qs = &collector,
				    .store = store,
				    .queues = queues,
				    .queue_count = ARRAY_SIZE(queues),
				    .stop_fd = stop_fd };
}

static struct results *open_store(uint32_t busy_ms)
{
	const struct results_options options = { .mode = RESULTS_RESUME, .busy_ms = busy_ms };
	const struct results_queue queue = { .name = RESULTS_FIXTURE_NAME,
					     .alias = "mp_input_q",
					     .rows_max = 1 };
	struct error e = { 0 };
	struct results *r;

	ck_assert_msg(results_open(&r, f.path, &options, &e) == 0, "%s", e.text);
	ck_assert_msg(results_declare(r, IN, &queue, &e) == 0, "%s", e.text);
	return r;
}

static void expect_stored(const char *want)
{
	struct results_reader *reader = results_fixture_reader(&f);

	results_fixture_expect(reader, 0, 0, want);
	results_reader_close(reader);
}

/* What was told, as text. */
struct told {
	struct buf text;
	sqlite3 *locked; /* unlock it when the collector waits */
	bool unlimit;    /* the file size likewise, */
	bool limit;      /* or first make it small */
	bool stop;       /* end it when it waits */
};

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = MIN(bytes, limit.rlim_max);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static struct rlimit before; /* the test's first */

/* The write that was too much fails, the next one does not. */
static void on_too_much(int signal_number ATTR_UNUSED)
{
	/* NOLINTNEXTLINE(bugprone-signal-handler): a system call, no more */
	setrlimit(RLIMIT_FSIZE, &before);
}

static void on_waits(void *arg, const struct error *why)
{
	struct told *t = arg;

	buf_addf(&t->text, "waits %d;", why->code);
	if (t->locked != NULL)
		sqlite3_exec(t->locked, "ROLLBACK", NULL, NULL, NULL);
	if (t->unlimit)
		limit_files(RLIM_INFINITY);
	if (t->limit)
		limit_files(4096);
	if (t->stop)
		ck_assert_int_eq(eventfd_write(stop_fd, 1), 0);
}

static void on_goes_on(void *arg)
{
	buf_adds(&((struct told *)arg)->text, "goes on;");
}

static void on_dead(void *arg, const struct collector_dead *dead)
{
	buf_addf(&((struct told *)arg)->text, "%u %" PRIu64 " %u %s;", dead->queue, dead->ticket,
		 dead->attempts, dead->why);
}

static enum collector_end run(struct results *store, struct told *t, struct error *e)
{
	struct collector c = settings(store);

	t->text.max = 1 << 16;
	c.waits = on_waits;
	c.goes_on = on_goes_on;
	c.dead = on_dead;
	c.arg = t;
	return collector_run(&c, e);
}

/* Tests -------------------------------------------------------------------- */

START_TEST(all_results_are_stored_and_all_leases_end)
{
	struct results *store = open_store(1);
	struct told t = { 0 };

	work_some(3);
	ck_assert(work("")); /* no result */
	ck_assert(work("{\"a\": [1, 2]}"));
	close_all();
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	expect_stored("0=0 1=1 2=2 3=null 4={\"a\": [1, 2]}");
	ck_assert_str_eq(buf_text(&t.text), "");
	ck_assert_uint_eq(counts().done, 5);
	ck_assert_uint_eq(counts().free, queues_queue(&manager, IN)->count);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT issued FROM queue"), 5);
}
END_TEST

START_TEST(without_a_store_they_are_counted_alone)
{
	struct told t = { 0 };

	work_some(3);
	give_up("no such word");
	close_all();
	ck_assert_int_eq(run(NULL, &t, NULL), COLLECTOR_DONE);
	ck_assert_str_eq(buf_text(&t.text), "0 3 1 no such word;");
	ck_assert_uint_eq(counts().done, 3);
	ck_assert_uint_eq(counts().dead, 1);
	ck_assert_uint_eq(counts().free, queues_queue(&manager, IN)->count);
	buf_release(&t.text);
}
END_TEST

START_TEST(dead_letters_are_stored_and_told)
{
	struct results *store = open_store(1);
	struct results_reader *reader;
	AUTO_BUF struct buf text = BUF_INIT(100);
	struct results_ticket ticket;
	struct told t = { 0 };

	work_some(1);
	give_up("no such word");
	close_all();
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	ck_assert_str_eq(buf_text(&t.text), "0 1 1 no such word;");
	reader = results_fixture_reader(&f);
	ck_assert_int_eq(
		results_get(reader, results_fixture_stored(reader).id, 1, &ticket, &text, NULL), 0);
	ck_assert_int_eq(ticket.state, RESULTS_DEAD);
	ck_assert_str_eq(ticket.reason, "no such word");
	ck_assert_str_eq(buf_text(&text), "17");
	results_reader_close(reader);
	ck_assert_uint_eq(counts().dead, 1);
	buf_release(&t.text);
}
END_TEST

START_TEST(a_result_that_was_overwritten_is_a_dead_letter)
{
	struct results *store = open_store(1);
	struct told t = { 0 };

	ck_assert(work("{\"a\": [1, 2"));
	work_some(1);
	close_all();
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	ck_assert_str_eq(buf_text(&t.text),
			 "0 0 0 its result was overwritten, and is no JSON value;");
	ck_assert_uint_eq(counts().dead, 1);
	expect_stored("1=1");
	ck_assert_uint_eq(counts().free, queues_queue(&manager, IN)->count);
	buf_release(&t.text);
}
END_TEST

START_TEST(told_to_end_it_stores_what_is_there)
{
	struct results *store = open_store(1);
	struct told t = { 0 };

	work_some(2);
	queues_interrupt(&collector);
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_STOPPED);
	results_close(store);
	expect_stored("0=0 1=1");
}
END_TEST

static sqlite3 *lock_store(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

START_TEST(while_another_program_locks_the_store_it_waits)
{
	struct results *store = open_store(1);
	struct told t = { .locked = lock_store() };

	work_some(2);
	give_up("why");
	close_all();
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	sqlite3_close(t.locked);
	ck_assert_str_eq(buf_text(&t.text), "waits 16;goes on;0 2 1 why;");
	expect_stored("0=0 1=1");
	buf_release(&t.text);
}
END_TEST

START_TEST(while_the_disk_is_full_it_waits)
{
	struct results *store = open_store(1);
	struct told t = { .unlimit = true };

	signal(SIGXFSZ, SIG_IGN);
	work_some(BLOCKS);
	close_all();
	limit_files(4096);
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	ck_assert_str_eq(buf_text(&t.text), "waits 28;goes on;");
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM result"), BLOCKS);
	ck_assert_uint_eq(counts().done, BLOCKS);
	buf_release(&t.text);
}
END_TEST

START_TEST(it_says_once_that_it_waits_however_often_it_tries)
{
	struct results *store = open_store(1);
	struct told t = { .locked = lock_store(), .limit = true };

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, on_too_much);
	work_some(2);
	close_all();
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_DONE);
	results_close(store);
	sqlite3_close(t.locked);
	ck_assert_str_eq(buf_text(&t.text), "waits 16;goes on;");
	expect_stored("0=0 1=1");
	buf_release(&t.text);
}
END_TEST

START_TEST(tickets_without_results_are_known_too)
{
	struct results *store = open_store(1);
	struct told t = { 0 };
	uint32_t job;

	ck_assert(issue(&job));
	queues_interrupt(&collector);
	ck_assert_int_eq(run(store, &t, NULL), COLLECTOR_STOPPED);
	results_close(store);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT issued FROM queue"), 1);
}
END_TEST

START_TEST(told_to_end_while_it_waits_it_keeps_the_leases)
{
	struct results *store = open_store(1);
	struct told t = { .stop = true };
	sqlite3 *db = lock_store();
	struct error e = { 0 };

	work_some(2);
	ck_assert_int_eq(run(store, &t, &e), COLLECTOR_FAILED);
	ck_assert_msg(strstr(e.text, "locked by another program") != NULL, "%s", e.text);
	ck_assert_str_eq(buf_text(&t.text), "waits 16;");
	ck_assert_uint_eq(counts().finishing, 2);
	sqlite3_close(db);
	/* It dies of that; the next one has nothing less. */
	queues_recover(&manager, COLLECTOR, true, "", NULL);
	close_all();
	buf_clear(&t.text);
	ck_assert_int_eq(run(store, &t, &e), COLLECTOR_DONE);
	results_close(store);
	expect_stored("0=0 1=1");
	buf_release(&t.text);
}
END_TEST

START_TEST(a_store_that_is_no_good_ends_it)
{
	struct results *store = open_store(1);
	struct told t = { 0 };
	struct error e = { 0 };

	results_fixture_ask(&f, "PRAGMA user_version");
	work_some(1);
	/* The table of the queue is gone: it cannot come back by itself. */
	ck_assert_int_eq(sqlite3_open(f.path, &t.locked), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(t.locked, "DROP TABLE result", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(t.locked);
	ck_assert_int_eq(run(store, &t, &e), COLLECTOR_FAILED);
	ck_assert_int_eq(e.code, EBADMSG);
	ck_assert_str_eq(buf_text(&t.text), "");
	ck_assert_uint_eq(counts().finishing, 1);
	results_close(store);
}
END_TEST

/* Killed ------------------------------------------------------------------- */

static void on_dead_die(void *arg ATTR_UNUSED, const struct collector_dead *dead ATTR_UNUSED)
{
	raise(SIGKILL);
}

/* A collector of its own process. */
static pid_t spawn(void (*dead)(void *, const struct collector_dead *))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct collector c = settings(open_store(1));

		c.dead = dead;
		_exit(collector_run(&c, NULL) == COLLECTOR_DONE ? 0 : 1);
	}
	return pid;
}

static void await(pid_t pid, bool killed)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (killed)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		ck_assert_int_eq(status, 0);
}

START_TEST(killed_behind_the_commit_nothing_is_twice)
{
	work_some(5);
	give_up("why");
	await(spawn(on_dead_die), true);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM result"), 5);
	ck_assert_uint_eq(counts().finishing + counts().dead, 6); /* each is leased still */
	queues_recover(&manager, COLLECTOR, true, "", NULL);
	close_all();
	await(spawn(NULL), false);
	expect_stored("0=0 1=1 2=2 3=3 4=4");
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT done FROM queue"), 5);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT dead FROM queue"), 1);
	ck_assert_uint_eq(counts().done, 5);
	ck_assert_uint_eq(counts().dead, 1);
}
END_TEST

/* While the collector moves them the counts do not add up. */
static uint64_t done_so_far(void)
{
	struct queue_counts c;

	queues_count(&manager, IN, &c);
	return c.done;
}

/* Until the collector has finished so many, and a little more. */
static void work_until(uint64_t done, unsigned more)
{
	while (done_so_far() < done)
		work(NULL);
	for (unsigned i = 0; i < more; i++)
		work(NULL);
}

START_TEST(killed_at_any_time_each_result_is_there_once)
{
	uint64_t issued;

	for (unsigned i = 0; i < KILLS; i++) {
		pid_t pid = spawn(NULL);

		work_until(done_so_far() + 1 + 7 * (uint64_t)i, i);
		kill(pid, SIGKILL);
		await(pid, true);
		queues_recover(&manager, COLLECTOR, true, "", NULL);
	}
	issued = counts().issued;
	close_all();
	await(spawn(NULL), false);
	ck_assert_uint_eq(counts().done, issued);
	ck_assert_uint_eq(counts().free, queues_queue(&manager, IN)->count);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT done FROM queue"), (long long)issued);
	ck_assert_int_eq(
		results_fixture_ask(&f, "SELECT count(*) FROM result WHERE value = ticket"),
		(long long)issued);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT max(ticket) + 1 FROM result"),
			 (long long)issued);
}
END_TEST

Suite *collector_suite(void)
{
	Suite *s = suite_create("collector");
	TCase *t = tcase_create("collector");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, all_results_are_stored_and_all_leases_end);
	tcase_add_test(t, without_a_store_they_are_counted_alone);
	tcase_add_test(t, dead_letters_are_stored_and_told);
	tcase_add_test(t, a_result_that_was_overwritten_is_a_dead_letter);
	tcase_add_test(t, told_to_end_it_stores_what_is_there);
	tcase_add_test(t, while_another_program_locks_the_store_it_waits);
	tcase_add_test(t, while_the_disk_is_full_it_waits);
	tcase_add_test(t, it_says_once_that_it_waits_however_often_it_tries);
	tcase_add_test(t, tickets_without_results_are_known_too);
	tcase_add_test(t, told_to_end_while_it_waits_it_keeps_the_leases);
	tcase_add_test(t, a_store_that_is_no_good_ends_it);
	tcase_add_test(t, killed_behind_the_commit_nothing_is_twice);
	tcase_add_test(t, killed_at_any_time_each_result_is_there_once);
	suite_add_tcase(s, t);
	return s;
}
