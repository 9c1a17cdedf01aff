/* test_fd.c - common/fd.h */
#include "common/fd.h"

#include "common/buf.h"
#include "common/error.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* In a child, since the test's own descriptors go as well: its exit status is
 * 0 when exactly the kept ones are open. */
static int close_and_look(void)
{
	int fds[40], keep[3];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	keep[0] = fds[30];
	keep[1] = fds[2];
	keep[2] = fds[3];
	fd_close_except(keep, ARRAY_SIZE(keep));
	for (int fd = 3; fd < 200; fd++) {
		bool kept = fd == fds[30] || fd == fds[2] || fd == fds[3];

		if ((fcntl(fd, F_GETFD) >= 0) != kept)
			return 1;
	}
	return 0;
}

START_TEST(closes_all_but_the_kept_ones)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(close_and_look());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(sets_and_clears_flags)
{
	AUTO_CLOSE int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(fd_set_cloexec(fd, true), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fd_set_cloexec(fd, false), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(fd_set_nonblock(fd, true), 0);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert_int_eq(fd_set_nonblock(-1, true), -EBADF);
}
END_TEST

START_TEST(reads_a_file_up_to_the_buffers_maximum)
{
	char path[] = "/tmp/eisen-test-fd-XXXXXX";
	AUTO_BUF struct buf fits = BUF_INIT(100), small = BUF_INIT(4);
	AUTO_CLOSE int fd = mkstemp(path);
	struct error e = { 0 };

	ck_assert_int_eq(fd_write_all(fd, "hello", 5), 0);
	ck_assert_int_eq(fd_read_file(path, &fits, &e), 0);
	ck_assert_str_eq(buf_text(&fits), "hello");
	ck_assert_int_eq(fd_read_file(path, &small, &e), -EFBIG);
	unlink(path);
	ck_assert_int_eq(fd_read_file(path, &fits, &e), -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

static int ensure_and_look(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (fd_ensure_standard() != 0)
		return 1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) != 0)
			return 2;
	return write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 3;
}

START_TEST(closed_standard_descriptors_become_null)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ensure_and_look());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* Without the right to raise the hard limit: in a child that gave it up. */
static int raise_beyond_the_hard_limit(void)
{
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = 200 };
	struct error e = { 0 };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || (geteuid() == 0 && setuid(65534) < 0))
		return 1;
	if (fd_raise_limit(150, &e) != 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur < 150)
		return 2;
	if (fd_raise_limit(300, &e) != -EMFILE || strstr(e.text, "ulimit -Hn 300") == NULL)
		return 3;
	return 0;
}

START_TEST(raises_the_limit_or_says_which_is_in_the_way)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(raise_beyond_the_hard_limit());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

Suite *fd_suite(void)
{
	Suite *s = suite_create("fd");
	TCase *t = tcase_create("fd");

	tcase_add_test(t, closes_all_but_the_kept_ones);
	tcase_add_test(t, closed_standard_descriptors_become_null);
	tcase_add_test(t, sets_and_clears_flags);
	tcase_add_test(t, reads_a_file_up_to_the_buffers_maximum);
	tcase_add_test(t, raises_the_limit_or_says_which_is_in_the_way);
	suite_add_tcase(s, t);
	return s;
}
