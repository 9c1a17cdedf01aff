/* state.h - the state machine of a supervised process.
 *
 * A pure table, state × event → state; the manager does the work that a
 * change stands for. A pair that the table does not know changes nothing.
 *
 *            start        ready
 *     down ────────▶ starting ────▶ ready
 *      ▲ ▲               │  ╲         │ stop
 *      │ │retry          │   ╲stop    ▼
 *      │ └── backoff ◀───┘    ╲──▶ draining ──kill──▶ stopping
 *      │        (fault)             │ died               │ died
 *      └────────────────────────────┴────────────────────┘
 */
#ifndef LAUNCHER_STATE_H
#define LAUNCHER_STATE_H

#include "portmap/slot_state.h"

#define SLOT_EVENTS(X) \
	X(START, "start")   /* a process was forked */ \
	X(READY, "ready")   /* it says that its servers accept */ \
	X(FINISH, "finish") /* it says that it has nothing left to do */ \
	X(DIED, "died")     /* reaped; no fault of its own */ \
	X(FAULT, "fault")   /* reaped; its own fault: wait before the next try */ \
	X(STOP, "stop")     /* we ask it to finish and exit */ \
	X(KILL, "kill")     /* we kill it: too slow to start or to stop */ \
	X(RETRY, "retry")   /* the back-off is over */
#define X(id, name) SLOT_EVENT_##id,
enum slot_event { SLOT_EVENTS(X) SLOT_EVENT_COUNT };
#undef X

const char *slot_event_name(enum slot_event event);

/* The state after event; the same state when the event means nothing in it. */
enum slot_state slot_next(enum slot_state state, enum slot_event event);

#endif
