/* test_root.c - servers/root.h, by openat2(2) and by our own walk alike */
#include "servers/root.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum way { BY_KERNEL, BY_WALK, WAYS };

static const struct tree_entry tree[] = {
	{ .path = "site/a.txt", .content = "a" },
	{ .path = "site/dir/b.txt", .content = "b" },
	{ .path = "site/dir/sub/c.txt", .content = "c" },
	{ .path = "site/..dots", .content = "dots" },
	{ .path = "site/...", .content = "three" },
	{ .path = "site/to_file", .link = "a.txt" },
	{ .path = "site/to_dir", .link = "dir" },
	{ .path = "site/to_dir_slash", .link = "dir/" },
	{ .path = "site/to_file_slash", .link = "a.txt/" },
	{ .path = "site/to_here", .link = "." },
	{ .path = "site/detour", .link = "dir/./sub/../../to_dir//sub/c.txt" },
	{ .path = "site/dir/up", .link = "../a.txt" },
	{ .path = "site/dir/up_two", .link = "../../site/a.txt" },
	{ .path = "site/dangling", .link = "nothing" },
	{ .path = "site/absolute", .link = "/etc/passwd" },
	{ .path = "site/out", .link = "../outside" },
	{ .path = "site/out_and_in", .link = "../site/a.txt" },
	{ .path = "site/out_below", .link = "dir/../../outside/secret" },
	{ .path = "site/to_out", .link = "out" },
	{ .path = "site/self", .link = "self" },
	{ .path = "site/ping", .link = "pong" },
	{ .path = "site/pong", .link = "ping" },
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

/* content NULL: a directory. */
static void expect(const char *path, int want, const char *content)
{
	struct stat st = { .st_size = 77 }, looked = { .st_size = 77 };
	unsigned before = count_fds();
	AUTO_CLOSE int fd = root_file(root, path, &st);
	char text[16] = "";

	ck_assert_msg(want < 0 ? fd == want : fd >= 0, "\"%s\": %d, want %d", path, fd, want);
	ck_assert_int_eq(root_stat(root, path, &looked), want);
	ck_assert_uint_eq(count_fds(), before + (fd >= 0));
	if (want < 0) {
		ck_assert_int_eq(st.st_size, 77);
		ck_assert_int_eq(looked.st_size, 77);
		return;
	}
	ck_assert_uint_eq(st.st_ino, looked.st_ino);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_msg(S_ISDIR(st.st_mode) == (content == NULL), "%s", path);
	if (content == NULL)
		return;
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), (int)strlen(content));
	ck_assert_str_eq(text, content);
}

static const struct {
	const char *path;
	int want;
	const char *content;
} names[] = {
	{ "", 0, NULL },
	{ ".", 0, NULL },
	{ "a.txt", 0, "a" },
	{ "dir", 0, NULL },
	{ "dir/", 0, NULL },
	{ "dir/.", 0, NULL },
	{ "dir/b.txt", 0, "b" },
	{ "dir//b.txt", 0, "b" },
	{ "./dir/./b.txt", 0, "b" },
	{ "dir/sub/c.txt", 0, "c" },
	{ "dir/../a.txt", 0, "a" },
	{ "dir/sub/..", 0, NULL },
	{ "dir/..", 0, NULL },
	{ "..dots", 0, "dots" },
	{ "...", 0, "three" },
	{ "nothing", -ENOENT, NULL },
	{ "dir/nothing", -ENOENT, NULL },
	{ "nothing/a.txt", -ENOENT, NULL },
	{ "a.txt/", -ENOTDIR, NULL },
	{ "a.txt/.", -ENOTDIR, NULL },
	{ "a.txt/..", -ENOTDIR, NULL },
	{ "a.txt/b", -ENOTDIR, NULL },
	{ "..", -EXDEV, NULL },
	{ "../site/a.txt", -EXDEV, NULL },
	{ "../outside/secret", -EXDEV, NULL },
	{ "dir/../..", -EXDEV, NULL },
	{ "dir/../../outside/secret", -EXDEV, NULL },
	{ "/", -EXDEV, NULL },
	{ "/etc/passwd", -EXDEV, NULL },
	{ "//etc/passwd", -EXDEV, NULL },
	/* links that stay */
	{ "to_file", 0, "a" },
	{ "to_dir", 0, NULL },
	{ "to_dir/b.txt", 0, "b" },
	{ "to_dir_slash", 0, NULL },
	{ "to_dir_slash/b.txt", 0, "b" },
	{ "to_here", 0, NULL },
	{ "to_here/to_here/to_dir/../a.txt", 0, "a" },
	{ "detour", 0, "c" },
	{ "dir/up", 0, "a" },
	{ "to_dir/up", 0, "a" },
	{ "to_file/", -ENOTDIR, NULL },
	{ "to_file/b", -ENOTDIR, NULL },
	{ "to_file_slash", -ENOTDIR, NULL },
	{ "dangling", -ENOENT, NULL },
	/* and those that do not */
	{ "absolute", -EXDEV, NULL },
	{ "out", -EXDEV, NULL },
	{ "out/secret", -EXDEV, NULL },
	{ "out_and_in", -EXDEV, NULL },
	{ "out_below", -EXDEV, NULL },
	{ "to_out/secret", -EXDEV, NULL },
	{ "dir/up_two", -EXDEV, NULL },
	{ "self", -ELOOP, NULL },
	{ "ping", -ELOOP, NULL },
	{ "ping/a.txt", -ELOOP, NULL },
};

START_TEST(opens_what_is_beneath_and_nothing_else)
{
	root_force_walk(_i == BY_WALK);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		expect(names[i].path, names[i].want, names[i].content);
}
END_TEST

START_TEST(follows_no_link_where_none_is_wanted)
{
	static const char *const links[] = { "to_file", "to_dir",   "to_dir/b.txt", "to_here/a.txt",
					     "dir/up",  "dangling", "absolute",     "self" };

	root_free(root);
	open_root("site", ROOT_LINKS_NONE);
	root_force_walk(_i == BY_WALK);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		expect(links[i], -ELOOP, NULL);
	expect("a.txt", 0, "a");
	expect("dir/../dir/sub/c.txt", 0, "c");
	expect("..", -EXDEV, NULL);
}
END_TEST

/* As the kernel does everywhere (path_resolution(7)). */
START_TEST(follows_forty_links_and_no_more)
{
	char name[64], target[64] = "../a.txt";

	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "site/dir/link%d", i);
		ck_assert_int_eq(symlink(target, tree_fixture_path(&dir, name)), 0);
		snprintf(target, sizeof(target), "link%d", i);
	}
	root_force_walk(_i == BY_WALK);
	expect("dir/link40", 0, "a");
	expect("dir/link41", -ELOOP, NULL);
}
END_TEST

START_TEST(bounds_names_and_paths)
{
	char name[NAME_MAX + 2], path[PATH_MAX + 1], file[PATH_MAX];

	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	snprintf(file, sizeof(file), "site/%s", name);
	dir_fixture_write(&dir, file, "long");
	root_force_walk(_i == BY_WALK);
	expect(name, 0, "long");
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	expect(name, -ENAMETOOLONG, NULL);

	for (size_t i = 0; i < PATH_MAX; i += 2)
		memcpy(path + i, "./", 2);
	memcpy(path + PATH_MAX - 6, "a.txt", 6); /* as long as one can be */
	expect(path, 0, "a");
	memcpy(path + PATH_MAX - 6, "/a.txt", 7);
	expect(path, -ENAMETOOLONG, NULL);
}
END_TEST

/* It names itself, before as much as a link can hold: the kernel finds too many links,
 * the walk too long a name before that. */
START_TEST(bounds_what_links_grow_to)
{
	char text[PATH_MAX] = "grow";
	int r;

	memset(text + 4, '/', sizeof(text) - 5);
	text[sizeof(text) - 2] = '.';
	ck_assert_int_eq(symlink(text, tree_fixture_path(&dir, "site/grow")), 0);
	root_force_walk(_i == BY_WALK);
	r = root_file(root, "grow/a.txt", &(struct stat) { 0 });
	ck_assert_int_eq(r, _i == BY_WALK ? -ENAMETOOLONG : -ELOOP);
}
END_TEST

START_TEST(goes_deep)
{
	char path[256] = "site/", *end = path + 5;

	for (int i = 0; i < 60; i++, end += 2)
		memcpy(end, "d/", 3);
	memcpy(end, "f", 2);
	dir_fixture_write(&dir, path, "deep");
	root_force_walk(_i == BY_WALK);
	expect(path + 5, 0, "deep");
}
END_TEST

static void make_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/%s", dir.path, name);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
}

START_TEST(opens_neither_fifo_nor_socket_nor_device)
{
	struct error e = { 0 };

	ck_assert_int_eq(mkfifo(tree_fixture_path(&dir, "site/fifo"), 0644), 0);
	ck_assert_int_eq(symlink("fifo", tree_fixture_path(&dir, "site/to_fifo")), 0);
	make_socket("site/socket");
	root_force_walk(_i == BY_WALK);
	expect("fifo", -ENOENT, NULL);
	expect("to_fifo", -ENOENT, NULL);
	expect("socket", -ENOENT, NULL);

	root_free(root);
	ck_assert_int_eq(root_open("/dev", ROOT_LINKS_BENEATH, &root, &e), 0);
	expect("null", -ENOENT, NULL);
	expect("tty", -ENOENT, NULL);
}
END_TEST

/* A writer would see a reader come: open(2) with O_NONBLOCK fails without one. */
START_TEST(a_fifo_does_not_notice)
{
	const char *fifo = tree_fixture_path(&dir, "site/fifo");
	struct stat st;

	ck_assert_int_eq(mkfifo(fifo, 0644), 0);
	root_force_walk(_i == BY_WALK);
	ck_assert_int_eq(root_file(root, "fifo", &st), -ENOENT);
	ck_assert_int_eq(open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
	ck_assert_int_eq(errno, ENXIO);
}
END_TEST

START_TEST(proc_leads_nowhere)
{
	static const char *const jumps[] = { "self/root", "self/cwd/tests", "self/exe", "self/cwd",
					     "self/fd/0" };
	struct error e = { 0 };

	root_free(root);
	ck_assert_int_eq(root_open("/proc", ROOT_LINKS_BENEATH, &root, &e), 0);
	root_force_walk(_i == BY_WALK);
	for (size_t i = 0; i < ARRAY_SIZE(jumps); i++) {
		int fd = root_file(root, jumps[i], &(struct stat) { 0 });

		ck_assert_msg(fd == -EXDEV || fd == -ELOOP || fd == -ENOENT, "%s: %d", jumps[i],
			      fd);
	}
}
END_TEST

Suite *root_suite(void)
{
	Suite *s = suite_create("root");
	TCase *tc = tcase_create("root");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, opens_what_is_beneath_and_nothing_else, 0, WAYS);
	tcase_add_loop_test(tc, follows_no_link_where_none_is_wanted, 0, WAYS);
	tcase_add_loop_test(tc, follows_forty_links_and_no_more, 0, WAYS);
	tcase_add_loop_test(tc, bounds_names_and_paths, 0, WAYS);
	tcase_add_loop_test(tc, bounds_what_links_grow_to, 0, WAYS);
	tcase_add_loop_test(tc, goes_deep, 0, WAYS);
	tcase_add_loop_test(tc, opens_neither_fifo_nor_socket_nor_device, 0, WAYS);
	tcase_add_loop_test(tc, a_fifo_does_not_notice, 0, WAYS);
	tcase_add_loop_test(tc, proc_leads_nowhere, 0, WAYS);
	suite_add_tcase(s, tc);
	return s;
}
