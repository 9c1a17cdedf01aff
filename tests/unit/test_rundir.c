/* test_rundir.c - launcher/rundir.h */
#include "launcher/rundir.h"

#include "common/error.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <sys/stat.h>

static char base[64];

static void setup(void)
{
	snprintf(base, sizeof(base), "/tmp/eisen-test-rundir-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	setenv("XDG_RUNTIME_DIR", base, 1);
}

static void teardown(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/eisen", base);
	rmdir(path);
	ck_assert_int_eq(rmdir(base), 0); /* all that was made is gone */
}

static const struct {
	const char *file, *name;
} names[] = {
	{ "site.json", "site" },     { "/etc/eisen/my site.json", "my-site" },
	{ "a.b.json", "a.b" },       { "plain", "plain" },
	{ ".json", "-json" },        { "..", "-." },
	{ "x/\xc3\xbc.json", "--" },
};

START_TEST(a_name_is_safe_whatever_the_file)
{
	char name[RUNDIR_NAME_MAX + 1];

	rundir_name_from_file(name, sizeof(name), names[_i].file);
	ck_assert_str_eq(name, names[_i].name);
}
END_TEST

START_TEST(names_that_leave_the_directory_are_refused)
{
	ck_assert(rundir_name_valid("site"));
	ck_assert(rundir_name_valid("a.json"));
	ck_assert(!rundir_name_valid(""));
	ck_assert(!rundir_name_valid(".."));
	ck_assert(!rundir_name_valid("a/b"));
	ck_assert(!rundir_name_valid("a b"));
}
END_TEST

START_TEST(a_second_one_of_the_name_is_told_the_pid)
{
	struct rundir first, second = { .lock_fd = 77 };
	struct error e = { 0 };
	char want[64];

	ck_assert_int_eq(rundir_open(&first, NULL, "site", &e), 0);
	ck_assert_int_eq(rundir_open(&second, NULL, "site", &e), -EALREADY);
	snprintf(want, sizeof(want), "'site' is running already (pid %d)", (int)getpid());
	ck_assert_ptr_nonnull(strstr(e.text, want));
	ck_assert_int_eq(second.lock_fd, 77);
	rundir_close(&first);
	ck_assert_int_eq(rundir_open(&second, NULL, "site", &e), 0);
	rundir_close(&second);
}
END_TEST

START_TEST(the_directory_is_ours_alone)
{
	struct error e = { 0 };
	struct rundir rd;
	struct stat st;

	ck_assert_int_eq(rundir_open(&rd, NULL, "site", &e), 0);
	ck_assert_int_eq(stat(rd.path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	rundir_close(&rd);
	ck_assert_int_eq(mkdir(rd.path, 0700), 0);
	ck_assert_int_eq(chmod(rd.path, 0777), 0);
	ck_assert_int_eq(rundir_open(&rd, NULL, "site", &e), -EPERM);
	ck_assert_int_eq(rmdir(rd.path), 0);
	ck_assert_int_eq(symlink("/tmp", rd.path), 0);
	ck_assert_int_eq(rundir_open(&rd, NULL, "site", &e), -ENOTDIR);
	ck_assert_int_eq(unlink(rd.path), 0);
}
END_TEST

START_TEST(the_only_one_is_found_without_a_name)
{
	struct rundir one, two, found;
	struct error e = { 0 };
	pid_t pid = 0;

	ck_assert_int_eq(rundir_find(&found, NULL, NULL, &pid, &e), -ESRCH);
	ck_assert_int_eq(rundir_open(&one, NULL, "one", &e), 0);
	ck_assert_int_eq(rundir_find(&found, NULL, NULL, &pid, &e), 0);
	ck_assert_str_eq(found.name, "one");
	ck_assert_int_eq(pid, getpid());
	ck_assert_int_eq(rundir_open(&two, NULL, "two", &e), 0);
	ck_assert_int_eq(rundir_find(&found, NULL, NULL, &pid, &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "one"));
	ck_assert_ptr_nonnull(strstr(e.text, "two"));
	ck_assert_int_eq(rundir_find(&found, NULL, "two", &pid, &e), 0);
	rundir_close(&two);
	ck_assert_int_eq(rundir_find(&found, NULL, "two", &pid, &e), -ESRCH);
	rundir_close(&one);
}
END_TEST

START_TEST(nobody_is_looked_for_where_others_may_write)
{
	struct rundir rd, found = { .lock_fd = 77 };
	struct error e = { 0 };
	char eisen[128];
	pid_t pid = 77;

	ck_assert_int_eq(rundir_open(&rd, NULL, "site", &e), 0);
	snprintf(eisen, sizeof(eisen), "%s/eisen", base);
	ck_assert_int_eq(chmod(eisen, 0777), 0);
	ck_assert_int_eq(rundir_find(&found, NULL, "site", &pid, &e), -EPERM);
	ck_assert_int_eq(rundir_find(&found, NULL, NULL, &pid, &e), -EPERM);
	ck_assert_int_eq(pid, 77);
	/* Whoever names it has chosen it. */
	ck_assert_int_eq(rundir_find(&found, rd.path, NULL, &pid, &e), 0);
	rundir_close(&rd);
}
END_TEST

START_TEST(a_pipe_in_the_pid_files_place_does_not_keep_us)
{
	char dir[128], path[160];
	struct error e = { 0 };
	struct rundir found;
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/run", base);
	snprintf(path, sizeof(path), "%s/pid", dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(rundir_find(&found, dir, NULL, &pid, &e), -ESRCH);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(the_end_leaves_alone_what_another_has_made_there)
{
	struct rundir first, second, found;
	struct error e = { 0 };
	char path[300];
	pid_t pid;

	ck_assert_int_eq(rundir_open(&first, NULL, "site", &e), 0);
	snprintf(path, sizeof(path), "%s/pid", first.path);
	ck_assert_int_eq(unlink(path), 0); /* by a cleaner of old files, say */
	ck_assert_int_eq(rundir_open(&second, NULL, "site", &e), 0);
	rundir_close(&first);
	ck_assert_int_eq(rundir_find(&found, NULL, "site", &pid, &e), 0);
	rundir_close(&second);
	ck_assert_int_eq(rundir_find(&found, NULL, "site", &pid, &e), -ESRCH);
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_refused)
{
	struct rundir rd = { .lock_fd = 77 };
	struct error e = { 0 };
	char dir[200];

	memset(dir, 'x', sizeof(dir) - 1);
	dir[0] = '/';
	dir[sizeof(dir) - 1] = '\0';
	ck_assert_int_eq(rundir_open(&rd, dir, "site", &e), -ENAMETOOLONG);
	ck_assert_int_eq(rd.lock_fd, 77);
}
END_TEST

Suite *rundir_suite(void)
{
	Suite *s = suite_create("rundir");
	TCase *t = tcase_create("rundir");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_name_is_safe_whatever_the_file, 0, ARRAY_SIZE(names));
	tcase_add_test(t, names_that_leave_the_directory_are_refused);
	tcase_add_test(t, a_second_one_of_the_name_is_told_the_pid);
	tcase_add_test(t, the_directory_is_ours_alone);
	tcase_add_test(t, the_only_one_is_found_without_a_name);
	tcase_add_test(t, nobody_is_looked_for_where_others_may_write);
	tcase_add_test(t, a_pipe_in_the_pid_files_place_does_not_keep_us);
	tcase_add_test(t, the_end_leaves_alone_what_another_has_made_there);
	tcase_add_test(t, a_path_too_long_for_a_socket_is_refused);
	suite_add_tcase(s, t);
	return s;
}
