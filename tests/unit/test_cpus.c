/* test_cpus.c - portmap/cpus.h */
#include "portmap/cpus.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <stdint.h>
#include <string.h>

#define CORES_MAX 8

/* Cores as bit masks of processors, within the mask (0: all). */
static const struct {
	const char *topology;
	unsigned mask;
	unsigned cores[CORES_MAX];
} lists[] = {
	{ "core:4 pu:1", 0, { 1, 2, 4, 8 } },
	{ "core:4 pu:2", 0, { 3, 12, 48, 192 } },
	{ "package:2 core:2 pu:2", 0, { 3, 12, 48, 192 } },
	{ "package:2 numa:2 l3:1 core:2 pu:1", 0, { 1, 2, 4, 8, 16, 32, 64, 128 } },
	/* hyper-threads as many a BIOS numbers them: 0 and 4 are one core */
	{ "core:4 pu:2(indexes=0,4,1,5,2,6,3,7)", 0, { 17, 34, 68, 136 } },
	/* packages in turn: in the OS's order all the same */
	{ "package:2 core:2 pu:1(indexes=0,2,1,3)", 0, { 1, 2, 4, 8 } },
	/* no cores: processors */
	{ "pu:3", 0, { 1, 2, 4 } },
	/* the affinity mask */
	{ "core:4 pu:2", 0xf0, { 48, 192 } },
	{ "core:4 pu:2", 0x06, { 2, 4 } },
	{ "core:4 pu:2(indexes=0,4,1,5,2,6,3,7)", 0x10, { 16 } },
	{ "core:2 pu:1", 0xffff, { 1, 2 } },
};

static unsigned bits_of(const cpu_set_t *set)
{
	unsigned bits = 0;

	for (int cpu = 0; cpu < 32; cpu++)
		bits |= CPU_ISSET(cpu, set) ? 1u << cpu : 0;
	return bits;
}

static cpu_set_t set_of(unsigned bits)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < 32; cpu++) {
		if ((bits & 1u << cpu) != 0)
			CPU_SET(cpu, &set);
	}
	return set;
}

START_TEST(lists_cores_with_the_processors_that_we_may_use)
{
	cpu_set_t mask = set_of(lists[_i].mask);
	struct error e = { 0 };
	struct cpus c;
	size_t count = 0;

	ck_assert_msg(cpus_list(&c, lists[_i].topology, lists[_i].mask != 0 ? &mask : NULL, &e) ==
			      0,
		      "%s", e.text);
	while (count < CORES_MAX && lists[_i].cores[count] != 0)
		count++;
	ck_assert_uint_eq(c.count, count);
	ck_assert_uint_eq(c.usable, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(bits_of(&c.cores[i].set), lists[_i].cores[i]);
		ck_assert_int_eq(c.cores[i].number, __builtin_ctz(lists[_i].cores[i]));
	}
	cpus_release(&c);
	ck_assert_ptr_null(c.cores);
}
END_TEST

START_TEST(refuses_what_is_no_topology_and_an_empty_mask)
{
	struct cpus c = { .count = 77 };
	cpu_set_t mask = set_of(0x100);
	struct error e = { 0 };

	ck_assert_int_eq(cpus_detect(&c, "nonsense", NULL, &e), -EINVAL);
	ck_assert_str_eq(e.text, "cores of this machine: \"nonsense\" is no hwloc topology");
	ck_assert_int_eq(cpus_list(&c, "core:2 pu:1", &mask, &e), -ENODEV);
	ck_assert_uint_eq(c.count, 77);
}
END_TEST

static const struct {
	const char *cpu_max;
	size_t usable;
} quotas[] = {
	{ "max 100000\n", 8 },    { "800000 100000\n", 8 }, { "900000 100000\n", 8 },
	{ "250000 100000\n", 3 }, { "1000 100000\n", 1 },
};

/* The limit of the root holds for every process. */
START_TEST(uses_no_more_cores_than_the_cgroup_allows)
{
	struct dir_fixture d;
	struct cpus c;

	dir_fixture_init(&d);
	dir_fixture_write(&d, "cpu.max", quotas[_i].cpu_max);
	ck_assert_int_eq(cpus_detect(&c, "core:8 pu:2", d.path, NULL), 0);
	ck_assert_uint_eq(c.count, 8);
	ck_assert_uint_eq(c.usable, quotas[_i].usable);
	cpus_release(&c);
	dir_fixture_release(&d);
}
END_TEST

START_TEST(finds_this_machine_within_the_affinity_mask)
{
	struct error e = { 0 };
	struct cpus c;
	cpu_set_t mine, all;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	ck_assert_msg(cpus_detect(&c, NULL, NULL, &e) == 0, "%s", e.text);
	ck_assert_uint_ge(c.count, 1);
	ck_assert_uint_ge(c.usable, 1);
	ck_assert_uint_le(c.usable, c.count);
	CPU_ZERO(&all);
	for (size_t i = 0; i < c.count; i++) {
		ck_assert(CPU_ISSET(c.cores[i].number, &c.cores[i].set));
		ck_assert(i == 0 || c.cores[i].number > c.cores[i - 1].number);
		CPU_OR(&all, &all, &c.cores[i].set);
	}
	ck_assert(CPU_EQUAL(&all, &mine));
	cpus_release(&c);
}
END_TEST

START_TEST(pins_the_thread_and_finds_one_core_then)
{
	struct cpus c, one;
	cpu_set_t now;
	const struct cpu_core *last;

	ck_assert_int_eq(cpus_list(&c, NULL, NULL, NULL), 0);
	last = &c.cores[c.count - 1];
	ck_assert_int_eq(cpus_pin(last), 0);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(now), &now), 0);
	ck_assert(CPU_EQUAL(&now, &last->set));
	ck_assert_int_eq(cpus_list(&one, NULL, NULL, NULL), 0);
	ck_assert_uint_eq(one.count, 1);
	ck_assert_int_eq(one.cores[0].number, last->number);
	cpus_release(&one);
	cpus_release(&c);
}
END_TEST

START_TEST(says_when_a_core_cannot_be_had)
{
	struct cpu_core core = { .number = 0 };

	CPU_ZERO(&core.set);
	ck_assert_int_eq(cpus_pin(&core), -EINVAL);
}
END_TEST

Suite *cpus_suite(void)
{
	Suite *suite = suite_create("cpus");
	TCase *tc = tcase_create("cpus");

	tcase_add_loop_test(tc, lists_cores_with_the_processors_that_we_may_use, 0,
			    ARRAY_SIZE(lists));
	tcase_add_test(tc, refuses_what_is_no_topology_and_an_empty_mask);
	tcase_add_loop_test(tc, uses_no_more_cores_than_the_cgroup_allows, 0, ARRAY_SIZE(quotas));
	tcase_add_test(tc, finds_this_machine_within_the_affinity_mask);
	tcase_add_test(tc, pins_the_thread_and_finds_one_core_then);
	tcase_add_test(tc, says_when_a_core_cannot_be_had);
	suite_add_tcase(suite, tc);
	return suite;
}
