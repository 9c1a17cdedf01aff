/* stats.c - see stats.h. */
#include "load/stats.h"

#include "common/cc.h"
#include "common/error.h"
#include "load/job.h"

const char *load_error_name(enum load_error error)
{
#define X(id, name) [LOAD_ERROR_##id] = name,
	static const char *const names[] = { LOAD_ERRORS(X) };
#undef X

	return names[error];
}

int load_stats_init(struct load_stats *s, const struct load_job *job, struct error *e)
{
	size_t intervals = (size_t)((job->duration_ns + job->interval_ns - 1) / job->interval_ns);

	*s = (struct load_stats) { .target_count = job->target_count,
				   .group_count = job->group_count,
				   .interval_count = intervals };
	s->targets = calloc(s->target_count, sizeof(*s->targets));
	s->service = calloc(s->group_count, sizeof(*s->service));
	s->intervals = calloc(s->interval_count, sizeof(*s->intervals));
	if (s->targets != NULL && s->service != NULL && s->intervals != NULL)
		return 0;
	load_stats_release(s);
	return error_set(e, ENOMEM, "out of memory for the counts of %zu targets",
			 job->target_count);
}

void load_counts_add(struct load_counts *c, const struct load_counts *from)
{
	c->answered += from->answered;
	c->requests += from->requests;
	c->bytes += from->bytes;
	c->connects += from->connects;
	for (size_t i = 0; i < LOAD_CLASSES; i++)
		c->classes[i] += from->classes[i];
	for (size_t i = 0; i < LOAD_ERROR_COUNT; i++)
		c->errors[i] += from->errors[i];
}

uint64_t load_counts_errors(const struct load_counts *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LOAD_ERROR_COUNT; i++)
		sum += c->errors[i];
	return sum;
}

static void merge_intervals(struct load_stats *s, const struct load_stats *from)
{
	for (size_t i = 0; i < s->interval_count; i++) {
		struct load_interval *to = &s->intervals[i];
		const struct load_interval *more = &from->intervals[i];

		to->requests += more->requests;
		to->errors += more->errors;
		to->latency_max_ns = MAX(to->latency_max_ns, more->latency_max_ns);
	}
}

static void take_histogram(struct histogram *h, struct histogram *from)
{
	if (h->count > 0) {
		histogram_merge(h, from);
		return;
	}
	histogram_release(h);
	*h = *from;
	*from = (struct histogram) { 0 };
}

void load_stats_merge(struct load_stats *s, struct load_stats *from)
{
	for (size_t i = 0; i < s->target_count; i++) {
		load_counts_add(&s->targets[i].counts, &from->targets[i].counts);
		take_histogram(&s->targets[i].latency, &from->targets[i].latency);
	}
	for (size_t i = 0; i < s->group_count; i++)
		take_histogram(&s->service[i], &from->service[i]);
	merge_intervals(s, from);
	take_histogram(&s->late, &from->late);
	s->unsent += from->unsent;
	s->measured_ns = MAX(s->measured_ns, from->measured_ns);
	s->cpu_ns += from->cpu_ns;
	s->cpu_share_max = MAX(s->cpu_share_max, from->cpu_share_max);
}

void load_stats_release(struct load_stats *s)
{
	for (size_t i = 0; s->targets != NULL && i < s->target_count; i++)
		histogram_release(&s->targets[i].latency);
	for (size_t i = 0; s->service != NULL && i < s->group_count; i++)
		histogram_release(&s->service[i]);
	histogram_release(&s->late);
	free(s->targets);
	free(s->service);
	free(s->intervals);
	*s = (struct load_stats) { 0 };
}
