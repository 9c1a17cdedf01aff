/* load_stop.h - Ctrl-C, SIGTERM and SIGHUP end a load early.
 *
 * The first makes a descriptor readable: what was measured is still reported.
 * The second, of either kind, has its usual effect: the process is gone, and
 * the layout that it started stops by itself. The same one within 100 ms of
 * the first counts as an echo of it, as timeout(1) sends it.
 */
#ifndef LAUNCHER_LOAD_STOP_H
#define LAUNCHER_LOAD_STOP_H

#include <stdbool.h>

/* Once in a process. The descriptor, which nobody reads, or -errno. What is
 * ignored already, as nohup(1) has it, stays ignored. */
int load_stop_open(void);

/* Has there been one? */
bool load_stop_asked(void);

#endif
