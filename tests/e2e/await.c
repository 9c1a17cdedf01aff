/* await.c - see await.h. */
#include "tests/e2e/await.h"

#include "common/clock.h"

#include <check.h>
#include <poll.h>

#define LOOK_AGAIN_MS 3
#define FDS_MAX 8

uint64_t await_deadline(unsigned ms)
{
	return clock_mono_ns() + ms * CLOCK_NS_PER_MS;
}

int await_readable(const int *fds, int count, uint64_t deadline)
{
	struct pollfd polled[FDS_MAX];

	ck_assert_int_le(count, FDS_MAX);
	for (int i = 0; i < count; i++)
		polled[i] = (struct pollfd) { .fd = fds[i], .events = POLLIN };
	for (uint64_t now; (now = clock_mono_ns()) < deadline;) {
		uint64_t left_ms = (deadline - now) / CLOCK_NS_PER_MS + 1;

		if (poll(polled, (nfds_t)count, (int)left_ms) <= 0)
			continue;
		for (int i = 0; i < count; i++)
			if (polled[i].revents != 0)
				return i;
	}
	return -1;
}

void await_check(uint64_t deadline, const char *what, const char *file, int line)
{
	if (clock_mono_ns() > deadline)
		ck_abort_msg("%s:%d: waited in vain for: %s", file, line, what);
}

void await_again(uint64_t deadline, const char *what, const char *file, int line)
{
	await_check(deadline, what, file, line);
	poll(NULL, 0, LOOK_AGAIN_MS);
}
