/* test_results_write.c - batches, the bound, dead letters, a full disk. */
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>

#define QUEUE RESULTS_FIXTURE_QUEUE
#define OTHER 8

static struct results_fixture f;

static void setup(void)
{
	results_fixture_init(&f);
}

static void teardown(void)
{
	results_fixture_release(&f);
}

static void put(struct results *r, unsigned queue, uint64_t ticket, const char *json)
{
	struct error e = { 0 };

	ck_assert_msg(results_put(r, queue, ticket, 1, json, strlen(json), &e) == 0, "%s", e.text);
}

static void put_dead(struct results *r, uint64_t ticket, const char *reason, const char *rows)
{
	struct error e = { 0 };
	int err = results_put_dead(r, QUEUE, ticket, 3, reason, 2, rows, strlen(rows), &e);

	ck_assert_msg(err == 0, "%s", e.text);
}

static void begin(struct results *r)
{
	struct error e = { 0 };

	ck_assert_msg(results_begin(r, &e) == 0, "%s", e.text);
}

static void commit(struct results *r)
{
	struct error e = { 0 };

	ck_assert_msg(results_commit(r, &e) == 0, "%s", e.text);
}

static struct results_counts counts_of(const struct results *r, unsigned queue)
{
	struct results_counts counts;

	results_count(r, queue, &counts);
	return counts;
}

static void expect_stored(const char *want)
{
	struct results_reader *reader = results_fixture_reader(&f);

	results_fixture_expect(reader, 0, 0, want);
	results_reader_close(reader);
}

static enum results_state state_of(uint64_t ticket, struct results_ticket *ret)
{
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;

	ck_assert_int_eq(results_get(reader, id, ticket, ret, NULL, NULL), 0);
	results_reader_close(reader);
	return ret->state;
}

START_TEST(the_first_result_of_a_ticket_stays)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	begin(r);
	put(r, QUEUE, 5, "\"first\"");
	put(r, QUEUE, 5, "\"same batch\"");
	commit(r);
	begin(r);
	put(r, QUEUE, 5, "\"another batch\"");
	put(r, QUEUE, 4, "[1, 2]");
	commit(r);
	expect_stored("4=[1, 2] 5=\"first\"");
	ck_assert_uint_eq(counts_of(r, QUEUE).done, 2);
	ck_assert_uint_eq(counts_of(r, QUEUE).rows, 2);
	ck_assert_uint_eq(counts_of(r, QUEUE).bytes, 7 + 6 + 2 * RESULTS_ROW_BYTES);
	results_close(r);
}
END_TEST

START_TEST(no_result_is_null)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	begin(r);
	ck_assert_int_eq(results_put(r, QUEUE, 0, 1, NULL, 0, NULL), 0);
	commit(r);
	results_close(r);
	expect_stored("0=null");
}
END_TEST

START_TEST(what_is_rolled_back_was_never_there)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	results_fixture_put(r, 0, 1);
	begin(r);
	put(r, QUEUE, 2, "2");
	put_dead(r, 3, "why", "1\n2");
	ck_assert_uint_eq(counts_of(r, QUEUE).done, 3);
	results_rollback(r);
	ck_assert_uint_eq(counts_of(r, QUEUE).done, 2);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 0);
	results_rollback(r); /* fine without one */
	results_fixture_put(r, 3, 3);
	results_close(r);
	expect_stored("0=0 1=1 3=3");
}
END_TEST

START_TEST(what_cannot_be_is_an_error_and_changes_nothing)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct error e = { 0 };

	begin(r);
	ck_assert_int_eq(results_put(r, QUEUE, RESULTS_TICKETS, 1, "1", 1, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "_TID_34359738368 is no ticket") != NULL, "%s", e.text);
	ck_assert_int_eq(results_put(r, QUEUE + 1, 0, 1, "1", 1, &e), -EINVAL);
	ck_assert_int_eq(results_put(r, 1u << 31, 0, 1, "1", 1, &e), -EINVAL);
	ck_assert_int_eq(results_put(r, QUEUE, 0, 1, "1", SIZE_MAX, &e), -E2BIG);
	ck_assert_int_eq(results_put_dead(r, 300, 0, 1, "", 1, "", 0, &e), -EINVAL);
	put(r, QUEUE, RESULTS_TICKETS - 1, "1");
	commit(r);
	results_close(r);
	expect_stored("34359738367=1");
}
END_TEST

/* Values of one digit: each counts 1 + RESULTS_ROW_BYTES. */
#define DIGIT (1 + RESULTS_ROW_BYTES)

START_TEST(beyond_the_bound_the_lowest_tickets_go_and_stay_known)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 5 * DIGIT);
	struct results_ticket t;

	results_fixture_put(r, 0, 4);
	expect_stored("0=0 1=1 2=2 3=3 4=4"); /* on the bound, not beyond it */
	results_fixture_put(r, 5, 6);
	expect_stored("3=3 4=4 5=5 6=6");
	ck_assert_uint_eq(counts_of(r, QUEUE).done, 4);
	ck_assert_uint_eq(counts_of(r, QUEUE).evicted, 3);
	ck_assert_uint_eq(counts_of(r, QUEUE).rows, 7);
	ck_assert_uint_eq(counts_of(r, QUEUE).bytes, 4 * DIGIT);
	ck_assert_int_eq(state_of(2, &t), RESULTS_EVICTED);
	ck_assert_int_eq(state_of(3, &t), RESULTS_FOUND);
	ck_assert_int_eq(state_of(7, &t), RESULTS_UNKNOWN);
	results_fixture_put(r, 0, 2); /* as a collector does that died */
	ck_assert_uint_eq(counts_of(r, QUEUE).evicted, 3);
	expect_stored("3=3 4=4 5=5 6=6");
	results_close(r);
}
END_TEST

START_TEST(what_was_evicted_is_known_to_a_run_that_resumes)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 5 * DIGIT);

	results_fixture_put(r, 0, 7);
	results_close(r);
	r = results_fixture_open(&f, RESULTS_RESUME, 5 * DIGIT);
	results_fixture_put(r, 0, 7);
	results_close(r);
	expect_stored("4=4 5=5 6=6 7=7");
}
END_TEST

START_TEST(evicted_tickets_that_touch_are_one_range_however_they_came)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 5 * DIGIT);
	struct results_ticket t;

	results_fixture_put(r, 0, 1);
	results_fixture_put(r, 3, 6);
	results_fixture_put(r, 8, 8);
	ck_assert_int_eq(state_of(1, &t), RESULTS_EVICTED);
	ck_assert_int_eq(state_of(3, &t), RESULTS_FOUND);
	results_fixture_put(r, 9, 9);
	ck_assert_int_eq(state_of(3, &t), RESULTS_EVICTED);
	ck_assert_int_eq(state_of(2, &t), RESULTS_UNKNOWN);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM evicted"), 2);
	results_fixture_put(r, 2, 2); /* a late one between them */
	results_fixture_put(r, 10, 11);
	ck_assert_int_eq(state_of(2, &t), RESULTS_EVICTED);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM evicted"), 1);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT first FROM evicted"), 0);
	results_close(r);
}
END_TEST

START_TEST(the_queue_that_holds_most_gives_way)
{
	const struct results_queue other = { .name = "other", .rows_max = 1 };
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 5 * DIGIT);

	ck_assert_int_eq(results_declare(r, OTHER, &other, NULL), 0);
	begin(r);
	put(r, OTHER, 0, "1");
	put(r, OTHER, 1, "1");
	commit(r);
	results_fixture_put(r, 0, 8);
	ck_assert_uint_eq(counts_of(r, OTHER).done, 2);
	expect_stored("7=7 8=8");
	results_close(r);
}
END_TEST

START_TEST(a_result_larger_than_the_bound_is_evicted_at_once)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 3 * DIGIT);
	char json[200];

	memset(json, '1', sizeof(json));
	begin(r);
	ck_assert_int_eq(results_put(r, QUEUE, 0, 1, json, sizeof(json), NULL), 0);
	commit(r);
	ck_assert_uint_eq(counts_of(r, QUEUE).evicted, 1);
	ck_assert_uint_eq(counts_of(r, QUEUE).bytes, 0);
	results_close(r);
	expect_stored("");
}
END_TEST

START_TEST(the_file_stays_within_the_bound_as_well)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 1 << 20);

	for (uint64_t ticket = 0; ticket < 400000; ticket += 20000)
		results_fixture_put(r, ticket, ticket + 19999);
	results_close(r);
	ck_assert_int_lt(results_fixture_ask(&f, "SELECT page_count * 8192 FROM"
						 " pragma_page_count"),
			 2 << 20);
}
END_TEST

START_TEST(a_dead_letter_has_its_reason_and_rows)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	char reason[RESULTS_REASON_BYTES + 50];
	struct results_ticket t;

	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	begin(r);
	put_dead(r, 4, "killed by SIGSEGV", "1\n2");
	put_dead(r, 4, "another time", "3\n4");
	put_dead(r, 5, reason, "1\n2");
	commit(r);
	ck_assert_int_eq(state_of(4, &t), RESULTS_DEAD);
	ck_assert_str_eq(t.reason, "killed by SIGSEGV");
	ck_assert_uint_eq(t.attempts, 3);
	ck_assert_uint_eq(t.rows, 2);
	ck_assert_int_eq(state_of(5, &t), RESULTS_DEAD);
	ck_assert_uint_eq(strlen(t.reason), RESULTS_REASON_BYTES - 1);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 2);
	results_close(r);
}
END_TEST

START_TEST(a_ticket_is_done_or_dead_and_done_wins)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_ticket t;

	begin(r);
	put(r, QUEUE, 1, "1");
	put_dead(r, 1, "too late", "1");
	put_dead(r, 2, "given up", "2");
	put_dead(r, 3, "given up", "3");
	commit(r);
	results_fixture_put(r, 2, 2);
	ck_assert_int_eq(state_of(1, &t), RESULTS_FOUND);
	ck_assert_int_eq(state_of(2, &t), RESULTS_FOUND);
	ck_assert_int_eq(state_of(3, &t), RESULTS_DEAD);
	ck_assert_uint_eq(counts_of(r, QUEUE).done, 2);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 1);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT count(*) FROM dead"), 1);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT dead_bytes FROM queue"), 1);
	results_close(r);
}
END_TEST

START_TEST(an_evicted_ticket_does_not_die_afterwards)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 2 * DIGIT);
	struct results_ticket t;

	results_fixture_put(r, 0, 5);
	begin(r);
	put_dead(r, 0, "too late", "1");
	commit(r);
	ck_assert_int_eq(state_of(0, &t), RESULTS_EVICTED);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 0);
	results_close(r);
}
END_TEST

START_TEST(the_rows_of_dead_letters_keep_the_bound_too)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 10);

	begin(r);
	put_dead(r, 0, "why", "12345678");
	put_dead(r, 1, "why", "123");
	put_dead(r, 2, "why", "12");
	commit(r);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 3);
	ck_assert_int_eq(results_fixture_ask(&f, "SELECT ticket FROM dead WHERE value IS NULL"), 1);
	results_close(r);
}
END_TEST

START_TEST(dead_letters_are_tried_again_when_asked_for)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_ticket t;
	uint64_t count = 0;

	begin(r);
	put_dead(r, 0, "why", "1");
	put_dead(r, 7, "why", "1");
	commit(r);
	ck_assert_int_eq(results_retry_dead(r, &count, NULL), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(counts_of(r, QUEUE).dead, 0);
	ck_assert_int_eq(state_of(7, &t), RESULTS_UNKNOWN);
	results_close(r);
}
END_TEST

START_TEST(the_highest_issue_that_was_said_counts)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);

	begin(r);
	ck_assert_int_eq(results_put_issued(r, QUEUE, 12, NULL), 0);
	ck_assert_int_eq(results_put_issued(r, QUEUE, 11, NULL), 0);
	commit(r);
	results_close(r);
	r = results_fixture_open(&f, RESULTS_RESUME, 0);
	ck_assert_uint_eq(counts_of(r, QUEUE).issued, 12);
	results_close(r);
}
END_TEST

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = MIN(bytes, limit.rlim_max);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Batches of a thousand until one fails; returns how many did not. */
static uint64_t fill_up(struct results *r, struct error *e)
{
	for (uint64_t batch = 0;; batch++) {
		int err = results_begin(r, e);

		for (uint64_t i = 0; i < 1000 && err == 0; i++)
			err = results_put(r, QUEUE, batch * 1000 + i, 1, "\"twenty bytes long\"",
					  19, e);
		if (err == 0)
			err = results_commit(r, e);
		if (err < 0)
			return batch;
	}
}

START_TEST(a_full_disk_is_told_and_what_did_not_fit_can_be_written_later)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader;
	struct error e = { 0 };
	uint64_t batches;

	limit_files(1 << 20);
	batches = fill_up(r, &e);
	ck_assert_uint_gt(batches, 2);
	ck_assert_msg(e.code == ENOSPC, "%s", e.text);
	ck_assert(results_error_passes(-e.code));
	ck_assert_msg(strstr(e.text, f.path) != NULL && strstr(e.text, "make room") != NULL, "%s",
		      e.text);
	results_rollback(r);
	ck_assert_uint_eq(counts_of(r, QUEUE).done, batches * 1000);
	reader = results_fixture_reader(&f);
	ck_assert_uint_eq(results_fixture_stored(reader).counts.done, batches * 1000);
	results_reader_close(reader);
	limit_files(RLIM_INFINITY);
	results_fixture_put(r, batches * 1000, batches * 1000 + 999);
	ck_assert_uint_eq(counts_of(r, QUEUE).done, batches * 1000 + 1000);
	results_close(r);
}
END_TEST

START_TEST(another_programs_lock_is_told_and_waited_for)
{
	const struct results_options options = { .mode = RESULTS_RESUME, .busy_ms = 1 };
	const struct results_queue queue = { .name = RESULTS_FIXTURE_NAME,
					     .alias = "mp_input_q",
					     .rows_max = 1 };
	struct error e = { 0 };
	struct results *r;
	sqlite3 *db;

	ck_assert_int_eq(results_open(&r, f.path, &options, NULL), 0);
	ck_assert_int_eq(results_declare(r, QUEUE, &queue, NULL), 0);
	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(results_begin(r, &e), -EBUSY);
	ck_assert(results_error_passes(-EBUSY));
	ck_assert_msg(strstr(e.text, "locked by another program") != NULL, "%s", e.text);
	ck_assert_int_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	results_rollback(r);
	results_fixture_put(r, 0, 0);
	results_close(r);
	expect_stored("0=0");
}
END_TEST

static const struct {
	const char *suffix; /* of the name it goes to; NULL: it is removed */
	bool another;       /* file is put in its place */
} places[] = { { NULL, false }, { NULL, true }, { "-moved", false } };

START_TEST(a_file_that_is_taken_away_is_told_before_more_is_written_to_it)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct error e = { 0 };
	char moved[sizeof(f.path) + 8];

	results_fixture_put(r, 0, 9);
	if (places[_i].suffix != NULL) {
		snprintf(moved, sizeof(moved), "%s%s", f.path, places[_i].suffix);
		ck_assert_int_eq(rename(f.path, moved), 0);
	} else {
		ck_assert_int_eq(unlink(f.path), 0);
	}
	if (places[_i].another)
		dir_fixture_write(&f.dir, strrchr(f.path, '/') + 1, "mine");
	ck_assert_int_eq(results_begin(r, &e), -ESTALE);
	ck_assert_msg(strstr(e.text, f.path) != NULL && strstr(e.text, "was removed") != NULL, "%s",
		      e.text);
	ck_assert(!results_error_passes(-ESTALE));
	results_close(r);
}
END_TEST

Suite *results_write_suite(void)
{
	Suite *s = suite_create("results_write");
	TCase *t = tcase_create("results_write");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_result_of_a_ticket_stays);
	tcase_add_test(t, no_result_is_null);
	tcase_add_test(t, what_is_rolled_back_was_never_there);
	tcase_add_test(t, what_cannot_be_is_an_error_and_changes_nothing);
	tcase_add_test(t, beyond_the_bound_the_lowest_tickets_go_and_stay_known);
	tcase_add_test(t, what_was_evicted_is_known_to_a_run_that_resumes);
	tcase_add_test(t, evicted_tickets_that_touch_are_one_range_however_they_came);
	tcase_add_test(t, the_queue_that_holds_most_gives_way);
	tcase_add_test(t, a_result_larger_than_the_bound_is_evicted_at_once);
	tcase_add_test(t, the_file_stays_within_the_bound_as_well);
	tcase_add_test(t, a_dead_letter_has_its_reason_and_rows);
	tcase_add_test(t, a_ticket_is_done_or_dead_and_done_wins);
	tcase_add_test(t, an_evicted_ticket_does_not_die_afterwards);
	tcase_add_test(t, the_rows_of_dead_letters_keep_the_bound_too);
	tcase_add_test(t, dead_letters_are_tried_again_when_asked_for);
	tcase_add_test(t, the_highest_issue_that_was_said_counts);
	tcase_add_test(t, a_full_disk_is_told_and_what_did_not_fit_can_be_written_later);
	tcase_add_test(t, another_programs_lock_is_told_and_waited_for);
	tcase_add_loop_test(t, a_file_that_is_taken_away_is_told_before_more_is_written_to_it, 0,
			    (int)ARRAY_SIZE(places));
	suite_add_tcase(s, t);
	return s;
}
