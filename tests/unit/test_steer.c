/* test_steer.c - portmap/listen.h: which socket gets a connection. */
#include "common/cc.h"
#include "portmap/address.h"
#include "portmap/listen.h"
#include "tests/add_unless.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <sys/resource.h>

#define CONNECTIONS 200
#define SLOTS_MAX 64

/* Worker 0 is another group's, so that places and numbers differ. */
static const char three_workers[] =
	"{'PROCS_MAX': 5, 'port_groups': {"
	"'other': {'START_SEQUENCE_NUM': [0, 2], 'ip': 'IP', 'ports': '12000-12001', "
	"'app': {'kind': 'hello'}},"
	"'blue': {'START_SEQUENCE_NUM': [1, 3, 4], 'ip': 'IP', 'ports': '11000-11001', "
	"'shared': true, 'app': {'kind': 'hello'}}}}";
#define BLUE 1

struct fixture {
	struct plan_fixture plan;
	struct listeners l;
	bool live[SLOTS_MAX];
	int clients[CONNECTIONS];
	size_t landed[SLOTS_MAX]; /* by slot */
};

static void setup(struct fixture *f, const char *config)
{
	struct problems p = { 0 };

	memset(f, 0, sizeof(*f));
	net_plan_make(&f->plan, config, 2);
	ck_assert_uint_le(f->plan.plan->slot_count, SLOTS_MAX);
	ck_assert(listeners_open(f->plan.plan, &f->l, &p));
}

static void teardown(struct fixture *f)
{
	listeners_close(&f->l, f->plan.plan);
	plan_fixture_release(&f->plan);
}

static void steer(struct fixture *f, unsigned group)
{
	ck_assert_int_eq(listeners_steer(&f->l, f->plan.plan, group, f->live), 0);
}

/* Take all that waits at servers[index]. */
static size_t accept_all(const struct fixture *f, size_t index)
{
	size_t count = 0;
	int fd;

	while ((fd = accept(f->l.fds[index], NULL, NULL)) >= 0) {
		close(fd);
		count++;
	}
	return count;
}

/* Connect to the port that is n-th of each worker of the group, and count
 * where the connections land, until all have. */
static void connect_all(struct fixture *f, unsigned group, size_t n)
{
	const struct plan *plan = f->plan.plan;
	struct address a = { .len = 0 };
	size_t all = 0;

	memset(f->landed, 0, sizeof(f->landed));
	for (size_t slot = 0; slot < plan->slot_count; slot++) {
		if (plan->slots[slot].group == (int32_t)group)
			plan_address(plan, plan->slots[slot].first + n, &a);
	}
	for (size_t i = 0; i < CONNECTIONS; i++) {
		f->clients[i] = net_connect(&a);
		ck_assert_int_ge(f->clients[i], 0);
	}
	for (size_t slot = 0; all < CONNECTIONS; slot = (slot + 1) % plan->slot_count) {
		size_t count;

		if (plan->slots[slot].group != (int32_t)group)
			continue;
		count = accept_all(f, plan->slots[slot].first + n);
		f->landed[slot] += count;
		all += count;
	}
	ck_assert_uint_eq(all, CONNECTIONS);
	for (size_t i = 0; i < CONNECTIONS; i++)
		close(f->clients[i]);
}

/* With 200 connections, one of up to three stays empty once in 10^35. */
START_TEST(each_live_worker_gets_its_share)
{
	struct fixture f;

	setup(&f, three_workers);
	f.live[1] = f.live[3] = f.live[4] = true;
	steer(&f, BLUE);
	for (size_t n = 0; n < 2; n++) {
		connect_all(&f, BLUE, n);
		ck_assert_uint_gt(f.landed[1], 0);
		ck_assert_uint_gt(f.landed[3], 0);
		ck_assert_uint_gt(f.landed[4], 0);
	}
	teardown(&f);
}
END_TEST

static const size_t workers[] = { 1, 3, 4 };

START_TEST(a_dead_worker_gets_nothing)
{
	struct fixture f;

	setup(&f, three_workers);
	f.live[1] = f.live[3] = f.live[4] = true;
	f.live[workers[_i]] = false;
	steer(&f, BLUE);
	for (size_t n = 0; n < 2; n++) {
		connect_all(&f, BLUE, n);
		for (size_t i = 0; i < ARRAY_SIZE(workers); i++)
			ck_assert(f.live[workers[i]] == (f.landed[workers[i]] > 0));
	}
	teardown(&f);
}
END_TEST

START_TEST(the_last_live_worker_gets_all)
{
	struct fixture f;

	setup(&f, three_workers);
	f.live[workers[_i]] = true;
	steer(&f, BLUE);
	connect_all(&f, BLUE, 0);
	ck_assert_uint_eq(f.landed[workers[_i]], CONNECTIONS);
	teardown(&f);
}
END_TEST

START_TEST(with_no_live_worker_connections_wait_at_all)
{
	struct fixture f;

	setup(&f, three_workers);
	steer(&f, BLUE);
	connect_all(&f, BLUE, 1);
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++)
		ck_assert_uint_gt(f.landed[workers[i]], 0);
	teardown(&f);
}
END_TEST

START_TEST(a_worker_that_is_back_gets_its_share_again)
{
	struct fixture f;

	setup(&f, three_workers);
	f.live[1] = true;
	steer(&f, BLUE);
	f.live[4] = true;
	steer(&f, BLUE);
	connect_all(&f, BLUE, 0);
	ck_assert_uint_gt(f.landed[1], 0);
	ck_assert_uint_eq(f.landed[3], 0);
	ck_assert_uint_gt(f.landed[4], 0);
	teardown(&f);
}
END_TEST

/* One socket per user and port may join behind ours: it gets nothing. */
START_TEST(a_stranger_who_joins_gets_nothing)
{
	struct fixture f;
	struct address a;
	int stranger;

	setup(&f, three_workers);
	plan_address(f.plan.plan, f.plan.plan->slots[1].first, &a);
	stranger = net_listen(&a, true);
	ck_assert_int_ge(stranger, 0);
	f.live[3] = f.live[4] = true;
	steer(&f, BLUE);
	connect_all(&f, BLUE, 0);
	ck_assert_uint_eq(f.landed[3] + f.landed[4], CONNECTIONS);
	close(stranger);
	teardown(&f);
}
END_TEST

START_TEST(an_exclusive_group_has_nothing_to_steer)
{
	struct fixture f;

	setup(&f, three_workers);
	steer(&f, 0);
	connect_all(&f, 0, 0);
	teardown(&f);
}
END_TEST

/* Every third of 64: many runs in the program. */
START_TEST(scattered_workers_get_their_shares)
{
	struct fixture f;

	setup(&f, "{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-63', 'ip': 'IP', "
		  "'ports': 11000, 'shared': true, 'app': {'kind': 'hello'}}}}");
	for (size_t i = 0; i < 64; i++)
		f.live[i] = i % 3 == 1 || i % 16 == 0;
	steer(&f, 0);
	connect_all(&f, 0, 0);
	for (size_t i = 0; i < 64; i++)
		ck_assert(f.live[i] || f.landed[i] == 0);
	teardown(&f);
}
END_TEST

/* More runs of live workers than a program has room for. */
static const char *why_few_descriptors(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= 4100
		       ? NULL
		       : "4100 descriptors are wanted";
}

START_TEST(the_program_stays_within_its_bound)
{
	struct rlimit limit;
	struct plan_fixture f;
	struct problems p = { 0 };
	struct listeners l;
	bool live[PLAN_SLOTS_MAX];

	net_plan_make(&f,
		      "{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-3999', 'ip': 'IP', "
		      "'ports': 11000, 'shared': true, 'app': {'kind': 'hello'}}}}",
		      1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert(listeners_open(f.plan, &l, &p));
	for (size_t i = 0; i < PLAN_SLOTS_MAX; i++)
		live[i] = i % 2 == 1;
	ck_assert_int_eq(listeners_steer(&l, f.plan, 0, live), 0);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct address a;

		plan_address(f.plan, 0, &a);
		ck_assert_int_ge(net_connect(&a), 0);
	}
	for (size_t i = 0; i < PLAN_SLOTS_MAX; i += 2)
		ck_assert_int_eq(accept(l.fds[i], NULL, NULL), -1);
	listeners_close(&l, f.plan);
	plan_fixture_release(&f);
}
END_TEST

Suite *steer_suite(void)
{
	Suite *suite = suite_create("steer");
	TCase *tc = tcase_create("steer");

	tcase_add_test(tc, each_live_worker_gets_its_share);
	tcase_add_loop_test(tc, a_dead_worker_gets_nothing, 0, ARRAY_SIZE(workers));
	tcase_add_loop_test(tc, the_last_live_worker_gets_all, 0, ARRAY_SIZE(workers));
	tcase_add_test(tc, with_no_live_worker_connections_wait_at_all);
	tcase_add_test(tc, a_worker_that_is_back_gets_its_share_again);
	tcase_add_test(tc, a_stranger_who_joins_gets_nothing);
	tcase_add_test(tc, an_exclusive_group_has_nothing_to_steer);
	tcase_add_test(tc, scattered_workers_get_their_shares);
	add_test_unless(why_few_descriptors(), tc, the_program_stays_within_its_bound);
	suite_add_tcase(suite, tc);
	return suite;
}
