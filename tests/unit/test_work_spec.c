/* test_work_spec.c - launcher/work_spec.h and prepare.h's view of a queue. */
#include "launcher/work_spec.h"

#include "common/cc.h"
#include "common/error.h"
#include "launcher/config.h"
#include "launcher/prepare.h"
#include "portmap/cpus.h"
#include "tests/unit/suites.h"

#include <string.h>

struct fixture {
	struct config *config;
	struct cpus cpus;
	struct plan *plan;
	struct work_spec spec;
};

static void setup(struct fixture *f, const char *text)
{
	const struct config_origin origin = { "/base", -1 };
	struct problems p = { 0 };
	struct plan_input input;
	struct error e = { 0 };

	ck_assert_int_eq(cpus_detect(&f->cpus, "core:4 pu:1", "/nonexistent", NULL), 0);
	f->config = config_from_text(text, strlen(text), &origin, &p);
	ck_assert_msg(f->config != NULL, "%s", p.kept > 0 ? p.list[0].text : "");
	config_plan_input(f->config, &input);
	f->plan = plan_make(&input, &f->cpus, &p);
	ck_assert_ptr_nonnull(f->plan);
	problems_release(&p);
	ck_assert_int_eq(work_spec_make(f->config, f->plan, &f->spec, &e), 0);
}

static void teardown(struct fixture *f)
{
	work_spec_release(&f->spec);
	plan_free(f->plan);
	config_free(f->config);
	cpus_release(&f->cpus);
}

#define TWO_QUEUES \
	"\"PROCS_MAX\": 3, \"queues\": [{\"category\": \"c\", \"name\": \"q\", \"maxsize\": 7," \
	" \"chunk_bytes\": 8192, \"max_attempts\": 0}], \"WORKER_PATH\": \"/x.so\","

START_TEST(the_configs_queues_come_first_then_the_printers)
{
	struct fixture f;

	setup(&f, "{" TWO_QUEUES " \"kwargs\": {}}");
	ck_assert_uint_eq(f.spec.queues.count, 3);
	ck_assert_str_eq(f.spec.list[0].name, "c|q");
	ck_assert_uint_eq(f.spec.list[0].maxsize, 7);
	ck_assert_uint_eq(f.spec.list[0].chunk_bytes, 8192);
	ck_assert_uint_eq(f.spec.list[0].max_attempts, 0);
	ck_assert_uint_ge(f.spec.list[0].leases, 3);
	ck_assert_str_eq(f.spec.list[1].name, "mp_input_q");
	ck_assert_uint_eq(f.spec.list[1].max_attempts, 3);
	ck_assert_str_eq(f.spec.list[2].name, "mp_print_q");
	ck_assert(f.spec.list[2].event);
	ck_assert_int_eq(queues_check(&f.spec.queues, NULL), 0);
	teardown(&f);
}
END_TEST

START_TEST(every_process_has_a_number_of_its_own)
{
	struct fixture f;

	setup(&f, "{" TWO_QUEUES " \"feeders\": [{\"generator\": {\"range\": [0, 9]}},"
		  " {\"queue\": \"c|q\", \"generator\": {\"range\": [0, 9]}}]}");
	ck_assert_uint_eq(work_owner_of_feeder(0), WORK_OWNER_FEEDERS);
	ck_assert_uint_eq(work_owner_of_feeder(1), WORK_OWNER_FEEDERS + 1);
	ck_assert_uint_eq(work_owner_of_slot(f.config, 0), WORK_OWNER_FEEDERS + 2);
	ck_assert_uint_eq(work_owner_of_slot(f.config, 2), f.spec.queues.owners);
	teardown(&f);
}
END_TEST

START_TEST(a_tool_is_a_file_or_the_text_of_a_value)
{
	struct fixture f;

	setup(&f, "{" TWO_QUEUES " \"tools\": {\"a\": {\"file\": \"words\"},"
		  " \"b\": {\"json\": [1, \"x\"]}}}");
	ck_assert_uint_eq(f.spec.tool_count, 2);
	ck_assert_str_eq(f.spec.tools[0].name, "a");
	ck_assert_str_eq(f.spec.tools[0].file, "/base/words");
	ck_assert_ptr_null(f.spec.tools[0].bytes);
	ck_assert_ptr_null(f.spec.tools[1].file);
	ck_assert_uint_eq(f.spec.tools[1].len, strlen("[1,\"x\"]"));
	ck_assert_str_eq(f.spec.tools[1].bytes, "[1,\"x\"]");
	teardown(&f);
}
END_TEST

START_TEST(what_is_not_there_is_told_with_its_path)
{
	struct problems p = { 0 };
	struct fixture f;

	setup(&f, "{" TWO_QUEUES " \"tools\": {\"a\": {\"file\": \"words\"}}}");
	work_spec_check(f.config, f.plan, &p);
	ck_assert_uint_eq(p.errors, 2);
	ck_assert(problems_has(&p, "worker_modules[0].WORKER_PATH"));
	ck_assert(problems_has(&p, "tools.a"));
	problems_release(&p);
	teardown(&f);
}
END_TEST

START_TEST(the_results_know_a_queue_by_the_seeds_name)
{
	struct fixture f;
	struct results_queue queue;
	json_auto_t *feeders = json_pack("[{s:s, s:i}, {s:n, s:n}]", "fingerprint", "f", "rows", 9,
					 "fingerprint", "rows");

	setup(&f, "{" TWO_QUEUES " \"ROWS_MAX\": 4, \"feeders\": [{\"generator\": {\"range\":"
		  " [0, 9]}}, {\"queue\": \"c|q\", \"generator\": {\"json\": \"-\"}}]}");
	prepared_queue(&f.config->work, 1, feeders, &queue);
	ck_assert_str_eq(queue.name, "mp_input_q (default)");
	ck_assert_str_eq(queue.alias, "mp_input_q");
	ck_assert_str_eq(queue.fingerprint, "f");
	ck_assert_uint_eq(queue.expected_rows, 9);
	ck_assert_uint_eq(queue.rows_max, 4);
	prepared_queue(&f.config->work, 0, feeders, &queue);
	ck_assert_str_eq(queue.name, "c|q");
	ck_assert_ptr_null(queue.alias);
	ck_assert_ptr_null(queue.fingerprint);
	ck_assert(queue.expected_rows == RESULTS_ROWS_UNKNOWN);
	teardown(&f);
}
END_TEST

static const struct {
	const char *generator;
	bool reads_stdin, replays;
} generators[] = {
	{ "{\"range\": [0, 9]}", false, true },
	{ "{\"json\": \"-\"}", true, false },
	{ "{\"lines\": {\"file\": \"-\"}}", true, false },
	{ "{\"lines\": \"./-\"}", false, true },
	{ "{\"command\": [\"ls\"]}", false, false },
};

START_TEST(who_reads_standard_input_and_who_can_begin_again)
{
	const struct config_feeder feeder = {
		.generator = json_loads(generators[_i].generator, 0, NULL),
	};

	ck_assert_ptr_nonnull(feeder.generator);
	ck_assert(config_feeder_reads_stdin(&feeder) == generators[_i].reads_stdin);
	ck_assert(config_feeder_replays(&feeder) == generators[_i].replays);
	json_decref(feeder.generator);
}
END_TEST

Suite *work_spec_suite(void)
{
	Suite *s = suite_create("work_spec");
	TCase *t = tcase_create("work_spec");

	tcase_add_test(t, the_configs_queues_come_first_then_the_printers);
	tcase_add_test(t, every_process_has_a_number_of_its_own);
	tcase_add_test(t, a_tool_is_a_file_or_the_text_of_a_value);
	tcase_add_test(t, what_is_not_there_is_told_with_its_path);
	tcase_add_test(t, the_results_know_a_queue_by_the_seeds_name);
	tcase_add_loop_test(t, who_reads_standard_input_and_who_can_begin_again, 0,
			    ARRAY_SIZE(generators));
	suite_add_tcase(s, t);
	return s;
}
