/* wake.h - sleep until something is in a queue, and wake one who does.
 *
 * A queue's sleep word is a futex: bit 0 says that somebody may sleep, the
 * rest counts up. Nobody is registered, so that a dead waiter leaves nothing
 * to clean up, and there may be any number of them.
 *
 *   sleeper  sets bit 0, looks once more, sleeps while the word is unchanged
 *   waker    when bit 0 is set: count up and clear it in one step, wake one
 *   woken    sets bit 0 again (others may sleep), takes, and when there is
 *            more passes the wake on
 *
 * So between a wake and the woken one's step a put costs no system call, and
 * only one is woken at a time. A waker that dies between its two steps, or a
 * woken one before it passes on, is made up for by recovery, which wakes all.
 */
#ifndef QUEUES_WAKE_H
#define QUEUES_WAKE_H

#include "queues/catalogue.h"

/* After a hint was published. */
void wake_one(struct queues *qs, unsigned queue);

/* After a close or a recovery. */
void wake_all(struct queues *qs, unsigned queue);

/* After a change that sleepers may wait for: may there be any, or a loop? */
bool wake_is_wanted(const struct queues *qs, unsigned queue);

/* "I may sleep", before the last look; the value to sleep on. */
uint32_t wake_prepare(struct queues *qs, unsigned queue);

/* Sleep until the word of one of the queues is no longer its value, or until
 * the deadline (CLOCK_MONOTONIC, ns; UINT64_MAX: none). False: the deadline has
 * passed. Returns early for a signal. */
bool wake_sleep(struct queues *qs, const unsigned *queues, const uint32_t *values, size_t count,
		uint64_t deadline_ns);

#endif
