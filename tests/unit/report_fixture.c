/* report_fixture.c - see report_fixture.h. */
#include "tests/unit/report_fixture.h"

#include "common/clock.h"
#include "common/error.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const groups[] = { "blue", "green" };
static const char *const urls[] = { "http://127.0.0.1:11000/", "http://127.0.0.1:11001/",
				    "http://127.0.0.1:12000/" };
static const char *const paths[] = { "/", "/a" };
static const int numbers[] = { 0, 1, 2 };
static const double shares[REPORT_FIXTURE_SAMPLES] = { 0.25, 0.5, 0.5, 0.25 };
static const uint64_t requests[] = { 600, 400, 1000 };
static const int cpus[] = { 3 };

static void init_port(struct report_fixture *f, size_t i)
{
	struct load_target_stats *stats = &f->stats.targets[i];

	f->targets[i].group = i == 2;
	stats->counts = (struct load_counts) { .requests = requests[i],
					       .answered = requests[i] + 50,
					       .bytes = requests[i] * 100,
					       .connects = 2,
					       .classes[2] = requests[i] };
	histogram_add_many(&stats->latency, (i + 1) * CLOCK_NS_PER_MS, requests[i]);
	if (f->job.rate > 0)
		histogram_add_many(&f->stats.service[i == 2], CLOCK_NS_PER_MS / 2, requests[i]);
	f->ports[i] = (struct report_port) { .url = urls[i],
					     .group = groups[i == 2],
					     .workers = &numbers[i],
					     .worker_count = 1,
					     .counted = true,
					     .server_requests = requests[i] + 50 };
	f->workers[i] = (struct report_worker) { .number = (int)i,
						 .group = groups[i == 2],
						 .core = (int)i,
						 .counted = true,
						 .server_requests = requests[i] + 50,
						 .cpu_ns = requests[i] * 100000,
						 .rss_bytes = 4096 * (i + 1),
						 .cpu_series = shares };
}

static void init_input(struct report_fixture *f)
{
	f->input = (struct report_input) { .name = "demo",
					   .started = "2026-01-02T03:04:05.678Z",
					   .version = "1.2.3",
					   .job = &f->job,
					   .stats = &f->stats,
					   .method = "GET",
					   .paths = paths,
					   .path_count = 2,
					   .group_names = groups,
					   .ports = f->ports,
					   .workers = f->workers,
					   .worker_count = REPORT_FIXTURE_PORTS,
					   .sample_s = 0.5,
					   .sample_count = REPORT_FIXTURE_SAMPLES,
					   .engine_cpus = cpus,
					   .engine_cpu_count = 1,
					   .engine_memory_bytes = 1 << 20 };
}

void report_fixture_init(struct report_fixture *f, double rate)
{
	*f = (struct report_fixture) { 0 };
	f->job = (struct load_job) { .targets = f->targets,
				     .target_count = REPORT_FIXTURE_PORTS,
				     .group_count = 2,
				     .connections = 6,
				     .threads = 1,
				     .rate = rate,
				     .warm_up_ns = CLOCK_NS_PER_S,
				     .duration_ns = 2 * CLOCK_NS_PER_S,
				     .timeout_ns = 5 * CLOCK_NS_PER_S,
				     .interval_ns = CLOCK_NS_PER_S / 2 };
	ck_assert_int_eq(load_stats_init(&f->stats, &f->job, NULL), 0);
	ck_assert_ptr_nonnull(f->stats.targets);
	for (size_t i = 0; i < REPORT_FIXTURE_PORTS; i++)
		init_port(f, i);
	for (size_t i = 0; i < f->stats.interval_count; i++)
		f->stats.intervals[i] = (struct load_interval) { 500, 0, 3 * CLOCK_NS_PER_MS };
	if (rate > 0)
		histogram_add_many(&f->stats.late, 1000, 2000);
	f->stats.measured_ns = f->job.duration_ns;
	f->stats.cpu_ns = CLOCK_NS_PER_S;
	f->stats.cpu_share_max = 0.5;
	init_input(f);
}

void report_fixture_release(struct report_fixture *f)
{
	load_stats_release(&f->stats);
}

json_t *report_fixture_make(const struct report_fixture *f)
{
	struct error e = { 0 };
	json_t *report = report_make(&f->input);

	ck_assert_ptr_nonnull(report);
	ck_assert_msg(report_check(report, &e) == 0, "%s", e.text);
	return report;
}

json_t *report_fixture_run(const char *name, double rate, uint64_t count, uint64_t latency_ns)
{
	struct report_fixture f;
	json_t *report;

	report_fixture_init(&f, rate);
	f.input.name = name;
	f.stats.targets[0].counts.requests = count - 1400;
	histogram_release(&f.stats.targets[0].latency);
	histogram_add_many(&f.stats.targets[0].latency, latency_ns, count - 1400);
	report = report_fixture_make(&f);
	report_fixture_release(&f);
	return report;
}

json_t *report_fixture_at(const json_t *document, const char *path)
{
	json_t *at = (json_t *)document;

	while (at != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");
		char key[64];

		ck_assert_uint_lt(len, sizeof(key));
		memcpy(key, path, len);
		key[len] = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)(key[0] - '0'))
				       : json_object_get(at, key);
		path += len + (path[len] == '/');
	}
	return at;
}

double report_fixture_number(const json_t *document, const char *path)
{
	const json_t *value = report_fixture_at(document, path);

	ck_assert_msg(json_is_number(value), "%s is no number", path);
	return json_number_value(value);
}
