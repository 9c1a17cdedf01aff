/* report_sums.c - see report_sums.h. */
#include "load/report_sums.h"

#include "common/cc.h"
#include "common/clock.h"
#include "load/job.h"
#include "load/report.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define ENGINE_BUSY 0.95 /* of a core: it could hardly have sent more */
#define CORES_BUSY 0.90  /* the workers could hardly have served more */
#define RATE_MISSED 0.99

static void add_stats(struct load_target_stats *to, const struct load_target_stats *from)
{
	load_counts_add(&to->counts, &from->counts);
	histogram_merge(&to->latency, &from->latency);
}

static void sum_ports(struct report_sums *s)
{
	const struct load_stats *stats = s->input->stats;

	for (size_t i = 0; i < stats->target_count; i++) {
		size_t group = s->input->job->targets[i].group;

		add_stats(&s->groups[group], &stats->targets[i]);
		s->group_ports[group]++;
	}
	for (size_t i = 0; i < stats->group_count; i++) {
		add_stats(&s->total, &s->groups[i]);
		histogram_merge(&s->service, &stats->service[i]);
	}
}

/* By START_SEQUENCE_NUM, *ret_size of them: its place in input->workers, or -1. */
static int *index_workers(const struct report_input *input, size_t *ret_size)
{
	size_t size = 1;
	int *places;

	for (size_t i = 0; i < input->worker_count; i++) {
		assert(input->workers[i].number >= 0);
		size = MAX(size, (size_t)input->workers[i].number + 1);
	}
	places = malloc(size * sizeof(*places));
	for (size_t i = 0; places != NULL && i < size; i++)
		places[i] = -1;
	for (size_t i = 0; places != NULL && i < input->worker_count; i++)
		places[input->workers[i].number] = (int)i;
	*ret_size = size;
	return places;
}

/* A port's requests to the workers that answered them; of: their places. */
static void share_out(struct report_sums *s, size_t port, const int *of, size_t count)
{
	const struct load_target_stats *stats = &s->input->stats->targets[port];
	double requests = (double)stats->counts.requests, served = 0;

	for (size_t i = 0; i < count; i++)
		served += (double)s->input->workers[of[i]].server_requests;
	for (size_t i = 0; i < count; i++) {
		double mine = (double)s->input->workers[of[i]].server_requests;
		struct report_worker_sum *worker = &s->workers[of[i]];

		worker->ports++;
		if (count == 1) {
			worker->requests += requests;
			add_stats(&worker->stats, stats);
			continue;
		}
		worker->shares = true;
		worker->requests += served > 0 ? requests * mine / served : 0;
	}
}

static int sum_workers(struct report_sums *s)
{
	const struct report_input *input = s->input;
	size_t size;
	AUTO_FREE int *places = index_workers(input, &size);
	AUTO_FREE int *of = malloc((input->worker_count + 1) * sizeof(*of));

	if (places == NULL || of == NULL)
		return -ENOMEM;
	for (size_t p = 0; p < input->job->target_count; p++) {
		const struct report_port *port = &input->ports[p];
		size_t count = 0;

		for (size_t i = 0; i < port->worker_count && count < input->worker_count; i++) {
			int number = port->workers[i];

			if (number >= 0 && (size_t)number < size && places[number] >= 0)
				of[count++] = places[number];
		}
		share_out(s, p, of, count);
	}
	return 0;
}

/* How many cores have a worker that has a port. */
static int count_cores(const struct report_sums *s, size_t *ret)
{
	const struct report_input *input = s->input;
	int highest = 0;
	AUTO_FREE bool *seen = NULL;

	for (size_t i = 0; i < input->worker_count; i++)
		highest = MAX(highest, input->workers[i].core);
	seen = calloc((size_t)highest + 1, sizeof(*seen));
	if (seen == NULL)
		return -ENOMEM;
	*ret = 0;
	for (size_t i = 0; i < input->worker_count; i++) {
		int core = input->workers[i].core;

		if (s->workers[i].ports == 0 || (core >= 0 && seen[core]))
			continue;
		if (core >= 0)
			seen[core] = true;
		++*ret;
	}
	return 0;
}

static void sum_cpu(struct report_sums *s, size_t cores)
{
	const struct report_input *input = s->input;
	double cpu = 0, most = 0, requests = 0;
	size_t serving = 0;

	for (size_t i = 0; i < input->worker_count; i++) {
		const struct report_worker_sum *worker = &s->workers[i];

		if (worker->ports == 0)
			continue;
		serving++;
		requests += worker->requests;
		most = fmax(most, worker->requests);
		cpu += (double)input->workers[i].cpu_ns;
		if (input->workers[i].cpu_ns == 0 &&
		    (worker->requests > 0 || !input->workers[i].counted))
			cpu = NAN;
	}
	s->server_cpu_ns = serving > 0 && cpu > 0 ? cpu : NAN;
	s->imbalance = requests > 0 ? most * (double)serving / requests : NAN;
	s->cores_share =
		input->stats->measured_ns > 0 && cores > 0
			? s->server_cpu_ns / (double)input->stats->measured_ns / (double)cores
			: NAN;
}

/* An engine that is busy to the last and achieves the rate that was asked for
 * is no limit. Of a server whose processor time is not known nobody can say. */
static bool is_limit(const struct report_sums *s)
{
	if (s->input->stats->cpu_share_max < ENGINE_BUSY || s->cores_share >= CORES_BUSY)
		return false;
	return s->input->job->rate <= 0 || s->rate_missed;
}

int report_sums_init(struct report_sums *ret, const struct report_input *input)
{
	const struct load_stats *stats = input->stats;
	size_t cores;

	*ret = (struct report_sums) {
		.input = input,
		.measured_s = (double)stats->measured_ns / (double)CLOCK_NS_PER_S,
		.groups = calloc(stats->group_count + 1, sizeof(*ret->groups)),
		.group_ports = calloc(stats->group_count + 1, sizeof(*ret->group_ports)),
		.workers = calloc(input->worker_count + 1, sizeof(*ret->workers)),
	};
	if (ret->groups == NULL || ret->group_ports == NULL || ret->workers == NULL)
		return -ENOMEM;
	sum_ports(ret);
	if (sum_workers(ret) < 0 || count_cores(ret, &cores) < 0)
		return -ENOMEM;
	sum_cpu(ret, cores);
	ret->rate_missed = (double)ret->total.counts.requests <
			   RATE_MISSED * input->job->rate * ret->measured_s;
	ret->engine_limit = is_limit(ret);
	return 0;
}

void report_sums_release(struct report_sums *s)
{
	for (size_t i = 0; s->groups != NULL && i < s->input->stats->group_count; i++)
		histogram_release(&s->groups[i].latency);
	for (size_t i = 0; s->workers != NULL && i < s->input->worker_count; i++)
		histogram_release(&s->workers[i].stats.latency);
	histogram_release(&s->total.latency);
	histogram_release(&s->service);
	free(s->groups);
	free(s->group_ports);
	free(s->workers);
	*s = (struct report_sums) { 0 };
}
