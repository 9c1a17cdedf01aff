/* cpus.c - see cpus.h. */
#include "portmap/cpus.h"

#include "common/cc.h"
#include "common/error.h"
#include "portmap/cgroup.h"

#include <hwloc.h>
#include <stdbool.h>
#include <string.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_MEMBERSHIP "/proc/self/cgroup"

/* This thread's mask. The kernel may know more processors than a cpu_set_t
 * holds and refuses a shorter one, so ask with room to spare; those beyond
 * CPU_SETSIZE stay unused. */
static int affinity_get(cpu_set_t *ret, struct error *e)
{
	union {
		cpu_set_t set;
		char bytes[8192]; /* 65536 processors */
	} mask;

	memset(&mask, 0, sizeof(mask));
	if (sched_getaffinity(0, sizeof(mask), &mask.set) < 0)
		return error_errno(e, errno, "sched_getaffinity");
	*ret = mask.set;
	return 0;
}

static void auto_topology(hwloc_topology_t *topology)
{
	if (*topology != NULL)
		hwloc_topology_destroy(*topology);
}

/* Cores and processors only, by what the OS says: a fourth of the time that
 * the whole topology takes. Without packages and the like in between, hwloc
 * lists the cores in the order of their first processors. */
static int topology_load(hwloc_topology_t *ret, const char *synthetic, struct error *e)
{
	__attribute__((cleanup(auto_topology))) hwloc_topology_t topology = NULL;

	if (hwloc_topology_init(&topology) < 0) {
		topology = NULL;
		return error_errno(e, errno, "hwloc_topology_init");
	}
	if (synthetic != NULL && hwloc_topology_set_synthetic(topology, synthetic) < 0)
		return error_set(e, EINVAL, "\"%s\" is no hwloc topology", synthetic);
	hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
	hwloc_topology_set_type_filter(topology, HWLOC_OBJ_CORE, HWLOC_TYPE_FILTER_KEEP_ALL);
	hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
						   HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
						   HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
	if (hwloc_topology_load(topology) < 0)
		return error_errno(e, errno, "hwloc_topology_load");
	*ret = take_ptr(topology);
	return 0;
}

/* The processors of one core that we may use; false when there are none. */
static bool core_from_cpuset(hwloc_const_cpuset_t cpuset, const cpu_set_t *mask,
			     struct cpu_core *ret)
{
	unsigned cpu;

	ret->number = -1;
	CPU_ZERO(&ret->set);
	hwloc_bitmap_foreach_begin(cpu, cpuset)
	{
		if (cpu >= CPU_SETSIZE)
			break;
		if (mask != NULL && !CPU_ISSET(cpu, mask))
			continue;
		CPU_SET(cpu, &ret->set);
		if (ret->number < 0)
			ret->number = (int)cpu;
	}
	hwloc_bitmap_foreach_end();
	return ret->number >= 0;
}

/* Some virtual machines show no cores: each processor is one then. */
static int cores_collect(struct cpus *c, hwloc_topology_t topology, const cpu_set_t *mask)
{
	int n = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
	hwloc_obj_type_t type = n > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
	hwloc_obj_t object = NULL;

	n = MAX(hwloc_get_nbobjs_by_type(topology, type), 1);
	c->cores = calloc((size_t)n, sizeof(*c->cores));
	if (c->cores == NULL)
		return -ENOMEM;
	while ((object = hwloc_get_next_obj_by_type(topology, type, object)) != NULL) {
		if (core_from_cpuset(object->cpuset, mask, &c->cores[c->count]))
			c->count++;
	}
	return 0;
}

/* Without /sys hwloc may know other numbers than the kernel's mask has. */
static int cores_from_mask(struct cpus *c, const cpu_set_t *mask)
{
	free(c->cores);
	c->cores = calloc((size_t)MAX(CPU_COUNT(mask), 1), sizeof(*c->cores));
	if (c->cores == NULL)
		return -ENOMEM;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, mask))
			continue;
		c->cores[c->count].number = cpu;
		CPU_SET(cpu, &c->cores[c->count].set);
		c->count++;
	}
	return 0;
}

int cpus_list(struct cpus *ret, const char *synthetic, const cpu_set_t *mask, struct error *e)
{
	__attribute__((cleanup(auto_topology))) hwloc_topology_t topology = NULL;
	struct cpus c = { 0 };
	cpu_set_t own;
	int r;

	if (mask == NULL && synthetic == NULL) {
		r = affinity_get(&own, e);
		if (r < 0)
			return r;
		mask = &own;
	}
	r = topology_load(&topology, synthetic, e);
	if (r < 0)
		return r;
	r = cores_collect(&c, topology, mask);
	if (r == 0 && c.count == 0 && mask == &own)
		r = cores_from_mask(&c, mask);
	if (r < 0)
		return error_errno(e, -r, "list of cores");
	if (c.count == 0) {
		cpus_release(&c);
		return error_set(e, ENODEV, "none of the processors that we may use is there");
	}
	c.usable = c.count;
	*ret = c;
	return 0;
}

int cpus_detect(struct cpus *ret, const char *synthetic, const char *cgroup_root, struct error *e)
{
	size_t limit;
	int r = cpus_list(ret, synthetic, NULL, e);

	if (r < 0)
		return error_prefix(e, "cores of this machine");
	limit = cgroup_cpu_limit(cgroup_root != NULL ? cgroup_root : CGROUP_ROOT,
				 CGROUP_MEMBERSHIP);
	if (limit > 0)
		ret->usable = MIN(ret->count, limit);
	return 0;
}

void cpus_release(struct cpus *c)
{
	free(c->cores);
	*c = (struct cpus) { 0 };
}

int cpus_pin(const struct cpu_core *core)
{
	return sched_setaffinity(0, sizeof(core->set), &core->set) < 0 ? -errno : 0;
}
