/* test_load_instance.c - launcher/load_instance.h: what is removed. How it is
 * started and stopped is tests/e2e/test_load.c's.
 */
#include "launcher/load_instance.h"

#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct dir_fixture dir;
static char folder[128], others[128];

static void setup(void)
{
	dir_fixture_init(&dir);
	snprintf(folder, sizeof(folder), "%s/own", dir.path);
	snprintf(others, sizeof(others), "%s/others", dir.path);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(mkdir(others, 0700), 0);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

static void touch(const char *in, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", in, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* One whose process has ended. */
static struct load_instance ended(void)
{
	struct load_instance in = LOAD_INSTANCE_NONE;

	in.own = true;
	ck_assert_uint_lt(strlen(folder), sizeof(in.dir));
	memcpy(in.dir, folder, strlen(folder) + 1);
	in.dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(in.dir_fd, 0);
	return in;
}

START_TEST(its_folder_is_removed_with_what_is_in_it)
{
	struct load_instance in = ended();

	touch(folder, "pid");
	load_instance_release(&in);
	ck_assert_int_lt(access(folder, F_OK), 0);
	load_instance_release(&in); /* of one that was released: nothing */
}
END_TEST

/* Its end leaves the name free: in a folder of everybody's, as /tmp, who sees
 * that may take it. */
START_TEST(what_a_link_of_the_folders_name_leads_to_stays)
{
	struct load_instance in = ended();
	char file[256];

	touch(others, "file");
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(symlink(others, folder), 0);
	load_instance_release(&in);
	snprintf(file, sizeof(file), "%s/file", others);
	ck_assert_int_eq(access(file, F_OK), 0);
}
END_TEST

Suite *load_instance_suite(void)
{
	Suite *suite = suite_create("load_instance");
	TCase *removal = tcase_create("removal");

	tcase_add_checked_fixture(removal, setup, teardown);
	tcase_add_test(removal, its_folder_is_removed_with_what_is_in_it);
	tcase_add_test(removal, what_a_link_of_the_folders_name_leads_to_stays);
	suite_add_tcase(suite, removal);
	return suite;
}
