/* test_state.c - launcher/state.h: the whole table, pair by pair. */
#include "launcher/state.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

static const struct {
	enum slot_state from;
	enum slot_event event;
	enum slot_state to;
} changes[] = {
	{ SLOT_DOWN, SLOT_EVENT_START, SLOT_STARTING },
	{ SLOT_STARTING, SLOT_EVENT_READY, SLOT_READY },
	{ SLOT_STARTING, SLOT_EVENT_FINISH, SLOT_DONE },
	{ SLOT_STARTING, SLOT_EVENT_DIED, SLOT_DOWN },
	{ SLOT_STARTING, SLOT_EVENT_FAULT, SLOT_BACKOFF },
	{ SLOT_STARTING, SLOT_EVENT_STOP, SLOT_DRAINING },
	{ SLOT_STARTING, SLOT_EVENT_KILL, SLOT_STOPPING },
	{ SLOT_READY, SLOT_EVENT_FINISH, SLOT_DONE },
	{ SLOT_READY, SLOT_EVENT_DIED, SLOT_DOWN },
	{ SLOT_READY, SLOT_EVENT_FAULT, SLOT_BACKOFF },
	{ SLOT_READY, SLOT_EVENT_STOP, SLOT_DRAINING },
	{ SLOT_READY, SLOT_EVENT_KILL, SLOT_STOPPING },
	{ SLOT_DRAINING, SLOT_EVENT_DIED, SLOT_DOWN },
	{ SLOT_DRAINING, SLOT_EVENT_FAULT, SLOT_DOWN },
	{ SLOT_DRAINING, SLOT_EVENT_KILL, SLOT_STOPPING },
	{ SLOT_STOPPING, SLOT_EVENT_DIED, SLOT_DOWN },
	{ SLOT_STOPPING, SLOT_EVENT_FAULT, SLOT_BACKOFF },
	{ SLOT_BACKOFF, SLOT_EVENT_RETRY, SLOT_DOWN },
	{ SLOT_BACKOFF, SLOT_EVENT_STOP, SLOT_DOWN },
	{ SLOT_DONE, SLOT_EVENT_FAULT, SLOT_BACKOFF },
	{ SLOT_DONE, SLOT_EVENT_STOP, SLOT_DRAINING },
	{ SLOT_DONE, SLOT_EVENT_KILL, SLOT_STOPPING },
};

static enum slot_state expected(enum slot_state from, enum slot_event event)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (changes[i].from == from && changes[i].event == event)
			return changes[i].to;
	return from;
}

START_TEST(every_pair_leads_where_it_should)
{
	enum slot_state from = (enum slot_state)(_i / SLOT_EVENT_COUNT);
	enum slot_event event = (enum slot_event)(_i % SLOT_EVENT_COUNT);

	ck_assert_msg(slot_next(from, event) == expected(from, event), "%s, %s: %s",
		      slot_state_name(from), slot_event_name(event),
		      slot_state_name(slot_next(from, event)));
}
END_TEST

Suite *state_suite(void)
{
	Suite *s = suite_create("state");
	TCase *t = tcase_create("state");

	tcase_add_loop_test(t, every_pair_leads_where_it_should, 0,
			    SLOT_STATE_COUNT * SLOT_EVENT_COUNT);
	suite_add_tcase(s, t);
	return s;
}
