/* cpus.h - the cores a worker may be pinned to.
 *
 * Physical cores (hwloc), not hyper-threads, within the affinity mask. The
 * number that is worth using is also bounded by the cgroup's cpu.max (v2) or
 * cpu.cfs_quota_us (v1), rounded up, at least 1.
 */
#ifndef PORTMAP_CPUS_H
#define PORTMAP_CPUS_H

#include <sched.h>
#include <stddef.h>

struct error;

struct cpu_core {
	int number;    /* the core's first processor, as the OS numbers it */
	cpu_set_t set; /* all of its processors that we may use */
};

struct cpus {
	struct cpu_core *cores; /* owned; in the OS's order, at least one */
	size_t count;
	size_t usable; /* min(count, the cgroup's limit), at least 1 */
};

/* synthetic: an hwloc synthetic topology ("core:4 pu:2") instead of this
 * machine's; cgroup_root: instead of /sys/fs/cgroup. NULL for the real ones. */
int cpus_detect(struct cpus *ret, const char *synthetic, const char *cgroup_root, struct error *e);

/* The cores alone: usable is their count, whatever the cgroup says. mask: the
 * processors that we may use; NULL: this thread's affinity mask, or all that
 * a synthetic topology has. */
int cpus_list(struct cpus *ret, const char *synthetic, const cpu_set_t *mask, struct error *e);

void cpus_release(struct cpus *c);

/* Pin the calling thread; threads made later inherit it. 0 or -errno. */
int cpus_pin(const struct cpu_core *core);

#endif
