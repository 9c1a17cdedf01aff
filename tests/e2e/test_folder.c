/* test_folder.c - eisen run DIR: a folder served at once. */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* This test's folder with a page, and one of that name within it without. */
static const char *make_folder(const char *name)
{
	const char *dir = harness_path(name);

	files_make_dir(dir);
	files_write(keep_printf("%s/index.html", dir), "<h1>here</h1>\n");
	files_make_dir(keep_printf("%s/sub", dir));
	files_write(keep_printf("%s/sub/a note.txt", dir), "noted\n");
	return dir;
}

static struct instance *start_folder(const char *dir)
{
	return instance_start(&(struct start) {
		.args = { dir, "--ip", harness_address(0), "--status-port", "0" } });
}

static const char *url_of(unsigned port, const char *path)
{
	return keep_printf("http://%s:%u%s", harness_address(0), port, path);
}

/* Nobody else's for as long as the test lasts. */
static int occupy(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET, harness_address(0), &at.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(the_url_comes_first_and_serves_the_folder)
{
	const char *dir = make_folder("public");
	const struct instance *in = start_folder(dir);
	const char *line = keep_printf("%s serves %s\n", url_of(8080, "/"), dir);
	const char *out = instance_out(in);

	ck_assert_msg(strncmp(out, line, strlen(line)) == 0, "%s", out);
	ck_assert_str_eq(http_get(url_of(8080, "/"), NULL, "text/html"), "<h1>here</h1>\n");
	ck_assert_str_eq(http_get(url_of(8080, "/sub/a%20note.txt"), NULL, "text/plain"),
			 "noted\n");
	ck_assert_ptr_nonnull(
		strstr(http_get(url_of(8080, "/sub/"), "text/html", "text/html"), "a note.txt"));
}
END_TEST

START_TEST(every_worker_serves_the_one_port)
{
	struct instance *in = start_folder(make_folder("public"));
	const json_t *workers = instance_get(in, "/api/workers"), *worker;
	size_t i;

	ck_assert_uint_gt(json_array_size(workers), 0);
	json_array_foreach(workers, i, worker)
	{
		const json_t *servers = json_object_get(worker, "servers");

		ck_assert_uint_eq(json_array_size(servers), 1);
		ck_assert_str_eq(
			json_string_value(json_object_get(json_array_get(servers, 0), "url")),
			url_of(8080, "/"));
	}
}
END_TEST

START_TEST(a_port_that_is_busy_is_passed_over_unless_it_was_asked_for)
{
	const char *dir = make_folder("public");
	AUTO_CLOSE ATTR_UNUSED int fd = occupy(8080); /* until the end */
	struct outcome outcome;

	start_folder(dir);
	http_get(url_of(8081, "/"), NULL, "text/html");
	command_run(
		&(struct command) { .args = { "run", dir, "--ip", harness_address(0), "--base-port",
					      "8080", "--run-dir", harness_path("other") } },
		&outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "port 8080"));
	ck_assert_ptr_nonnull(strstr(outcome.err, "busy"));
	ck_assert_ptr_nonnull(strstr(outcome.err, "--base-port PORT"));
}
END_TEST

START_TEST(plan_and_check_take_the_same_folder)
{
	const char *dir = make_folder("public");
	struct outcome outcome;
	json_t *printed;

	command_run(
		&(struct command) { .args = { "plan", "--json", dir, "--ip", harness_address(0) } },
		&outcome);
	ck_assert_int_eq(outcome.status, 0);
	printed = keep_json(json_loads(outcome.out, 0, NULL));
	ck_assert(json_equal(printed, instance_get(start_folder(dir), "/api/plan")));
	command_run(&(struct command) { .args = { "check", dir } }, &outcome);
	ck_assert_int_eq(outcome.status, 0);
	ck_assert_ptr_nonnull(strstr(outcome.out, "fine"));
}
END_TEST

/* Root is let in everywhere by a right of its own. */
static void give_up_rights(void)
{
	if (getuid() != 0)
		return;
	prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
	prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
}

START_TEST(a_folder_that_cannot_be_read_is_refused_with_the_reason)
{
	const char *closed = harness_path("closed");
	struct outcome outcome;

	command_run(&(struct command) { .args = { "run", harness_path("nowhere/") } }, &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(
		strstr(outcome.err, "nowhere/: cannot be read: No such file or directory"));
	ck_assert_int_eq(mkdir(closed, 0), 0);
	command_run(&(struct command) { .args = { "run", closed }, .prepare = give_up_rights },
		    &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "closed: cannot be read: Permission denied"));
}
END_TEST

START_TEST(a_name_with_control_characters_does_not_reach_the_terminal)
{
	const char *out = instance_out(start_folder(make_folder("ev\x1b[2Jil\n${HOME}")));

	ck_assert_ptr_null(strchr(out, '\x1b'));
	ck_assert_ptr_nonnull(strstr(out, "ev?[2Jil?${HOME}\n"));
	http_get(url_of(8080, "/"), NULL, "text/html");
}
END_TEST

Suite *folder_suite(void)
{
	Suite *suite = suite_create("folder");
	TCase *t = harness_case(suite, "folder");

	tcase_add_test(t, the_url_comes_first_and_serves_the_folder);
	tcase_add_test(t, every_worker_serves_the_one_port);
	tcase_add_test(t, a_port_that_is_busy_is_passed_over_unless_it_was_asked_for);
	tcase_add_test(t, plan_and_check_take_the_same_folder);
	tcase_add_test(t, a_folder_that_cannot_be_read_is_refused_with_the_reason);
	tcase_add_test(t, a_name_with_control_characters_does_not_reach_the_terminal);
	return suite;
}
