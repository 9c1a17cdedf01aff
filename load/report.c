/* report.c - a run as a document, out of what was counted. See report.h.
 *
 * Merged rounds come through here as well, as one input: what a report says
 * follows from its input alone.
 */
#include "load/report.h"

#include "common/cc.h"
#include "common/clock.h"
#include "load/job.h"
#include "load/report_json.h"
#include "load/report_sums.h"

#include <math.h>

static double seconds(double ns)
{
	return ns / (double)CLOCK_NS_PER_S;
}

static json_t *numbers_json(const int *numbers, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		array = report_append(array, report_count((uint64_t)MAX(numbers[i], 0)));
	return array;
}

static json_t *settings_json(const struct report_input *in)
{
	const struct load_job *job = in->job;
	json_t *paths = json_array();

	for (size_t i = 0; i < MIN(in->path_count, REPORT_PATHS_MAX); i++)
		paths = report_append(paths, report_text(in->paths[i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "mode",
			 job->rate > 0 ? "open" : "closed", "rate",
			 report_number(job->rate > 0 ? job->rate : NAN), "duration_s",
			 report_number(seconds((double)job->duration_ns)), "warm_up_s",
			 report_number(seconds((double)job->warm_up_ns)), "connections",
			 report_count(job->connections), "threads", report_count(job->threads),
			 "timeout_s", report_number(seconds((double)job->timeout_ns)), "close",
			 (int)job->close, "method", report_text(in->method), "paths", paths,
			 "path_count", report_count(in->path_count), "body_bytes",
			 report_count(in->body_bytes));
}

static json_t *service_json(const struct report_input *in, const struct histogram *service)
{
	return in->job->rate > 0 ? report_service(service) : json_null();
}

static json_t *group_json(const struct report_sums *s, size_t g)
{
	json_t *group = json_pack("{s:o, s:o, s:o}", "name", report_text(s->input->group_names[g]),
				  "ports", report_count(s->group_ports[g]), "service",
				  service_json(s->input, &s->input->stats->service[g]));

	return report_add_counts(group, &s->groups[g], s->measured_s);
}

static json_t *count_if(bool known, uint64_t n)
{
	return known ? report_count(n) : json_null();
}

static json_t *cpu_series_json(const struct report_input *in, const struct report_worker *worker)
{
	json_t *series = json_array();

	for (size_t i = 0; i < in->sample_count; i++) {
		double share = worker->cpu_series[i];

		series =
			report_append(series, json_real(share >= 0 && isfinite(share) ? share : 0));
	}
	return series;
}

static json_t *worker_json(const struct report_sums *s, size_t w)
{
	const struct report_worker *worker = &s->input->workers[w];
	const struct report_worker_sum *sum = &s->workers[w];
	double cpu_ns = worker->cpu_ns > 0 ? (double)worker->cpu_ns : NAN;
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "START_SEQUENCE_NUM",
		report_count((uint64_t)worker->number), "group", report_text(worker->group), "core",
		worker->core >= 0 ? report_count((uint64_t)worker->core) : json_null(),
		"server_requests", count_if(worker->counted, worker->server_requests), "cpu_s",
		report_number(seconds(cpu_ns)), "cpu_us_per_request",
		report_number(cpu_ns / sum->requests / 1000), "rss_bytes",
		report_count(worker->rss_bytes), "restarts",
		count_if(worker->counted, worker->restarts), "cpu",
		cpu_series_json(s->input, worker));

	return report_add_counts(json, sum->shares ? NULL : &sum->stats, s->measured_s);
}

static json_t *port_json(const struct report_sums *s, size_t p)
{
	const struct report_port *port = &s->input->ports[p];
	json_t *json = json_pack("{s:o, s:o, s:o, s:o}", "url", report_text(port->url), "group",
				 report_text(port->group), "workers",
				 numbers_json(port->workers, port->worker_count), "server_requests",
				 count_if(port->counted, port->server_requests));

	return report_add_counts(json, &s->input->stats->targets[p], s->measured_s);
}

typedef json_t *part_fn(const struct report_sums *s, size_t index);

static json_t *list_json(const struct report_sums *s, size_t count, part_fn *part)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < count; i++)
		list = report_append(list, part(s, i));
	return list;
}

static json_t *engine_json(const struct report_sums *s)
{
	const struct report_input *in = s->input;
	const struct load_stats *stats = in->stats;
	bool open = in->job->rate > 0;
	double cpu_ns = (double)stats->cpu_ns;

	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "threads",
			 report_count(in->job->threads), "cpus",
			 numbers_json(in->engine_cpus, in->engine_cpu_count), "shares_cores",
			 (int)in->engine_shares_cores, "cpu_s", report_number(seconds(cpu_ns)),
			 "cpu_share", report_number(stats->cpu_share_max), "cpu_us_per_request",
			 report_number(cpu_ns / (double)s->total.counts.requests / 1000), "limit",
			 (int)s->engine_limit, "late_ns",
			 open ? report_latency(&stats->late) : json_null(), "late_histogram",
			 open ? histogram_json(&stats->late) : json_null(), "memory_bytes",
			 report_count(in->engine_memory_bytes));
}

/* Without those that were planned for the time after an early end. */
static size_t intervals_used(const struct report_input *in)
{
	const struct load_stats *stats = in->stats;
	size_t count = stats->interval_count;

	while (count > 0 && (count - 1) * in->job->interval_ns >= stats->measured_ns &&
	       stats->intervals[count - 1].requests + stats->intervals[count - 1].errors == 0)
		count--;
	return count;
}

static json_t *over_time_json(const struct report_input *in)
{
	json_t *requests = json_array(), *errors = json_array(), *latency = json_array();

	for (size_t i = 0; i < intervals_used(in); i++) {
		const struct load_interval *interval = &in->stats->intervals[i];

		requests = report_append(requests, report_count(interval->requests));
		errors = report_append(errors, report_count(interval->errors));
		latency = report_append(latency, report_count(interval->latency_max_ns));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "interval_s",
			 report_number(seconds((double)in->job->interval_ns)), "requests", requests,
			 "errors", errors, "latency_max_ns", latency);
}

static json_t *document(const struct report_sums *s)
{
	const struct report_input *in = s->input;
	json_t *total = report_add_counts(json_object(), &s->total, s->measured_s);

	return json_pack(
		"{s:i, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o}",
		"eisen_load", REPORT_VERSION, "version", report_text(in->version), "name",
		report_text(in->name), "started", report_text(in->started), "interrupted",
		(int)in->interrupted, "settings", settings_json(in), "measured_s",
		report_number(s->measured_s), "total", total, "service",
		service_json(in, &s->service), "server_cpu_us_per_request",
		report_number(s->server_cpu_ns / (double)s->total.counts.requests / 1000),
		"imbalance", report_number(s->imbalance), "groups",
		list_json(s, in->job->group_count, group_json), "workers",
		list_json(s, in->worker_count, worker_json), "ports",
		list_json(s, in->job->target_count, port_json), "engine", engine_json(s),
		"over_time", over_time_json(in), "sample_s", report_number(in->sample_s), "unsent",
		report_count(in->stats->unsent), "warnings", report_warnings(s));
}

json_t *report_make(const struct report_input *input)
{
	struct report_sums sums;
	json_t *report = NULL;

	if (report_sums_init(&sums, input) == 0)
		report = document(&sums);
	report_sums_release(&sums);
	return report;
}
