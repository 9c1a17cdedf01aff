/* slow.c - an app whose replies cost a set amount of processor time.
 *
 *	"app": {"kind": "module", "path": "slow", "settings": {"burn_ns": 50000}}
 *
 * burn_ns comes on top of what any reply costs; two layouts that differ in it
 * alone differ in speed by a known amount, and a load test has to say so. The
 * time is that of the thread, read from the kernel, so that what disturbs the
 * machine does not count as burnt. A reply that burnt a little too much, because
 * reading that clock takes a moment too, has it taken off the next one: over many
 * replies the mean is exact.
 */
#include <eisen.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

EISEN_MODULE("answers, and burns processor time");

#define BURN_NS_MAX 1000000000

struct slow {
	long long burn_ns;
	long long owed_ns; /* of replies so far; below 0 after too much */
};

static int slow_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	struct slow *slow = calloc(1, sizeof(*slow));

	if (slow == NULL)
		return -ENOMEM;
	slow->burn_ns = json_integer_value(json_object_get(server->settings, "burn_ns"));
	if (slow->burn_ns <= 0 || slow->burn_ns > BURN_NS_MAX) {
		eisen_print(tb, "slow: wanted: \"settings\": {\"burn_ns\": 1 to %d}", BURN_NS_MAX);
		free(slow);
		return -EINVAL;
	}
	*state = slow;
	return 0;
}

static long long thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void burn(struct slow *slow)
{
	long long begin = thread_ns(), spent = 0;

	slow->owed_ns += slow->burn_ns;
	while (spent < slow->owed_ns)
		spent = thread_ns() - begin;
	slow->owed_ns -= spent;
}

static void slow_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	(void)request;
	burn(state);
	eisen_reply_body(reply, "text/plain", "hello\n", 6);
}

extern const eisen_app app;

const eisen_app app = { .open = slow_open, .handle = slow_handle, .close = free };
