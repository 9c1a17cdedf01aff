/* test_toolbox_chunk.c - the calls of eisen.h on a chunk's rows: read, and put. */
#include "common/cc.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define Q TOOLBOX_FIXTURE_QUEUE

START_TEST(a_chunk_is_read_and_its_result_collected)
{
	static const size_t lengths[] = { 1, 7, 4 };
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "1\n{\"a\":2}\n\"\xc3\xa4\"\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_str_eq(eisen_chunk_header(chunk), "mp_input_q (default);_TID_0;");
	ck_assert_uint_eq(eisen_ticket(chunk), 0);
	ck_assert_uint_eq(eisen_chunk_rows(chunk), 3);
	ck_assert_uint_eq(eisen_chunk_attempts(chunk), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(eisen_row(chunk, &text, &len));
		ck_assert_uint_eq(len, lengths[i]);
	}
	ck_assert_mem_eq(text, "\"\xc3\xa4\"", 4);
	ck_assert(!eisen_row(chunk, &text, &len));
	ck_assert_int_eq(eisen_result(f.tb, chunk, json_pack("{s:i}", "sum", 3)), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0 {\"sum\":3}");
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(rows_are_read_as_numbers_and_as_json)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	int64_t n = 0;
	json_t *value;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "-9223372036854775808\n[1,\"\\u0000\"]\n7\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(eisen_row_int(chunk, &n));
	ck_assert_int_eq(n, INT64_MIN);
	value = eisen_row_json(chunk);
	ck_assert_uint_eq(json_array_size(value), 2);
	json_decref(value);
	ck_assert(eisen_row_int(chunk, &n));
	ck_assert_int_eq(n, 7);
	ck_assert(!eisen_row_int(chunk, &n));
	ck_assert_ptr_null(eisen_row_json(chunk));
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0");
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(a_row_that_is_no_number_can_be_read_otherwise)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	int64_t n;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, "\"seven\"\n8\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(!eisen_row_int(chunk, &n));
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "\"seven\"", len);
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
}
END_TEST

static const struct {
	const char *rows;
	bool as_json;
	const char *why;
} unreadable[] = {
	{ "1\n2.5\n3\n", false, "_TID_0 row 2 is no whole number of 64 bits" },
	{ "1\n99999999999999999999\n", true,
	  "_TID_0 row 2 is JSON that jansson cannot read (a number too large?)" },
};

/* Its loop ended early, as if the chunk were at its end. */
START_TEST(a_result_of_half_a_chunk_fails_the_chunk)
{
	struct toolbox_fixture f;
	int64_t n;

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, Q, unreadable[_i].rows);
	for (int attempt = 0; attempt < 2; attempt++) {
		eisen_chunk *chunk = toolbox_fixture_take(&f, Q);
		json_t *value = NULL;

		ck_assert(eisen_row_int(chunk, &n));
		if (unreadable[_i].as_json)
			value = eisen_row_json(chunk);
		else
			ck_assert(!eisen_row_int(chunk, &n));
		ck_assert_ptr_null(value);
		ck_assert_int_eq(eisen_result(f.tb, chunk, json_integer(1)), -EBADMSG);
	}
	ck_assert_str_eq(toolbox_fixture_collect(&f), "");
	ck_assert_str_eq(toolbox_fixture_collect_dead(&f), unreadable[_i].why);
	toolbox_fixture_expect_log(&f, "the chunk fails");
	toolbox_fixture_release(&f);
}
END_TEST

/* In a process of its own; by the signal, of which no sanitizer is to report. */
static bool dies(void (*touch)(char *), char *at)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		touch(at);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void write_to(char *at)
{
	*(volatile char *)at = 'x';
}

static void read_from(char *at)
{
	*(const volatile char *)at;
}

START_TEST(with_a_guard_a_module_that_writes_into_its_chunk_or_reads_past_it_dies)
{
	struct toolbox_fixture f;
	eisen_chunk *chunk;
	const char *text;
	char *at;
	size_t len;

	toolbox_fixture_init(&f);
	toolbox_free(f.tb);
	f.spec.guard_chunks = true;
	ck_assert_int_eq(toolbox_new(&f.spec, &f.tb, NULL), 0);
	toolbox_fixture_feed(&f, Q, "123\n");
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "123\n", 4);
	at = (char *)text;
	ck_assert(!dies(read_from, at + 3));
	ck_assert(dies(write_to, at));
	ck_assert(dies(read_from, at + 4));
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(rows_that_are_put_come_out_as_a_chunk)
{
	struct toolbox_fixture f;
	eisen_queue *queue;
	eisen_chunk *chunk;
	json_t *rows = json_pack("[i,{s:s},n]", 7, "a", "line\nend");
	const char *text;
	size_t len;

	toolbox_fixture_init(&f);
	queue = eisen_queue_find(f.tb, Q);
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, 0), 0);
	chunk = toolbox_fixture_take(&f, Q);
	ck_assert_uint_eq(eisen_chunk_rows(chunk), 3);
	ck_assert(eisen_row(chunk, NULL, NULL));
	ck_assert(eisen_row(chunk, &text, &len));
	ck_assert_mem_eq(text, "{\"a\":\"line\\nend\"}", len);
	ck_assert_int_eq(eisen_done(f.tb, chunk), 0);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(eisen_put(f.tb, queue, rows, 0), 0);
	while (eisen_put(f.tb, queue, rows, 0) == 0)
		;
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, 1), -ETIMEDOUT);
	ck_assert_int_eq(eisen_queue_close(f.tb, queue), 0);
	ck_assert_int_eq(eisen_put(f.tb, queue, rows, -1), -EPIPE);
	json_decref(rows);
	toolbox_fixture_release(&f);
}
END_TEST

START_TEST(what_cannot_be_put_is_refused)
{
	json_auto_t *empty = json_array(), *object = json_object(), *bad = json_array(),
		    *large = json_array();
	char *text = malloc(1000);
	struct toolbox_fixture f;
	eisen_queue *queue;

	toolbox_fixture_init(&f);
	queue = eisen_queue_find(f.tb, Q);
	memset(text, 'x', 1000);
	json_array_append_new(bad, json_string_nocheck("\xff"));
	json_array_append_new(large, json_stringn(text, 1000));
	ck_assert_int_eq(eisen_put(f.tb, queue, empty, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, object, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, NULL, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, NULL, bad, 0), -EINVAL);
	ck_assert_int_eq(eisen_put(f.tb, queue, bad, 0), -EINVAL);
	toolbox_fixture_expect_log(&f, "row 1 cannot be written as JSON");
	ck_assert_int_eq(eisen_put(f.tb, queue, large, 0), -E2BIG);
	free(text);
	toolbox_fixture_release(&f);
}
END_TEST

Suite *toolbox_chunk_suite(void)
{
	Suite *s = suite_create("toolbox_chunk");
	TCase *t = tcase_create("read");

	tcase_add_test(t, a_chunk_is_read_and_its_result_collected);
	tcase_add_test(t, rows_are_read_as_numbers_and_as_json);
	tcase_add_test(t, a_row_that_is_no_number_can_be_read_otherwise);
	tcase_add_loop_test(t, a_result_of_half_a_chunk_fails_the_chunk, 0, ARRAY_SIZE(unreadable));
	tcase_add_test(t, with_a_guard_a_module_that_writes_into_its_chunk_or_reads_past_it_dies);
	suite_add_tcase(s, t);
	t = tcase_create("put");
	tcase_add_test(t, rows_that_are_put_come_out_as_a_chunk);
	tcase_add_test(t, what_cannot_be_put_is_refused);
	suite_add_tcase(s, t);
	return s;
}
