/* test_load_output.c - launcher/load_output.h */
#include "launcher/load_output.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#define MARK "{\"eisen_load"

static struct dir_fixture dir;

static void setup(void)
{
	dir_fixture_init(&dir);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir.path, name);
	return path;
}

static unsigned files_in_dir(void)
{
	DIR *d = opendir(dir.path);
	unsigned count = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *entry; (entry = readdir(d)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

static void expect_text(const char *path, const char *text)
{
	AUTO_BUF struct buf read = BUF_INIT(1000);

	ck_assert_int_eq(fd_read_file(path, &read, NULL), 0);
	ck_assert_str_eq(buf_text(&read), text);
}

START_TEST(a_check_leaves_nothing_behind)
{
	ck_assert_int_eq(load_output_check(in_dir("out.json"), MARK, NULL), 0);
	ck_assert_uint_eq(files_in_dir(), 0);
}
END_TEST

START_TEST(a_folder_and_a_place_that_is_not_there_are_told)
{
	struct error e = { 0 };

	ck_assert_int_lt(load_output_check(dir.path, NULL, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "is a folder, want a file"));
	ck_assert_int_eq(load_output_check(in_dir("no/out.json"), NULL, &e), -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, "no/out.json cannot be written: No such file"));
}
END_TEST

START_TEST(what_is_no_report_is_not_overwritten)
{
	struct error e = { 0 };

	dir_fixture_write(&dir, "site.json", "{\"PROCS_MAX\": 3}");
	ck_assert_int_eq(load_output_check(in_dir("site.json"), MARK, &e), -EEXIST);
	ck_assert_ptr_nonnull(strstr(e.text, "site.json is there, and no report"));
	ck_assert_int_eq(load_output_check(in_dir("site.json"), NULL, NULL), 0);
	dir_fixture_write(&dir, "out.json", MARK "\": 1}");
	ck_assert_int_eq(load_output_check(in_dir("out.json"), MARK, NULL), 0);
	dir_fixture_write(&dir, "empty.json", "");
	ck_assert_int_eq(load_output_check(in_dir("empty.json"), MARK, NULL), 0);
}
END_TEST

START_TEST(a_file_is_replaced_whole_with_its_mode)
{
	char path[256];
	struct stat st;

	dir_fixture_write(&dir, "out.json", "a longer text than the new one");
	snprintf(path, sizeof(path), "%s", in_dir("out.json"));
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(load_output_write(path, "new", 3, NULL), 0);
	expect_text(path, "new");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(files_in_dir(), 1);
}
END_TEST

START_TEST(a_new_file_has_the_mode_of_the_umask)
{
	struct stat st;

	umask(027);
	ck_assert_int_eq(load_output_write(in_dir("out.json"), "new", 3, NULL), 0);
	ck_assert_int_eq(stat(in_dir("out.json"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(a_link_stays_one_and_its_file_is_replaced)
{
	char link[256], path[256];
	struct stat st;

	dir_fixture_write(&dir, "real.json", "old");
	snprintf(path, sizeof(path), "%s", in_dir("real.json"));
	snprintf(link, sizeof(link), "%s", in_dir("link.json"));
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(load_output_write(link, "new", 3, NULL), 0);
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	expect_text(path, "new");
	ck_assert(load_output_same(link, path));
	ck_assert(!load_output_same(link, in_dir("other.json")));
}
END_TEST

START_TEST(what_is_no_regular_file_is_written_through)
{
	struct stat st;

	ck_assert_int_eq(load_output_check("/dev/null", MARK, NULL), 0);
	ck_assert_int_eq(load_output_write("/dev/null", "new", 3, NULL), 0);
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_file)
{
	struct error e = { 0 };

	ck_assert_int_lt(load_output_write("/dev/full", "new", 3, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "/dev/full cannot be written: No space left"));
	ck_assert_int_lt(load_output_write(in_dir("no/out.json"), "new", 3, &e), 0);
	ck_assert_uint_eq(files_in_dir(), 0);
}
END_TEST

Suite *load_output_suite(void)
{
	Suite *s = suite_create("load_output");
	TCase *t = tcase_create("load_output");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_check_leaves_nothing_behind);
	tcase_add_test(t, a_folder_and_a_place_that_is_not_there_are_told);
	tcase_add_test(t, what_is_no_report_is_not_overwritten);
	tcase_add_test(t, a_file_is_replaced_whole_with_its_mode);
	tcase_add_test(t, a_new_file_has_the_mode_of_the_umask);
	tcase_add_test(t, a_link_stays_one_and_its_file_is_replaced);
	tcase_add_test(t, what_is_no_regular_file_is_written_through);
	tcase_add_test(t, a_write_that_fails_leaves_the_old_file);
	suite_add_tcase(s, t);
	return s;
}
