/* test_bad_store.c - results that cannot be stored: told before the start where
 * that is known, else waited for, and nothing is lost.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/printed.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS 200
#define ROWS_MAX 10
#define TICKETS (ROWS / ROWS_MAX)

/* A run that waits at its fourth chunk for the gate. */
static const char *store_config(const char *db, const char *gate, const char *kwargs)
{
	return keep_config("{'PROCS_MAX': 2, 'ROWS_MAX': %d, 'RESULTS_DICT_PRINT': true,"
			   " 'RESULTS_STORE': true,"
			   " 'results_db': '%s', 'queues': [{'name': 'mp_input_q', 'maxsize': 1}],"
			   " 'kwargs': {'gate': '%s', 'gate_from': 3%s},"
			   " 'feeders': [{'generator': {'range': [0, %d]}}],"
			   " 'worker_modules': [{'WORKER_PATH':"
			   " '%s/tests/e2e/modules/gated.so'}],"
			   " 'status': {'ip': '%s', 'port': %d}}",
			   ROWS_MAX, db, gate, kwargs, ROWS, getenv("EISEN_BUILDDIR"),
			   harness_address(0), HARNESS_STATUS_PORT);
}

static const char *make_gate(void)
{
	const char *path = harness_path("gate");

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return path;
}

static int open_gate(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Before the start ------------------------------------------------------------ */

static const struct {
	const char *db, *said;
} refused[] = {
	{ "/nowhere/results.db", "results_db: /nowhere/results.db" },
	{ "/proc/results.db", "results_db: /proc/results.db" },
	{ "notes", "not a file of eisen's results, and not removed; set another results_db" },
	{ "folder", "is no regular file" },
};

START_TEST(a_place_that_cannot_be_written_stops_the_start)
{
	struct outcome outcome;
	const struct command command = { .args = { "run", harness_path("site.json"), "--fresh",
						   "--run-dir", harness_path("run") } };

	files_write(harness_path("site.json"), store_config(refused[_i].db, "/nowhere", ""));
	files_write(harness_path("notes"), "mine");
	files_make_dir(harness_path("folder"));
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_msg(strstr(outcome.err, refused[_i].said) != NULL, "%s", outcome.err);
	ck_assert_str_eq(files_text(harness_path("notes")), "mine");
}
END_TEST

START_TEST(two_runs_do_not_share_a_database)
{
	const char *gate = make_gate(), *db = harness_path("results.db");
	struct instance *in =
		instance_start(&(struct start) { .config = store_config(db, gate, "") });
	struct outcome outcome;
	const struct command command = { .args = { "run", harness_path("site.json"), "--resume",
						   "--status-port", "0", "--run-dir",
						   harness_path("second") } };
	AUTO_CLOSE int fd = -1;

	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_msg(strstr(outcome.err, "writes to it; stop that one, or set another "
					  "results_db") != NULL,
		      "%s", outcome.err);
	fd = open_gate(gate);
	instance_expect_end(in, 0);
	printed_expect_sums(instance_out(in), TICKETS, ROWS_MAX, -1);
}
END_TEST

/* While it runs --------------------------------------------------------------- */

START_TEST(a_locked_database_is_waited_for_and_its_holder_named)
{
	const char *gate = make_gate(), *db = harness_path("results.db");
	struct instance *in =
		instance_start(&(struct start) { .config = store_config(db, gate, "") });
	AUTO_CLOSE int fd = -1;
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(db, &other), SQLITE_OK);
	await(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
	fd = open_gate(gate);
	await(strstr(instance_err(in), "results wait, and with them the workers: ") != NULL);
	printed_expect_said(in, keep_printf("%s: locked by ", db));
	printed_expect_said(in, keep_printf(" (pid %d); close it there", (int)getpid()));
	ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	instance_expect_end(in, 0);
	printed_expect_said(in, "results are stored again");
	printed_expect_sums(instance_out(in), TICKETS, ROWS_MAX, -1);
}
END_TEST

/* A disk of one MiB, which only the program sees. */

#define DISK_BYTES 1048576

static char disk[PATH_MAX];

static bool write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* user_namespaces(7): whoever is not root may mount in one of their own. */
static bool become_able(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char uids[64], gids[64];

	if (uid == 0)
		return true;
	snprintf(uids, sizeof(uids), "%u %u 1", uid, uid);
	snprintf(gids, sizeof(gids), "%u %u 1", gid, gid);
	return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/uid_map", uids) &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", gids);
}

static void mount_at(const char *path)
{
	if (!become_able() || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", path, "tmpfs", 0, "size=1m") < 0)
		_exit(99);
}

static void mount_disk(void)
{
	mount_at(disk);
}

static void make_disk(void)
{
	snprintf(disk, sizeof(disk), "%s", harness_path("disk"));
	files_make_dir(disk);
}

/* Tried in a process of its own; nobody else sees what it mounts. */
static const char *disk_impossible(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		mount_at("/tmp");
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return NULL;
	return "only root may mount here, and there are no user namespaces";
}

/* Until there is no room; its path, by way of the program's own view. */
static const char *fill_disk(const struct instance *in)
{
	const char *path = keep_printf("/proc/%d/root%s/filler", (int)in->pid, disk);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	static const char zeroes[4096];

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i <= DISK_BYTES / sizeof(zeroes); i++)
		if (write(fd, zeroes, sizeof(zeroes)) != (ssize_t)sizeof(zeroes))
			break;
	return path;
}

/* Larger results than what a log has room for that is there already. */
static struct instance *start_on_disk(const char *gate)
{
	const char *db = keep_printf("%s/results.db", disk);

	return instance_start(&(struct start) { .config = store_config(db, gate, ", 'pad': 20000"),
						.prepare = mount_disk });
}

START_TEST(a_full_disk_is_waited_for)
{
	const char *gate = make_gate(), *filler;
	struct instance *in;
	AUTO_CLOSE int fd = -1;

	make_disk();
	in = start_on_disk(gate);
	filler = fill_disk(in);
	fd = open_gate(gate);
	await(strstr(instance_err(in), "results wait, and with them the workers: ") != NULL);
	printed_expect_said(in, "make room");
	ck_assert_int_eq(unlink(filler), 0);
	instance_expect_end(in, 0);
	printed_expect_said(in, "results are stored again");
	printed_expect_said(in, "20 done + 0 dead");
}
END_TEST

START_TEST(a_stop_on_a_full_disk_ends_and_says_what_is_not_done)
{
	const char *gate = make_gate();
	struct instance *in;
	AUTO_CLOSE int fd = -1;

	make_disk();
	in = start_on_disk(gate);
	fill_disk(in);
	fd = open_gate(gate);
	await(strstr(instance_err(in), "results wait, and with them the workers: ") != NULL);
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 3);
	printed_expect_said(in, "'eisen run --resume' goes on with it");
}
END_TEST

Suite *bad_store_suite(void)
{
	Suite *suite = suite_create("bad_store");
	TCase *t = harness_case(suite, "bad_store");
	const char *no_disk = disk_impossible();

	tcase_add_loop_test(t, a_place_that_cannot_be_written_stops_the_start, 0,
			    (int)ARRAY_SIZE(refused));
	tcase_add_test(t, two_runs_do_not_share_a_database);
	tcase_add_test(t, a_locked_database_is_waited_for_and_its_holder_named);
	add_test_unless(no_disk, t, a_full_disk_is_waited_for);
	add_test_unless(no_disk, t, a_stop_on_a_full_disk_ends_and_says_what_is_not_done);
	return suite;
}
