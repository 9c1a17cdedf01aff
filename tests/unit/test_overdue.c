/* test_overdue.c - leases that last too long, and whom they count against. */
#include "queues/overdue.h"

#include "common/clock.h"
#include "queues/impl.h"
#include "queues/recover.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define LIMIT_MS 500
#define LIMIT_NS (LIMIT_MS * CLOCK_NS_PER_MS)
#define FOUND_MAX 4

enum { IN, FREE_OF_LIMIT };
enum { MANAGER = 1, WORKER, OTHER };

static struct queue_fixture f;
static struct queue_overdue found[FOUND_MAX];
static uint64_t next_ns;

static void setup(void)
{
	const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, 4, 4, 64, 2, false },
		{ "jobs_q", QUEUE_WORK, 4, 4, 64, 2, false },
	};

	queue_fixture_init(&f, specs, 2);
	queue_limit_lease(&f.handles[MANAGER], IN, LIMIT_MS);
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static size_t look(uint64_t now_ns)
{
	return queues_overdue(&f.handles[MANAGER], now_ns, found, FOUND_MAX, &next_ns);
}

static uint32_t feed_and_take(unsigned who, unsigned queue)
{
	uint32_t job;

	queue_fixture_feed(&f, queue, "1");
	ck_assert_int_eq(queue_take(&f.handles[who], queue, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
	return job;
}

/* As if the taker had been stopped behind the change of the word. */
static void forget_take(uint32_t job)
{
	atomic_store(&queues_block(&f.handles[MANAGER], job)->since_ns, 2);
}

START_TEST(a_lease_is_found_when_it_has_lasted_too_long_and_not_before)
{
	uint64_t before = clock_mono_ns(), after;

	feed_and_take(WORKER, IN);
	after = clock_mono_ns();
	ck_assert_uint_eq(look(before + LIMIT_NS - 1), 0);
	ck_assert_uint_ge(next_ns, before + LIMIT_NS);
	ck_assert_uint_le(next_ns, after + LIMIT_NS + 1);
	ck_assert_uint_eq(look(after + LIMIT_NS + 1), 1);
	ck_assert_uint_eq(found[0].owner, WORKER);
	ck_assert_uint_eq(found[0].queue, IN);
	ck_assert_uint_eq(found[0].ticket, 0);
	ck_assert_uint_ge(found[0].held_ns, LIMIT_NS);
}
END_TEST

START_TEST(what_waits_is_done_or_has_no_limit_is_never_overdue)
{
	uint32_t done = feed_and_take(WORKER, IN), kept = feed_and_take(WORKER, IN);
	uint64_t far = clock_mono_ns() + 100 * LIMIT_NS;

	feed_and_take(WORKER, FREE_OF_LIMIT);
	queue_fixture_feed(&f, IN, "1");
	ck_assert_int_eq(queue_commit(&f.handles[WORKER], done, BLOCK_NONE), 0);
	ck_assert_int_eq(queue_keep(&f.handles[WORKER], kept, 1), 0);
	ck_assert_uint_eq(look(far), 0);
	ck_assert_uint_eq(next_ns, far + LIMIT_NS);
}
END_TEST

START_TEST(without_a_limit_there_is_nothing_to_look_for)
{
	queue_limit_lease(&f.handles[MANAGER], IN, 0);
	feed_and_take(WORKER, IN);
	ck_assert_uint_eq(look(UINT64_MAX / 2), 0);
	ck_assert_uint_eq(next_ns, UINT64_MAX);
}
END_TEST

/* It may have waited for long; its taker has had it for no time at all. */
START_TEST(a_take_that_was_not_noted_yet_begins_when_it_is_seen)
{
	uint64_t now = clock_mono_ns() + 100 * LIMIT_NS;

	forget_take(feed_and_take(WORKER, IN));
	ck_assert_uint_eq(look(now), 0);
	ck_assert_uint_eq(look(now + LIMIT_NS - 1), 0);
	ck_assert_uint_eq(look(now + LIMIT_NS + 1), 1);
}
END_TEST

START_TEST(no_more_are_given_than_there_is_room_for)
{
	struct queue_overdue one[1];

	feed_and_take(WORKER, IN);
	feed_and_take(OTHER, IN);
	ck_assert_uint_eq(queues_overdue(&f.handles[MANAGER], clock_mono_ns() + 2 * LIMIT_NS, one,
					 1, &next_ns),
			  1);
	ck_assert_uint_eq(one[0].owner, WORKER);
}
END_TEST

START_TEST(an_excuse_begins_all_leases_anew)
{
	uint64_t now = clock_mono_ns() + 2 * LIMIT_NS;

	feed_and_take(WORKER, IN);
	queues_excuse(&f.handles[MANAGER], now);
	ck_assert_uint_eq(look(now + LIMIT_NS - 1), 0);
	ck_assert_uint_eq(look(now + LIMIT_NS + 1), 1);
}
END_TEST

START_TEST(a_holder_that_waits_for_others_extends_its_lease)
{
	uint32_t job = feed_and_take(WORKER, IN), free_of = feed_and_take(WORKER, FREE_OF_LIMIT);
	uint64_t before = clock_mono_ns(), again = queue_extend(&f.handles[WORKER], job);

	ck_assert_uint_ge(again, before + LIMIT_NS / 2);
	ck_assert_uint_eq(look(before + LIMIT_NS - 1), 0);
	ck_assert_uint_eq(queue_extend(&f.handles[WORKER], free_of), QUEUE_FOREVER);
}
END_TEST

/* Not the death, but the time is what they failed by; and nothing else that
 * the process had has failed. */
START_TEST(overdue_leases_count_whether_begun_or_not_and_others_do_not)
{
	struct queues *manager = &f.handles[MANAGER];
	uint32_t late = feed_and_take(WORKER, IN), other = feed_and_take(WORKER, FREE_OF_LIMIT);
	uint32_t job;

	queue_begin(&f.handles[WORKER], other);
	ck_assert_uint_eq(queues_blame_overdue(manager, OTHER, clock_mono_ns() + 2 * LIMIT_NS), 0);
	ck_assert_uint_eq(queues_blame_overdue(manager, WORKER, clock_mono_ns()), 0);
	ck_assert_uint_eq(queues_blame_overdue(manager, WORKER, clock_mono_ns() + 2 * LIMIT_NS), 1);
	queues_recover(manager, WORKER, false, "killed by SIGKILL", NULL);
	ck_assert_int_eq(queue_take(&f.handles[OTHER], IN, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
	ck_assert_uint_eq(job, late);
	ck_assert_uint_eq(queue_attempts(&f.handles[OTHER], job), 1);
	ck_assert_str_eq(queue_why(&f.handles[OTHER], job), "took longer than 500 ms");
	ck_assert_int_eq(queue_take(&f.handles[OTHER], FREE_OF_LIMIT, QUEUE_NO_WAIT, &job),
			 QUEUE_CHUNK);
	ck_assert_uint_eq(queue_attempts(&f.handles[OTHER], job), 0);
}
END_TEST

START_TEST(the_last_attempt_that_is_overdue_makes_a_dead_letter)
{
	struct queues *manager = &f.handles[MANAGER];
	struct queues_recovered back = { 0 };
	uint32_t job = feed_and_take(WORKER, IN);

	for (unsigned attempt = 0; attempt < 2; attempt++) {
		queues_blame_overdue(manager, WORKER, clock_mono_ns() + 2 * LIMIT_NS);
		queues_recover(manager, WORKER, false, "killed by SIGKILL", &back);
		if (attempt == 0)
			ck_assert_int_eq(queue_take(&f.handles[WORKER], IN, QUEUE_NO_WAIT, &job),
					 QUEUE_CHUNK);
	}
	ck_assert_uint_eq(back.dead, 1);
	ck_assert_int_eq(queue_take(&f.handles[OTHER], manager->shared->dead, QUEUE_NO_WAIT, &job),
			 QUEUE_CHUNK);
	ck_assert_str_eq(queue_why(&f.handles[OTHER], job), "took longer than 500 ms");
}
END_TEST

Suite *overdue_suite(void)
{
	Suite *suite = suite_create("overdue");
	TCase *t = tcase_create("overdue");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_lease_is_found_when_it_has_lasted_too_long_and_not_before);
	tcase_add_test(t, what_waits_is_done_or_has_no_limit_is_never_overdue);
	tcase_add_test(t, without_a_limit_there_is_nothing_to_look_for);
	tcase_add_test(t, a_take_that_was_not_noted_yet_begins_when_it_is_seen);
	tcase_add_test(t, no_more_are_given_than_there_is_room_for);
	tcase_add_test(t, an_excuse_begins_all_leases_anew);
	tcase_add_test(t, a_holder_that_waits_for_others_extends_its_lease);
	tcase_add_test(t, overdue_leases_count_whether_begun_or_not_and_others_do_not);
	tcase_add_test(t, the_last_attempt_that_is_overdue_makes_a_dead_letter);
	suite_add_tcase(suite, t);
	return suite;
}
