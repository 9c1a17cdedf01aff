/* engine.h - one thread's share of a load: an epoll loop over its connections.
 *
 * Closed loop: each connection asks again as soon as it is answered. Open
 * loop: request number n is due at start + n / rate, for target n modulo their
 * number; an idle connection of the target sends it, and when there is none it
 * waits, its latency counting from when it was due ("coordinated omission":
 * G. Tene). Threads share nothing but the job: engine number t drives the
 * targets whose index modulo threads is t.
 */
#ifndef LOAD_ENGINE_H
#define LOAD_ENGINE_H

#include <stdatomic.h>
#include <stdint.h>

struct error;
struct load_engine;
struct load_job;
struct load_stats;

struct load_times {        /* CLOCK_MONOTONIC, the same for all engines of a load */
	uint64_t start_ns; /* then warm-up and measured time, by the job */
};

struct load_tally { /* written by the engine, read by anybody */
	_Atomic uint64_t answered, errors, connections;
};

/* One of job->threads. */
int load_engine_new(struct load_engine **ret, const struct load_job *job, unsigned thread,
		    struct error *e);

/* From the first connect to the last reply, or its time-out. At most once. An
 * error is one of our own (epoll, memory); what servers do is counted. */
int load_engine_run(struct load_engine *engine, const struct load_times *times, struct error *e);

/* End the measured time now. Any thread, any time. */
void load_engine_stop(struct load_engine *engine);

const struct load_tally *load_engine_tally(const struct load_engine *engine);

/* After run; borrowed, and may be merged into others. */
struct load_stats *load_engine_stats(struct load_engine *engine);
void load_engine_free(struct load_engine *engine);

#endif
