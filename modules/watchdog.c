/* watchdog.c - the second, threaded module: it watches its worker.
 *
 *	"worker_modules": [
 *		{"WORKER_PATH": "prime"},
 *		{"WORKER_PATH": "watchdog", "WORKER_REF": "watch"}
 *	],
 *	"kwargs": {"watchdog_ms": 5000}
 *
 * All but the first of worker_modules are called once and must return at once:
 * this one starts a thread. It looks at the time that its process has used of
 * the processor: a worker that gets no chunk, or hangs in one, uses none. It
 * says so once, and once more when the worker is busy again.
 */
#include <eisen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

EISEN_MODULE("says when its worker has had nothing to do for a while");

#define DEFAULT_MS 5000
#define LOOKS 4 /* in that time */

/* Of each look that shows work, at least so much was not our own. */
#define BUSY_NS 1000000

struct watch {
	int quiet_ms; /* after which it is said */
	int look_ms;
};

static long long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void run(eisen_toolbox *tb, void *arg)
{
	struct watch *watch = arg;
	long long had = cpu_ns();
	int quiet_ms = 0;
	bool told = false;

	while (!eisen_sleep(tb, watch->look_ms)) { /* true: the worker is to end */
		long long now = cpu_ns();

		quiet_ms = now - had < BUSY_NS ? quiet_ms + watch->look_ms : 0;
		had = now;
		if (told && quiet_ms == 0)
			eisen_print(tb, "watchdog: %s works again", eisen_worker_name(tb));
		if (!told && quiet_ms >= watch->quiet_ms)
			eisen_print(tb, "watchdog: %s has done nothing for %d ms",
				    eisen_worker_name(tb), quiet_ms);
		told = quiet_ms >= watch->quiet_ms;
	}
	free(watch);
}

extern eisen_worker_fn watch;

bool watch(eisen_toolbox *tb)
{
	json_int_t ms = json_integer_value(json_object_get(eisen_kwargs(tb), "watchdog_ms"));
	struct watch *arg = malloc(sizeof(*arg));

	if (arg == NULL)
		return true;
	arg->quiet_ms = ms > 0 && ms < 86400000 ? (int)ms : DEFAULT_MS;
	arg->look_ms = arg->quiet_ms / LOOKS + 1;
	if (eisen_thread(tb, run, arg) < 0) {
		eisen_print(tb, "watchdog: no thread");
		free(arg);
	}
	return true;
}
