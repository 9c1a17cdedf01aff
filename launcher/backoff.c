/* backoff.c - see backoff.h. */
#include "launcher/backoff.h"

#include "common/cc.h"

#include <signal.h>

bool backoff_is_fault(uint64_t ready_ns, int signal)
{
	if (ready_ns == 0)
		return true;
	switch (signal) {
	case 0:
		/* A worker that leaves by itself although nobody asked, with
		 * whatever code, would otherwise be restarted in a spin. */
		return ready_ns < BACKOFF_EARLY_NS;
	case SIGSEGV:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
		return ready_ns < BACKOFF_EARLY_NS;
	default:
		return false;
	}
}

unsigned backoff_after(struct backoff *b, uint64_t ready_ns, bool fault, uint32_t random)
{
	unsigned half;

	b->unready = ready_ns == 0 && fault ? b->unready + 1 : 0;
	if (ready_ns >= BACKOFF_HEALTHY_NS)
		b->wait_ms = 0;
	if (!fault)
		return 0;
	b->wait_ms = b->wait_ms == 0 ? BACKOFF_FIRST_MS : MIN(b->wait_ms * 2, BACKOFF_MAX_MS);
	half = b->wait_ms / 2;
	return half + random % (b->wait_ms - half + 1);
}
