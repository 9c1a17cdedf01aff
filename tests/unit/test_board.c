/* test_board.c - portmap/board.h */
#include "portmap/board.h"

#include "common/error.h"
#include "queues/region.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

/* Worker 0 has servers 0 (cells 0-2) and 1 (cell 3), worker 1 server 2 (4). */
static const char config[] =
	"{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': '10-11'},"
	"'b': {'START_SEQUENCE_NUM': 1, 'ports': 12}}, 'servers': ["
	"{'group': 'a', 'ports': 10, 'threads': 3, 'app': {'kind': 'hello'}},"
	"{'group': 'a', 'app': {'kind': 'hello'}}, {'group': 'b', 'app': {'kind': 'hello'}}]}";

struct fixture {
	struct plan_fixture plan;
	struct region region;
	struct board *board;
};

static void setup(struct fixture *f)
{
	struct error e = { 0 };

	plan_fixture_make(&f->plan, config, 2);
	f->plan.plan->input.feeder_count = 3;
	ck_assert_msg(region_create(&f->region, board_region_bytes(f->plan.plan), &e) == 0, "%s",
		      e.text);
	/* The worst place to begin at. */
	ck_assert_uint_ne(region_alloc(&f->region, 1, 1), 0);
	f->board = board_create(&f->region, f->plan.plan);
	ck_assert_ptr_nonnull(f->board);
}

static void teardown(struct fixture *f)
{
	region_detach(&f->region);
	plan_fixture_release(&f->plan);
}

static void expect_line_of_its_own(const void *place, char **end)
{
	ck_assert_uint_eq((uintptr_t)place % CACHE_LINE_BYTES, 0);
	ck_assert((const char *)place >= *end);
	*end = (char *)place + CACHE_LINE_BYTES;
}

START_TEST(has_a_line_for_each_writer_all_within_the_region)
{
	struct fixture f;
	char *end;

	setup(&f);
	end = (char *)(f.board + 1);
	for (size_t i = 0; i < 2; i++)
		expect_line_of_its_own(board_process(f.board, i), &end);
	expect_line_of_its_own(board_status_process(f.board), &end);
	expect_line_of_its_own(board_collector_process(f.board), &end);
	for (size_t i = 0; i < 3; i++)
		expect_line_of_its_own(board_feeder_process(f.board, i), &end);
	for (size_t i = 0; i < 2; i++)
		expect_line_of_its_own(board_slot_work(f.board, i), &end);
	for (size_t i = 0; i < 5; i++)
		expect_line_of_its_own(board_cell(f.board, i), &end);
	/* What comes next in the region lies behind it. */
	ck_assert((char *)region_at(&f.region, region_alloc(&f.region, 1, 1)) >= end);
	teardown(&f);
}
END_TEST

START_TEST(begins_with_zeros_and_is_found_again)
{
	struct fixture f;
	struct board_counts counts;

	setup(&f);
	ck_assert_ptr_eq(board_attach(&f.region), f.board);
	for (size_t i = 0; i < 3; i++) {
		board_server_sum(f.board, f.plan.plan, i, &counts);
		ck_assert_uint_eq(counts.requests + counts.active + counts.classes[2], 0);
	}
	ck_assert_uint_eq(board_get(&board_status_process(f.board)->restarts), 0);
	teardown(&f);
}
END_TEST

START_TEST(adds_up_the_cells_of_one_server_only)
{
	struct fixture f;
	struct board_counts counts;

	setup(&f);
	for (size_t i = 0; i < 5; i++) {
		struct board_cell *cell = board_cell(f.board, i);

		board_add(&cell->requests, 1u << i);
		board_add(&cell->bytes_sent, 10u << i);
		board_add(&cell->accepted, 100u << i);
		board_add(&cell->refused, 1000u << i);
		board_add(&cell->active, 10000u << i);
		board_add(&cell->connections, 100000u << i);
		for (size_t k = 0; k < BOARD_STATUS_CLASSES; k++)
			board_add(&cell->classes[k], (k + 1) << i);
	}
	board_server_sum(f.board, f.plan.plan, 0, &counts);
	ck_assert_uint_eq(counts.requests, 7);
	ck_assert_uint_eq(counts.bytes_sent, 70);
	ck_assert_uint_eq(counts.accepted, 700);
	ck_assert_uint_eq(counts.refused, 7000);
	ck_assert_uint_eq(counts.active, 70000);
	ck_assert_uint_eq(counts.connections, 700000);
	for (size_t k = 0; k < BOARD_STATUS_CLASSES; k++)
		ck_assert_uint_eq(counts.classes[k], 7 * (k + 1));
	board_server_sum(f.board, f.plan.plan, 1, &counts);
	ck_assert_uint_eq(counts.requests, 8);
	board_server_sum(f.board, f.plan.plan, 2, &counts);
	ck_assert_uint_eq(counts.requests, 16);
	teardown(&f);
}
END_TEST

START_TEST(clears_the_gauges_of_one_worker_and_no_counter)
{
	struct fixture f;
	struct board_counts counts;

	setup(&f);
	for (size_t i = 0; i < 5; i++) {
		board_set(&board_cell(f.board, i)->requests, 1);
		board_set(&board_cell(f.board, i)->active, 1);
		board_set(&board_cell(f.board, i)->connections, 1);
	}
	board_clear_gauges(f.board, f.plan.plan, 0);
	board_server_sum(f.board, f.plan.plan, 0, &counts);
	ck_assert_uint_eq(counts.active + counts.connections, 0);
	ck_assert_uint_eq(counts.requests, 3);
	board_server_sum(f.board, f.plan.plan, 1, &counts);
	ck_assert_uint_eq(counts.active + counts.connections, 0);
	board_server_sum(f.board, f.plan.plan, 2, &counts);
	ck_assert_uint_eq(counts.active + counts.connections, 2);
	teardown(&f);
}
END_TEST

START_TEST(does_not_fit_a_region_that_is_too_small)
{
	struct plan_fixture plan;
	struct region region;

	plan_fixture_make(&plan, "{'PROCS_MAX': 4000}", 1);
	ck_assert_int_eq(region_create(&region, 100, NULL), 0);
	ck_assert_ptr_null(board_create(&region, plan.plan));
	ck_assert_ptr_null(board_attach(&region));
	region_detach(&region);
	plan_fixture_release(&plan);
}
END_TEST

START_TEST(names_the_states)
{
	ck_assert_str_eq(board_manager_state_name(BOARD_MANAGER_RUNNING), "running");
	ck_assert_str_eq(board_manager_state_name((enum board_manager_state)99), "unknown");
}
END_TEST

Suite *board_suite(void)
{
	Suite *suite = suite_create("board");
	TCase *tc = tcase_create("board");

	tcase_add_test(tc, has_a_line_for_each_writer_all_within_the_region);
	tcase_add_test(tc, begins_with_zeros_and_is_found_again);
	tcase_add_test(tc, adds_up_the_cells_of_one_server_only);
	tcase_add_test(tc, clears_the_gauges_of_one_worker_and_no_counter);
	tcase_add_test(tc, does_not_fit_a_region_that_is_too_small);
	tcase_add_test(tc, names_the_states);
	suite_add_tcase(suite, tc);
	return suite;
}
