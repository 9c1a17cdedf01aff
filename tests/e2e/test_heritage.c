/* test_heritage.c - a child has what it needs and nothing else, however it was
 * made (START_METHOD).
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <limits.h>
#include <string.h>

#define FDS_MAX 256

static const char *const methods[] = { "fork", "spawn", "forkserver" };

static struct instance *start_with(const char *method)
{
	return instance_start(&(struct start) {
		.config = layout_three(keep_config("'START_METHOD': '%s',", method)) });
}

static pid_t worker_pid(const struct instance *in, int slot)
{
	return (pid_t)instance_worker_number(in, slot, "pid");
}

static pid_t status_pid(const struct instance *in)
{
	struct kernel_pids children;

	kernel_children(in->pid, &children);
	for (size_t i = 0; i < children.count; i++)
		if (strcmp(kernel_status_field(children.list[i], "Name"), "eisen:status") == 0)
			return children.list[i];
	ck_abort_msg("no status process");
}

/* What a process has open, sorted into kinds. */
struct holdings {
	size_t pipes, memfds, sockets, own, sites, others;
	const char *other;             /* one of the others */
	unsigned long inodes[FDS_MAX]; /* of the sockets */
};

/* As /proc names it, without "..". */
static const char *welcome(void)
{
	return keep(realpath(harness_source("static/welcome"), NULL));
}

static void add_fd(struct holdings *h, const char *what)
{
	if (strncmp(what, "pipe:", 5) == 0)
		h->pipes++;
	else if (strncmp(what, "/memfd:eisen", 12) == 0)
		h->memfds++;
	else if (sscanf(what, "socket:[%lu]", &h->inodes[h->sockets]) == 1)
		h->sockets++;
	else if (strcmp(what, "anon_inode:[eventpoll]") == 0 ||
		 strcmp(what, "anon_inode:[eventfd]") == 0 ||
		 strcmp(what, "anon_inode:[signalfd]") == 0)
		h->own++;
	else if (strcmp(what, welcome()) == 0)
		h->sites++;
	else if (h->others++ == 0)
		h->other = what;
}

/* All but 0, which must be /dev/null. */
static void look(pid_t pid, struct holdings *ret)
{
	int fds[FDS_MAX];
	size_t count = kernel_fds(pid, fds, FDS_MAX);

	*ret = (struct holdings) { .other = "" };
	ck_assert_str_eq(kernel_fd(pid, 0), "/dev/null");
	for (size_t i = 0; i < count; i++)
		if (fds[i] != 0)
			add_fd(ret, kernel_fd(pid, fds[i]));
}

static bool has_inode(const struct holdings *h, unsigned long inode)
{
	for (size_t i = 0; i < h->sockets; i++)
		if (h->inodes[i] == inode)
			return true;
	return false;
}

/* The listening sockets below prefix, each with the one inode, are all in h. */
static void expect_sockets(const struct holdings *h, const char *prefix, size_t count)
{
	struct kernel_listeners listeners;

	kernel_listening(prefix, &listeners);
	ck_assert_uint_eq(listeners.count, count);
	for (size_t i = 0; i < listeners.count; i++)
		ck_assert_msg(has_inode(h, listeners.list[i].inode), "%s is not inherited",
			      listeners.list[i].url);
}

START_TEST(a_worker_holds_its_own_sockets_and_nothing_foreign)
{
	static const char *const ports[] = { "11", "14", "15" };
	const struct instance *in = start_with(methods[_i]);

	for (int slot = 0; slot < 3; slot++) {
		struct holdings h;

		look(worker_pid(in, slot), &h);
		ck_assert_uint_eq(h.pipes, 3);  /* out, err, report */
		ck_assert_uint_eq(h.memfds, 1); /* the region */
		ck_assert_uint_eq(h.sockets, LAYOUT_PER_WORKER);
		ck_assert_uint_eq(h.sites, 0);
		ck_assert_msg(h.others == 0, "worker %d has %s open", slot, h.other);
		ck_assert_uint_le(h.own, 8);
		expect_sockets(&h, keep_printf("http://%s:%s", harness_address(0), ports[slot]),
			       LAYOUT_PER_WORKER);
	}
}
END_TEST

/* The control socket's connections come and go: the HTTP port tells. */
START_TEST(the_status_process_holds_its_two_sockets_and_nothing_foreign)
{
	const struct instance *in = start_with(methods[_i]);
	pid_t pid = status_pid(in);
	struct holdings h;

	await((look(pid, &h), h.sockets == 2));
	ck_assert_uint_eq(h.pipes, 3);
	ck_assert_uint_eq(h.memfds, 1);
	ck_assert_uint_eq(h.sites, 1); /* the page at its "/" */
	ck_assert_msg(h.others == 0, "the status process has %s open", h.other);
	expect_sockets(&h, keep_printf("http://%s:%d/", harness_address(0), HARNESS_STATUS_PORT),
		       1);
	expect_sockets(&h, keep_printf("unix:%s", instance_control(in)), 1);
}
END_TEST

/* What is open in whoever calls must stop at the door. */
static void open_foreign_files(void)
{
	for (int fd = 20; fd < 24; fd++)
		dup2(0, fd);
}

START_TEST(descriptors_of_the_caller_do_not_reach_a_worker)
{
	struct instance *in = instance_start(&(struct start) {
		.config = layout_three(keep_config("'START_METHOD': '%s',", methods[_i])),
		.prepare = open_foreign_files });
	struct holdings h;

	look(worker_pid(in, 0), &h);
	ck_assert_msg(h.others == 0, "a worker has %s open", h.other);
}
END_TEST

START_TEST(both_methods_give_the_same_answers)
{
	struct layout layout;

	layout_read(instance_get(start_with(methods[_i]), "/api/status"), &layout);
	ck_assert_uint_eq(layout.count, LAYOUT_SERVERS);
	for (size_t i = 0; i < layout.count; i++)
		layout_expect_answer(&layout.servers[i]);
}
END_TEST

START_TEST(a_spawned_worker_is_a_fresh_image)
{
	const struct instance *in = start_with("spawn");

	for (int slot = 0; slot < 3; slot++) {
		pid_t pid = worker_pid(in, slot);
		const char *line = kernel_command_line(pid);
		char program[PATH_MAX] = "", expected[PATH_MAX];

		ck_assert_int_eq(strncmp(line, "eisen --heritage=", 17), 0);
		ck_assert_ptr_nonnull(strstr(line, keep_printf(" worker-%d", slot)));
		ck_assert_ptr_nonnull(realpath(harness_program(), expected));
		ck_assert_int_gt(readlink(keep_printf("/proc/%d/exe", (int)pid), program,
					  sizeof(program) - 1),
				 0);
		ck_assert_str_eq(program, expected);
	}
}
END_TEST

START_TEST(a_forked_worker_is_the_managers_image)
{
	const struct instance *in = start_with("fork");

	ck_assert_str_eq(kernel_command_line(worker_pid(in, 0)), kernel_command_line(in->pid));
}
END_TEST

START_TEST(a_heritage_by_hand_is_refused)
{
	static const char *const options[] = { "--heritage=", "--heritage=x", "--heritage=0",
					       "--heritage=77", "--heritage=-1" };
	struct outcome outcome;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		command_run(&(struct command) { .args = { options[i] } }, &outcome);
		ck_assert_int_ne(outcome.status, 0);
		ck_assert_int_lt(outcome.status, 126);
		ck_assert_str_ne(outcome.err, "");
	}
}
END_TEST

Suite *heritage_suite(void)
{
	Suite *suite = suite_create("heritage");
	TCase *all = harness_case(suite, "heritage");
	const int count = ARRAY_SIZE(methods);

	tcase_add_loop_test(all, a_worker_holds_its_own_sockets_and_nothing_foreign, 0, count);
	tcase_add_loop_test(all, the_status_process_holds_its_two_sockets_and_nothing_foreign, 0,
			    count);
	tcase_add_loop_test(all, descriptors_of_the_caller_do_not_reach_a_worker, 0, count);
	tcase_add_loop_test(all, both_methods_give_the_same_answers, 0, count);
	tcase_add_test(all, a_spawned_worker_is_a_fresh_image);
	tcase_add_test(all, a_forked_worker_is_the_managers_image);
	tcase_add_test(all, a_heritage_by_hand_is_refused);
	return suite;
}
