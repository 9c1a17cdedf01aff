/* test_load_cores.c - launcher/load_cores.h */
#include "launcher/load_cores.h"

#include "common/cc.h"
#include "portmap/cpus.h"
#include "tests/unit/suites.h"

static struct load_cores cores;
static struct cpus cpus;

static void setup(void)
{
	ck_assert_int_eq(cpus_list(&cpus, "core:4 pu:2", NULL, NULL), 0);
}

static void teardown(void)
{
	load_cores_release(&cores);
	cpus_release(&cpus);
}

static void choose(unsigned threads, size_t targets, const int *occupied, size_t count)
{
	const struct load_cores_wish wish = { threads, targets, occupied, count };

	ck_assert_int_eq(load_cores_choose(&cores, &cpus, &wish, NULL), 0);
}

START_TEST(a_thread_for_each_core_without_a_worker)
{
	const int occupied[] = { cpus.cores[0].number, cpus.cores[2].number };

	choose(0, 100, occupied, ARRAY_SIZE(occupied));
	ck_assert_uint_eq(cores.threads, 2);
	ck_assert_uint_eq(cores.count, 2);
	ck_assert_int_eq(cores.numbers[0], cpus.cores[1].number);
	ck_assert_int_eq(cores.numbers[1], cpus.cores[3].number);
	ck_assert(CPU_EQUAL(&cores.pin[1], &cpus.cores[3].set));
	ck_assert(!cores.shared);
}
END_TEST

START_TEST(no_more_threads_than_targets)
{
	const int occupied[] = { cpus.cores[0].number };

	choose(0, 2, occupied, 1);
	ck_assert_uint_eq(cores.threads, 2);
	load_cores_release(&cores);
	choose(3, 2, occupied, 1);
	ck_assert_uint_eq(cores.threads, 2);
}
END_TEST

START_TEST(more_threads_than_free_cores_share_these)
{
	const int occupied[] = { cpus.cores[0].number, cpus.cores[1].number, cpus.cores[2].number };

	choose(3, 100, occupied, ARRAY_SIZE(occupied));
	ck_assert_uint_eq(cores.threads, 3);
	ck_assert_uint_eq(cores.count, 1);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(CPU_EQUAL(&cores.pin[i], &cpus.cores[3].set));
	ck_assert(!cores.shared);
}
END_TEST

START_TEST(without_a_free_core_nothing_is_pinned_and_said_to_be_shared)
{
	int occupied[4];

	for (size_t i = 0; i < 4; i++)
		occupied[i] = cpus.cores[i].number;
	choose(0, 100, occupied, ARRAY_SIZE(occupied));
	ck_assert_uint_eq(cores.threads, 1);
	ck_assert_ptr_null(cores.pin);
	ck_assert_uint_eq(cores.count, 0);
	ck_assert(cores.shared);
}
END_TEST

START_TEST(what_a_cgroup_grants_is_shared_too)
{
	const int occupied[] = { cpus.cores[0].number, cpus.cores[1].number };

	cpus.usable = 2;
	choose(0, 100, occupied, ARRAY_SIZE(occupied));
	ck_assert_uint_eq(cores.threads, 2);
	ck_assert(cores.shared);
}
END_TEST

START_TEST(servers_elsewhere_take_no_core)
{
	choose(0, 100, NULL, 0);
	ck_assert_uint_eq(cores.threads, 4);
	ck_assert_ptr_null(cores.pin);
	ck_assert(!cores.shared);
}
END_TEST

Suite *load_cores_suite(void)
{
	Suite *suite = suite_create("load_cores");
	TCase *all = tcase_create("load_cores");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, a_thread_for_each_core_without_a_worker);
	tcase_add_test(all, no_more_threads_than_targets);
	tcase_add_test(all, more_threads_than_free_cores_share_these);
	tcase_add_test(all, without_a_free_core_nothing_is_pinned_and_said_to_be_shared);
	tcase_add_test(all, what_a_cgroup_grants_is_shared_too);
	tcase_add_test(all, servers_elsewhere_take_no_core);
	suite_add_tcase(suite, all);
	return suite;
}
