/* test_results.c - opening a results database for writing, and going on. */
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct results_fixture f;

static void setup(void)
{
	results_fixture_init(&f);
}

static void teardown(void)
{
	results_fixture_release(&f);
}

static bool is_there(const char *suffix)
{
	char path[sizeof(f.path) + 16];

	snprintf(path, sizeof(path), "%s%s", f.path, suffix);
	return access(path, F_OK) == 0;
}

static void fill(uint64_t tickets)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	results_fixture_put(r, 0, tickets - 1);
	results_close(r);
}

/* It cannot be opened; the text has all of want (those that are not NULL). */
static void refused(enum results_mode mode, int code, const char *want, const char *want_too)
{
	const struct results_options options = { .mode = mode, .busy_ms = 1 };
	struct results *r = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(results_open(&r, f.path, &options, &e), -code);
	ck_assert_ptr_null(r);
	ck_assert_msg(strstr(e.text, f.path) != NULL, "%s", e.text);
	ck_assert_msg(want == NULL || strstr(e.text, want) != NULL, "%s", e.text);
	ck_assert_msg(want_too == NULL || strstr(e.text, want_too) != NULL, "%s", e.text);
	ck_assert(!is_there("-lock"));
}

static void expect_stored(const char *want)
{
	struct results_reader *reader = results_fixture_reader(&f);

	results_fixture_expect(reader, 0, 0, want);
	results_reader_close(reader);
}

START_TEST(leaves_one_file_with_all_that_was_committed)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	results_fixture_put(r, 0, 2);
	ck_assert(is_there("-wal"));
	ck_assert(is_there("-lock"));
	results_close(r);
	ck_assert(!is_there("-wal"));
	ck_assert(!is_there("-shm"));
	ck_assert(!is_there("-lock"));
	expect_stored("0=0 1=1 2=2");
	ck_assert(!is_there("-wal")); /* nor does a reader leave one */
	ck_assert(!is_there("-shm"));
}
END_TEST

/* Whoever copies the file alone then has all. */
START_TEST(a_reader_that_stays_keeps_nothing_out_of_the_file)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	char log[160];
	struct stat st;

	results_fixture_expect(reader, 0, 0, "");
	results_fixture_put(r, 0, 2);
	results_fixture_expect(reader, 0, 0, "0=0 1=1 2=2");
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put(r, RESULTS_FIXTURE_QUEUE, 3, 1, "3", 1, NULL), 0);
	results_close(r);
	snprintf(log, sizeof(log), "%s-wal", f.path);
	ck_assert_int_eq(stat(log, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	results_fixture_expect(reader, 0, 0, "0=0 1=1 2=2");
	results_reader_close(reader);
	ck_assert(!is_there("-wal"));
	ck_assert(!is_there("-shm"));
}
END_TEST

START_TEST(a_new_run_refuses_the_results_of_another_and_says_how_to_go_on)
{
	fill(3);
	refused(RESULTS_NEW, EEXIST, "results of 3 tickets", "--resume");
	refused(RESULTS_NEW, EEXIST, "--fresh", NULL);
	expect_stored("0=0 1=1 2=2");
}
END_TEST

START_TEST(a_new_run_takes_a_file_without_results_and_forgets_its_queues)
{
	const struct results_options options = { .mode = RESULTS_NEW };
	struct results *r;

	results_close(results_fixture_open(&f, RESULTS_NEW, 0));
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM queue"), 1);
	ck_assert_int_eq(results_open(&r, f.path, &options, NULL), 0);
	results_close(r);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM queue"), 0);
}
END_TEST

START_TEST(a_dead_letter_is_a_result_too_for_a_new_run)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put_dead(r, RESULTS_FIXTURE_QUEUE, 0, 3, "why", 1, "1", 1, NULL),
			 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
	results_close(r);
	refused(RESULTS_NEW, EEXIST, "results of 1 tickets", NULL);
}
END_TEST

START_TEST(resuming_keeps_what_is_there)
{
	struct results *r;

	fill(2);
	r = results_fixture_open(&f, RESULTS_RESUME, 0);
	results_fixture_put(r, 1, 3);
	results_close(r);
	expect_stored("0=0 1=1 2=2 3=3");
}
END_TEST

START_TEST(replacing_removes_it_and_what_a_killed_run_left_beside_it)
{
	struct results *r;

	fill(2);
	dir_fixture_write(&f.dir, "x.results.db-wal", "the log of somebody who is dead");
	dir_fixture_write(&f.dir, "x.results.db-shm", "likewise");
	dir_fixture_write(&f.dir, "x.results.db-journal", "likewise");
	r = results_fixture_open(&f, RESULTS_REPLACE, 0);
	ck_assert(!is_there("-journal"));
	results_fixture_put(r, 5, 5);
	results_close(r);
	expect_stored("5=5");
}
END_TEST

START_TEST(replacing_makes_the_file_when_there_is_none)
{
	results_close(results_fixture_open(&f, RESULTS_REPLACE, 0));
	expect_stored("");
}
END_TEST

static void make_foreign_database(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(a_file_that_is_not_ours_is_neither_used_nor_removed)
{
	static const char text[] = "a letter to a friend, of more than a hundred bytes, so that it "
				   "could be a header of a database if only it began as one does\n";

	dir_fixture_write(&f.dir, "x.results.db", text);
	refused(RESULTS_NEW, EMEDIUMTYPE, "no SQLite database", NULL);
	refused(RESULTS_REPLACE, EMEDIUMTYPE, "not removed", NULL);
	ck_assert(is_there(""));
	dir_fixture_write(&f.dir, "x.results.db", "short");
	refused(RESULTS_REPLACE, EMEDIUMTYPE, "not removed", NULL);
	unlink(f.path);
	make_foreign_database("CREATE TABLE song (title)");
	refused(RESULTS_RESUME, EMEDIUMTYPE, "not of eisen", NULL);
	refused(RESULTS_REPLACE, EMEDIUMTYPE, "not removed", NULL);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM song"), 0);
	unlink(f.path);
	ck_assert_int_eq(mkdir(f.path, 0700), 0);
	refused(RESULTS_REPLACE, EMEDIUMTYPE, "no regular file", NULL);
}
END_TEST

START_TEST(another_version_is_told_and_can_be_replaced)
{
	fill(1);
	make_foreign_database("PRAGMA user_version = 99");
	refused(RESULTS_RESUME, EPROTO, "version 99", "--fresh");
	results_close(results_fixture_open(&f, RESULTS_REPLACE, 0));
	expect_stored("");
}
END_TEST

START_TEST(a_damaged_file_is_told_and_can_be_replaced)
{
	AUTO_CLOSE int fd = -1;

	fill(100);
	fd = open(f.path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "damage damage damage", 20, 100), 20);
	refused(RESULTS_RESUME, EBADMSG, "damaged", "--fresh");
	results_close(results_fixture_open(&f, RESULTS_REPLACE, 0));
	expect_stored("");
}
END_TEST

START_TEST(tables_of_another_shape_are_told)
{
	fill(1);
	make_foreign_database("DROP TABLE evicted");
	refused(RESULTS_RESUME, EBADMSG, "evicted", "--fresh");
}
END_TEST

/* In a process of its own, which does not end before its parent says so. */
static pid_t spawn_writer(int *ret_stop)
{
	int ready[2], stop[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(stop, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(stop[1]);
		results_fixture_put(results_fixture_open(&f, RESULTS_RESUME, 0), 0, 4);
		if (write(ready[1], "", 1) != 1 || read(stop[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(ready[1]);
	close(stop[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*ret_stop = stop[1];
	return pid;
}

START_TEST(a_second_writer_is_told_who_writes)
{
	const struct results_options options = { .mode = RESULTS_RESUME };
	struct error e = { 0 };
	struct results *r;
	char want[64];
	int stop;
	pid_t pid = spawn_writer(&stop);

	snprintf(want, sizeof(want), "the run of pid %d writes to it", (int)pid);
	ck_assert_int_eq(results_open(&r, f.path, &options, &e), -EBUSY);
	ck_assert_msg(strstr(e.text, want) != NULL, "%s", e.text);
	ck_assert_int_eq(results_writer(f.path), pid);
	/* Not even to begin anew. */
	ck_assert_int_eq(
		results_open(&r, f.path, &(struct results_options) { .mode = RESULTS_REPLACE }, &e),
		-EBUSY);
	expect_stored("0=0 1=1 2=2 3=3 4=4");
	close(stop);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(results_writer(f.path), 0);
	results_close(results_fixture_open(&f, RESULTS_RESUME, 0));
}
END_TEST

START_TEST(what_a_killed_writer_held_is_free_and_what_it_committed_is_there)
{
	struct results *r;
	int stop;
	pid_t pid = spawn_writer(&stop);
	siginfo_t info;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(results_writer(f.path), 0); /* a zombie does not write */
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(is_there("-lock"));
	r = results_fixture_open(&f, RESULTS_RESUME, 0);
	results_close(r);
	close(stop);
	expect_stored("0=0 1=1 2=2 3=3 4=4");
}
END_TEST

/* Root may write anywhere; so be nobody in a folder that nobody may change. */
static void lose_rights(void)
{
	ck_assert_int_eq(chmod(f.dir.path, 0555), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(setgroups(0, NULL), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
}

static void regain_rights(void)
{
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(f.dir.path, 0700), 0);
}

START_TEST(a_folder_without_rights_is_told)
{
	lose_rights();
	refused(RESULTS_NEW, EACCES, "Permission denied", NULL);
	regain_rights();
}
END_TEST

START_TEST(a_read_only_folder_can_be_read_once_the_run_is_over)
{
	fill(2);
	lose_rights();
	expect_stored("0=0 1=1");
	regain_rights();
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told)
{
	snprintf(f.path, sizeof(f.path), "%s/none/x.db", f.dir.path);
	refused(RESULTS_NEW, ENOENT, NULL, NULL);
}
END_TEST

START_TEST(a_link_leads_to_the_same_lock)
{
	struct results_fixture link = f;
	struct results *r, *second;

	fill(1);
	snprintf(link.path, sizeof(link.path), "%s/link.db", f.dir.path);
	ck_assert_int_eq(symlink(f.path, link.path), 0);
	r = results_fixture_open(&link, RESULTS_RESUME, 0);
	ck_assert_int_eq(results_open(&second, f.path,
				      &(struct results_options) { .mode = RESULTS_RESUME }, NULL),
			 -EBUSY);
	results_close(r);
}
END_TEST

static const struct change {
	const char *fingerprint;
	uint32_t rows_max;
	int err;
	const char *want;
} changes[] = {
	{ "range 0 10 1", 1, 0, "" },
	{ "range 0 11 1", 1, -ESTALE,
	  "its generator was \"range 0 10 1\" and is \"range 0 11 1\"" },
	{ "range 0 10 1", 2, -ESTALE, "ROWS_MAX was 1 and is 2" },
	{ NULL, 1, -ESTALE, "fed by put" },
};

START_TEST(a_run_goes_on_with_what_is_unchanged_only)
{
	const struct results_queue queue = { .name = RESULTS_FIXTURE_NAME,
					     .fingerprint = changes[_i].fingerprint,
					     .rows_max = changes[_i].rows_max };
	struct error e = { 0 };
	struct results *r;

	r = results_fixture_open(&f, RESULTS_NEW, 0);
	ck_assert_int_eq(results_resumable(r, &queue, NULL), 0); /* there is nothing yet */
	results_fixture_put(r, 0, 0);
	ck_assert_int_eq(results_resumable(r, &queue, &e), changes[_i].err);
	ck_assert_msg(strstr(e.text, changes[_i].want) != NULL, "%s", e.text);
	results_close(r);
}
END_TEST

START_TEST(a_queue_is_found_by_name_whatever_its_number)
{
	const struct results_queue other = { .name = "other", .rows_max = 1 }, queue = {
		.name = RESULTS_FIXTURE_NAME, .alias = "mp_input_q", .rows_max = 1
	};
	const struct results_options options = { .mode = RESULTS_RESUME };
	struct results_counts counts;
	struct results *r;

	fill(2);
	ck_assert_int_eq(results_open(&r, f.path, &options, NULL), 0);
	ck_assert_int_eq(results_declare(r, RESULTS_FIXTURE_QUEUE, &other, NULL), 0);
	ck_assert_int_eq(results_declare(r, 1, &queue, NULL), 0);
	results_count(r, RESULTS_FIXTURE_QUEUE, &counts);
	ck_assert_uint_eq(counts.done, 0);
	results_count(r, 1, &counts);
	ck_assert_uint_eq(counts.done, 2);
	results_fixture_put(r, 0, 0); /* the other's */
	results_close(r);
	expect_stored("0=0 1=1");
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM result"), 3);
}
END_TEST

START_TEST(more_queues_than_there_are_numbers_are_refused)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct error e = { 0 };
	char name[24];
	const struct results_queue queue = { .name = name, .rows_max = 1 };

	for (unsigned i = 1; i < RESULTS_QUEUES_MAX; i++) {
		snprintf(name, sizeof(name), "queue %u", i);
		if (results_declare(r, i, &queue, &e) != 0)
			ck_abort_msg("%s: %s", name, e.text);
	}
	snprintf(name, sizeof(name), "one too many");
	ck_assert_int_eq(results_declare(r, 1, &queue, &e), -ENOSPC);
	results_close(r);
}
END_TEST

Suite *results_suite(void)
{
	Suite *s = suite_create("results");
	TCase *t = tcase_create("results");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, leaves_one_file_with_all_that_was_committed);
	tcase_add_test(t, a_reader_that_stays_keeps_nothing_out_of_the_file);
	tcase_add_test(t, a_new_run_refuses_the_results_of_another_and_says_how_to_go_on);
	tcase_add_test(t, a_new_run_takes_a_file_without_results_and_forgets_its_queues);
	tcase_add_test(t, a_dead_letter_is_a_result_too_for_a_new_run);
	tcase_add_test(t, resuming_keeps_what_is_there);
	tcase_add_test(t, replacing_removes_it_and_what_a_killed_run_left_beside_it);
	tcase_add_test(t, replacing_makes_the_file_when_there_is_none);
	tcase_add_test(t, a_file_that_is_not_ours_is_neither_used_nor_removed);
	tcase_add_test(t, another_version_is_told_and_can_be_replaced);
	tcase_add_test(t, a_damaged_file_is_told_and_can_be_replaced);
	tcase_add_test(t, tables_of_another_shape_are_told);
	tcase_add_test(t, a_second_writer_is_told_who_writes);
	tcase_add_test(t, what_a_killed_writer_held_is_free_and_what_it_committed_is_there);
	tcase_add_test(t, a_folder_without_rights_is_told);
	tcase_add_test(t, a_read_only_folder_can_be_read_once_the_run_is_over);
	tcase_add_test(t, a_folder_that_is_not_there_is_told);
	tcase_add_test(t, a_link_leads_to_the_same_lock);
	tcase_add_loop_test(t, a_run_goes_on_with_what_is_unchanged_only, 0,
			    (int)ARRAY_SIZE(changes));
	tcase_add_test(t, a_queue_is_found_by_name_whatever_its_number);
	tcase_add_test(t, more_queues_than_there_are_numbers_are_refused);
	suite_add_tcase(s, t);
	return s;
}
