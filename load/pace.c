/* pace.c - see pace.h. */
#include "load/pace.h"

#include "common/clock.h"
#include "load/job.h"

size_t pace_own_count(const struct load_job *job, unsigned thread)
{
	return (job->target_count - thread + job->threads - 1) / job->threads;
}

void pace_init(struct pace *p, const struct load_job *job, unsigned thread, uint64_t start_ns)
{
	*p = (struct pace) {
		.start_ns = start_ns,
		.period_ns = (double)CLOCK_NS_PER_S / job->rate,
		.targets = job->target_count,
		.thread = thread,
		.stride = job->threads,
		.own_count = pace_own_count(job, thread),
	};
	p->due_ns = pace_due(p, 0, 0);
}

/* A day of ten million a second is below 2^40 requests and 2^47 ns: a double
 * (53 bits) is off by less than a nanosecond, and errors do not add up. */
uint64_t pace_due(const struct pace *p, size_t own, uint64_t round)
{
	uint64_t n = round * p->targets + p->thread + own * p->stride;

	return p->start_ns + (uint64_t)((double)n * p->period_ns);
}

void pace_next(struct pace *p)
{
	if (++p->own == p->own_count) {
		p->own = 0;
		p->round++;
	}
	p->due_ns = pace_due(p, p->own, p->round);
}
