/* test_modules.c - what a module may call, and what its mistakes cost: its own chunk. */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"

#include <regex.h>
#include <string.h>

static const char *config(const char *module, const char *entry, const char *feeders)
{
	return keep_config("{'PROCS_MAX': 2, 'ROWS_MAX': 1, %s"
			   " 'worker_modules': [{'WORKER_PATH': '%s/tests/e2e/modules/%s.so',"
			   " 'WORKER_REF': '%s'}], 'status': {'ip': '%s', 'port': %d}}",
			   feeders, getenv("EISEN_BUILDDIR"), module, entry, harness_address(0),
			   HARNESS_STATUS_PORT);
}

START_TEST(the_program_has_every_call)
{
	struct instance *in = instance_launch(
		&(struct start) { .config = config("every_call", "worker_entrance", "") });

	instance_expect_end(in, 0);
	ck_assert_ptr_nonnull(strstr(instance_out(in), "all calls are there"));
}
END_TEST

static void read_file(const char *path, struct buf *ret)
{
	struct error e = { 0 };

	ck_assert_msg(fd_read_file(path, ret, &e) == 0, "%s", e.text);
}

/* The test above is as good as the list in its module. */
START_TEST(the_list_of_calls_is_that_of_the_header)
{
	AUTO_BUF struct buf header = BUF_INIT(1 << 20), list = BUF_INIT(1 << 20);
	const char *at;
	regmatch_t found[2];
	regex_t call;
	int count = 0;

	read_file(harness_source("include/eisen.h"), &header);
	read_file(harness_source("tests/e2e/modules/every_call.c"), &list);
	ck_assert_int_eq(regcomp(&call, "[ *](eisen_[a-z_]+)\\(", REG_EXTENDED), 0);
	/* A declaration has its type before it, a comment's mention has no type. */
	for (at = buf_text(&header); regexec(&call, at, 2, found, 0) == 0; at += found[0].rm_eo) {
		const char *end = at + found[1].rm_eo;
		const char *name = keep_printf("CALL(%.*s)", (int)(found[1].rm_eo - found[1].rm_so),
					       at + found[1].rm_so);

		if (strncmp(end - 3, "_fn", 3) == 0)
			continue; /* a type */
		ck_assert_msg(strstr(buf_text(&list), name) != NULL, "no %s", name);
		count++;
	}
	ck_assert_int_ge(count, 50);
	regfree(&call);
}
END_TEST

/* 20 chunks of one row; that of ticket 7 is text. */
static const char *rows(void)
{
	return "'feeders': [{'generator': {'list':"
	       " [0, 1, 2, 3, 4, 5, 6, 'seven', 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]}}],";
}

static const struct {
	const char *entry, *env;
	int status;
	const char *said; /* of the chunk, at its end */
} mistakes[] = {
	{ "forgets", NULL, 3,
	  "chunk _TID_7 failed for good after 3 attempts: the module did not finish it before the "
	  "function returned" },
	{ "finishes_twice", NULL, 0,
	  "eisen_result: mp_input_q, ticket 7: the chunk was finished before" },
	{ "gives_no_json", NULL, 3,
	  "chunk _TID_7 failed for good after 3 attempts: its result is no JSON: want a key in "
	  "quotes" },
	{ "sums_what_is_no_number", NULL, 3,
	  "chunk _TID_7 failed for good after 3 attempts: row 1 is no whole number of 64 bits" },
	{ "writes_into_its_chunk", "EISEN_GUARD_CHUNKS=1", 3,
	  "chunk _TID_7 failed for good after 3 attempts: killed by SIGSEGV" },
};

START_TEST(a_mistake_costs_its_own_chunk_and_is_told)
{
	struct instance *in = instance_launch(
		&(struct start) { .config = config("careless", mistakes[_i].entry, rows()),
				  .env = { mistakes[_i].env } });
	const char *counts = mistakes[_i].status == 0 ? "20 done + 0 dead" : "19 done + 1 dead";

	instance_expect_end(in, mistakes[_i].status);
	ck_assert_msg(strstr(instance_err(in), mistakes[_i].said) != NULL, "not said: %s\n%s",
		      mistakes[_i].said, instance_err(in));
	ck_assert_msg(strstr(instance_err(in), counts) != NULL, "%s", instance_err(in));
}
END_TEST

/* Nobody is left to take it once more: it is counted as lost, and the run ends. */
START_TEST(a_thread_that_forgets_a_chunk_does_not_hang_the_run)
{
	struct instance *in = instance_launch(
		&(struct start) { .config = config("careless", "forgets_in_a_thread", rows()) });

	instance_expect_end(in, 3);
	ck_assert_msg(strstr(instance_err(in), "20 chunks = 1 queued") != NULL, "%s",
		      instance_err(in));
}
END_TEST

Suite *modules_suite(void)
{
	Suite *s = suite_create("modules");
	TCase *t = harness_case(s, "modules");

	tcase_add_test(t, the_program_has_every_call);
	tcase_add_test(t, the_list_of_calls_is_that_of_the_header);
	tcase_add_loop_test(t, a_mistake_costs_its_own_chunk_and_is_told, 0, ARRAY_SIZE(mistakes));
	tcase_add_test(t, a_thread_that_forgets_a_chunk_does_not_hang_the_run);
	return s;
}
