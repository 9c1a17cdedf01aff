/* load_output.h - a file that is there whole, or as it was before.
 *
 * Written beside its place and renamed into it. Whether that will work is
 * looked at before a load that takes minutes, not after it.
 */
#ifndef LAUNCHER_LOAD_OUTPUT_H
#define LAUNCHER_LOAD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Can it be written? Nothing is left behind. mark: what a file that is there
 * already must have within its first bytes, so that a config is not taken for
 * an old report; NULL: anything may be replaced. */
int load_output_check(const char *path, const char *mark, struct error *e);

/* All of it; "-" is stdout. What is no regular file (/dev/null, a pipe) is
 * written to as it is. */
int load_output_write(const char *path, const char *text, size_t len, struct error *e);

/* Do both paths lead to the same file? */
bool load_output_same(const char *a, const char *b);

#endif
