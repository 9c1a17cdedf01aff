/* recovery.h - after a process's death: what it held goes back, and is told. */
#ifndef LAUNCHER_RECOVERY_H
#define LAUNCHER_RECOVERY_H

#include <stdbool.h>

struct death;
struct queues;

/* The process with this number and name has been reaped. own: nobody but
 * itself caused its death, so that it counts against the chunks it had begun. */
void recovery_run(struct queues *queues, unsigned owner, const char *name,
		  const struct death *death, bool own);

#endif
