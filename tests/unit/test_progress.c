/* test_progress.c - work/progress.h, with a clock of its own. */
#include "work/progress.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/clock.h"
#include "tests/unit/suites.h"

#include <math.h>
#include <string.h>

#define MS CLOCK_NS_PER_MS
#define START (UINT64_C(1000) * CLOCK_NS_PER_S)

static void expect_near(double got, double want)
{
	ck_assert_msg(fabs(got - want) < 1e-6 * (1 + fabs(want)), "got %f, want %f", got, want);
}

START_TEST(knows_nothing_at_the_beginning)
{
	struct progress p;
	struct progress_figures f;
	AUTO_BUF struct buf line = BUF_INIT(200);

	progress_init(&p, 0, START);
	progress_figures(&p, &f);
	ck_assert(f.percent < 0 && f.rate < 0 && f.left_s < 0);
	progress_line(&p, &line);
	ck_assert_str_eq(buf_text(&line), "0 rows");
}
END_TEST

START_TEST(tells_percent_rate_and_time_left)
{
	struct progress p;
	struct progress_figures f;
	AUTO_BUF struct buf line = BUF_INIT(200);

	progress_init(&p, 0, START);
	progress_update(&p, 4200, 10000, START + 3500 * MS);
	progress_figures(&p, &f);
	expect_near(f.percent, 42);
	expect_near(f.rate, 1200);
	expect_near(f.left_s, 5800 / 1200.0);
	expect_near(f.elapsed_s, 3.5);
	progress_line(&p, &line);
	ck_assert_str_eq(buf_text(&line), "42.0 %, 4,200 of 10,000 rows, 1.20 k/s, 4.8 s left");
}
END_TEST

START_TEST(the_rate_is_that_of_the_last_seconds)
{
	struct progress p;
	struct progress_figures f;
	uint64_t done = 0, now = START;

	progress_init(&p, 0, now);
	for (int i = 0; i < 100; i++)
		progress_update(&p, done += 1000, 0, now += 250 * MS);
	progress_figures(&p, &f);
	expect_near(f.rate, 4000);
	for (int i = 0; i < 40; i++)
		progress_update(&p, done += 10, 0, now += 250 * MS);
	progress_figures(&p, &f);
	expect_near(f.rate, 40);
}
END_TEST

START_TEST(updates_that_come_often_are_no_shorter_memory)
{
	struct progress p;
	struct progress_figures f;

	progress_init(&p, 0, START);
	for (uint64_t ms = 1; ms <= 8000; ms++)
		progress_update(&p, ms, 0, START + ms * MS);
	progress_figures(&p, &f);
	expect_near(f.rate, 1000);
	ck_assert_uint_le(START, p.samples[p.next].ns);
	ck_assert_uint_le(p.samples[(p.next + PROGRESS_SAMPLES - p.count) % PROGRESS_SAMPLES].ns,
			  START + 500 * MS);
}
END_TEST

START_TEST(a_resumed_run_does_not_count_the_earlier_rows_as_its_own)
{
	struct progress p;
	struct progress_figures f;

	progress_init(&p, 5000, START);
	progress_update(&p, 6000, 10000, START + 1000 * MS);
	progress_figures(&p, &f);
	expect_near(f.percent, 60);
	expect_near(f.rate, 1000);
	expect_near(f.left_s, 4);
}
END_TEST

START_TEST(counts_and_times_that_go_back_are_no_progress)
{
	struct progress p;
	struct progress_figures f;

	progress_init(&p, 100, START);
	progress_update(&p, 200, 1000, START + 1000 * MS);
	progress_update(&p, 50, 1000, START - 1000 * MS);
	progress_figures(&p, &f);
	ck_assert_uint_eq(f.done, 200);
	expect_near(f.rate, 100);
}
END_TEST

START_TEST(standing_still_leaves_the_time_left_unknown)
{
	struct progress p;
	struct progress_figures f;
	AUTO_BUF struct buf line = BUF_INIT(200);

	progress_init(&p, 5, START);
	progress_update(&p, 5, 10, START + 10000 * MS);
	progress_figures(&p, &f);
	expect_near(f.rate, 0);
	ck_assert(f.left_s < 0);
	progress_line(&p, &line);
	ck_assert_str_eq(buf_text(&line), "50.0 %, 5 of 10 rows, 0.00 /s");
}
END_TEST

START_TEST(the_end_and_what_is_beyond_it_is_100_percent_and_nothing_before_is)
{
	struct progress p;
	struct progress_figures f;
	AUTO_BUF struct buf line = BUF_INIT(200);

	progress_init(&p, 0, START);
	progress_update(&p, 9999, 10000, START + 1000 * MS);
	progress_line(&p, &line);
	ck_assert_msg(strncmp(buf_text(&line), "99.9 %, ", 8) == 0, "%s", buf_text(&line));
	progress_update(&p, 10001, 10000, START + 2000 * MS);
	progress_figures(&p, &f);
	expect_near(f.percent, 100);
	expect_near(f.left_s, 0);
	buf_clear(&line);
	progress_line(&p, &line);
	ck_assert_msg(strstr(buf_text(&line), "left") == NULL, "%s", buf_text(&line));
}
END_TEST

START_TEST(the_largest_numbers_do_no_harm)
{
	struct progress p;
	AUTO_BUF struct buf line = BUF_INIT(300);

	progress_init(&p, 0, 0);
	progress_update(&p, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX);
	progress_line(&p, &line);
	progress_bar(&p, "x", 500, true, &line);
	progress_init(&p, 0, START);
	progress_update(&p, 1, UINT64_MAX, START + 250 * MS);
	buf_clear(&line);
	progress_line(&p, &line);
	ck_assert(!line.failed && strstr(buf_text(&line), "left") == NULL);
}
END_TEST

static const struct {
	double seconds;
	const char *want;
} times[] = {
	{ 0, "0 ms" },
	{ -1, "0 ms" },
	{ 0.85, "850 ms" },
	{ 0.9994, "999 ms" },
	{ 0.9996, "1.0 s" },
	{ 4.84, "4.8 s" },
	{ 9.96, "10 s" },
	{ 59.9, "60 s" },
	{ 59.99, "1 min" },
	{ 190, "3 min 10 s" },
	{ 3599.9, "1 h" },
	{ 7500, "2 h 5 min" },
	{ 86400 * 4 + 3600 * 3 + 59, "4 d 3 h" },
	{ 1e300, "365000 d" },
};

START_TEST(times_are_written_for_people)
{
	AUTO_BUF struct buf text = BUF_INIT(100);

	progress_time(times[_i].seconds, &text);
	ck_assert_str_eq(buf_text(&text), times[_i].want);
}
END_TEST

static const struct {
	unsigned columns;
	bool utf8;
	const char *want;
} bars[] = {
	{ 60, false, "primes [#############                 ]  42 % 1.20 k/s 4.8 s" },
	{ 40, true, "primes █████         42 % 1.20 k/s 4.8 s" },
	{ 32, false, "primes [#####      ]  42 % 4.8 s" },
	{ 24, false, "primes [####     ]  42 %" },
	{ 16, false, "[###     ]  42 %" },
	{ 6, false, " 42 %" },
	{ 2, false, "" },
	{ 0, false, "" },
};

static unsigned columns(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

START_TEST(a_bar_fits_its_terminal)
{
	struct progress p;
	AUTO_BUF struct buf bar = BUF_INIT(1000);

	progress_init(&p, 0, START);
	progress_update(&p, 4200, 10000, START + 3500 * MS);
	progress_bar(&p, "primes", bars[_i].columns, bars[_i].utf8, &bar);
	ck_assert_str_eq(buf_text(&bar), bars[_i].want);
	ck_assert_uint_le(columns(buf_text(&bar)), bars[_i].columns);
}
END_TEST

START_TEST(a_bar_of_any_width_and_part_fits)
{
	AUTO_BUF struct buf bar = BUF_INIT(1000);
	unsigned wrong = 0;

	for (uint64_t done = 0; done <= 1000; done += 7)
		for (unsigned width = 0; width < 120; width++) {
			struct progress p;

			progress_init(&p, 0, START);
			progress_update(&p, done, 1000, START + 1000 * MS);
			buf_clear(&bar);
			progress_bar(&p, "a label of some length", width, width % 2 == 0, &bar);
			wrong += columns(buf_text(&bar)) > width;
		}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(without_a_total_there_is_no_bar_but_a_count)
{
	struct progress p;
	AUTO_BUF struct buf bar = BUF_INIT(1000);

	progress_init(&p, 0, START);
	progress_update(&p, 1234567, 0, START + 1000 * MS);
	progress_bar(&p, "lines\x1b[2J", 80, true, &bar);
	ck_assert_str_eq(buf_text(&bar), "lines\\x1b[2J 1,234,567 1.23 M/s");
}
END_TEST

Suite *progress_suite(void)
{
	Suite *s = suite_create("progress");
	TCase *t = tcase_create("figures");

	tcase_add_test(t, knows_nothing_at_the_beginning);
	tcase_add_test(t, tells_percent_rate_and_time_left);
	tcase_add_test(t, the_rate_is_that_of_the_last_seconds);
	tcase_add_test(t, updates_that_come_often_are_no_shorter_memory);
	tcase_add_test(t, a_resumed_run_does_not_count_the_earlier_rows_as_its_own);
	tcase_add_test(t, counts_and_times_that_go_back_are_no_progress);
	tcase_add_test(t, standing_still_leaves_the_time_left_unknown);
	tcase_add_test(t, the_end_and_what_is_beyond_it_is_100_percent_and_nothing_before_is);
	tcase_add_test(t, the_largest_numbers_do_no_harm);
	suite_add_tcase(s, t);
	t = tcase_create("text");
	tcase_add_loop_test(t, times_are_written_for_people, 0, ARRAY_SIZE(times));
	tcase_add_loop_test(t, a_bar_fits_its_terminal, 0, ARRAY_SIZE(bars));
	tcase_add_test(t, a_bar_of_any_width_and_part_fits);
	tcase_add_test(t, without_a_total_there_is_no_bar_but_a_count);
	suite_add_tcase(s, t);
	return s;
}
