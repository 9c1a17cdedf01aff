/* state.c - see state.h. */
#include "launcher/state.h"

#include <assert.h>

/* 0 is "no change", so that a table cell left out is one. */
#define TO(state) (SLOT_##state + 1)

static const unsigned char next[SLOT_STATE_COUNT][SLOT_EVENT_COUNT] = {
	[SLOT_DOWN] = { [SLOT_EVENT_START] = TO(STARTING) },
	[SLOT_STARTING] = { [SLOT_EVENT_READY] = TO(READY),
			    [SLOT_EVENT_FINISH] = TO(DONE),
			    [SLOT_EVENT_DIED] = TO(DOWN),
			    [SLOT_EVENT_FAULT] = TO(BACKOFF),
			    [SLOT_EVENT_STOP] = TO(DRAINING),
			    [SLOT_EVENT_KILL] = TO(STOPPING) },
	[SLOT_READY] = { [SLOT_EVENT_FINISH] = TO(DONE),
			 [SLOT_EVENT_DIED] = TO(DOWN),
			 [SLOT_EVENT_FAULT] = TO(BACKOFF),
			 [SLOT_EVENT_STOP] = TO(DRAINING),
			 [SLOT_EVENT_KILL] = TO(STOPPING) },
	[SLOT_DRAINING] = { [SLOT_EVENT_DIED] = TO(DOWN),
			    [SLOT_EVENT_FAULT] = TO(DOWN),
			    [SLOT_EVENT_KILL] = TO(STOPPING) },
	[SLOT_STOPPING] = { [SLOT_EVENT_DIED] = TO(DOWN), [SLOT_EVENT_FAULT] = TO(BACKOFF) },
	[SLOT_BACKOFF] = { [SLOT_EVENT_RETRY] = TO(DOWN), [SLOT_EVENT_STOP] = TO(DOWN) },
	/* Done stays done; its process may serve on until it is stopped, and
	 * is started again when the servers died with it. */
	[SLOT_DONE] = { [SLOT_EVENT_FAULT] = TO(BACKOFF),
			[SLOT_EVENT_STOP] = TO(DRAINING),
			[SLOT_EVENT_KILL] = TO(STOPPING) },
};

enum slot_state slot_next(enum slot_state state, enum slot_event event)
{
	assert((unsigned)state < SLOT_STATE_COUNT && (unsigned)event < SLOT_EVENT_COUNT);
	return next[state][event] != 0 ? (enum slot_state)(next[state][event] - 1) : state;
}

const char *slot_event_name(enum slot_event event)
{
	static const char *const names[] = {
#define X(id, name) [SLOT_EVENT_##id] = name,
		SLOT_EVENTS(X)
#undef X
	};

	assert((unsigned)event < SLOT_EVENT_COUNT);
	return names[event];
}
