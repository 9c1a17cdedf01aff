/* test_gen_command.c - the lines of a program, and how it ends. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"
#include "work/program.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

START_TEST(each_line_is_a_row)
{
	generator_fixture_expect("{\"command\": [\"seq\", \"3\"]}", "/", "\"1\"\n\"2\"\n\"3\"\n");
	generator_fixture_expect("{\"command\": {\"argv\": [\"seq\", \"3\"], \"json\": true}}", "/",
				 "1\n2\n3\n");
	generator_fixture_expect("{\"command\": {\"argv\": [\"printf\", \"a\\\\344\\\\n\"], "
				 "\"encoding\": \"latin-1\"}}",
				 "/", "\"a\xc3\xa4\"\n");
	generator_fixture_expect("{\"command\": [\"true\"]}", "/", "");
}
END_TEST

START_TEST(arguments_are_not_for_a_shell)
{
	generator_fixture_expect("{\"command\": [\"echo\", \"$HOME; *\", \"\", \"a  b\"]}", "/",
				 "\"$HOME; *  a  b\"\n");
}
END_TEST

START_TEST(runs_where_the_config_is)
{
	struct dir_fixture dir;
	char path[200];

	dir_fixture_init(&dir);
	dir_fixture_write(&dir, "bin/rows", "#!/bin/sh\ncat a.txt\n");
	dir_fixture_write(&dir, "a.txt", "row\n");
	snprintf(path, sizeof(path), "%s/bin/rows", dir.path);
	ck_assert_int_eq(chmod(path, 0700), 0);
	generator_fixture_expect("{\"command\": [\"bin/rows\"]}", dir.path, "\"row\"\n");
	dir_fixture_release(&dir);
}
END_TEST

/* What is written to standard input here must not be read there. */
START_TEST(standard_input_is_empty_and_no_descriptor_is_passed_on)
{
	int ends[2], kept = dup(STDERR_FILENO);

	ck_assert_int_ge(kept, 3);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(write(ends[1], "x\n", 2), 2);
	ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
	generator_fixture_expect("{\"command\": [\"cat\"]}", "/", "");
	generator_fixture_expect("{\"command\": [\"sh\", \"-c\", "
				 "\"for fd in 3 4 5 6 7 8 9; do "
				 "test ! -e /proc/$$/fd/$fd || echo $fd; done\"]}",
				 "/", "");
}
END_TEST

START_TEST(signals_are_as_a_shell_has_them)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Signals 1 to 16: some that start us ignore real-time signals. */
	generator_fixture_expect("{\"command\": [\"sed\", \"-n\", "
				 "\"s/^Sig\\\\(Blk\\\\|Ign\\\\):.*\\\\(....\\\\)$/\\\\1 \\\\2/p\", "
				 "\"/proc/self/status\"]}",
				 "/", "\"Blk 0000\"\n\"Ign 0000\"\n");
}
END_TEST

START_TEST(its_failure_comes_behind_its_rows)
{
	generator_fixture_expect_failure("{\"command\": [\"sh\", \"-c\", \"echo 1; exit 3\"]}", "/",
					 "\"1\"\n", "sh: it ended with exit status 3");
	generator_fixture_expect_failure("{\"command\": [\"sh\", \"-c\", \"echo 1; kill -9 $$\"]}",
					 "/", "\"1\"\n", "sh: it was killed by signal 9 (Killed)");
	generator_fixture_expect_failure("{\"command\": {\"argv\": [\"echo\", \"[\"], "
					 "\"json\": true}}",
					 "/", "", "echo, line 1: byte 2: want a value");
}
END_TEST

START_TEST(what_cannot_be_run_is_named)
{
	json_auto_t *settings = json_pack("{s:[s]}", "command", "/missing/program");
	struct error e = { 0 };
	struct generator *g = NULL;

	ck_assert_int_eq(generator_open(settings, "/", &g, &e), -ENOENT);
	ck_assert_str_eq(e.text, "generator command: /missing/program cannot be run: "
				 "No such file or directory");
	ck_assert_ptr_null(g);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}
END_TEST

static pid_t read_pid(struct generator *g)
{
	char text[64];
	struct generator_room room = { .to = text, .bytes = sizeof(text), .rows_max = 1 };
	pid_t pid = 0;

	ck_assert_int_eq(generator_fill(g, &room, NULL), GENERATOR_MORE);
	ck_assert_uint_eq(room.rows, 1);
	for (const char *at = text; *at != '\n'; at++)
		pid = pid * 10 + (*at - '0');
	ck_assert_int_gt(pid, 1);
	return pid;
}

/* sh does not exec cat: two processes. */
#define TWO_THAT_STAY \
	"{\"command\": {\"argv\": [\"sh\", \"-c\", \"sleep 1000 & echo $!; wait\"], " \
	"\"json\": true}}"

START_TEST(close_ends_it_and_what_it_has_started)
{
	struct generator *g;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	g = generator_fixture_open(TWO_THAT_STAY, "/");
	ck_assert(!generator_replays(g));
	pid = read_pid(g);
	generator_close(g);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
}
END_TEST

START_TEST(it_dies_with_the_process_that_has_started_it)
{
	int ends[2];
	pid_t feeder;
	char end;

	ck_assert_int_eq(pipe(ends), 0); /* closed when all that have it are gone */
	feeder = fork();
	if (feeder == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[1]);
		read_pid(generator_fixture_open("{\"command\": {\"argv\": [\"sh\", \"-c\", "
						"\"echo $$; exec sleep 1000\"], \"json\": true}}",
						"/"));
		raise(SIGKILL);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(feeder, NULL, 0), feeder);
	ck_assert_int_eq(read(ends[0], &end, 1), 0);
}
END_TEST

static void on_term(int signal ATTR_UNUSED)
{
	/* NOLINTNEXTLINE(bugprone-signal-handler): a system call, no more */
	program_kill_last();
	_exit(0);
}

START_TEST(a_feeder_that_is_told_to_stop_ends_what_it_has_started)
{
	int ends[2];
	pid_t feeder;
	char end;

	ck_assert_int_eq(pipe(ends), 0); /* closed when all that have it are gone */
	feeder = fork();
	if (feeder == 0) {
		signal(SIGTERM, on_term);
		dup2(ends[1], STDERR_FILENO);
		close(ends[1]);
		read_pid(generator_fixture_open(TWO_THAT_STAY, "/"));
		raise(SIGTERM);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(feeder, NULL, 0), feeder);
	ck_assert_int_eq(read(ends[0], &end, 1), 0);
}
END_TEST

static const struct {
	const char *settings, *problem;
} wrongs[] = {
	{ "{\"command\": \"seq 10\"}", "generator.command.argv: want a list of strings" },
	{ "{\"command\": []}", "generator.command.argv: want a list of strings" },
	{ "{\"command\": [\"\"]}", "generator.command.argv: want a list of strings" },
	{ "{\"command\": [\"seq\", 10]}", "generator.command.argv: want a list of strings" },
	{ "{\"command\": {\"json\": true}}", "generator.command.argv: is missing" },
	{ "{\"command\": {\"argv\": [\"a\"], \"json\": 1}}",
	  "generator.command.json: want true or false" },
};

START_TEST(what_is_wrong_is_named)
{
	generator_fixture_expect_problem(wrongs[_i].settings, wrongs[_i].problem);
}
END_TEST

Suite *gen_command_suite(void)
{
	Suite *s = suite_create("gen_command");
	TCase *t = tcase_create("gen_command");

	tcase_add_test(t, each_line_is_a_row);
	tcase_add_test(t, arguments_are_not_for_a_shell);
	tcase_add_test(t, runs_where_the_config_is);
	tcase_add_test(t, standard_input_is_empty_and_no_descriptor_is_passed_on);
	tcase_add_test(t, signals_are_as_a_shell_has_them);
	tcase_add_test(t, its_failure_comes_behind_its_rows);
	tcase_add_test(t, what_cannot_be_run_is_named);
	tcase_add_test(t, close_ends_it_and_what_it_has_started);
	tcase_add_test(t, it_dies_with_the_process_that_has_started_it);
	tcase_add_test(t, a_feeder_that_is_told_to_stop_ends_what_it_has_started);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, (int)ARRAY_SIZE(wrongs));
	suite_add_tcase(s, t);
	return s;
}
