/* load_check.h - the layouts of a load, before anything is started. */
#ifndef LAUNCHER_LOAD_CHECK_H
#define LAUNCHER_LOAD_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct load_args;
struct plan;

/* False when it was told what is wrong. In a comparison's wish connections and
 * threads are set where they are left open, so that all layouts are driven
 * alike. A layout of standard input is not looked at: it can be read only once. */
bool load_check(struct load_args *args);

/* How many ports the workers of these groups serve, of all groups when none is
 * named; one that several share is one. */
size_t load_check_ports(const struct plan *plan, const char *const *groups, size_t group_count);

/* As many connections for each of count layouts of so many ports: they divide
 * evenly among the ports of each, where there is such a number that is not too
 * large; else among those of the largest. */
unsigned load_check_connections(const size_t *ports, size_t count);

#endif
