/* wake.c - see wake.h. futex(2), futex_waitv (Linux 5.16), eventfd(2). */
#include "queues/wake.h"

#include "common/clock.h"
#include "queues/queue.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLEEPERS 1u /* bit 0 of the sleep word */
#define COUNT 2u    /* one wake */
#define LOOK_AGAIN_MS 10

/* Not private: the word is in memory shared between processes. */
static void futex_wake(_Atomic uint32_t *word, int how_many)
{
	syscall(SYS_futex, word, FUTEX_WAKE, how_many, NULL, NULL, 0);
}

static void signal_event(const struct queues *qs, unsigned queue)
{
	int fd = queues_event_fd(qs, queue);
	uint64_t one = 1;

	/* It cannot fail but for a counter that is full, and readable then. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return;
}

/* Count up, clear the bit. False: nobody may sleep. */
static bool begin_wake(struct queue *q)
{
	uint32_t word = atomic_load_explicit(&q->sleep, memory_order_relaxed);

	while ((word & SLEEPERS) != 0)
		if (atomic_compare_exchange_weak_explicit(
			    &q->sleep, &word, (word + COUNT) & ~SLEEPERS, memory_order_acq_rel,
			    memory_order_relaxed))
			return true;
	return false;
}

void wake_one(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);

	/* The hint before the look at sleepers; theirs is the other way round. */
	atomic_thread_fence(memory_order_seq_cst);
	if (begin_wake(q))
		futex_wake(&q->sleep, 1);
	if (atomic_load_explicit(&q->armed, memory_order_relaxed) != 0 &&
	    atomic_exchange_explicit(&q->armed, 0, memory_order_acq_rel) != 0)
		signal_event(qs, queue);
}

void wake_all(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);
	uint32_t word = atomic_load_explicit(&q->sleep, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(&q->sleep, &word, (word + COUNT) & ~SLEEPERS,
						      memory_order_seq_cst, memory_order_relaxed))
		;
	futex_wake(&q->sleep, INT_MAX);
	/* Armed or not: a waker that died may have disarmed it and no more. */
	atomic_store_explicit(&q->armed, 0, memory_order_relaxed);
	signal_event(qs, queue);
}

bool wake_is_wanted(const struct queues *qs, unsigned queue)
{
	const struct queue *q = queues_queue(qs, queue);

	atomic_thread_fence(memory_order_seq_cst);
	return (atomic_load_explicit(&q->sleep, memory_order_relaxed) & SLEEPERS) != 0 ||
	       atomic_load_explicit(&q->armed, memory_order_relaxed) != 0;
}

uint32_t wake_prepare(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);
	uint32_t word = atomic_fetch_or_explicit(&q->sleep, SLEEPERS, memory_order_seq_cst);

	atomic_thread_fence(memory_order_seq_cst);
	return word | SLEEPERS;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec) { .tv_sec = (time_t)(ns / CLOCK_NS_PER_S),
				   .tv_nsec = (long)(ns % CLOCK_NS_PER_S) };
}

/* FUTEX_WAIT_BITSET, not FUTEX_WAIT: its time-out is absolute. */
static long sleep_on_one(struct queues *qs, unsigned queue, uint32_t value,
			 const struct timespec *deadline)
{
	return syscall(SYS_futex, &queues_queue(qs, queue)->sleep, FUTEX_WAIT_BITSET, value,
		       deadline, NULL, FUTEX_BITSET_MATCH_ANY);
}

static long sleep_on_some(struct queues *qs, const unsigned *queues, const uint32_t *values,
			  size_t count, const struct timespec *deadline)
{
	struct futex_waitv waiters[QUEUE_WAIT_MAX];

	for (size_t i = 0; i < count; i++)
		waiters[i] = (struct futex_waitv) {
			.val = values[i],
			.uaddr = (uintptr_t)&queues_queue(qs, queues[i])->sleep,
			.flags = FUTEX_32,
		};
	return syscall(SYS_futex_waitv, waiters, count, 0, deadline, CLOCK_MONOTONIC);
}

/* Where the kernel has no futex_waitv, or forbids it (seccomp(2)): look again
 * now and then. The only place that does, and better than to spin. */
static bool sleep_a_while(struct queues *qs, unsigned queue, uint32_t value, uint64_t deadline_ns)
{
	uint64_t at_ns = MIN(deadline_ns, clock_mono_ns() + LOOK_AGAIN_MS * CLOCK_NS_PER_MS);
	struct timespec at = to_timespec(at_ns);

	sleep_on_one(qs, queue, value, &at);
	return clock_mono_ns() < deadline_ns;
}

bool wake_sleep(struct queues *qs, const unsigned *queues, const uint32_t *values, size_t count,
		uint64_t deadline_ns)
{
	struct timespec at = to_timespec(deadline_ns);
	const struct timespec *deadline = deadline_ns == QUEUE_FOREVER ? NULL : &at;
	long r;

	if (count == 1)
		r = sleep_on_one(qs, queues[0], values[0], deadline);
	else
		r = sleep_on_some(qs, queues, values, count, deadline);
	if (r < 0 && errno != ETIMEDOUT && errno != EAGAIN && errno != EINTR)
		return sleep_a_while(qs, queues[0], values[0], deadline_ns);
	return r >= 0 || errno != ETIMEDOUT;
}
