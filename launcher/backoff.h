/* backoff.h - how long to wait before a process is started again.
 *
 * At once after a death that was not the program's own fault. After a fault
 * the wait doubles from 100 ms to 30 s, each time with jitter (between half
 * of it and all of it, so that many slots that fail together do not come back
 * together). A healthy minute takes it back to nothing. It never gives up by
 * itself, but counts what died before it was ready: giving_up.h.
 */
#ifndef LAUNCHER_BACKOFF_H
#define LAUNCHER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_MS 100u
#define BACKOFF_MAX_MS 30000u
#define BACKOFF_HEALTHY_NS (60 * UINT64_C(1000000000)) /* ready for so long: forgotten */
#define BACKOFF_EARLY_NS (10 * UINT64_C(1000000000))   /* an exit so soon is a fault */

struct backoff {          /* { 0 }: no fault yet */
	unsigned wait_ms; /* before jitter; of the last fault */
	unsigned unready; /* deaths in a row before it was ready */
};

/* Was it the program's own fault? ready_ns: how long it had been ready, 0:
 * never; signal 0: it exited, with whatever status. */
bool backoff_is_fault(uint64_t ready_ns, int signal);

/* Note a death after ready_ns of being ready; returns the wait in ms, 0: start
 * at once. random: any number, evenly spread. */
unsigned backoff_after(struct backoff *b, uint64_t ready_ns, bool fault, uint32_t random);

#endif
