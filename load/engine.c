/* engine.c - see engine.h.
 *
 * The loop: what is due, then wait, then each event in turn. The clock is read
 * once a reply and serves as the end of one request and the beginning of the
 * next one.
 */
#include "load/engine.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/conn.h"
#include "load/job.h"
#include "load/record.h"
#include "load/roster.h"

#include <assert.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#define EVENTS_MAX 256

enum phase { PHASE_WARM_UP, PHASE_MEASURED, PHASE_ENDED };

struct load_engine {
	struct record record;
	struct conn_io io;
	struct roster roster;
	int wake; /* eventfd: stop has changed */
	_Atomic bool stop;
	enum phase phase;
	uint64_t from_ns, to_ns;   /* the measured time as planned */
	uint64_t began_ns, cpu_ns; /* when it began: wall and processor time */
};

static int make_wake(struct load_engine *engine, struct error *e)
{
	struct epoll_event event = { .events = EPOLLIN };

	engine->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->wake < 0)
		return error_errno(e, errno, "eventfd");
	if (epoll_ctl(engine->io.epoll, EPOLL_CTL_ADD, engine->wake, &event) < 0)
		return error_errno(e, errno, "epoll_ctl");
	return 0;
}

int load_engine_new(struct load_engine **ret, const struct load_job *job, unsigned thread,
		    struct error *e)
{
	struct load_engine *engine = aligned_alloc(_Alignof(struct load_engine), sizeof(*engine));
	int code;

	assert(job->threads > 0 && thread < job->threads && job->threads <= job->target_count);
	if (engine == NULL)
		return error_set(e, ENOMEM, "out of memory for an engine");
	*engine = (struct load_engine) { .wake = -1, .io.epoll = -1 };
	code = record_init(&engine->record, job, e);
	if (code == 0)
		code = conn_io_init(&engine->io, job, &engine->record, e);
	if (code == 0)
		code = roster_init(&engine->roster, job, thread, &engine->io, e);
	if (code == 0)
		code = make_wake(engine, e);
	if (code < 0) {
		load_engine_free(engine);
		return code;
	}
	*ret = engine;
	return 0;
}

void load_engine_free(struct load_engine *engine)
{
	if (engine == NULL)
		return;
	roster_release(&engine->roster);
	conn_io_release(&engine->io);
	record_release(&engine->record);
	if (engine->wake >= 0)
		close(engine->wake);
	free(engine);
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_S + (uint64_t)t.tv_nsec;
}

static void begin_measured(struct load_engine *engine)
{
	engine->phase = PHASE_MEASURED;
	engine->began_ns = engine->io.now_ns;
	engine->cpu_ns = thread_cpu_ns();
}

static void end_measured(struct load_engine *engine)
{
	struct load_stats *stats = &engine->record.stats;
	uint64_t now_ns = engine->io.now_ns, wall_ns = now_ns - engine->began_ns;
	uint64_t to_ns = MIN(now_ns, engine->to_ns);

	if (engine->phase == PHASE_MEASURED) {
		stats->measured_ns = to_ns - engine->from_ns;
		stats->cpu_ns = thread_cpu_ns() - engine->cpu_ns;
		stats->cpu_share_max = wall_ns == 0 ? 0 : (double)stats->cpu_ns / (double)wall_ns;
	}
	engine->phase = PHASE_ENDED;
	roster_end(&engine->roster);
}

static void step_phase(struct load_engine *engine)
{
	uint64_t now_ns = engine->io.now_ns;

	if (engine->phase == PHASE_WARM_UP && now_ns >= engine->from_ns)
		begin_measured(engine);
	if (engine->phase == PHASE_ENDED)
		return;
	if (now_ns >= engine->to_ns || atomic_load_explicit(&engine->stop, memory_order_relaxed))
		end_measured(engine);
}

static uint64_t next_phase_ns(const struct load_engine *engine)
{
	switch (engine->phase) {
	case PHASE_WARM_UP:
		return engine->from_ns;
	case PHASE_MEASURED:
		return engine->to_ns;
	case PHASE_ENDED:
		break;
	}
	return UINT64_MAX;
}

/* The number of events, or -errno. */
static int wait_events(struct load_engine *engine, struct epoll_event *events)
{
	uint64_t now_ns = engine->io.now_ns;
	uint64_t next_ns = MIN(roster_next_ns(&engine->roster), next_phase_ns(engine));
	uint64_t left_ns = next_ns > now_ns ? next_ns - now_ns : 0;
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / CLOCK_NS_PER_S),
		.tv_nsec = (long)(left_ns % CLOCK_NS_PER_S),
	};
	int n = epoll_pwait2(engine->io.epoll, events, EVENTS_MAX, &left, NULL);

	if (n < 0 && errno != EINTR)
		return -errno;
	return MAX(n, 0);
}

static void handle(struct load_engine *engine, const struct epoll_event *event)
{
	uint64_t count;

	if (event->data.ptr != NULL)
		roster_event(&engine->roster, event->data.ptr, event->events);
	else if (read(engine->wake, &count, sizeof(count)) < 0)
		assert(errno == EAGAIN);
}

int load_engine_run(struct load_engine *engine, const struct load_times *times, struct error *e)
{
	const struct load_job *job = engine->roster.job;
	struct epoll_event events[EVENTS_MAX];

	engine->from_ns = times->start_ns + job->warm_up_ns;
	engine->to_ns = engine->from_ns + job->duration_ns;
	record_begin(&engine->record, engine->from_ns);
	roster_begin(&engine->roster, times->start_ns, engine->to_ns);
	for (;;) {
		int n;

		engine->io.now_ns = clock_mono_ns();
		step_phase(engine);
		roster_step(&engine->roster);
		if (engine->phase == PHASE_ENDED && roster_is_done(&engine->roster))
			return 0;
		n = wait_events(engine, events);
		if (n < 0)
			return error_errno(e, -n, "epoll_pwait2 (Linux 5.11 or later)");
		for (int i = 0; i < n; i++)
			handle(engine, &events[i]);
	}
}

void load_engine_stop(struct load_engine *engine)
{
	uint64_t one = 1;

	atomic_store_explicit(&engine->stop, true, memory_order_relaxed);
	if (write(engine->wake, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN);
}

const struct load_tally *load_engine_tally(const struct load_engine *engine)
{
	return &engine->record.tally;
}

struct load_stats *load_engine_stats(struct load_engine *engine)
{
	return &engine->record.stats;
}
