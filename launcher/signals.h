/* signals.h - the signals that the manager reads from a descriptor. */
#ifndef LAUNCHER_SIGNALS_H
#define LAUNCHER_SIGNALS_H

#include <stdbool.h>

/* SIGTERM, SIGUSR1, SIGINT, SIGHUP, and on demand SIGCHLD: blocked from now on,
 * for children too, so that a stop that comes while one is being set up waits
 * until it looks. A signalfd(2), or -1 with errno. */
int signals_open(bool children);

/* What asks for a stop ends the process again. */
void signals_default(void);

#endif
