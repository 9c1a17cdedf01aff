/* test_output.c - what is printed, and that printing never holds anything up.
 *
 * A test speaks for a worker by writing to the worker's own descriptors, which
 * /proc/PID/fd opens.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/buf.h"
#include "common/fd.h"
#include "common/number.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define WORKERS 3

static int open_worker_fd(const struct instance *in, int slot, int fd)
{
	int pid = (int)instance_worker_number(in, slot, "pid");
	int ret = open(keep_printf("/proc/%d/fd/%d", pid, fd), O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(ret, 0);
	return ret;
}

static void say(const struct instance *in, int slot, int fd, const char *text)
{
	AUTO_CLOSE int to = open_worker_fd(in, slot, fd);

	ck_assert_int_eq(fd_write_all(to, text, strlen(text)), 0);
}

static bool err_has(const struct instance *in, const char *text)
{
	return strstr(instance_err(in), text) != NULL;
}

/* Lines --------------------------------------------------------------------- */

#define LINES 60
#define FILLING "abcdefghijklmnopqrstuvwxyz0123456789"

START_TEST(lines_of_children_come_out_whole_and_unmixed)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });
	int fds[WORKERS];

	for (int slot = 0; slot < WORKERS; slot++)
		fds[slot] = open_worker_fd(in, slot, 1 + slot % 2);
	for (int line = 0; line < LINES; line++) {
		for (int part = 0; part < 3; part++) {
			for (int slot = 0; slot < WORKERS; slot++) {
				const char *text = part == 0
							   ? keep_printf("said-%d-%d-", slot, line)
						   : part == 1 ? FILLING
							       : "-end\n";

				fd_write_all(fds[slot], text, strlen(text));
			}
		}
	}
	for (int slot = 0; slot < WORKERS; slot++)
		close(fds[slot]);
	await(files_count_lines(instance_err(in), "-end\n") == LINES * WORKERS);
	for (int line = 0; line < LINES; line++)
		for (int slot = 0; slot < WORKERS; slot++)
			ck_assert(err_has(
				in,
				keep_printf(" worker-%d[%ld] said-%d-%d-" FILLING "-end\n", slot,
					    instance_worker_number(in, slot, "pid"), slot, line)));
}
END_TEST

START_TEST(a_line_has_its_level)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_three(""), .args = { "-q" } });

	say(in, 0, 1, "to-stdout\n");
	say(in, 0, 2, "to-stderr\n<3>an-error\n<6>an-info\n<7>a-debug\n");
	await(err_has(in, "an-error\n"));
	say(in, 0, 2, "the-last\n");
	await(err_has(in, "the-last\n"));
	ck_assert(err_has(in, " warning worker-0"));
	ck_assert(err_has(in, " error   worker-0"));
	ck_assert(!err_has(in, "an-info"));
	ck_assert(!err_has(in, "a-debug"));
	ck_assert(!err_has(in, "to-stdout"));
}
END_TEST

START_TEST(the_last_words_of_a_worker_are_printed)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });

	say(in, 1, 2, "without a newline");
	instance_kill_worker(in, 1, SIGKILL);
	await(err_has(in, "without a newline\n"));
}
END_TEST

#define NASTY "\x1b[31m quote\" back\\slash \t \x07 bell, \xff\xfe no UTF-8, \xe2\x82\xac euro"

START_TEST(what_a_child_says_cannot_steer_the_terminal)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });

	say(in, 0, 2, NASTY "\n");
	await(err_has(in, "euro\n"));
	ck_assert(!err_has(in, "\x1b"));
	ck_assert(!err_has(in, "\x07"));
}
END_TEST

static json_t *parse_line(const char *line, size_t len)
{
	json_error_t e;
	json_t *doc = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);

	ck_assert_msg(doc != NULL, "%s: %.*s", e.text, (int)len, line);
	return keep_json(doc);
}

START_TEST(each_line_of_a_json_log_is_a_json_object)
{
	struct instance *in = instance_start(&(struct start) {
		.config = layout_three(""), .args = { "--log-format", "json", "-v" } });
	size_t count = 0;

	say(in, 0, 2, NASTY "\n\n<3>\n");
	say(in, 1, 1, "\x01\x1f\x7f\xc2\x85\xe2\x80\xa8 separators \xed\xa0\x80 surrogate\n");
	await(err_has(in, "euro") && err_has(in, "separators"));
	instance_kill_worker(in, 2, SIGKILL);
	await(err_has(in, "is ready again"));
	instance_stop(in);
	ck_assert_str_eq(instance_out(in), "");
	for (const char *line = instance_err(in); *line != '\0'; count++) {
		size_t len = strcspn(line, "\n");
		const json_t *doc = parse_line(line, len);

		ck_assert(json_is_string(json_object_get(doc, "time")));
		ck_assert(json_is_string(json_object_get(doc, "level")));
		ck_assert(json_is_string(json_object_get(doc, "role")));
		ck_assert(json_is_integer(json_object_get(doc, "pid")));
		ck_assert(json_is_string(json_object_get(doc, "text")));
		line += len + 1;
	}
	ck_assert_uint_gt(count, 10);
}
END_TEST

/* There is no table, and the port is any free one: where else to read it? */
START_TEST(a_json_log_tells_the_status_endpoint)
{
	struct instance *in = instance_start(
		&(struct start) { .config = layout_three(""),
				  .args = { "--log-format", "json", "--status-port", "0" } });
	const char *text = strstr(instance_err(in), "status: http://");
	const char *url;

	ck_assert_ptr_nonnull(text);
	url = strstr(text, "http://");
	http_json(keep_printf("%.*sapi/status", (int)strcspn(url, "\""), url));
}
END_TEST

/* Nobody reads -------------------------------------------------------------- */

#define FLOOD_LINES 3000
#define FLOOD_BYTES 900

static void flood(const struct instance *in, int slot)
{
	AUTO_CLOSE int fd = open_worker_fd(in, slot, 2);
	char line[FLOOD_BYTES];

	memset(line, 'x', sizeof(line));
	memcpy(line, "begin-", 6);
	memcpy(line + sizeof(line) - 5, "-end\n", 5);
	for (int i = 0; i < FLOOD_LINES; i++)
		ck_assert_int_eq(fd_write_all(fd, line, sizeof(line)), 0);
}

static json_int_t lines_dropped(const struct instance *in)
{
	return json_integer_value(
		json_object_get(instance_get(in, "/api/manager"), "lines_dropped"));
}

/* Read on until the text is there. */
static void read_until(int fd, const char *text, struct buf *ret)
{
	char bytes[65536];
	ssize_t n = 1;

	while (strstr(buf_text(ret), text) == NULL && n > 0) {
		ck_assert_msg(await_readable(&fd, 1, await_deadline(AWAIT_MS)) == 0, "no \"%s\"",
			      text);
		n = read(fd, bytes, sizeof(bytes));
		buf_add(ret, bytes, n > 0 ? (size_t)n : 0);
	}
	ck_assert(!ret->failed);
}

START_TEST(output_that_nobody_reads_holds_nothing_up)
{
	AUTO_BUF struct buf text = BUF_INIT(64u << 20);
	struct instance *in =
		instance_start(&(struct start) { .config = layout_three(""), .pipes = true });
	json_int_t dropped;
	const char *told;
	uint64_t number = 0;
	pid_t pid;

	flood(in, 0);
	await(lines_dropped(in) > 0);
	pid = instance_kill_worker(in, 1, SIGKILL);
	await(instance_worker_number(in, 1, "pid") != pid && instance_worker_is(in, 1, "ready"));
	dropped = lines_dropped(in);
	/* Whoever reads at last is told how much is missing, and no line is
	 * half there. */
	read_until(in->err_fd, "lines dropped", &text);
	told = strstr(buf_text(&text), "lines dropped") - 2;
	while (told[-1] >= '0' && told[-1] <= '9')
		told--;
	ck_assert(number_take(&told, &number));
	ck_assert_uint_ge(number, (uint64_t)dropped);
	ck_assert_uint_ge(number + files_count_lines(buf_text(&text), "-end\n"), FLOOD_LINES);
	ck_assert_uint_eq(files_count_lines(buf_text(&text), "begin-x"),
			  files_count_lines(buf_text(&text), "x-end\n"));
	instance_stop(in);
}
END_TEST

START_TEST(a_reader_that_goes_away_stops_nothing)
{
	struct instance *in =
		instance_start(&(struct start) { .config = layout_three(""), .pipes = true });
	pid_t pid;

	close(in->out_fd);
	close(in->err_fd);
	flood(in, 0);
	pid = instance_kill_worker(in, 1, SIGKILL);
	await(instance_worker_number(in, 1, "pid") != pid && instance_worker_is(in, 1, "ready"));
	instance_stop(in);
}
END_TEST

/* Colours ------------------------------------------------------------------- */

/* A terminal: what is written to *ret_slave can be read here. */
static int open_terminal(int *ret_slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	*ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*ret_slave, 0);
	return master;
}

static const struct {
	const char *env[2];
	bool coloured;
} terminals[] = {
	{ { "TERM=xterm", "NO_COLOR" }, true },
	{ { "TERM=xterm", "NO_COLOR=1" }, false },
	{ { "TERM=dumb", "NO_COLOR" }, false },
};

START_TEST(colours_are_for_terminals_whose_user_wants_them)
{
	AUTO_BUF struct buf text = BUF_INIT(1u << 20);
	AUTO_CLOSE int slave = -1;
	AUTO_CLOSE int master = open_terminal(&slave);
	struct instance *in = instance_start(
		&(struct start) { .config = layout_three(""),
				  .env = { terminals[_i].env[0], terminals[_i].env[1] },
				  .out_fd = slave });

	read_until(master, "Ctrl-C", &text);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "15005"));
	if (terminals[_i].coloured) {
		ck_assert_ptr_nonnull(strstr(buf_text(&text), "\x1b[34m")); /* blue */
		ck_assert_ptr_nonnull(strstr(buf_text(&text), "\x1b[33m"));
		ck_assert_ptr_nonnull(strstr(buf_text(&text), "\x1b[32m"));
	} else {
		ck_assert_ptr_null(strchr(buf_text(&text), '\x1b'));
	}
	instance_stop(in);
}
END_TEST

Suite *output_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *lines = harness_case(suite, "lines"), *unread = harness_case(suite, "unread");
	TCase *colours = harness_case(suite, "colours");

	tcase_add_test(lines, lines_of_children_come_out_whole_and_unmixed);
	tcase_add_test(lines, a_line_has_its_level);
	tcase_add_test(lines, the_last_words_of_a_worker_are_printed);
	tcase_add_test(lines, what_a_child_says_cannot_steer_the_terminal);
	tcase_add_test(lines, each_line_of_a_json_log_is_a_json_object);
	tcase_add_test(lines, a_json_log_tells_the_status_endpoint);
	tcase_add_test(unread, output_that_nobody_reads_holds_nothing_up);
	tcase_add_test(unread, a_reader_that_goes_away_stops_nothing);
	tcase_add_loop_test(colours, colours_are_for_terminals_whose_user_wants_them, 0,
			    ARRAY_SIZE(terminals));
	return suite;
}
