/* test_load_show.c - launcher/load_show.h: the line, without a terminal. */
#include "launcher/load_show.h"

#include "common/buf.h"
#include "common/clock.h"
#include "load/drive.h"
#include "tests/unit/suites.h"

#define LINE_MAX_BYTES 1000

static const char *line_of(struct load_show *s, const struct load_progress *p, uint64_t now_ms)
{
	static struct buf line = BUF_INIT(LINE_MAX_BYTES);

	buf_clear(&line);
	load_show_line(s, p, now_ms * CLOCK_NS_PER_MS, &line);
	return buf_text(&line);
}

START_TEST(the_line_tells_phase_share_time_left_and_rate)
{
	struct load_show s = { .on = true };
	struct load_progress p = { .total_ns = 10 * CLOCK_NS_PER_S,
				   .elapsed_ns = CLOCK_NS_PER_S / 2,
				   .warming_up = true,
				   .connections = 64 };

	ck_assert_str_eq(line_of(&s, &p, 1000),
			 "warming up: 5 %, 9.5 s left, 0 answered, 0 errors, 64 connections");
	p.warming_up = false;
	p.elapsed_ns = 4 * CLOCK_NS_PER_S;
	p.answered = 36800;
	p.errors = 1;
	p.connections = 1;
	ck_assert_str_eq(line_of(&s, &p, 3000),
			 "measuring: 40 %, 6.0 s left, 18.4k/s, 36800 answered, 1 error, 1 "
			 "connection");
}
END_TEST

START_TEST(the_rate_is_that_of_a_second_not_of_an_instant)
{
	struct load_show s = { .on = true };
	struct load_progress p = { .total_ns = 10 * CLOCK_NS_PER_S };

	line_of(&s, &p, 1000);
	p.answered = 1000;
	line_of(&s, &p, 2000);
	ck_assert_double_eq(s.rate, 1000);
	p.answered = 1900;
	line_of(&s, &p, 2100);
	ck_assert_double_eq(s.rate, 1000);
	line_of(&s, &p, 3000);
	ck_assert_double_eq(s.rate, 900);
}
END_TEST

START_TEST(past_its_end_there_is_no_time_left)
{
	struct load_show s = { .on = true };
	struct load_progress p = { .total_ns = CLOCK_NS_PER_S, .elapsed_ns = 3 * CLOCK_NS_PER_S };

	ck_assert_str_eq(line_of(&s, &p, 1000),
			 "measuring: 100 %, 0 us left, 0 answered, 0 errors, 0 connections");
	p = (struct load_progress) { 0 };
	ck_assert_str_eq(line_of(&s, &p, 1000),
			 "measuring: 100 %, 0 us left, 0 answered, 0 errors, 0 connections");
}
END_TEST

/* Planned time for what was not run yet; what runs took once some are done. */
START_TEST(rounds_have_the_time_left_of_all)
{
	struct load_show s = {
		.on = true, .round = 1, .rounds = 3, .name = "a\nb.json", .runs = 6
	};
	struct load_progress p = { .total_ns = 2 * CLOCK_NS_PER_S, .elapsed_ns = CLOCK_NS_PER_S };

	ck_assert_str_eq(line_of(&s, &p, 1000),
			 "round 1 of 3, a\\x0ab.json: 11.0 s left, 0 answered, 0 errors, 0 "
			 "connections");
	s.runs_done = 4;
	s.runs_ns = 12 * CLOCK_NS_PER_S;
	s.round = 3;
	ck_assert_str_eq(line_of(&s, &p, 1100),
			 "round 3 of 3, a\\x0ab.json: 4.0 s left, 0 answered, 0 errors, 0 "
			 "connections");
}
END_TEST

START_TEST(without_a_terminal_nothing_is_drawn)
{
	struct load_progress p = { 0 };
	struct load_show s;

	load_show_init(&s, false);
	load_show_start(&s, "a.json");
	load_show(&p, &s);
	ck_assert(!s.drawn);
	load_show_end(&s);
}
END_TEST

Suite *load_show_suite(void)
{
	Suite *s = suite_create("load_show");
	TCase *t = tcase_create("load_show");

	tcase_add_test(t, the_line_tells_phase_share_time_left_and_rate);
	tcase_add_test(t, the_rate_is_that_of_a_second_not_of_an_instant);
	tcase_add_test(t, past_its_end_there_is_no_time_left);
	tcase_add_test(t, rounds_have_the_time_left_of_all);
	tcase_add_test(t, without_a_terminal_nothing_is_drawn);
	suite_add_tcase(s, t);
	return s;
}
