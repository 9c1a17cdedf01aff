/* test_root_open.c - servers/root.h: what is a root, and what may be opened in it */
#include "servers/root.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum way { BY_KERNEL, BY_WALK, WAYS };

static const struct tree_entry tree[] = {
	{ .path = "site/a.txt", .content = "a" },
	{ .path = "site/dir/b.txt", .content = "b" },
	{ .path = "site/secret.txt", .mode = 0200 },
	{ .path = "site/closed/", .mode = 0600 },
	{ .path = "site/closed/in.txt" },
	{ .path = "site/unlisted/", .mode = 0311 },
	{ .path = "site/unlisted/in.txt" },
	{ .path = "dangling", .link = "nothing" },
	{ .path = "self", .link = "self" },
	{ .path = "outside/secret", .content = "secret" },
	{ 0 },
};

static struct dir_fixture dir;
static struct root *root;

static void open_root(const char *name, enum root_links links)
{
	struct error e = { 0 };

	ck_assert_msg(root_open(tree_fixture_path(&dir, name), links, &root, &e) == 0, "%s",
		      e.text);
}

static void setup(void)
{
	tree_fixture_init(&dir, tree);
	open_root("site", ROOT_LINKS_BENEATH);
}

static void teardown(void)
{
	root_force_walk(false);
	root_free(root);
	dir_fixture_release(&dir);
}

static unsigned count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(fds);
	while (readdir(fds) != NULL)
		n++;
	closedir(fds);
	return n;
}

static void expect(const char *path, const char *content)
{
	struct stat st;
	AUTO_CLOSE int fd = root_file(root, path, &st);
	char text[16] = "";

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(-fd));
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, content);
}

/* Run it in a process that is nobody in particular. */
static void as_nobody(void (*run)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		run();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "step %d failed",
		      WEXITSTATUS(status));
}

static void check(int step, bool good)
{
	if (!good)
		_exit(step);
}

static void look_at_what_is_forbidden(void)
{
	struct stat st;

	check(1, root_file(root, "secret.txt", &st) == -EACCES);
	check(2, root_stat(root, "secret.txt", &st) == 0);
	check(3, root_file(root, "closed/in.txt", &st) == -EACCES);
	check(4, root_stat(root, "closed/in.txt", &st) == -EACCES);
	check(5, root_file(root, "closed", &st) == -EACCES);
	check(6, root_file(root, "unlisted", &st) == -EACCES);
	check(7, root_file(root, "unlisted/in.txt", &st) >= 0);
}

START_TEST(tells_what_is_forbidden)
{
	root_force_walk(_i == BY_WALK);
	as_nobody(look_at_what_is_forbidden);
	ck_assert_int_eq(chmod(tree_fixture_path(&dir, "site/closed"), 0700), 0);
}
END_TEST

static void serve_what_may_not_be_listed(void)
{
	struct error e = { 0 };
	struct stat st;

	check(1, root_open(tree_fixture_path(&dir, "site"), ROOT_LINKS_BENEATH, &root, &e) == 0);
	check(2, root_file(root, "a.txt", &st) >= 0);
	check(3, root_file(root, "", &st) == -EACCES);
	check(4, root_stat(root, "", &st) == 0);
}

START_TEST(serves_a_root_that_may_not_be_listed)
{
	ck_assert_int_eq(chmod(tree_fixture_path(&dir, "site"), 0311), 0);
	root_force_walk(_i == BY_WALK);
	as_nobody(serve_what_may_not_be_listed);
	ck_assert_int_eq(chmod(tree_fixture_path(&dir, "site"), 0755), 0);
}
END_TEST

START_TEST(tells_that_descriptors_are_used_up)
{
	struct rlimit limit, none;
	struct stat st;
	int fd, r;

	root_force_walk(_i == BY_WALK);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit) { .rlim_cur = (rlim_t)fd + 1, .rlim_max = limit.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = root_file(root, "dir/b.txt", &st);
	setrlimit(RLIMIT_NOFILE, &limit);
	close(fd);
	ck_assert_int_eq(r, -EMFILE);
}
END_TEST

static const struct {
	const char *name, *want;
	int code;
} no_roots[] = {
	{ "nothing", "cannot serve %s/nothing: No such file or directory", -ENOENT },
	{ "site/a.txt", "cannot serve %s/site/a.txt: Not a directory", -ENOTDIR },
	{ "dangling", "cannot serve %s/dangling: No such file or directory", -ENOENT },
	{ "self", "cannot serve %s/self: Too many levels of symbolic links", -ELOOP },
};

START_TEST(a_root_is_a_directory)
{
	struct root *none = (struct root *)&dir;
	char want[512], *at;
	struct error e = { 0 };

	ck_assert_int_eq(root_open(tree_fixture_path(&dir, no_roots[_i].name), ROOT_LINKS_BENEATH,
				   &none, &e),
			 no_roots[_i].code);
	ck_assert_ptr_eq(none, &dir);
	at = strstr(no_roots[_i].want, "%s");
	snprintf(want, sizeof(want), "%.*s%s%s", (int)(at - no_roots[_i].want), no_roots[_i].want,
		 dir.path, at + 2);
	ck_assert_str_eq(e.text, want);
}
END_TEST

static void move(const char *from, const char *to)
{
	AUTO_FREE char *old = strdup(tree_fixture_path(&dir, from));

	ck_assert_int_eq(rename(old, tree_fixture_path(&dir, to)), 0);
}

START_TEST(stays_with_a_directory_that_moves_until_another_is_in_its_place)
{
	unsigned fds = count_fds();

	root_force_walk(_i == BY_WALK);
	ck_assert(!root_renew(root));
	move("site", "old");
	ck_assert(!root_renew(root)); /* there is none now: the old one serves on */
	expect("a.txt", "a");
	dir_fixture_write(&dir, "site/a.txt", "new");
	expect("a.txt", "a");
	ck_assert(root_renew(root));
	expect("a.txt", "new");
	ck_assert_int_eq(root_stat(root, "dir", &(struct stat) { 0 }), -ENOENT);
	ck_assert(!root_renew(root));
	move("site", "newer");
	dir_fixture_write(&dir, "site", "a file");
	ck_assert(!root_renew(root));
	expect("a.txt", "new");
	ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

START_TEST(goes_with_the_link_that_it_was_opened_by)
{
	const char *link = tree_fixture_path(&dir, "current");

	ck_assert_int_eq(symlink("site", link), 0);
	root_free(root);
	open_root("current", ROOT_LINKS_NONE);
	root_force_walk(_i == BY_WALK);
	expect("a.txt", "a");
	ck_assert_int_eq(symlink("outside", tree_fixture_path(&dir, "next")), 0);
	move("next", "current");
	ck_assert(root_renew(root));
	expect("secret", "secret");
}
END_TEST

START_TEST(nothing_is_freed_as_nothing)
{
	root_free(NULL);
}
END_TEST

Suite *root_open_suite(void)
{
	Suite *s = suite_create("root_open");
	TCase *tc = tcase_create("root_open");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, tells_what_is_forbidden, 0, WAYS);
	tcase_add_loop_test(tc, serves_a_root_that_may_not_be_listed, 0, WAYS);
	tcase_add_loop_test(tc, tells_that_descriptors_are_used_up, 0, WAYS);
	tcase_add_loop_test(tc, a_root_is_a_directory, 0, ARRAY_SIZE(no_roots));
	tcase_add_loop_test(tc, stays_with_a_directory_that_moves_until_another_is_in_its_place, 0,
			    WAYS);
	tcase_add_loop_test(tc, goes_with_the_link_that_it_was_opened_by, 0, WAYS);
	tcase_add_test(tc, nothing_is_freed_as_nothing);
	suite_add_tcase(s, tc);
	return s;
}
