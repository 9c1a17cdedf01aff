/* record.c - see record.h. */
#include "load/record.h"

#include "load/job.h"

#include <stdbool.h>

int record_init(struct record *r, const struct load_job *job, struct error *e)
{
	*r = (struct record) { .job = job };
	return load_stats_init(&r->stats, job, e);
}

void record_begin(struct record *r, uint64_t from_ns)
{
	r->from_ns = from_ns;
	r->interval = 0;
	r->interval_end_ns = from_ns + r->job->interval_ns;
	r->to_ns = from_ns + r->job->duration_ns;
}

/* The only writer: no locked instruction is needed. */
static void tally_add(_Atomic uint64_t *n, uint64_t more)
{
	uint64_t sum = atomic_load_explicit(n, memory_order_relaxed) + more;

	atomic_store_explicit(n, sum, memory_order_relaxed);
}

/* One may be sent between the end and the engine's next look at the clock. */
static bool is_measured(const struct record *r, uint64_t due_ns)
{
	return due_ns >= r->from_ns && due_ns < r->to_ns;
}

/* NULL: after the measured time. Time goes forward: a division only when an
 * interval ends. */
static struct load_interval *interval_at(struct record *r, uint64_t now_ns)
{
	if (now_ns >= r->to_ns)
		return NULL;
	if (now_ns >= r->interval_end_ns) {
		size_t n = (size_t)((now_ns - r->from_ns) / r->job->interval_ns);

		r->interval = n;
		r->interval_end_ns = r->from_ns + (n + 1) * r->job->interval_ns;
	}
	return &r->stats.intervals[r->interval];
}

void record_reply(struct record *r, size_t target, const struct record_reply *reply)
{
	struct load_target_stats *stats = &r->stats.targets[target];
	uint64_t latency_ns = reply->done_ns - reply->due_ns;
	struct load_interval *interval;
	bool failed = reply->status >= 400;

	stats->counts.answered++;
	tally_add(&r->tally.answered, 1);
	if (failed)
		tally_add(&r->tally.errors, 1);
	if (!is_measured(r, reply->due_ns))
		return;
	stats->counts.requests++;
	stats->counts.bytes += reply->body_bytes;
	stats->counts.classes[reply->status < LOAD_CLASSES * 100 ? reply->status / 100 : 0]++;
	stats->counts.errors[LOAD_ERROR_STATUS] += failed;
	histogram_add(&stats->latency, latency_ns);
	if (r->job->rate > 0)
		histogram_add(&r->stats.service[r->job->targets[target].group],
			      reply->done_ns - reply->sent_ns);
	interval = interval_at(r, reply->done_ns);
	if (interval == NULL)
		return;
	interval->requests++;
	interval->errors += failed;
	interval->latency_max_ns = MAX(interval->latency_max_ns, latency_ns);
}

void record_error(struct record *r, size_t target, enum load_error error, uint64_t due_ns,
		  uint64_t now_ns)
{
	struct load_interval *interval;

	tally_add(&r->tally.errors, 1);
	if (!is_measured(r, due_ns))
		return;
	r->stats.targets[target].counts.errors[error]++;
	interval = interval_at(r, now_ns);
	if (interval != NULL)
		interval->errors++;
}

void record_opened(struct record *r, size_t target)
{
	r->stats.targets[target].counts.connects++;
	tally_add(&r->tally.connections, 1);
}

void record_closed(struct record *r)
{
	tally_add(&r->tally.connections, (uint64_t)-1);
}

void record_late(struct record *r, uint64_t due_ns, uint64_t late_ns)
{
	if (is_measured(r, due_ns))
		histogram_add(&r->stats.late, late_ns);
}

void record_unsent(struct record *r, size_t target, uint64_t due_ns, uint64_t now_ns)
{
	if (!is_measured(r, due_ns))
		return;
	r->stats.unsent++;
	histogram_add(&r->stats.targets[target].latency, now_ns - due_ns);
}

void record_release(struct record *r)
{
	load_stats_release(&r->stats);
}
