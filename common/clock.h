/* clock.h - monotonic time for intervals, wall time for people. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_PER_S UINT64_C(1000000000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)

/* CLOCK_MONOTONIC, the same in all processes of the machine. */
uint64_t clock_mono_ns(void);

/* Now, as RFC 3339 in UTC with milliseconds; size >= CLOCK_STAMP_BYTES. */
#define CLOCK_STAMP_BYTES 32
void clock_stamp(char *ret, size_t size);

#endif
