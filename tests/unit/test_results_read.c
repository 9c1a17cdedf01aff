/* test_results_read.c - lists, pages, single tickets, and what is missing. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define QUEUE RESULTS_FIXTURE_QUEUE
#define SET 200 /* tickets of a random set */

static struct results_fixture f;

static void setup(void)
{
	results_fixture_init(&f);
}

static void teardown(void)
{
	results_fixture_release(&f);
}

static int list(void *arg, const struct results_stored *queue)
{
	buf_addf(arg, "%s|%s|%" PRIu64 "|%" PRIu32 "|%" PRIu64 "|%" PRIu64 "..%" PRIu64 "\n",
		 queue->name, queue->alias, queue->expected_rows, queue->rows_max,
		 queue->counts.done, queue->lowest, queue->highest);
	return 0;
}

START_TEST(each_queue_is_listed_with_its_counts)
{
	const struct results_queue other = { .name = "batch_1|audio_lg",
					     .expected_rows = RESULTS_ROWS_UNKNOWN,
					     .rows_max = 1000 };
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	AUTO_BUF struct buf text = BUF_INIT(1000);

	ck_assert_int_eq(results_declare(r, 1, &other, NULL), 0);
	results_fixture_put(r, 3, 9);
	ck_assert_int_eq(results_each_queue(reader, list, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), "mp_input_q (default)|mp_input_q|10|1|7|3..9\n"
					  "batch_1|audio_lg||18446744073709551615|1000|0|1..0\n");
	results_reader_close(reader);
	results_close(r);
}
END_TEST

START_TEST(a_queue_is_found_by_its_name_or_its_alias)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	struct results_stored stored = { .id = 77 };
	struct error e = { 0 };

	ck_assert_int_eq(results_find_queue(reader, "nobody_q", &stored, &e), -ENOENT);
	ck_assert_msg(strstr(e.text, "no queue \"nobody_q\", but \"mp_input_q (default)\"") != NULL,
		      "%s", e.text);
	ck_assert_uint_eq(stored.id, 77);
	ck_assert_int_eq(results_find_queue(reader, RESULTS_FIXTURE_NAME, &stored, NULL), 0);
	ck_assert_str_eq(stored.alias, "mp_input_q");
	ck_assert_int_eq(results_find_queue(reader, "mp_input_q", &stored, NULL), 0);
	ck_assert_str_eq(stored.name, RESULTS_FIXTURE_NAME);
	/* No alias is not the alias "". */
	ck_assert_int_eq(results_find_queue(reader, "", &stored, NULL), -ENOENT);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

START_TEST(the_run_says_what_it_is)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	AUTO_BUF struct buf instance = BUF_INIT(100), label = BUF_INIT(100);

	ck_assert_int_eq(results_about(reader, &instance, &label, NULL), 0);
	ck_assert_str_eq(buf_text(&instance), "x");
	ck_assert_str_eq(buf_text(&label), "primes");
	buf_release(&instance);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

static int stop_at_five(void *arg, const struct results_row *row)
{
	*(uint64_t *)arg = row->ticket;
	return row->ticket == 5 ? 55 : 0;
}

START_TEST(a_page_is_in_numeric_order_from_a_ticket_on)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	uint64_t last;

	results_fixture_put(r, 9, 11);
	results_fixture_put(r, 100, 101);
	results_fixture_put(r, 1, 2);
	results_fixture_put(r, 5, 5);
	results_fixture_expect(reader, 0, 0, "1=1 2=2 5=5 9=9 10=10 11=11 100=100 101=101");
	results_fixture_expect(reader, 3, 2, "5=5 9=9");
	results_fixture_expect(reader, 101, 5, "101=101");
	results_fixture_expect(reader, 102, 5, "");
	results_fixture_expect(reader, UINT64_MAX, UINT64_MAX, "");
	ck_assert_int_eq(results_page(reader, results_fixture_stored(reader).id, 0, 0, stop_at_five,
				      &last, NULL),
			 55);
	ck_assert_uint_eq(last, 5);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

START_TEST(one_ticket_is_found_with_its_text)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	AUTO_BUF struct buf text = BUF_INIT(100), small = BUF_INIT(3);
	unsigned id = results_fixture_stored(reader).id;
	struct results_ticket t;
	struct error e = { 0 };

	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put(r, QUEUE, 3, 42, "[1, 2]", 6, NULL), 0);
	ck_assert_int_eq(results_put_dead(r, QUEUE, 4, 2, "why", 2, "1\n2", 3, NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
	ck_assert_int_eq(results_get(reader, id, 3, &t, &text, NULL), 0);
	ck_assert_int_eq(t.state, RESULTS_FOUND);
	ck_assert_uint_eq(t.rows, 42);
	ck_assert_str_eq(buf_text(&text), "[1, 2]");
	buf_clear(&text);
	ck_assert_int_eq(results_get(reader, id, 4, &t, &text, NULL), 0);
	ck_assert_int_eq(t.state, RESULTS_DEAD);
	ck_assert_str_eq(buf_text(&text), "1\n2");
	ck_assert_int_eq(results_get(reader, id, 2, &t, &text, NULL), 0);
	ck_assert_int_eq(t.state, RESULTS_UNKNOWN);
	ck_assert_int_eq(results_get(reader, id, UINT64_MAX, &t, &text, NULL), 0);
	ck_assert_int_eq(t.state, RESULTS_UNKNOWN);
	ck_assert_int_eq(results_get(reader, id, 3, &t, &small, &e), -EFBIG);
	buf_release(&small);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

static int add_dead(void *arg, const struct results_dead *dead)
{
	buf_addf(arg, "%" PRIu64 " %u %s %" PRIu32 " %.*s\n", dead->ticket, dead->attempts,
		 dead->reason, dead->rows, (int)dead->len, dead->text != NULL ? dead->text : "");
	return 0;
}

START_TEST(dead_letters_are_listed)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 10);
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;
	AUTO_BUF struct buf text = BUF_INIT(1000);

	ck_assert_int_eq(results_begin(r, NULL), 0);
	for (uint64_t ticket = 1; ticket <= 5; ticket++)
		ck_assert_int_eq(results_put_dead(r, QUEUE, ticket, 3, "why", 1, "four", 4, NULL),
				 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
	ck_assert_int_eq(results_dead_page(reader, id, 2, 2, add_dead, &text, NULL), 0);
	ck_assert_str_eq(buf_text(&text), "2 3 why 1 four\n3 3 why 1 \n");
	results_reader_close(reader);
	results_close(r);
}
END_TEST

/* Tickets below SET, each in one of the three places or in none. Those that
 * are there have one row, but each seventh has two. */
#define ROWS_OF(ticket) ((ticket) % 7 == 0 ? 2 : 1)

static void put_somewhere(struct results *r, uint64_t ticket, int place)
{
	uint32_t rows = ROWS_OF(ticket);

	ck_assert_int_eq(results_begin(r, NULL), 0);
	if (place < 5)
		ck_assert_int_eq(results_put(r, QUEUE, ticket, rows, "1", 1, NULL), 0);
	else if (place < 7)
		ck_assert_int_eq(results_put_dead(r, QUEUE, ticket, 3, "", rows, "", 0, NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
}

static void make_set(bool *there, unsigned seed)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, (16 + 1) * 60);
	struct results_reader *reader;

	for (uint64_t ticket = 0; ticket < SET; ticket++) {
		int place = rand_r(&seed) % 10;

		there[ticket] = place < 7;
		put_somewhere(r, ticket, place);
	}
	results_close(r);
	reader = results_fixture_reader(&f);
	ck_assert_uint_gt(results_fixture_stored(reader).counts.evicted, 0);
	results_reader_close(reader);
}

/* The ranges say for each ticket from..end whether it is missing. */
static void check_ranges(const bool *there, uint64_t from, size_t max)
{
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;
	struct results_range ranges[SET];
	bool said[SET] = { false };
	size_t count;

	for (uint64_t at = from;; at = ranges[count - 1].last + 1) {
		ck_assert_int_eq(results_missing(reader, id, at, SET, ranges, max, &count, NULL),
				 0);
		for (size_t i = 0; i < count; i++) {
			ck_assert_uint_le(ranges[i].first, ranges[i].last);
			ck_assert_uint_lt(ranges[i].last, SET);
			ck_assert(i == 0 || ranges[i].first > ranges[i - 1].last + 1);
			memset(said + ranges[i].first, true, ranges[i].last - ranges[i].first + 1);
		}
		if (count < max)
			break;
	}
	for (uint64_t ticket = 0; ticket < SET; ticket++)
		ck_assert_msg(said[ticket] == (ticket >= from && !there[ticket]), "ticket %" PRIu64,
			      ticket);
	results_reader_close(reader);
}

START_TEST(what_is_missing_is_told_in_ranges)
{
	bool there[SET];

	make_set(there, (unsigned)_i);
	for (size_t max = 1; max < SET; max = max * 3 + 1) {
		check_ranges(there, 0, max);
		check_ranges(there, 77, max);
	}
}
END_TEST

START_TEST(ranges_begin_and_end_where_they_were_asked_to)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 10 * 18);
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;
	struct results_range ranges[4];
	size_t count;

	results_fixture_put(r, 10, 29); /* of which the first half is evicted */
	results_fixture_put(r, 40, 40);
	ck_assert_int_eq(results_missing(reader, id, 13, 35, ranges, 4, &count, NULL), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(ranges[0].first, 30);
	ck_assert_uint_eq(ranges[0].last, 34);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

START_TEST(a_feeder_is_told_each_ticket_that_is_there_and_its_rows)
{
	struct results_reader *reader;
	struct results_skip skip;
	bool there[SET];

	make_set(there, (unsigned)_i);
	reader = results_fixture_reader(&f);
	results_skip_init(&skip, reader, results_fixture_stored(reader).id);
	for (uint64_t ticket = 0; ticket < SET + 3; ticket += 1 + (uint64_t)_i) {
		bool want = ticket < SET && there[ticket], stored;
		uint64_t rows, want_rows = want ? ROWS_OF(ticket) : 0;

		ck_assert_int_eq(results_skip_ticket(&skip, ticket, &stored, &rows, NULL), 0);
		ck_assert_msg(stored == want && rows == want_rows,
			      "ticket %" PRIu64 ": %d, %" PRIu64 " rows", ticket, stored, rows);
	}
	results_reader_close(reader);
}
END_TEST

START_TEST(of_an_empty_queue_all_is_missing)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;
	struct results_range range;
	size_t count;

	ck_assert_int_eq(results_missing(reader, id, 0, 10000000, &range, 1, &count, NULL), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(range.first, 0);
	ck_assert_uint_eq(range.last, 9999999);
	ck_assert_int_eq(results_missing(reader, id, 0, 0, &range, 1, &count, NULL), 0);
	ck_assert_uint_eq(count, 0);
	results_reader_close(reader);
	results_close(r);
}
END_TEST

static int stop_at_once(void *arg ATTR_UNUSED, const struct results_row *row ATTR_UNUSED)
{
	return 1;
}

static int stop_at_queue(void *arg ATTR_UNUSED, const struct results_stored *queue ATTR_UNUSED)
{
	return 1;
}

START_TEST(a_reader_sees_what_is_committed_and_holds_nothing_up)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader = results_fixture_reader(&f);
	unsigned id = results_fixture_stored(reader).id;
	struct results_range range;
	struct results_ticket t;
	size_t count;

	results_fixture_put(r, 0, 1);
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put(r, QUEUE, 2, 1, "2", 1, NULL), 0);
	ck_assert_int_eq(results_get(reader, id, 2, &t, NULL, NULL), 0);
	ck_assert_int_eq(t.state, RESULTS_UNKNOWN);
	ck_assert_int_eq(results_missing(reader, id, 0, 9, &range, 1, &count, NULL), 0);
	ck_assert_int_eq(results_page(reader, id, 0, 0, stop_at_once, NULL, NULL), 1);
	ck_assert_int_eq(results_each_queue(reader, stop_at_queue, NULL, NULL), 1);
	ck_assert_int_eq(results_commit(r, NULL), 0);
	/* The log can be taken into the file whole: the first column is "busy". */
	ck_assert_int_eq(results_fixture_ask(&f, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	results_fixture_expect(reader, 0, 0, "0=0 1=1 2=2");
	results_reader_close(reader);
	results_close(r);
}
END_TEST

static void refused(int code, const char *want)
{
	struct results_reader *reader = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(results_reader_open(&reader, f.path, &e), -code);
	ck_assert_ptr_null(reader);
	ck_assert_msg(strstr(e.text, f.path) != NULL && strstr(e.text, want) != NULL, "%s", e.text);
}

START_TEST(what_cannot_be_read_is_told)
{
	refused(ENOENT, "RESULTS_STORE");
	ck_assert(access(f.path, F_OK) < 0); /* and not made */
	dir_fixture_write(&f.dir, "x.results.db", "");
	refused(ENOENT, "no results yet");
	dir_fixture_write(&f.dir, "x.results.db", "a letter to a friend");
	refused(EMEDIUMTYPE, "no SQLite database");
}
END_TEST

static int ignore(void *arg ATTR_UNUSED, const struct results_row *row ATTR_UNUSED)
{
	return 0;
}

START_TEST(damage_in_the_middle_is_told_when_it_is_met)
{
	struct results *r = results_fixture_open(&f, RESULTS_NEW, 0);
	struct results_reader *reader;
	struct error e = { 0 };
	char damage[8192];
	AUTO_CLOSE int fd = -1;

	results_fixture_put(r, 0, 50000);
	results_close(r);
	memset(damage, 0x5a, sizeof(damage));
	fd = open(f.path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, damage, sizeof(damage), 40 * 8192), sizeof(damage));
	reader = results_fixture_reader(&f);
	ck_assert_int_eq(
		results_page(reader, results_fixture_stored(reader).id, 0, 0, ignore, NULL, &e),
		-EBADMSG);
	ck_assert_msg(strstr(e.text, "damaged") != NULL, "%s", e.text);
	results_reader_close(reader);
}
END_TEST

Suite *results_read_suite(void)
{
	Suite *s = suite_create("results_read");
	TCase *t = tcase_create("results_read");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_queue_is_listed_with_its_counts);
	tcase_add_test(t, a_queue_is_found_by_its_name_or_its_alias);
	tcase_add_test(t, the_run_says_what_it_is);
	tcase_add_test(t, a_page_is_in_numeric_order_from_a_ticket_on);
	tcase_add_test(t, one_ticket_is_found_with_its_text);
	tcase_add_test(t, dead_letters_are_listed);
	tcase_add_loop_test(t, what_is_missing_is_told_in_ranges, 0, 5);
	tcase_add_test(t, ranges_begin_and_end_where_they_were_asked_to);
	tcase_add_loop_test(t, a_feeder_is_told_each_ticket_that_is_there_and_its_rows, 0, 5);
	tcase_add_test(t, of_an_empty_queue_all_is_missing);
	tcase_add_test(t, a_reader_sees_what_is_committed_and_holds_nothing_up);
	tcase_add_test(t, what_cannot_be_read_is_told);
	tcase_add_test(t, damage_in_the_middle_is_told_when_it_is_met);
	suite_add_tcase(s, t);
	return s;
}
