/* child_death.h - what the death of a child was, and what follows; for child.c.
 *
 * The child is as it was when its process was reaped: state, asked, why.
 */
#ifndef LAUNCHER_CHILD_DEATH_H
#define LAUNCHER_CHILD_DEATH_H

#include "launcher/child.h"
#include "portmap/deaths.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* From wait4(2)'s status and usage. */
struct death child_death_of(const struct child *c, int status, const struct rusage *usage);

/* Its own fault, so that the next try has to wait? Of a slot that is done only
 * if its servers went with it. */
bool child_death_is_fault(const struct child *c, const struct death *death);

/* What its chunks are told to have failed by, if they have. */
enum recovery_guilt child_death_guilt(const struct child *c, const struct death *death);

/* "killed by SIGSEGV", or what we killed it for. */
void child_death_text(const struct child *c, const struct death *death, char *ret, size_t size);

/* A line of the log, where it was not to be expected; how is that text. */
void child_death_tell(const struct child *c, const struct death *death, const char *how,
		      unsigned wait_ms);

#endif
