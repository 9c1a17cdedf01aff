/* giving_up.h - the end of a run that cannot begin.
 *
 * Servers are tried again for ever: somebody may mend what is wrong meanwhile.
 * A run of work alone that ends by itself has nobody who looks, and would hang:
 * it ends when a process that it cannot do without has died so often in a row
 * before it was ready. Workers are all made of the same, so one that was ever
 * ready shows that the others can be.
 */
#ifndef LAUNCHER_GIVING_UP_H
#define LAUNCHER_GIVING_UP_H

#include <stdbool.h>

#define GIVING_UP_AFTER 5 /* with the back-off, after 1.5 s at most */

struct buf;
struct child;
struct config;

/* Does a run of this config give up? stay: it is not to end by itself. */
bool giving_up_is_wanted(const struct config *config, bool stay);

/* Was the child's death, which is counted already, one too many? */
bool giving_up_is_due(const struct child *c);

/* "worker-0: 5 tries in a row ended before it was ready, the last one: exit
 * status 1; worker module: /a/b.so". how is the last death. */
void giving_up_text(const struct child *c, const char *how, struct buf *ret);

#endif
