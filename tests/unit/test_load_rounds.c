/* test_load_rounds.c - launcher/load_rounds.h, with runs that only say that they were. */
#include "launcher/load_rounds.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/error.h"
#include "launcher/load_show.h"
#include "load/job.h"
#include "load/report.h"
#include "load/stats.h"
#include "tests/unit/suites.h"

#include <string.h>

static const char *const files[] = { "A", "B", "C" };
static const struct load_wish wish;

/* What the fake does: written by each test. */
static struct {
	struct buf order;            /* the files, as they were run */
	unsigned runs;               /* so far */
	unsigned fail, stop, cancel; /* at which run, from 1 on */
	int write_fd;                /* written to at the run `stop` */
} fake;

static json_t *report(const char *name, uint64_t requests, bool interrupted)
{
	static const struct load_target target = { .host = "a" };
	static const char *const group = "blue";
	static const struct report_port port = { .url = "http://a", .group = "blue" };
	const struct load_job job = { .targets = &target,
				      .target_count = 1,
				      .group_count = 1,
				      .connections = 1,
				      .threads = 1,
				      .duration_ns = CLOCK_NS_PER_S,
				      .timeout_ns = CLOCK_NS_PER_S,
				      .interval_ns = CLOCK_NS_PER_S };
	struct load_stats stats;
	struct report_input input = { .name = name,
				      .started = "2026-01-01T00:00:00.000Z",
				      .version = "0",
				      .job = &job,
				      .stats = &stats,
				      .method = "GET",
				      .group_names = &group,
				      .ports = &port,
				      .interrupted = interrupted };
	json_t *ret;

	ck_assert_int_eq(load_stats_init(&stats, &job, NULL), 0);
	stats.measured_ns = CLOCK_NS_PER_S;
	stats.targets[0].counts.answered = requests;
	stats.targets[0].counts.requests = requests;
	stats.targets[0].counts.classes[2] = requests;
	histogram_add_many(&stats.targets[0].latency, 1000000, requests);
	ret = report_make(&input);
	load_stats_release(&stats);
	ck_assert_ptr_nonnull(ret);
	return ret;
}

static int run(const struct load_source *source, const struct load_wish *got, int stop_fd,
	       load_show_fn *show, void *arg, json_t **ret, struct error *e)
{
	ck_assert_ptr_eq(got, &wish);
	ck_assert_ptr_nonnull(show);
	ck_assert_ptr_nonnull(arg);
	ck_assert_int_ge(stop_fd, -1);
	buf_adds(&fake.order, source->file);
	fake.runs++;
	if (fake.runs == fake.fail)
		return error_set(e, EIO, "the layout did not start");
	if (fake.runs == fake.cancel)
		return error_set(e, EINTR, "interrupted");
	if (fake.write_fd >= 0 && fake.runs == fake.stop)
		ck_assert_int_eq(write(fake.write_fd, "", 1), 1);
	*ret = report(source->file, 1000 + fake.runs, fake.write_fd < 0 && fake.runs == fake.stop);
	return 0;
}

static int compare(size_t count, unsigned rounds, int stop_fd, json_t **ret, unsigned *ret_rounds,
		   struct error *e)
{
	const struct load_rounds_wish w = {
		.files = files, .count = count, .rounds = rounds, .wish = &wish, .run = run
	};
	struct load_show show = { 0 };

	return load_rounds(&w, stop_fd, &show, ret, ret_rounds, e);
}

static void setup(void)
{
	fake.order = (struct buf)BUF_INIT(1000);
	fake.write_fd = -1;
}

static void teardown(void)
{
	buf_release(&fake.order);
}

START_TEST(each_round_turns_the_order)
{
	json_auto_t *doc = NULL;
	unsigned rounds = 0;

	ck_assert_int_eq(compare(3, 4, -1, &doc, &rounds, NULL), 0);
	ck_assert_str_eq(buf_text(&fake.order), "ABCCBAABCCBA");
	ck_assert_uint_eq(rounds, 4);
	ck_assert_int_eq(report_check(doc, NULL), 0);
}
END_TEST

static json_int_t requests_of(const json_t *doc, size_t layout)
{
	const json_t *of = json_array_get(json_object_get(doc, "layouts"), layout);

	return json_integer_value(json_object_get(json_object_get(of, "total"), "requests"));
}

/* 1 to 6, A B B A A B: each layout has its own runs. */
START_TEST(a_layout_has_the_sum_of_its_own_rounds)
{
	json_auto_t *doc = NULL;
	unsigned rounds;

	ck_assert_int_eq(compare(2, 3, -1, &doc, &rounds, NULL), 0);
	ck_assert_int_eq(requests_of(doc, 0), 3000 + 1 + 4 + 5);
	ck_assert_int_eq(requests_of(doc, 1), 3000 + 2 + 3 + 6);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "rounds")), 3);
}
END_TEST

START_TEST(a_round_that_fails_ends_it_and_is_named)
{
	struct error e = { 0 };
	unsigned rounds = 7;
	json_t *doc = NULL;

	fake.fail = 3;
	ck_assert_int_eq(compare(2, 4, -1, &doc, &rounds, &e), -EIO);
	ck_assert_str_eq(e.text, "round 2 of 4: the layout did not start");
	ck_assert_str_eq(buf_text(&fake.order), "ABB");
	ck_assert_uint_eq(rounds, 1);
	ck_assert_int_eq(requests_of(doc, 0), 1000 + 1);
	json_decref(doc);
}
END_TEST

START_TEST(a_first_round_that_fails_leaves_nothing)
{
	unsigned rounds = 7;
	json_t *doc = NULL;

	fake.fail = 2;
	ck_assert_int_eq(compare(2, 4, -1, &doc, &rounds, NULL), -EIO);
	ck_assert_uint_eq(rounds, 7);
	ck_assert_ptr_null(doc);
}
END_TEST

START_TEST(an_interrupted_round_is_left_out)
{
	json_auto_t *doc = NULL;
	unsigned rounds = 0;

	fake.stop = 5;
	ck_assert_int_eq(compare(2, 4, -1, &doc, &rounds, NULL), 0);
	ck_assert_str_eq(buf_text(&fake.order), "ABBAA");
	ck_assert_uint_eq(rounds, 2);
	ck_assert_int_eq(requests_of(doc, 0), 2000 + 1 + 4);
}
END_TEST

START_TEST(interrupted_between_two_runs_no_other_is_started)
{
	json_auto_t *doc = NULL;
	unsigned rounds = 0;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	fake.write_fd = fds[1];
	fake.stop = 4;
	ck_assert_int_eq(compare(2, 4, fds[0], &doc, &rounds, NULL), 0);
	ck_assert_str_eq(buf_text(&fake.order), "ABBA");
	ck_assert_uint_eq(rounds, 2);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(without_a_whole_round_there_is_nothing_to_compare)
{
	struct error e = { 0 };
	unsigned rounds;
	json_t *doc;

	fake.cancel = 2;
	ck_assert_int_eq(compare(2, 4, -1, &doc, &rounds, &e), -EINTR);
	ck_assert_str_eq(e.text, "interrupted before the first round was whole");
	ck_assert_str_eq(buf_text(&fake.order), "AB");
}
END_TEST

Suite *load_rounds_suite(void)
{
	Suite *s = suite_create("load_rounds");
	TCase *t = tcase_create("load_rounds");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_round_turns_the_order);
	tcase_add_test(t, a_layout_has_the_sum_of_its_own_rounds);
	tcase_add_test(t, a_round_that_fails_ends_it_and_is_named);
	tcase_add_test(t, a_first_round_that_fails_leaves_nothing);
	tcase_add_test(t, an_interrupted_round_is_left_out);
	tcase_add_test(t, interrupted_between_two_runs_no_other_is_started);
	tcase_add_test(t, without_a_whole_round_there_is_nothing_to_compare);
	suite_add_tcase(s, t);
	return s;
}
