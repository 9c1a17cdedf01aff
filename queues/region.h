/* region.h - the shared region: one memfd, mapped by every process.
 *
 * Why: what is created before the first fork outlives any worker. Memory is
 * handed out once, by the manager, before the first fork, and never freed;
 * places in it are named by offsets, since a spawned child maps it elsewhere.
 * Pages are reserved at creation (fallocate), so that no later write can meet
 * SIGBUS; its size is sealed, so that no holder of the descriptor can shrink
 * it. Offset 0 is never handed out: it means "none".
 */
#ifndef QUEUES_REGION_H
#define QUEUES_REGION_H

#include <stddef.h>
#include <stdint.h>

struct error;

struct region {
	char *base; /* where this process has it mapped */
	size_t size;
	int fd; /* the memfd, close-on-exec */
};

/* A name for what a spawned child must find again. */
enum region_root { REGION_BOARD, REGION_PORTS, REGION_DEATHS, REGION_QUEUES, REGION_ROOTS };

/* Create with room for size bytes of allocations (rounded up to pages). */
int region_create(struct region *ret, size_t size, struct error *e);

/* Map an inherited region; the descriptor (a sealed memfd) and the header are
 * checked (magic, version, size). On success the region owns fd and has made
 * it close-on-exec; on failure fd stays the caller's. */
int region_attach(struct region *ret, int fd, struct error *e);

/* Unmap and close; the memory lives on while another process has it. Fine for
 * { .fd = -1 }. */
void region_detach(struct region *region);

/* Zeroed memory, aligned to align (a power of two, at most a page). 0 when it
 * does not fit: the sizes are computed beforehand, so that is a bug of ours. */
uint64_t region_alloc(struct region *region, size_t bytes, size_t align);

/* NULL for offset 0 and for one outside the region. */
void *region_at(const struct region *region, uint64_t offset);

void region_set_root(struct region *region, enum region_root root, uint64_t offset);
void *region_root(const struct region *region, enum region_root root);

#endif
