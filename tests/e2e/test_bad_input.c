/* test_bad_input.c - files that are not what they should be: the feeder says
 * where and why, and what it gave before is worked on.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/printed.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS_MAX 10
#define GOOD_ROWS 25 /* two whole chunks and a part of one */
#define LONG_BYTES (2 << 20)

#define CSV "{'csv': {'file': 'rows', 'column': 'a'}}"
#define CSV_NUMBERS "{'csv': {'file': 'rows', 'column': 'a', 'numbers': true}}"

/* Behind the header, if there is one, come good rows, then the bad one, then good ones. */
static const struct bad_input {
	const char *generator, *header, *good, *bad;
	const char *said;
} inputs[] = {
	{ CSV_NUMBERS, "a\n", "5\n", "\"5\n", "line 27: a quote is opened here and never closed" },
	{ CSV, "a\n", "5\n", "\"5\"x\n", "line 27: there is something behind a closing quote" },
	{ CSV, "a,b\n", "5,6\n", "5\n", "line 27: want 2 columns as in the header, got 1" },
	{ CSV_NUMBERS, "a\n", "5\n", "five\n", "line 27: column 0: want a number, got \"five\"" },
	{ CSV, "a\n", "5\n", "\xff\n", "line 27: " },
	{ CSV, "a\n", "5\n", NULL, "line 27: the record is longer than 1048576 bytes" },
	{ "{'lines': 'rows'}", "", "5\n", "\xff\xfe\n", "line 26: byte 1: no UTF-8" },
	{ "{'lines': 'rows'}", "", "5\n", NULL, "line 26: it is longer than 1048576 bytes" },
	{ "{'json': 'rows'}", "", "5\n", "{broken\n", "line 26: byte 2: want a key in quotes" },
	{ "{'json': 'rows'}", "", "5\n", "\"\xff\"\n", "line 26: byte 2: want UTF-8" },
	{ "{'json': 'rows'}", "", "5\n", NULL, "line 26: it is longer than 1048576 bytes" },
};

/* more: keys in front; kwargs for gated.c. */
static const char *input_config(const char *more, const char *generator, const char *kwargs)
{
	return keep_config(
		"{%s 'PROCS_MAX': 2, 'ROWS_MAX': %d, 'RESULTS_DICT_PRINT': true, 'kwargs': {%s},"
		" 'feeders': [{'generator': %s}],"
		" 'worker_modules': [{'WORKER_PATH': '%s/tests/e2e/modules/%s.so'}],"
		" 'status': {'ip': '%s', 'port': %d}}",
		more, ROWS_MAX, kwargs, generator, getenv("EISEN_BUILDDIR"),
		kwargs[0] != '\0' ? "gated" : "mischief", harness_address(0), HARNESS_STATUS_PORT);
}

static const char *repeat(const char *text, int times)
{
	size_t len = strlen(text);
	char *all = keep(malloc(len * (size_t)times + 1));

	for (int i = 0; i < times; i++)
		memcpy(all + len * (size_t)i, text, len + 1);
	return all;
}

static void write_rows(const struct bad_input *input)
{
	const char *good = repeat(input->good, GOOD_ROWS);
	const char *bad = input->bad != NULL ? input->bad : repeat("x", LONG_BYTES);

	files_write(harness_path("rows"), keep_printf("%s%s%s%s%s", input->header, good, bad,
						      input->bad != NULL ? "" : "\n", good));
}

static void expect_closed_feeder(const struct instance *in)
{
	printed_expect_said(in, "feeder:mp_input_q failed: mp_input_q is closed");
	printed_expect_said(in, "feeder:mp_input_q: its rows were not read to their end");
	printed_expect_not_said(in, "next try");
	ck_assert_uint_eq(files_count_lines(instance_err(in), " error "), 1);
}

START_TEST(a_feeder_says_where_and_why_and_is_not_tried_again)
{
	struct instance *in;

	write_rows(&inputs[_i]);
	in = instance_launch(
		&(struct start) { .config = input_config("", inputs[_i].generator, "") });
	instance_expect_end(in, 3);
	printed_expect_said(in, keep_printf("%s, %s", harness_path("rows"), inputs[_i].said));
	expect_closed_feeder(in);
	ck_assert_uint_ge(json_array_size(printed_results(instance_out(in))), GOOD_ROWS / ROWS_MAX);
	printed_expect_not_said(in, "failed for good");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told_before_anything_starts)
{
	static const struct {
		const char *name;
		int status;
	} commands[] = { { "check", 0 }, { "run", 2 } };
	const char *config = input_config("", "{'lines': 'nowhere'}", "");
	const struct command command = { .args = { commands[_i].name, harness_path("site.json") } };
	struct outcome outcome;

	files_write(harness_path("site.json"), config);
	command_run(&command, &outcome);
	ck_assert_int_eq(outcome.status, commands[_i].status);
	ck_assert_msg(strstr(outcome.err, "feeders[0].generator: ") != NULL &&
			      strstr(outcome.err, "/nowhere: No such file or directory") != NULL,
		      "%s", outcome.err);
}
END_TEST

/* While it is read ----------------------------------------------------------- */

#define FILE_ROWS 200

/* Numbers from 0 on, of which the third chunk waits for the gate, so that the
 * feeder waits for room. */
static struct instance *start_gated(const char *gate)
{
	const char *rows = "";

	for (int i = 0; i < FILE_ROWS; i++)
		rows = keep_printf("%s%d\n", rows, i);
	files_write(harness_path("rows"), rows);
	ck_assert_int_eq(mkfifo(gate, 0600), 0);
	return instance_start(&(struct start) {
		.config = input_config("'queues': [{'name': 'mp_input_q', 'maxsize': 1}],",
				       "{'json': 'rows'}",
				       keep_printf("'gate': '%s', 'gate_from': 3", gate)) });
}

static int open_gate(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static pid_t find_feeder(const struct instance *in)
{
	struct kernel_pids children;

	kernel_children(in->pid, &children);
	for (size_t i = 0; i < children.count; i++) {
		const char *name = kernel_status_field(children.list[i], "Name");

		if (name != NULL && strcmp(name, "eisen:feeder") == 0)
			return children.list[i];
	}
	return 0;
}

START_TEST(a_file_that_is_unlinked_while_it_is_read_is_read_to_its_end)
{
	const char *gate = harness_path("gate");
	struct instance *in = start_gated(gate);
	AUTO_CLOSE int fd = -1;

	ck_assert_int_eq(unlink(harness_path("rows")), 0);
	fd = open_gate(gate);
	instance_expect_end(in, 0);
	printed_expect_sums(instance_out(in), FILE_ROWS / ROWS_MAX, ROWS_MAX, -1);
}
END_TEST

START_TEST(a_file_that_is_gone_when_its_feeder_is_started_anew_is_told)
{
	const char *gate = harness_path("gate");
	struct instance *in = start_gated(gate);
	AUTO_CLOSE int fd = -1;
	pid_t feeder;

	ck_assert_int_eq(unlink(harness_path("rows")), 0);
	await((feeder = find_feeder(in)) > 0);
	ck_assert_int_eq(kill(feeder, SIGKILL), 0);
	await(strstr(instance_err(in), "mp_input_q is closed") != NULL);
	fd = open_gate(gate);
	instance_expect_end(in, 3);
	expect_closed_feeder(in);
	printed_expect_said(in, keep_printf("%s: No such file or directory", harness_path("rows")));
	ck_assert_uint_ge(json_array_size(printed_results(instance_out(in))), 3);
}
END_TEST

START_TEST(a_file_that_shrinks_while_it_is_read_is_told)
{
	const char *gate = harness_path("gate");
	struct instance *in = start_gated(gate);
	AUTO_CLOSE int fd = -1;

	ck_assert_int_eq(truncate(harness_path("rows"), 10), 0);
	fd = open_gate(gate);
	instance_expect_end(in, 3);
	expect_closed_feeder(in);
	printed_expect_said(in, harness_path("rows"));
}
END_TEST

/* Whoever opens it takes of it: nobody but the feeder may. */
START_TEST(a_fifo_is_opened_by_its_feeder_alone)
{
	const char *fifo = harness_path("rows");
	struct instance *in;
	FILE *writer;

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	in = instance_launch(
		&(struct start) { .config = input_config("", "{'json': 'rows'}", "") });
	writer = fopen(fifo, "we");
	ck_assert_ptr_nonnull(writer);
	for (int i = 0; i < FILE_ROWS; i++)
		fprintf(writer, "%d\n", i);
	ck_assert_int_eq(fclose(writer), 0);
	instance_expect_end(in, 0);
	printed_expect_sums(instance_out(in), FILE_ROWS / ROWS_MAX, ROWS_MAX, -1);
}
END_TEST

Suite *bad_input_suite(void)
{
	Suite *suite = suite_create("bad_input");
	TCase *t = harness_case(suite, "bad_input");

	tcase_add_loop_test(t, a_feeder_says_where_and_why_and_is_not_tried_again, 0,
			    (int)ARRAY_SIZE(inputs));
	tcase_add_loop_test(t, a_file_that_is_not_there_is_told_before_anything_starts, 0, 2);
	tcase_add_test(t, a_file_that_is_unlinked_while_it_is_read_is_read_to_its_end);
	tcase_add_test(t, a_file_that_is_gone_when_its_feeder_is_started_anew_is_told);
	tcase_add_test(t, a_fifo_is_opened_by_its_feeder_alone);
	tcase_add_test(t, a_file_that_shrinks_while_it_is_read_is_told);
	return suite;
}
