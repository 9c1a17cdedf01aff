/* test_cgroup.c - portmap/cgroup.h */
#include "portmap/cgroup.h"

#include "common/cc.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <limits.h>

#define FILES_MAX 6

struct file {
	const char *name, *text;
};

/* membership: a root to be made of files, and the limit that follows. */
static const struct {
	const char *membership;
	struct file files[FILES_MAX];
	size_t limit;
} trees[] = {
	/* version 2 */
	{ "0::/a/b\n", { { "a/b/cpu.max", "200000 100000\n" } }, 2 },
	{ "0::/a/b\n", { { "a/b/cpu.max", "250000 100000\n" } }, 3 },
	{ "0::/a/b\n", { { "a/b/cpu.max", "1000 100000\n" } }, 1 },
	{ "0::/a/b\n", { { "a/b/cpu.max", "max 100000\n" } }, 0 },
	{ "0::/a/b\n",
	  { { "a/b/cpu.max", "max 100000\n" }, { "a/cpu.max", "400000 100000\n" } },
	  4 },
	{ "0::/a/b\n",
	  { { "a/b/cpu.max", "600000 100000\n" },
	    { "a/cpu.max", "500000 100000\n" },
	    { "cpu.max", "700000 100000\n" } },
	  5 },
	{ "0::/a/b\n",
	  { { "a/b/cpu.max", "max 100000\n" },
	    { "a/cpu.max", "max 100000\n" },
	    { "cpu.max", "700000 100000\n" } },
	  7 },
	{ "0::/\n", { { "cpu.max", "700000 100000\n" } }, 7 },
	/* not of a neighbour, not of a child */
	{ "0::/a\n",
	  { { "a/b/cpu.max", "100000 100000\n" }, { "ab/cpu.max", "100000 100000\n" } },
	  0 },
	/* in a container: the host's path, or one outside of what is mounted */
	{ "0::/docker/0123\n", { { "cpu.max", "300000 100000\n" } }, 3 },
	{ "0::/../0123\n",
	  { { "cpu.max", "300000 100000\n" }, { "../cpu.max", "200000 100000\n" } },
	  3 },
	/* hybrid: version 2 is mounted below */
	{ "1:name=systemd:/x\n0::/a\n", { { "unified/a/cpu.max", "300000 100000\n" } }, 3 },
	/* version 1 */
	{ "4:memory:/m\n3:cpu:/a/b\n",
	  { { "cpu/a/b/cpu.cfs_quota_us", "150000\n" },
	    { "cpu/a/b/cpu.cfs_period_us", "50000\n" } },
	  3 },
	{ "3:cpu,cpuacct:/a\n",
	  { { "cpu,cpuacct/a/cpu.cfs_quota_us", "150000\n" },
	    { "cpu,cpuacct/a/cpu.cfs_period_us", "50000\n" } },
	  3 },
	{ "3:cpuacct,cpu:/a\n",
	  { { "cpu/a/cpu.cfs_quota_us", "-1\n" },
	    { "cpu/a/cpu.cfs_period_us", "100000\n" },
	    { "cpu/cpu.cfs_quota_us", "200000\n" },
	    { "cpu/cpu.cfs_period_us", "100000\n" } },
	  2 },
	{ "3:cpu:/a\n",
	  { { "cpu/a/cpu.cfs_quota_us", "-1\n" }, { "cpu/a/cpu.cfs_period_us", "100000\n" } },
	  0 },
	{ "3:cpuset:/a\n2:cpuacct:/a\n",
	  { { "cpu/a/cpu.cfs_quota_us", "100000\n" }, { "cpu/a/cpu.cfs_period_us", "100000\n" } },
	  0 },
	/* nonsense sets no limit */
	{ "", { { "cpu.max", "100000 100000\n" } }, 0 },
	{ "0\n0:\n::\n0::a\n\n", { { "cpu.max", "100000 100000\n" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "0 100000\n" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "100000 0\n" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "100000\n" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "99999999999999999999999 100000\n" } }, 0 },
	{ "0::/a\n", { { "a/cpu.max", "18446744073709551615 1\n" } }, SIZE_MAX },
};

START_TEST(the_smallest_limit_from_the_own_group_to_the_root_counts)
{
	char membership[PATH_MAX], root[PATH_MAX];
	struct dir_fixture d;

	dir_fixture_init(&d);
	snprintf(root, sizeof(root), "%s/root", d.path);
	snprintf(membership, sizeof(membership), "%s/cgroup", d.path);
	dir_fixture_write(&d, "cgroup", trees[_i].membership);
	for (size_t i = 0; i < FILES_MAX && trees[_i].files[i].name != NULL; i++) {
		char name[256];

		snprintf(name, sizeof(name), "root/%s", trees[_i].files[i].name);
		dir_fixture_write(&d, name, trees[_i].files[i].text);
	}
	ck_assert_uint_eq(cgroup_cpu_limit(root, membership), trees[_i].limit);
	dir_fixture_release(&d);
}
END_TEST

START_TEST(no_cgroups_no_limit)
{
	ck_assert_uint_eq(cgroup_cpu_limit("/nowhere", "/nowhere/cgroup"), 0);
	ck_assert_uint_eq(cgroup_cpu_limit("/nowhere", "/proc/self/cgroup"), 0);
}
END_TEST

/* Paths that do not fit are left out, and cut nothing. */
START_TEST(bounds_hostile_paths)
{
	char name[PATH_MAX], text[3 * PATH_MAX];
	struct dir_fixture d;
	size_t len = 0;

	dir_fixture_init(&d);
	len += (size_t)snprintf(text, sizeof(text), "0::/");
	for (; len < sizeof(text) - 2; len++)
		text[len] = len % 10 == 0 ? '/' : 'a';
	text[len] = '\0';
	dir_fixture_write(&d, "cgroup", text);
	dir_fixture_write(&d, "cpu.max", "100000 100000\n");
	snprintf(name, sizeof(name), "%s/cgroup", d.path);
	ck_assert_uint_eq(cgroup_cpu_limit(d.path, name), 0);
	dir_fixture_release(&d);
}
END_TEST

Suite *cgroup_suite(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tc = tcase_create("cgroup");

	tcase_add_loop_test(tc, the_smallest_limit_from_the_own_group_to_the_root_counts, 0,
			    ARRAY_SIZE(trees));
	tcase_add_test(tc, no_cgroups_no_limit);
	tcase_add_test(tc, bounds_hostile_paths);
	suite_add_tcase(suite, tc);
	return suite;
}
