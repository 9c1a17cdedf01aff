/* steering.h - new connections of shared groups go to workers that are ready.
 *
 * Which are, as the manager learns it; listeners_steer() does the rest.
 */
#ifndef LAUNCHER_STEERING_H
#define LAUNCHER_STEERING_H

#include <stdbool.h>
#include <stddef.h>

struct listeners;
struct plan;

struct steering {
	const struct plan *plan;           /* borrowed */
	const struct listeners *listeners; /* borrowed */
	bool *live;                        /* owned; by slot */
};

/* False: no memory. */
bool steering_init(struct steering *s, const struct plan *plan, const struct listeners *listeners);

/* From the first moment, so that no socket of another process that joins a
 * shared port gets a share. */
void steering_begin(const struct steering *s);

/* Is the slot ready for connections? */
void steering_set(struct steering *s, size_t slot, bool live);
void steering_release(struct steering *s);

#endif
