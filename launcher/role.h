/* role.h - what a child does, once it is set up; see heritage.h. */
#ifndef LAUNCHER_ROLE_H
#define LAUNCHER_ROLE_H

#include <stddef.h>

struct config;
struct heritage;
struct plan;

/* Run the role to its end. The exit status of the process. Signals that ask
 * for a stop are blocked on entry, as the manager has them. */
int role_run(const struct heritage *h);

int worker_run(const struct heritage *h);

/* The least RLIMIT_NOFILE that the worker of this slot can start with. */
size_t worker_fds_min(const struct config *config, const struct plan *plan, size_t slot);

int status_run(const struct heritage *h);
int feeding_run(const struct heritage *h);
int collecting_run(const struct heritage *h);

#endif
