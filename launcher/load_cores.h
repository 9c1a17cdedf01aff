/* load_cores.h - where the engine's threads run: apart from the workers, where
 * cores allow.
 */
#ifndef LAUNCHER_LOAD_CORES_H
#define LAUNCHER_LOAD_CORES_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

struct cpus;
struct error;

struct load_cores {
	unsigned threads;
	cpu_set_t *pin; /* owned; one a thread, NULL: not pinned */
	int *numbers;   /* owned; the cores that are pinned to */
	size_t count;
	bool shared; /* with workers, by core or by the cgroup's limit */
};

struct load_cores_wish {
	unsigned threads;    /* 0: one for each core without a worker, at least one */
	size_t targets;      /* no more threads than these */
	const int *occupied; /* cores of workers; NULL: not known whose they are, nothing is
				pinned */
	size_t occupied_count;
};

int load_cores_choose(struct load_cores *ret, const struct cpus *cpus,
		      const struct load_cores_wish *wish, struct error *e);
void load_cores_release(struct load_cores *c);

#endif
