/* deaths.h - the last deaths of supervised processes, in the shared region.
 *
 * A ring of DEATHS_MAX records. Writer: the manager. Readers copy a record
 * and check its sequence number before and after (a seqlock per record), so a
 * torn one is never seen.
 */
#ifndef PORTMAP_DEATHS_H
#define PORTMAP_DEATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region;
struct deaths; /* shared; opaque: see deaths.c */

#define DEATHS_MAX 64

struct death {
	char role[16]; /* "worker", "status" */
	int32_t slot;  /* START_SEQUENCE_NUM; -1: not a worker */
	int32_t pid;
	int32_t exit_code; /* -1: died by a signal */
	int32_t signal;    /* 0: exited */
	bool core_dumped;
	bool planned;   /* we asked for it, or it had finished its work */
	uint64_t at_ns; /* monotonic clock */
	uint64_t uptime_ns;
	uint64_t cpu_user_us; /* getrusage(2) */
	uint64_t cpu_system_us;
	uint64_t rss_max_kib;
};

size_t deaths_region_bytes(void);
struct deaths *deaths_create(struct region *region);
struct deaths *deaths_attach(const struct region *region);

void deaths_add(struct deaths *deaths, const struct death *death);

/* The newest first; returns how many were copied, at most max. */
size_t deaths_read(const struct deaths *deaths, struct death *ret, size_t max);

/* All there ever were. */
uint64_t deaths_total(const struct deaths *deaths);

#endif
