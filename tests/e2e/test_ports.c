/* test_ports.c - Unix sockets, servers with threads of their own, many workers
 * per group.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Unix sockets -------------------------------------------------------------- */

static unsigned mode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(path, &st) == 0, "%s: %s", path, strerror(errno));
	return st.st_mode;
}

/* A socket file that nobody listens on any more. */
static void leave_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	close(fd);
}

START_TEST(a_unix_socket_has_the_mode_that_was_asked_for)
{
	instance_start(&(struct start) { .config = layout_unix("'unix_mode': '0640',") });
	ck_assert_uint_eq(mode_of(harness_path("web-1.sock")), S_IFSOCK | 0640);
	ck_assert_uint_eq(mode_of(harness_path("web-2.sock")), S_IFSOCK | 0640);
	http_json(keep_printf("unix:%s", harness_path("web-2.sock")));
}
END_TEST

START_TEST(a_unix_socket_is_gone_after_a_stop)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_unix("") });

	ck_assert(S_ISSOCK(mode_of(harness_path("web-1.sock"))));
	instance_stop(in);
	ck_assert_int_lt(access(harness_path("web-1.sock"), F_OK), 0);
	ck_assert_int_lt(access(harness_path("web-2.sock"), F_OK), 0);
	ck_assert_int_lt(access(in->run_dir, F_OK), 0);
}
END_TEST

START_TEST(a_stale_unix_socket_is_replaced)
{
	leave_socket(harness_path("web-1.sock"));
	instance_start(&(struct start) { .config = layout_unix("") });
	http_json(keep_printf("unix:%s", harness_path("web-1.sock")));
}
END_TEST

START_TEST(a_manager_killed_before_leaves_nothing_in_the_way)
{
	const struct start start = { .config = layout_unix("") };
	struct instance *in = instance_start(&start);

	instance_signal(in, SIGKILL);
	ck_assert_int_eq(instance_wait(in), 128 + SIGKILL);
	instance_expect_nothing_left(in);
	in = instance_start(
		&(struct start) { .config = start.config,
				  .args = { "--run-dir", in->run_dir } }); /* the same once more */
	http_json(keep_printf("unix:%s", harness_path("web-1.sock")));
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_never_replaced)
{
	struct instance *in;

	files_write(harness_path("web-1.sock"), "precious");
	in = instance_launch(&(struct start) { .config = layout_unix("") });
	instance_expect_end(in, 2);
	ck_assert_str_eq(files_text(harness_path("web-1.sock")), "precious");
	ck_assert_ptr_nonnull(strstr(instance_err(in), harness_path("web-1.sock")));
	ck_assert_ptr_nonnull(strstr(instance_err(in), "no socket"));
	ck_assert_int_lt(access(harness_path("web-2.sock"), F_OK), 0);
}
END_TEST

/* Threads ------------------------------------------------------------------- */

static const char *threads_config(void)
{
	const char *ip = harness_address(0);

	return keep_config(
		"{'PROCS_MAX': 1, 'port_groups': {'pink': {'START_SEQUENCE_NUM': 0, 'ip': '%s', "
		"'ports': '11000-11003'}}, 'servers': ["
		"{'group': 'pink', 'ports': '11000-11001', 'app': {'kind': 'hello'}, 'threads': "
		"3}, "
		"{'group': 'pink', 'app': {'kind': 'hello'}}], "
		"'status': {'ip': '%s', 'port': %d}}",
		ip, ip, HARNESS_STATUS_PORT);
}

static long requests_of(const struct instance *in, int index)
{
	const json_t *servers = json_object_get(instance_worker(in, 0), "servers");

	return (long)json_integer_value(
		json_object_get(json_array_get(servers, (size_t)index), "requests"));
}

START_TEST(servers_with_threads_of_their_own_have_them_and_count_on_all)
{
	const int asked = 24;
	const struct instance *in = instance_start(&(struct start) { .config = threads_config() });
	pid_t pid = (pid_t)instance_worker_number(in, 0, "pid");

	/* Main, the shared loop, two servers with three each. */
	ck_assert_int_ge(kernel_status_number(pid, "Threads"), 8);
	ck_assert_int_le(kernel_status_number(pid, "Threads"), 8 + HARNESS_FOREIGN_THREADS);
	for (int i = 0; i < asked; i++)
		for (int server = 0; server < 4; server++)
			http_json(keep_printf("http://%s:%d/", harness_address(0), 11000 + server));
	for (int server = 0; server < 4; server++)
		await(requests_of(in, server) == asked);
}
END_TEST

/* Groups -------------------------------------------------------------------- */

START_TEST(slots_of_a_group_pop_its_ports_in_turn)
{
	const char *ip = harness_address(0);
	struct instance *in = instance_start(&(struct start) {
		.config = keep_config(
			"{'PROCS_MAX': 3, 'port_groups': {'blue': {'START_SEQUENCE_NUM': 'all', "
			"'ip': '%s', 'ports': '11000-11010/2', 'servers_per_worker': 1, "
			"'app': {'kind': 'hello'}}}, 'status': {'ip': '%s', 'port': %d}}",
			ip, ip, HARNESS_STATUS_PORT) });
	const json_t *queue =
		json_array_get(json_object_get(instance_get(in, "/api/status"), "queues"), 0);
	struct layout now;

	layout_read(instance_get(in, "/api/status"), &now);
	ck_assert_uint_eq(now.count, 3);
	for (int slot = 0; slot < 3; slot++) {
		ck_assert_int_eq(now.servers[slot].slot, slot);
		ck_assert_int_eq(now.servers[slot].port, 11000 + 2 * slot);
		layout_expect_answer(&now.servers[slot]);
	}
	/* What no slot took is in the queue, bound, and does not listen. */
	ck_assert_str_eq(json_string_value(json_object_get(queue, "name")), "mp_blue_q");
	ck_assert_int_eq(json_integer_value(json_object_get(queue, "depth")), 3);
	layout_expect_listening(&now, (const char *[]) { keep_printf("http://%s:110", ip), NULL });
}
END_TEST

Suite *ports_suite(void)
{
	Suite *suite = suite_create("ports");
	TCase *files = harness_case(suite, "unix"), *others = harness_case(suite, "groups");

	tcase_add_test(files, a_unix_socket_has_the_mode_that_was_asked_for);
	tcase_add_test(files, a_unix_socket_is_gone_after_a_stop);
	tcase_add_test(files, a_stale_unix_socket_is_replaced);
	tcase_add_test(files, a_manager_killed_before_leaves_nothing_in_the_way);
	tcase_add_test(files, a_file_that_is_no_socket_is_never_replaced);
	tcase_add_test(others, servers_with_threads_of_their_own_have_them_and_count_on_all);
	tcase_add_test(others, slots_of_a_group_pop_its_ports_in_turn);
	return suite;
}
