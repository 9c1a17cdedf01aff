/* test_file_holder.c - who has locked a file. */
#include "work/file_holder.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static char path[] = "/tmp/eisen-holder-XXXXXX";
static int fd;

static void setup(void)
{
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	close(fd);
	unlink(path);
}

static bool lock(short type)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = 120, .l_len = 1 };

	return fcntl(fd, F_SETLK, &range) == 0;
}

/* A process that holds such a lock until it is killed. */
static pid_t hold(short type)
{
	int ready[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "the holder");
		if (lock(type) && write(ready[1], "r", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	ck_assert_int_gt(pid, 0);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void release(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(whoever_holds_it_for_writing_is_named)
{
	struct file_holder holder;
	pid_t pid = hold(F_WRLCK);

	ck_assert(file_holder_find(path, &holder));
	ck_assert_int_eq(holder.pid, pid);
	ck_assert_str_eq(holder.program, "the holder");
	release(pid);
	ck_assert(!file_holder_find(path, &holder));
}
END_TEST

START_TEST(readers_we_ourselves_and_other_files_are_not)
{
	struct file_holder holder = { .pid = 77 };
	pid_t pid = hold(F_RDLCK);

	ck_assert(!file_holder_find(path, &holder));
	release(pid);
	ck_assert(lock(F_WRLCK));
	ck_assert(!file_holder_find(path, &holder));
	ck_assert(!file_holder_find("/nowhere", &holder));
	ck_assert_int_eq(holder.pid, 77);
}
END_TEST

Suite *file_holder_suite(void)
{
	Suite *suite = suite_create("file_holder");
	TCase *t = tcase_create("file_holder");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, whoever_holds_it_for_writing_is_named);
	tcase_add_test(t, readers_we_ourselves_and_other_files_are_not);
	suite_add_tcase(suite, t);
	return suite;
}
