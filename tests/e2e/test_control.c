/* test_control.c - who may change what: the control socket, the run directory,
 * the Host header.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define NOBODY 65534

static struct instance *start_one(const char *more)
{
	return instance_start(&(struct start) { .config = layout_one(more) });
}

static const char *status_url(const char *path)
{
	return keep_printf("http://%s:%d%s", harness_address(0), HARNESS_STATUS_PORT, path);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(stat(path, &st) == 0, "%s: %s", path, strerror(errno));
	return st.st_mode & 07777;
}

/* Stop ---------------------------------------------------------------------- */

START_TEST(a_stop_over_http_is_forbidden)
{
	struct instance *in = start_one("");
	const struct http_call stop = { .url = status_url("/api/stop"), .method = "POST" };

	ck_assert_int_eq(http_status(&stop), 403);
	ck_assert(instance_worker_is(in, 0, "ready"));
}
END_TEST

START_TEST(a_stop_over_the_control_socket_is_done)
{
	struct instance *in = start_one("");
	const struct http_call stop = { .url = "http://localhost/api/stop",
					.unix_path = instance_control(in),
					.method = "POST" };

	ck_assert_int_eq(http_status(&stop), 202);
	instance_expect_end(in, 0);
}
END_TEST

START_TEST(without_the_control_socket_stop_and_status_say_what_to_do)
{
	struct instance *in = start_one("");
	struct outcome outcome;

	ck_assert_int_eq(unlink(instance_control(in)), 0);
	command_run(&(struct command) { .args = { "stop", "--run-dir", in->run_dir } }, &outcome);
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(
		strstr(outcome.err, keep_printf("'kill %d' stops it as well", (int)in->pid)));
	command_run(&(struct command) { .args = { "status", "--run-dir", in->run_dir } }, &outcome);
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "restart the instance"));
	instance_stop(in);
}
END_TEST

/* A connection to the status port that stays open. */
static int occupy_status_port(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(HARNESS_STATUS_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static const char call[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

	to.sin_addr.s_addr = inet_addr(harness_address(0));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(send(fd, call, strlen(call), MSG_NOSIGNAL), (ssize_t)strlen(call));
	ck_assert_int_eq(await_readable(&fd, 1, await_deadline(AWAIT_MS)), 0);
	return fd;
}

START_TEST(a_busy_status_port_keeps_no_stop_out)
{
	struct instance *in = start_one("'connections_max': 1,");
	AUTO_CLOSE int fd = occupy_status_port();
	struct outcome outcome;

	command_run(&(struct command) { .args = { "stop", "--run-dir", in->run_dir } }, &outcome);
	ck_assert_msg(outcome.status == 0, "eisen stop: %s", outcome.err);
	instance_expect_end(in, 0);
	(void)fd;
}
END_TEST

/* The run directory ----------------------------------------------------------- */

START_TEST(the_run_directory_is_its_owners_alone)
{
	const struct instance *in;
	mode_t before = umask(0);

	in = start_one("");
	umask(before);
	ck_assert_uint_eq(mode_of(in->run_dir), 0700);
	ck_assert_uint_eq(mode_of(instance_control(in)), 0600);
	ck_assert_uint_eq(mode_of(keep_printf("%s/pid", in->run_dir)), 0600);
	ck_assert_str_eq(files_text(keep_printf("%s/pid", in->run_dir)),
			 keep_printf("%d\n", (int)in->pid));
}
END_TEST

/* It must not start in there. */
static void expect_refused(const char *dir, const char *why)
{
	struct instance *in = instance_launch(
		&(struct start) { .config = layout_one(""), .args = { "--run-dir", dir } });

	instance_expect_end(in, 1);
	ck_assert_ptr_nonnull(strstr(instance_err(in), dir));
	ck_assert_ptr_nonnull(strstr(instance_err(in), why));
}

START_TEST(a_run_directory_that_others_may_write_to_is_refused)
{
	files_make_dir(harness_path("open"));
	ck_assert_int_eq(chmod(harness_path("open"), 0777), 0);
	expect_refused(harness_path("open"), "writable by others");
	ck_assert_int_eq(chmod(harness_path("open"), 0720), 0);
	expect_refused(harness_path("open"), "writable by others");
}
END_TEST

START_TEST(a_run_directory_of_somebody_else_is_refused)
{
	files_make_dir(harness_path("given"));
	ck_assert_int_eq(chown(harness_path("given"), NOBODY, NOBODY), 0);
	expect_refused(harness_path("given"), "belongs to somebody else");
}
END_TEST

START_TEST(a_run_directory_that_is_a_link_is_refused)
{
	files_make_dir(harness_path("real"));
	ck_assert_int_eq(symlink(harness_path("real"), harness_path("link")), 0);
	expect_refused(harness_path("link"), "not a directory");
}
END_TEST

static struct instance *start_named(const char *name, unsigned address)
{
	const char *ip = harness_address(address);

	return instance_start(&(struct start) {
		.config =
			keep_config("{'PROCS_MAX': 1, 'port_groups': {'blue': "
				    "{'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': 11000, 'app': "
				    "{'kind': 'hello'}}}, 'status': {'ip': '%s', 'port': %d}}",
				    ip, ip, HARNESS_STATUS_PORT),
		.name = name,
		.env = { harness_runtime_dir() } });
}

static void expect_found(const char *name, int status, const char *out, const char *err)
{
	struct outcome outcome;

	command_run(&(struct command) { .args = { "status", "--json", name },
					.env = { harness_runtime_dir() } },
		    &outcome);
	ck_assert_int_eq(outcome.status, status);
	ck_assert_ptr_nonnull(strstr(outcome.out, out));
	ck_assert_ptr_nonnull(strstr(outcome.err, err));
}

START_TEST(an_instance_is_found_by_name_and_without_when_it_is_the_only_one)
{
	struct instance *first, *second;

	expect_found(NULL, 1, "", "no eisen is running");
	first = start_named("first", 0);
	ck_assert_uint_eq(mode_of(harness_path("eisen")), 0700);
	expect_found(NULL, 0, harness_address(0), "");
	expect_found("first", 0, harness_address(0), "");
	expect_found("second", 1, "", "no eisen is running");
	second = start_named("second", 1);
	expect_found(NULL, 1, "", "several are running, name one:");
	expect_found("second", 0, harness_address(1), "");
	instance_signal(first, SIGTERM);
	ck_assert_int_eq(instance_wait(first), 0);
	expect_found(NULL, 0, harness_address(1), "");
	instance_stop(second);
}
END_TEST

START_TEST(a_killed_instance_is_not_found)
{
	struct instance *in = start_named("first", 0);

	instance_signal(in, SIGKILL);
	instance_expect_end(in, 128 + SIGKILL);
	expect_found("first", 1, "", "no eisen is running");
	expect_found(NULL, 1, "", "no eisen is running");
}
END_TEST

/* The Host header ------------------------------------------------------------- */

static long status_with_host(const char *host)
{
	const struct http_call call = { .url = status_url("/api/status"),
					.headers = { keep_printf("Host: %s", host) } };

	return http_status(&call);
}

START_TEST(a_foreign_host_is_misdirected)
{
	start_one("");
	ck_assert_int_eq(status_with_host("evil.example"), 421);
	ck_assert_int_eq(status_with_host("evil.example:12321"), 421);
	ck_assert_int_eq(status_with_host("localhost.evil.example"), 421);
	ck_assert_int_eq(status_with_host("127.0.0.1.evil.example"), 421);
	ck_assert_int_eq(status_with_host("localhost"), 200);
	ck_assert_int_eq(status_with_host("LOCALHOST:12321"), 200);
	ck_assert_int_eq(status_with_host("127.0.0.1:1"), 200);
	ck_assert_int_eq(status_with_host("[::1]:80"), 200);
	ck_assert_int_eq(status_with_host(harness_address(0)), 200);
}
END_TEST

START_TEST(a_host_on_the_list_is_welcome)
{
	const char *ip = harness_address(0);

	instance_start(&(struct start) {
		.config =
			keep_config("{'PROCS_MAX': 1, 'port_groups': {'blue': "
				    "{'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': 11000, 'app': "
				    "{'kind': 'hello'}}}, 'status': {'ip': '%s', 'port': %d, "
				    "'hosts': ['status.example']}}",
				    ip, ip, HARNESS_STATUS_PORT) });
	ck_assert_int_eq(status_with_host("status.example"), 200);
	ck_assert_int_eq(status_with_host("Status.Example:80"), 200);
	ck_assert_int_eq(status_with_host("other.example"), 421);
}
END_TEST

START_TEST(the_control_socket_wants_no_host_of_the_list)
{
	struct instance *in = start_one("");
	const struct http_call call = { .url = "http://localhost/api/status",
					.unix_path = instance_control(in),
					.headers = { "Host: evil.example" } };

	ck_assert_int_eq(http_status(&call), 200);
}
END_TEST

Suite *control_suite(void)
{
	Suite *suite = suite_create("control");
	TCase *stop = harness_case(suite, "stop"), *rundir = harness_case(suite, "rundir");
	TCase *host = harness_case(suite, "host");

	tcase_add_test(stop, a_stop_over_http_is_forbidden);
	tcase_add_test(stop, a_stop_over_the_control_socket_is_done);
	tcase_add_test(stop, without_the_control_socket_stop_and_status_say_what_to_do);
	tcase_add_test(stop, a_busy_status_port_keeps_no_stop_out);
	tcase_add_test(rundir, the_run_directory_is_its_owners_alone);
	tcase_add_test(rundir, a_run_directory_that_others_may_write_to_is_refused);
	add_test_unless(geteuid() != 0 ? "only root can give a folder away" : NULL, rundir,
			a_run_directory_of_somebody_else_is_refused);
	tcase_add_test(rundir, a_run_directory_that_is_a_link_is_refused);
	tcase_add_test(rundir, an_instance_is_found_by_name_and_without_when_it_is_the_only_one);
	tcase_add_test(rundir, a_killed_instance_is_not_found);
	tcase_add_test(host, a_foreign_host_is_misdirected);
	tcase_add_test(host, a_host_on_the_list_is_welcome);
	tcase_add_test(host, the_control_socket_wants_no_host_of_the_list);
	return suite;
}
