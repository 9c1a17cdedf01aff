/* test_load_board.c - launcher/load_board.h */
#include "launcher/load_board.h"

#include "common/cc.h"
#include "common/error.h"
#include "launcher/load_layout.h"
#include "launcher/rundir.h"
#include "tests/unit/suites.h"
#include "tests/unit/workers_fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* Two workers share port 80; each has a port of its own group as well. */
static const struct worker_fixture before[] = {
	{ .group = "blue",
	  .restarts = 2,
	  .servers = { { "127.0.0.1", 80, NULL, 10, 0 }, { "127.0.0.1", 81, NULL, 1, 0 } } },
	{ .group = "blue", .servers = { { "127.0.0.1", 80, NULL, 20, 0 } } },
	{ .group = "green", .servers = { { "127.0.0.1", 90, NULL, 5, 3 } } },
};

static const struct worker_fixture after[] = {
	{ .group = "blue",
	  .restarts = 3,
	  .servers = { { "127.0.0.1", 80, NULL, 110, 0 }, { "127.0.0.1", 81, NULL, 8, 0 } } },
	{ .group = "blue", .servers = { { "127.0.0.1", 80, NULL, 50, 0 } } },
	{ .group = "green", .servers = { { "127.0.0.1", 90, NULL, 6, 3 } } },
};

static struct load_layout layout;
static json_t *earlier, *now;

static void setup(void)
{
	static const char *const groups[] = { "blue" };

	earlier = workers_fixture(before, ARRAY_SIZE(before));
	now = workers_fixture(after, ARRAY_SIZE(after));
	ck_assert_int_eq(load_layout_read(&layout, "site", earlier, groups, 1, NULL), 0);
}

static void teardown(void)
{
	load_layout_release(&layout);
	json_decref(earlier);
	json_decref(now);
}

START_TEST(a_port_has_what_all_its_workers_counted)
{
	load_board_difference(&layout, earlier, now);
	ck_assert(layout.ports[0].counted);
	ck_assert_uint_eq(layout.ports[0].server_requests, 100 + 30);
	ck_assert_uint_eq(layout.ports[1].server_requests, 7);
}
END_TEST

START_TEST(a_worker_has_what_its_servers_counted_and_its_restarts)
{
	load_board_difference(&layout, earlier, now);
	ck_assert(layout.workers[0].counted && layout.workers[1].counted);
	ck_assert_uint_eq(layout.workers[0].server_requests, 100 + 7);
	ck_assert_uint_eq(layout.workers[0].restarts, 1);
	ck_assert_uint_eq(layout.workers[1].server_requests, 30);
	ck_assert_uint_eq(layout.workers[1].restarts, 0);
}
END_TEST

START_TEST(it_is_still_when_no_driven_server_counts_or_answers)
{
	json_t *answering;
	struct worker_fixture busy = before[0];

	ck_assert(load_board_is_still(&layout, earlier, earlier)); /* green is not driven */
	ck_assert(!load_board_is_still(&layout, earlier, now));
	busy.servers[1].active = 1;
	answering = workers_fixture(&busy, 1);
	ck_assert(!load_board_is_still(&layout, earlier, answering));
	json_decref(answering);
}
END_TEST

/* An instance's control socket that answers each call with the next of these
 * counts of the first server, and with the last again and again. */
static const struct server_fixture readings[] = {
	{ "127.0.0.1", 80, NULL, 10, 1 },
	{ "127.0.0.1", 80, NULL, 11, 1 },
	{ "127.0.0.1", 80, NULL, 11, 1 }, /* still under way */
	{ "127.0.0.1", 80, NULL, 12, 0 }, /* done, but only now */
	{ "127.0.0.1", 80, NULL, 12, 0 },
	{ "127.0.0.1", 80, NULL, 99, 0 }, /* not asked for any more */
};

static struct rundir rundir;
static pid_t answering;

static void answer(int listener, const struct server_fixture *reading)
{
	struct worker_fixture worker = before[0];
	char *text, request[4096];
	json_t *workers;
	int fd = accept(listener, NULL, NULL);

	worker.servers[0] = *reading;
	workers = workers_fixture(&worker, 1);
	text = json_dumps(workers, 0);
	if (read(fd, request, sizeof(request)) > 0)
		dprintf(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(text), text);
	close(fd);
	free(text);
	json_decref(workers);
}

static void start_answering(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(rundir.path, sizeof(rundir.path), "/tmp/eisen-test-board-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rundir.path));
	rundir_control_path(&rundir, at.sun_path, sizeof(at.sun_path));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	answering = fork();
	if (answering == 0)
		for (size_t i = 0;; i = MIN(i + 1, ARRAY_SIZE(readings) - 1))
			answer(listener, &readings[i]);
	close(listener);
}

static void stop_answering(void)
{
	char path[RUNDIR_PATH_BYTES + 16];

	kill(answering, SIGKILL);
	waitpid(answering, NULL, 0);
	rundir_control_path(&rundir, path, sizeof(path));
	unlink(path);
	rmdir(rundir.path);
}

START_TEST(it_is_read_until_nothing_is_under_way_and_nothing_counts)
{
	struct error e = { 0 };
	json_t *settled;

	start_answering();
	ck_assert_msg(load_board_settle(&layout, &rundir, -1, &settled, &e) == 0, "%s", e.text);
	stop_answering();
	load_board_difference(&layout, earlier, settled);
	ck_assert_uint_eq(layout.ports[0].server_requests, 12 - 10);
	json_decref(settled);
}
END_TEST

START_TEST(an_instance_that_has_gone_is_an_error)
{
	struct error e = { 0 };
	json_t *settled = NULL;

	start_answering();
	stop_answering();
	ck_assert_int_lt(load_board_settle(&layout, &rundir, -1, &settled, &e), 0);
	ck_assert_ptr_null(settled);
	ck_assert_str_ne(e.text, "");
}
END_TEST

Suite *load_board_suite(void)
{
	Suite *suite = suite_create("load_board");
	TCase *all = tcase_create("load_board");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, a_port_has_what_all_its_workers_counted);
	tcase_add_test(all, a_worker_has_what_its_servers_counted_and_its_restarts);
	tcase_add_test(all, it_is_still_when_no_driven_server_counts_or_answers);
	tcase_add_test(all, it_is_read_until_nothing_is_under_way_and_nothing_counts);
	tcase_add_test(all, an_instance_that_has_gone_is_an_error);
	suite_add_tcase(suite, all);
	return suite;
}
