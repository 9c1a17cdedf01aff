/* report_read.c - see report_read.h. */
#include "load/report_read.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/report_json.h"

#include <math.h>
#include <string.h>

#define NS_MAX 1e16 /* of one run, 115 days: sums of COMPARE_ROUNDS_MAX are below 2^64 */

static uint64_t get_ns(const json_t *object, const char *key)
{
	return (uint64_t)fmin(report_get_number(object, key) * (double)CLOCK_NS_PER_S + 0.5,
			      NS_MAX);
}

static bool get_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static size_t list_size(const json_t *object, const char *key)
{
	return json_array_size(json_object_get(object, key));
}

static const json_t *list_item(const json_t *object, const char *key, size_t index)
{
	return json_array_get(json_object_get(object, key), index);
}

static size_t count_intervals(const json_t *run)
{
	return list_size(json_object_get(run, "over_time"), "requests");
}

static size_t count_samples(const json_t *run)
{
	return list_size(list_item(run, "workers", 0), "cpu");
}

static size_t count_port_workers(const json_t *run)
{
	size_t sum = 0;

	for (size_t i = 0; i < list_size(run, "ports"); i++)
		sum += list_size(list_item(run, "ports", i), "workers");
	return sum;
}

static void read_job(struct report_read *r, const json_t *run)
{
	const json_t *settings = json_object_get(run, "settings");

	r->job = (struct load_job) {
		.targets = r->targets,
		.target_count = list_size(run, "ports"),
		.group_count = list_size(run, "groups"),
		.connections = (unsigned)report_get_count(settings, "connections"),
		.threads = (unsigned)report_get_count(settings, "threads"),
		.rate = report_get_number(settings, "rate"),
		.close = get_bool(settings, "close"),
		.warm_up_ns = get_ns(settings, "warm_up_s"),
		.duration_ns = get_ns(settings, "duration_s"),
		.timeout_ns = get_ns(settings, "timeout_s"),
		.interval_ns = get_ns(json_object_get(run, "over_time"), "interval_s"),
	};
	r->stats.target_count = r->job.target_count;
	r->stats.group_count = r->job.group_count;
}

static void read_input(struct report_read *r, const json_t *run)
{
	const json_t *settings = json_object_get(run, "settings");
	struct report_input *in = &r->input;

	in->name = report_get_text(run, "name");
	in->started = report_get_text(run, "started");
	in->version = report_get_text(run, "version");
	in->job = &r->job;
	in->stats = &r->stats;
	in->method = report_get_text(settings, "method");
	in->paths = r->paths;
	in->path_count = report_get_count(settings, "path_count");
	in->body_bytes = report_get_count(settings, "body_bytes");
	in->group_names = r->group_names;
	in->ports = r->ports;
	in->workers = r->workers;
	in->worker_count = list_size(run, "workers");
	in->sample_s = report_get_number(run, "sample_s");
	in->engine_cpus = r->engine_cpus;
	in->engine_cpu_count = list_size(json_object_get(run, "engine"), "cpus");
}

static void read_numbers(const json_t *list, int *ret)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		ret[i] = (int)json_integer_value(json_array_get(list, i));
}

/* Names, and what is where; the counts are added run by run. */
static int read_layout(struct report_read *r, const json_t *run)
{
	json_auto_t *places = report_group_places(run);
	int *numbers = r->port_workers;

	if (places == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->job.group_count; i++)
		r->group_names[i] = report_get_text(list_item(run, "groups", i), "name");
	for (size_t i = 0; i < r->job.target_count; i++) {
		const json_t *port = list_item(run, "ports", i);
		const char *group = report_get_text(port, "group");

		r->ports[i] = (struct report_port) {
			.url = report_get_text(port, "url"),
			.group = group,
			.workers = numbers,
			.worker_count = list_size(port, "workers"),
			.counted = true,
		};
		r->targets[i].group = (uint32_t)report_get_count(places, group);
		read_numbers(json_object_get(port, "workers"), numbers);
		numbers += r->ports[i].worker_count;
	}
	for (size_t i = 0; i < r->input.worker_count; i++) {
		const json_t *worker = list_item(run, "workers", i);
		const json_t *core = json_object_get(worker, "core");

		r->workers[i] = (struct report_worker) {
			.number = (int)report_get_count(worker, "START_SEQUENCE_NUM"),
			.group = report_get_text(worker, "group"),
			.core = json_is_null(core) ? -1 : (int)json_integer_value(core),
			.counted = true,
			.cpu_series = r->cpu_series + i * r->input.sample_count,
		};
	}
	return 0;
}

static void read_texts(struct report_read *r, const json_t *run)
{
	const json_t *settings = json_object_get(run, "settings");

	for (size_t i = 0; i < list_size(settings, "paths"); i++)
		r->paths[i] = json_string_value(list_item(settings, "paths", i));
	read_numbers(json_object_get(json_object_get(run, "engine"), "cpus"), r->engine_cpus);
}

/* One more than is needed of each: calloc(0) may be NULL. */
static bool allocate(struct report_read *r, const json_t *run)
{
	size_t ports = list_size(run, "ports") + 1, groups = list_size(run, "groups") + 1;
	size_t workers = list_size(run, "workers") + 1;

	r->targets = calloc(ports, sizeof(*r->targets));
	r->ports = calloc(ports, sizeof(*r->ports));
	r->port_workers = calloc(count_port_workers(run) + 1, sizeof(*r->port_workers));
	r->workers = calloc(workers, sizeof(*r->workers));
	r->cpu_series = calloc(workers * (r->input.sample_count + 1), sizeof(*r->cpu_series));
	r->group_names = calloc(groups, sizeof(*r->group_names));
	r->paths = calloc(REPORT_PATHS_MAX, sizeof(*r->paths));
	r->engine_cpus = calloc(list_size(json_object_get(run, "engine"), "cpus") + 1,
				sizeof(*r->engine_cpus));
	r->stats.targets = calloc(ports, sizeof(*r->stats.targets));
	r->stats.service = calloc(groups, sizeof(*r->stats.service));
	r->stats.intervals = calloc(r->stats.interval_count + 1, sizeof(*r->stats.intervals));
	return r->targets != NULL && r->ports != NULL && r->port_workers != NULL &&
	       r->workers != NULL && r->cpu_series != NULL && r->group_names != NULL &&
	       r->paths != NULL && r->engine_cpus != NULL && r->stats.targets != NULL &&
	       r->stats.service != NULL && r->stats.intervals != NULL;
}

int report_read_init(struct report_read *ret, json_t *const *runs, size_t count, struct error *e)
{
	struct report_read r = { 0 };

	for (size_t i = 0; i < count; i++) {
		r.stats.interval_count += count_intervals(runs[i]);
		r.input.sample_count += count_samples(runs[i]);
	}
	if (r.stats.interval_count > REPORT_SERIES_MAX || r.input.sample_count > REPORT_SERIES_MAX)
		return error_set(e, EINVAL,
				 "too much to be one report: want at most %d intervals "
				 "and samples in all; take fewer rounds",
				 REPORT_SERIES_MAX);
	*ret = r;
	if (!allocate(ret, runs[0])) {
		report_read_release(ret);
		return error_set(e, ENOMEM, "out of memory");
	}
	read_job(ret, runs[0]);
	read_input(ret, runs[0]);
	read_texts(ret, runs[0]);
	if (read_layout(ret, runs[0]) < 0) {
		report_read_release(ret);
		return error_set(e, ENOMEM, "out of memory");
	}
	return 0;
}

static int add_histogram(struct histogram *to, const json_t *value, struct error *e)
{
	struct histogram read = { 0 };
	int result = 0;

	if (!json_is_null(value))
		result = histogram_from_json(&read, value, e);
	histogram_merge(to, &read);
	histogram_release(&read);
	return result;
}

static int add_ports(struct report_read *r, const json_t *run, struct error *e)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < r->job.target_count; i++) {
		const json_t *port = list_item(run, "ports", i);

		if (json_is_null(json_object_get(port, "server_requests")))
			r->ports[i].counted = false;
		r->ports[i].server_requests += report_get_count(port, "server_requests");
		result = report_read_counts(&r->stats.targets[i], port, e);
	}
	return result;
}

static int add_groups(struct report_read *r, const json_t *run, struct error *e)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < r->job.group_count; i++) {
		const json_t *service = json_object_get(list_item(run, "groups", i), "service");

		if (!json_is_null(service))
			result = add_histogram(&r->stats.service[i],
					       json_object_get(service, "histogram"), e);
	}
	return result;
}

/* Processor time that is not known of one run is not known of all. */
static void add_workers(struct report_read *r, const json_t *run)
{
	size_t samples = count_samples(run);

	for (size_t i = 0; i < r->input.worker_count; i++) {
		const json_t *json = list_item(run, "workers", i);
		struct report_worker *worker = &r->workers[i];
		double *series = r->cpu_series + i * r->input.sample_count + r->samples_read;
		uint64_t cpu_ns = get_ns(json, "cpu_s");

		worker->cpu_ns = r->runs_read > 0 && (worker->cpu_ns == 0 || cpu_ns == 0)
					 ? 0
					 : worker->cpu_ns + cpu_ns;
		if (json_is_null(json_object_get(json, "server_requests")) ||
		    json_is_null(json_object_get(json, "restarts")))
			worker->counted = false;
		worker->server_requests += report_get_count(json, "server_requests");
		worker->rss_bytes = MAX(worker->rss_bytes, report_get_count(json, "rss_bytes"));
		worker->restarts += report_get_count(json, "restarts");
		for (size_t j = 0; j < samples; j++)
			series[j] = json_number_value(list_item(json, "cpu", j));
	}
	r->samples_read += samples;
}

static void add_over_time(struct report_read *r, const json_t *run)
{
	const json_t *over_time = json_object_get(run, "over_time");
	size_t count = count_intervals(run);

	for (size_t i = 0; i < count; i++) {
		struct load_interval *interval = &r->stats.intervals[r->intervals_read + i];

		interval->requests =
			(uint64_t)json_integer_value(list_item(over_time, "requests", i));
		interval->errors = (uint64_t)json_integer_value(list_item(over_time, "errors", i));
		interval->latency_max_ns =
			(uint64_t)json_integer_value(list_item(over_time, "latency_max_ns", i));
	}
	r->intervals_read += count;
}

static int add_engine(struct report_read *r, const json_t *run, struct error *e)
{
	const json_t *engine = json_object_get(run, "engine");
	double share = report_get_number(engine, "cpu_share");

	r->stats.cpu_ns += get_ns(engine, "cpu_s");
	r->stats.cpu_share_max = fmax(r->stats.cpu_share_max, share);
	if (get_bool(engine, "shares_cores"))
		r->input.engine_shares_cores = true;
	r->input.engine_memory_bytes =
		MAX(r->input.engine_memory_bytes, report_get_count(engine, "memory_bytes"));
	return add_histogram(&r->stats.late, json_object_get(engine, "late_histogram"), e);
}

int report_read_add(struct report_read *r, const json_t *run, struct error *e)
{
	int result = add_ports(r, run, e);

	if (result == 0)
		result = add_groups(r, run, e);
	if (result == 0)
		result = add_engine(r, run, e);
	if (result < 0)
		return result;
	add_workers(r, run);
	add_over_time(r, run);
	r->stats.measured_ns += get_ns(run, "measured_s");
	r->stats.unsent += report_get_count(run, "unsent");
	if (get_bool(run, "interrupted"))
		r->input.interrupted = true;
	r->runs_read++;
	return 0;
}

void report_read_release(struct report_read *r)
{
	load_stats_release(&r->stats);
	free(r->targets);
	free(r->ports);
	free(r->port_workers);
	free(r->workers);
	free(r->cpu_series);
	free(r->group_names);
	free(r->paths);
	free(r->engine_cpus);
	*r = (struct report_read) { 0 };
}
