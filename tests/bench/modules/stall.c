/* stall.c - an app that answers at once, but stands still now and then.
 *
 *	"app": {"kind": "module", "path": "stall",
 *		"settings": {"period_ms": 1000, "stall_ms": 100}}
 *
 * In every period of the clock nobody is answered for the first stall_ms:
 * what a garbage collection or a full disk does. All servers of a thread stand
 * still together, and all workers at the same time, since they read the same
 * clock. A client that asks only when it was answered notices it once per
 * connection; one that asks at a constant rate, as many clients together do, once
 * for every request that was due meanwhile. That is what it shows.
 */
#include <eisen.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

EISEN_MODULE("answers at once, but stands still once a period");

#define PERIOD_MS 1000
#define STALL_MS 100

struct stall {
	eisen_toolbox *tb;
	long long period_ms, stall_ms;
};

static long long setting(json_t *settings, const char *name, long long otherwise)
{
	json_t *value = json_object_get(settings, name);

	return value == NULL ? otherwise : json_integer_value(value); /* 0 of what is no number */
}

static int stall_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	struct stall *stall = calloc(1, sizeof(*stall));

	if (stall == NULL)
		return -ENOMEM;
	stall->tb = tb;
	stall->period_ms = setting(server->settings, "period_ms", PERIOD_MS);
	stall->stall_ms = setting(server->settings, "stall_ms", STALL_MS);
	if (stall->stall_ms <= 0 || stall->stall_ms >= stall->period_ms ||
	    stall->period_ms > 3600 * 1000) {
		eisen_print(tb, "stall: wanted: 0 < stall_ms < period_ms <= 3600000");
		free(stall);
		return -EINVAL;
	}
	*state = stall;
	return 0;
}

/* How long it still stands still; 0: it does not. */
static int left_ms(const struct stall *stall)
{
	struct timespec now;
	long long phase;

	clock_gettime(CLOCK_MONOTONIC, &now);
	phase = (now.tv_sec * 1000 + now.tv_nsec / 1000000) % stall->period_ms;
	return phase < stall->stall_ms ? (int)(stall->stall_ms - phase) : 0;
}

static void stall_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	const struct stall *stall = state;
	int left = left_ms(stall);

	(void)request;
	if (left > 0)
		eisen_sleep(stall->tb, left); /* ends with the worker */
	eisen_reply_body(reply, "text/plain", "hello\n", 6);
}

extern const eisen_app app;

const eisen_app app = { .open = stall_open, .handle = stall_handle, .close = free };
