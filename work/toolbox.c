/* toolbox.c - see toolbox.h: a toolbox's life, and what it knows of its worker. */
#include "work/toolbox_impl.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"

#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

/* A module's queues are those that carry work; the others keep no name here. */
static int make_queues(eisen_toolbox *tb, struct error *e)
{
	struct queues *qs = tb->qs;

	tb->queue_count = qs->shared->queue_count;
	tb->queues = calloc(tb->queue_count + 1, sizeof(*tb->queues));
	if (tb->queues == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < tb->queue_count; i++) {
		const struct queue *q = queues_queue(qs, (unsigned)i);

		tb->queues[i].id = (unsigned)i;
		tb->queues[i].name = q->kind == QUEUE_WORK ? q->name : NULL;
	}
	return 0;
}

int toolbox_new(const struct toolbox_spec *spec, eisen_toolbox **ret, struct error *e)
{
	eisen_toolbox *tb = calloc(1, sizeof(*tb));
	int r;

	if (tb == NULL)
		return error_set(e, ENOMEM, "out of memory");
	tb->spec = *spec;
	tb->qs = spec->queues;
	pthread_mutex_init(&tb->lock, NULL);
	r = make_queues(tb, e);
	if (r < 0) {
		toolbox_free(tb);
		return r;
	}
	*ret = tb;
	return 0;
}

void toolbox_free(eisen_toolbox *tb)
{
	if (tb == NULL)
		return;
	while (tb->pools != NULL) {
		struct handle_pool *pool = tb->pools;

		tb->pools = pool->next;
		free(pool);
	}
	pthread_mutex_destroy(&tb->lock);
	free(tb->queues);
	free(tb->failed);
	free(tb);
}

/* The end ------------------------------------------------------------------ */

static uint32_t phase_of(const eisen_toolbox *tb)
{
	return atomic_load_explicit(&tb->phase, memory_order_acquire);
}

/* A phase never goes back. Only what signal-safety(7) allows. */
static void set_phase(eisen_toolbox *tb, uint32_t phase)
{
	uint32_t old = phase_of(tb);

	while (old < phase && !atomic_compare_exchange_weak(&tb->phase, &old, phase))
		;
	syscall(SYS_futex, &tb->phase, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void toolbox_stop(eisen_toolbox *tb)
{
	int saved = errno;

	set_phase(tb, TOOLBOX_STOPS);
	queues_interrupt(tb->qs);
	errno = saved;
}

bool toolbox_stopped(const eisen_toolbox *tb)
{
	return phase_of(tb) == TOOLBOX_STOPS;
}

void toolbox_end(eisen_toolbox *tb)
{
	set_phase(tb, TOOLBOX_ENDS);
}

void toolbox_join(eisen_toolbox *tb)
{
	toolbox_join_threads(tb);
	toolbox_give_back(tb, 0, "the worker ended");
}

void toolbox_fail(eisen_toolbox *tb, const struct error *e)
{
	pthread_mutex_lock(&tb->lock);
	if (tb->failed == NULL) {
		tb->failed = malloc(sizeof(*tb->failed));
		if (tb->failed != NULL)
			*tb->failed = *e;
	}
	pthread_mutex_unlock(&tb->lock);
}

bool toolbox_failed(const eisen_toolbox *tb, struct error *e)
{
	eisen_toolbox *writable = (eisen_toolbox *)tb;
	bool failed;

	pthread_mutex_lock(&writable->lock);
	failed = tb->failed != NULL;
	if (failed && e != NULL)
		*e = *tb->failed;
	pthread_mutex_unlock(&writable->lock);
	return failed;
}

bool eisen_stopping(const eisen_toolbox *tb)
{
	return tb == NULL || phase_of(tb) != TOOLBOX_RUNS;
}

uint64_t toolbox_deadline(int timeout_ms)
{
	if (timeout_ms < 0)
		return QUEUE_FOREVER;
	if (timeout_ms == 0)
		return QUEUE_NO_WAIT;
	return clock_mono_ns() + (uint64_t)timeout_ms * CLOCK_NS_PER_MS;
}

/* FUTEX_WAIT_BITSET: its time-out is absolute, a signal does not prolong it. */
bool eisen_sleep(eisen_toolbox *tb, int timeout_ms)
{
	uint64_t deadline = toolbox_deadline(timeout_ms);
	struct timespec at = { .tv_sec = (time_t)(deadline / CLOCK_NS_PER_S),
			       .tv_nsec = (long)(deadline % CLOCK_NS_PER_S) };
	long r = 0;

	while (!eisen_stopping(tb) && timeout_ms != 0) {
		r = syscall(SYS_futex, &tb->phase, FUTEX_WAIT_BITSET_PRIVATE, TOOLBOX_RUNS,
			    timeout_ms < 0 ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
		if (r < 0 && errno == ETIMEDOUT)
			break;
	}
	return eisen_stopping(tb);
}

/* Words -------------------------------------------------------------------- */

static void say(eisen_toolbox *tb, enum log_level level, const char *text)
{
	if (tb->spec.ops->log != NULL)
		tb->spec.ops->log(tb->spec.arg, level, text);
}

void toolbox_complain(eisen_toolbox *tb, const char *fmt, ...)
{
	uint32_t before = atomic_fetch_add(&tb->complaints, 1);
	char text[1024];
	va_list args;

	if (before >= COMPLAINTS_MAX) {
		/* The count must not come round. */
		atomic_store(&tb->complaints, COMPLAINTS_MAX + 1);
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say(tb, LOG_LEVEL_WARNING, text);
	if (before + 1 == COMPLAINTS_MAX)
		say(tb, LOG_LEVEL_WARNING,
		    "the modules of this worker go on like this; no more of it is shown");
}

void toolbox_complain_of(const eisen_chunk *chunk, const char *call, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	toolbox_complain(chunk->tb, "%s: %s, ticket %llu: %s", call, eisen_queue_name(chunk->queue),
			 (unsigned long long)chunk->ticket, text);
}

bool toolbox_enter(eisen_toolbox *tb, const char *call)
{
	struct error e = { 0 };

	if (queues_enter(tb->qs, &e) == 0)
		return true;
	error_prefix(&e, "%s", call);
	toolbox_complain(tb, "%s", e.text);
	toolbox_fail(tb, &e);
	return false;
}

void toolbox_count(_Atomic uint64_t *counter, uint64_t n)
{
	if (counter != NULL)
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* Who the worker is -------------------------------------------------------- */

int eisen_start_sequence_num(const eisen_toolbox *tb)
{
	return tb == NULL ? -1 : tb->spec.slot;
}

int eisen_worker_id(const eisen_toolbox *tb)
{
	return tb == NULL ? 0 : tb->spec.slot + 1;
}

pid_t eisen_worker_pid(const eisen_toolbox *tb)
{
	return tb == NULL ? 0 : tb->spec.pid;
}

const char *eisen_worker_name(const eisen_toolbox *tb)
{
	return tb == NULL ? "" : tb->spec.name;
}

const char *eisen_worker_group(const eisen_toolbox *tb)
{
	return tb == NULL ? NULL : tb->spec.group;
}

json_t *eisen_kwargs(const eisen_toolbox *tb)
{
	return tb == NULL ? NULL : tb->spec.kwargs;
}
