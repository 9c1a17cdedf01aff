/* load_values.h - times and rates as people write them on a command line. */
#ifndef LAUNCHER_LOAD_VALUES_H
#define LAUNCHER_LOAD_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/* "500ms", "1.5s", "2m" (or "2min"), "1h", "300us"; a number alone is seconds.
 * *ret in nanoseconds, set on success only; false for anything else, and for
 * what 64 bits do not hold. */
bool load_value_time(const char *text, uint64_t *ret);

/* Per second: "500", "18.4k", "1.5M", each with "/s" or without. */
bool load_value_rate(const char *text, double *ret);

#endif
