/* cgroup.h - how much processor time this process's control group may use.
 *
 * A limit may be set on any group from the process's own up to the root; the
 * smallest one counts. Version 2: cpu.max. Version 1: cpu.cfs_quota_us.
 */
#ifndef PORTMAP_CGROUP_H
#define PORTMAP_CGROUP_H

#include <stddef.h>

/* Processors' worth of time, rounded up, at least 1; 0: no limit. root is
 * where the groups are mounted (/sys/fs/cgroup), membership the file that
 * names ours (/proc/self/cgroup). What cannot be read sets no limit. */
size_t cgroup_cpu_limit(const char *root, const char *membership);

#endif
