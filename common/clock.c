/* clock.c - see clock.h. */
#include "common/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_S + (uint64_t)t.tv_nsec;
}

void clock_stamp(char *ret, size_t size)
{
	struct timespec t;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	len = strftime(ret, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret + len, size - len, ".%03ldZ", t.tv_nsec / 1000000);
}
