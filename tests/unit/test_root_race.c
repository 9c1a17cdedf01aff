/* test_root_race.c - servers/root.h, while somebody turns the tree over
 *
 * A thread exchanges two names all the time; whatever is opened meanwhile must have
 * been beneath the root. It ends after so many rounds, not after some time.
 */
#include "servers/root.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum way { BY_KERNEL, BY_WALK, WAYS };

#define ROUNDS 4000 /* of exchanging, and of opening */

static const struct tree_entry tree[] = {
	{ .path = "site/spot/text", .content = "inside" },
	{ .path = "site/file", .content = "inside" },
	{ .path = "site/to_outside", .link = "../outside" },
	{ .path = "site/to_text", .link = "../outside/text" },
	{ .path = "site/inner/text", .content = "inside" },
	{ .path = "site/to_inner", .link = "inner" },
	{ .path = "site/top/text", .content = "inside" },
	{ .path = "site/a/b/back", .link = "../../top/text" },
	{ .path = "top/text", .content = "outside" }, /* what ../.. is from outside/b */
	{ .path = "outside/text", .content = "outside" },
	{ .path = "outside/b/back", .link = "../../top/text" },
	{ 0 },
};

static struct dir_fixture dir;
static struct root *root;

static void setup(void)
{
	struct error e = { 0 };

	tree_fixture_init(&dir, tree);
	ck_assert_int_eq(mkfifo(tree_fixture_path(&dir, "site/fifo"), 0644), 0);
	ck_assert_int_eq(root_open(tree_fixture_path(&dir, "site"), ROOT_LINKS_BENEATH, &root, &e),
			 0);
}

static void teardown(void)
{
	root_force_walk(false);
	root_free(root);
	dir_fixture_release(&dir);
}

/* Two names that a thread exchanges until it is told to stop. */
struct exchange {
	char one[128], two[128];
	pthread_t thread;
	atomic_int rounds;
	atomic_bool stop;
	bool failed;
	int tried;
};

static void *exchange_them(void *arg)
{
	struct exchange *x = arg;

	while (!atomic_load(&x->stop) && !x->failed) {
		x->failed = renameat2(AT_FDCWD, x->one, AT_FDCWD, x->two, RENAME_EXCHANGE) < 0;
		atomic_fetch_add(&x->rounds, 1);
	}
	return NULL;
}

static void exchange_begin(struct exchange *x, const char *one, const char *two)
{
	snprintf(x->one, sizeof(x->one), "%s/%s", dir.path, one);
	snprintf(x->two, sizeof(x->two), "%s/%s", dir.path, two);
	ck_assert_int_eq(pthread_create(&x->thread, NULL, exchange_them, x), 0);
}

/* Both have had their turns often enough. */
static bool exchange_goes_on(struct exchange *x)
{
	return ++x->tried < ROUNDS || atomic_load(&x->rounds) < ROUNDS;
}

static void exchange_end(struct exchange *x)
{
	atomic_store(&x->stop, true);
	ck_assert_int_eq(pthread_join(x->thread, NULL), 0);
	ck_assert(!x->failed);
}

static void expect_inside(int fd, const struct stat *st)
{
	char text[16] = "";

	ck_assert(S_ISREG(st->st_mode));
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), 6);
	ck_assert_str_eq(text, "inside");
}

static const struct {
	const char *one, *two, *path;
} races[] = {
	/* a folder becomes a link that leads out */
	{ "site/spot", "site/to_outside", "spot/text" },
	/* a file does */
	{ "site/file", "site/to_text", "file" },
	/* a folder becomes a link that stays */
	{ "site/spot", "site/to_inner", "spot/text" },
	/* a file becomes a FIFO */
	{ "site/file", "site/fifo", "file" },
	/* a folder moves out of the root, and another in, while a link in it leads up */
	{ "site/a/b", "outside/b", "a/b/back" },
};

START_TEST(what_is_opened_was_beneath_the_root)
{
	struct exchange x = { 0 };

	root_force_walk(_i % WAYS == BY_WALK);
	exchange_begin(&x, races[_i / WAYS].one, races[_i / WAYS].two);
	while (exchange_goes_on(&x)) {
		struct stat st;
		AUTO_CLOSE int fd = root_file(root, races[_i / WAYS].path, &st);

		if (fd >= 0)
			expect_inside(fd, &st);
	}
	exchange_end(&x);
}
END_TEST

/* Both of what is exchanged may be served: then it always is. */
START_TEST(an_exchange_of_what_may_be_served_goes_unnoticed)
{
	struct exchange x = { 0 };

	ck_assert_int_eq(symlink("inner/../top/text", tree_fixture_path(&dir, "site/link")), 0);
	root_force_walk(_i == BY_WALK);
	exchange_begin(&x, "site/file", "site/link");
	while (exchange_goes_on(&x)) {
		struct stat st;
		AUTO_CLOSE int fd = root_file(root, "file", &st);

		ck_assert_msg(fd >= 0, "%s", strerror(-fd));
		expect_inside(fd, &st);
	}
	exchange_end(&x);
}
END_TEST

/* From now on openat2(2) fails in this process, as with an old kernel or filter, or too many
 * renames. */
static bool forbid_openat2(unsigned code)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(filter), .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

static int serve_without_openat2(unsigned code)
{
	struct root *other;
	struct stat st;

	if (!forbid_openat2(code))
		return 2;
	if (root_open(tree_fixture_path(&dir, "site"), ROOT_LINKS_BENEATH, &other, NULL) < 0)
		return 3;
	if (root_file(other, "to_inner/text", &st) < 0)
		return 4;
	return root_file(other, "to_outside/text", &st) == -EXDEV ? 0 : 5;
}

START_TEST(walks_where_openat2_does_not_do)
{
	static const unsigned codes[] = { ENOSYS, EPERM, EAGAIN };
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(serve_without_openat2(codes[_i]));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

Suite *root_race_suite(void)
{
	Suite *s = suite_create("root_race");
	TCase *tc = tcase_create("root_race");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_is_opened_was_beneath_the_root, 0, WAYS * ARRAY_SIZE(races));
	tcase_add_loop_test(tc, an_exchange_of_what_may_be_served_goes_unnoticed, 0, WAYS);
	tcase_add_loop_test(tc, walks_where_openat2_does_not_do, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
