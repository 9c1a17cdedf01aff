/* slot_state.h - the states of a supervised process, and their names.
 *
 * The names are shared: the manager writes the number to the board, the
 * status endpoint reads it. The transitions are launcher/state.c's.
 */
#ifndef PORTMAP_SLOT_STATE_H
#define PORTMAP_SLOT_STATE_H

#define SLOT_STATES(X) \
	X(DOWN, "down")         /* no process */ \
	X(STARTING, "starting") /* forked, not ready yet */ \
	X(READY, "ready")       /* serving */ \
	X(DRAINING, "draining") /* told to stop, finishing */ \
	X(STOPPING, "stopping") /* killed, not reaped yet */ \
	X(BACKOFF, "backoff")   /* died, waits for its next try */ \
	X(DONE, "done")         /* finished its work; not respawned */
#define X(id, name) SLOT_##id,
enum slot_state { SLOT_STATES(X) SLOT_STATE_COUNT };
#undef X

static inline const char *slot_state_name(enum slot_state state)
{
	static const char *const names[] = {
#define X(id, name) [SLOT_##id] = name,
		SLOT_STATES(X)
#undef X
	};

	return (unsigned)state < SLOT_STATE_COUNT ? names[state] : "unknown";
}

#endif
