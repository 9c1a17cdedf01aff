/* test_listen_unix.c - portmap/listen.h: Unix sockets. */
#include "common/buf.h"
#include "common/cc.h"
#include "portmap/address.h"
#include "portmap/listen.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <sys/stat.h>

/* DIR/1.sock is served, DIR/2.sock is free. */
struct fixture {
	struct dir_fixture dir;
	struct plan_fixture plan;
	struct address served, idle;
};

static void make_plan(struct fixture *f, const char *folder, const char *mode)
{
	char config[512];

	snprintf(config, sizeof(config),
		 "{'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'unix': '%s/{port}.sock', "
		 "'unix_mode': '%s', 'ports': '1-2', 'servers_per_worker': 1, "
		 "'app': {'kind': 'hello'}}}}",
		 folder, mode);
	plan_fixture_make(&f->plan, config, 1);
	plan_address(f->plan.plan, 0, &f->served);
	plan_address(f->plan.plan, 1, &f->idle);
}

static void setup(struct fixture *f)
{
	dir_fixture_init(&f->dir);
	make_plan(f, f->dir.path, "0666");
}

static void teardown(struct fixture *f)
{
	plan_fixture_release(&f->plan);
	dir_fixture_release(&f->dir);
}

static void expect_open(const struct fixture *f, struct listeners *ret)
{
	struct problems p = { 0 };
	AUTO_BUF struct buf text = BUF_INIT(1 << 16);
	bool ok = listeners_open(f->plan.plan, ret, &p);

	problems_format(&p, NULL, &text);
	ck_assert_msg(ok, "%s", buf_text(&text));
}

/* The one problem's text behind the address. */
static char *expect_failure(const struct fixture *f)
{
	size_t before = net_open_fds();
	struct problems p = { 0 };
	struct listeners l;
	char *text;

	ck_assert(!listeners_open(f->plan.plan, &l, &p));
	ck_assert_uint_eq(net_open_fds(), before);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert_str_eq(p.list[0].path, "port_groups.blue.unix");
	text = strdup(strstr(p.list[0].text, "sock): ") + 7);
	problems_release(&p);
	return text;
}

static bool exists(const struct address *a)
{
	struct stat st;

	return lstat(a->un.sun_path, &st) == 0;
}

START_TEST(listens_with_the_mode_it_was_told_whatever_the_umask)
{
	static const mode_t masks[] = { 0, 022, 0777 };
	struct fixture f;
	struct listeners l;
	struct stat st;

	setup(&f);
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		umask(masks[i]);
		expect_open(&f, &l);
		ck_assert_int_eq(umask(022), masks[i]);
		ck_assert_int_eq(lstat(f.served.un.sun_path, &st), 0);
		ck_assert(S_ISSOCK(st.st_mode));
		ck_assert_uint_eq(st.st_mode & 07777, 0666);
		listeners_close(&l, f.plan.plan);
	}
	teardown(&f);
}
END_TEST

START_TEST(connects_where_it_serves_only_and_leaves_no_file)
{
	struct fixture f;
	struct listeners l;
	int fd;

	setup(&f);
	expect_open(&f, &l);
	fd = net_connect(&f.served);
	ck_assert_int_ge(fd, 0);
	close(net_accept(l.fds[0]));
	ck_assert_int_eq(net_connect(&f.idle), -ECONNREFUSED);
	listeners_close(&l, f.plan.plan);
	ck_assert(!exists(&f.served) && !exists(&f.idle));
	close(fd);
	teardown(&f);
}
END_TEST

START_TEST(replaces_a_socket_that_nobody_has_any_more)
{
	struct fixture f;
	struct listeners l;
	int fd;

	setup(&f);
	close(net_listen(&f.served, false));
	close(net_bind(&f.idle, false));
	ck_assert(exists(&f.served) && exists(&f.idle));
	expect_open(&f, &l);
	fd = net_connect(&f.served);
	ck_assert_int_ge(fd, 0);
	close(fd);
	listeners_close(&l, f.plan.plan);
	teardown(&f);
}
END_TEST

static void expect_busy(const struct fixture *f, const struct address *a)
{
	AUTO_FREE char *text = expect_failure(f);
	char want[128];

	snprintf(want, sizeof(want), "busy, held by pid %d (", (int)getpid());
	ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "%s", text);
	ck_assert_msg(strstr(text, "): stop it, or change \"unix\"") != NULL, "%s", text);
	ck_assert(exists(a));
}

START_TEST(leaves_a_socket_that_somebody_has)
{
	struct fixture f;
	int fd;

	setup(&f);
	fd = net_listen(&f.served, false);
	expect_busy(&f, &f.served);
	close(fd);
	teardown(&f);
}
END_TEST

/* It refuses connections, as a dead one does; such are our own free ports. */
START_TEST(leaves_a_socket_that_somebody_has_bound_only)
{
	struct fixture f;
	int fd;

	setup(&f);
	fd = net_bind(&f.idle, false);
	expect_busy(&f, &f.idle);
	close(fd);
	teardown(&f);
}
END_TEST

START_TEST(leaves_a_socket_of_another_kind)
{
	struct fixture f;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	setup(&f);
	ck_assert_int_eq(bind(fd, &f.served.any, f.served.len), 0);
	expect_busy(&f, &f.served);
	close(fd);
	teardown(&f);
}
END_TEST

START_TEST(leaves_a_socket_whose_backlog_is_full)
{
	struct fixture f;
	int fd, clients[100];
	size_t count = 0;

	setup(&f);
	fd = net_listen(&f.served, false);
	ck_assert_int_eq(listen(fd, 1), 0);
	while (count < ARRAY_SIZE(clients) && (clients[count] = net_connect(&f.served)) >= 0)
		count++;
	ck_assert_uint_lt(count, ARRAY_SIZE(clients));
	expect_busy(&f, &f.served);
	while (count > 0)
		close(clients[--count]);
	close(fd);
	teardown(&f);
}
END_TEST

START_TEST(never_replaces_a_file_or_a_link)
{
	struct fixture f;
	char *text;

	setup(&f);
	dir_fixture_write(&f.dir, "1.sock", "precious");
	text = expect_failure(&f);
	ck_assert_str_eq(text,
			 "there is a file that is no socket, and so is not replaced: move it");
	free(text);
	ck_assert(exists(&f.served));
	ck_assert_int_eq(unlink(f.served.un.sun_path), 0);
	ck_assert_int_eq(symlink("/nowhere", f.served.un.sun_path), 0);
	text = expect_failure(&f);
	ck_assert_str_eq(text,
			 "there is a file that is no socket, and so is not replaced: move it");
	free(text);
	ck_assert(exists(&f.served));
	teardown(&f);
}
END_TEST

START_TEST(says_once_that_the_folder_is_not_there)
{
	struct fixture f;
	AUTO_FREE char *text = NULL;

	dir_fixture_init(&f.dir);
	make_plan(&f, "/nowhere/at/all", "0660");
	text = expect_failure(&f);
	ck_assert_str_eq(text, "there is no directory /nowhere/at/all: make it first (and so for 1 "
			       "more of its ports)");
	teardown(&f);
}
END_TEST

static void expect_permission_denied(void *arg)
{
	const struct fixture *f = arg;
	AUTO_FREE char *text = expect_failure(f);
	char want[256];

	snprintf(want, sizeof(want),
		 "permission denied: the socket needs write access to %s (and so for 1 more of its "
		 "ports)",
		 f->dir.path);
	ck_assert_str_eq(text, want);
}

START_TEST(says_that_the_folder_is_not_to_be_written)
{
	struct fixture f;

	setup(&f);
	ck_assert_int_eq(chmod(f.dir.path, 0755), 0);
	net_as_nobody(expect_permission_denied, &f);
	teardown(&f);
}
END_TEST

/* Somebody else's socket may be there by the time we close. */
START_TEST(unlinks_only_what_it_made)
{
	struct fixture f;
	struct listeners l;
	int fd;

	setup(&f);
	expect_open(&f, &l);
	ck_assert_int_eq(unlink(f.served.un.sun_path), 0);
	fd = net_listen(&f.served, false);
	ck_assert_int_ge(fd, 0);
	listeners_close(&l, f.plan.plan);
	ck_assert(exists(&f.served) && !exists(&f.idle));
	close(fd);
	teardown(&f);
}
END_TEST

START_TEST(lets_in_nobody_once_sealed_but_keeps_who_waits)
{
	struct fixture f;
	struct listeners l;
	char text[3];
	int fd, accepted;

	setup(&f);
	expect_open(&f, &l);
	fd = net_connect(&f.served);
	ck_assert_int_ge(fd, 0);
	listeners_seal(&l, f.plan.plan);
	ck_assert_int_eq(net_connect(&f.served), -ENOENT);
	accepted = net_accept(l.fds[0]);
	ck_assert_int_eq(write(fd, "hi", 3), 3);
	ck_assert_int_eq(read(accepted, text, 3), 3);
	close(fd);
	close(accepted);
	listeners_close(&l, f.plan.plan);
	teardown(&f);
}
END_TEST

Suite *listen_unix_suite(void)
{
	Suite *suite = suite_create("listen_unix");
	TCase *tc = tcase_create("listen_unix");

	tcase_add_test(tc, listens_with_the_mode_it_was_told_whatever_the_umask);
	tcase_add_test(tc, connects_where_it_serves_only_and_leaves_no_file);
	tcase_add_test(tc, replaces_a_socket_that_nobody_has_any_more);
	tcase_add_test(tc, leaves_a_socket_that_somebody_has);
	tcase_add_test(tc, leaves_a_socket_that_somebody_has_bound_only);
	tcase_add_test(tc, leaves_a_socket_of_another_kind);
	tcase_add_test(tc, leaves_a_socket_whose_backlog_is_full);
	tcase_add_test(tc, never_replaces_a_file_or_a_link);
	tcase_add_test(tc, says_once_that_the_folder_is_not_there);
	tcase_add_test(tc, says_that_the_folder_is_not_to_be_written);
	tcase_add_test(tc, unlinks_only_what_it_made);
	tcase_add_test(tc, lets_in_nobody_once_sealed_but_keeps_who_waits);
	suite_add_tcase(suite, tc);
	return suite;
}
