/* load_stop.h - Ctrl-C, SIGTERM and SIGHUP end a load early.
 *
 * The first makes a descriptor readable: what was measured is still reported.
 * The second, of either kind, has its usual effect: the process is gone, and
 * the layout that it started stops by itself. The same one within 100 ms of
 * the first counts as an echo of it, as timeout(1) sends it.
 */
#ifndef LAUNCHER_LOAD_STOP_H
#define LAUNCHER_LOAD_STOP_H

/* Once in a process. The descriptor, which nobody reads, or -errno. What is
 * ignored already, as nohup(1) has it, stays ignored. A child that has not come
 * to its exec dies of them, as it would without us. */
int load_stop_open(void);

#endif
