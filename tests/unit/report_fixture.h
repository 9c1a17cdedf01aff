/* report_fixture.h - a run that was never driven: what report_make() is given.
 *
 * Three ports of two groups, a worker each, two seconds, 2000 requests, and
 * nothing to warn of: a test changes what it is about.
 */
#ifndef TESTS_UNIT_REPORT_FIXTURE_H
#define TESTS_UNIT_REPORT_FIXTURE_H

#include "load/job.h"
#include "load/report.h"
#include "load/stats.h"

#define REPORT_FIXTURE_PORTS 3
#define REPORT_FIXTURE_SAMPLES 4

struct report_fixture {
	struct report_input input; /* of all that follows */
	struct load_job job;
	struct load_stats stats;
	struct load_target targets[REPORT_FIXTURE_PORTS];
	struct report_port ports[REPORT_FIXTURE_PORTS];
	struct report_worker workers[REPORT_FIXTURE_PORTS];
};

/* rate: 0 for a closed loop. */
void report_fixture_init(struct report_fixture *f, double rate);
void report_fixture_release(struct report_fixture *f);

/* A report that passed report_check(). */
json_t *report_fixture_make(const struct report_fixture *f);

/* One of a layout that answered so many requests, each in latency_ns. */
json_t *report_fixture_run(const char *name, double rate, uint64_t requests, uint64_t latency_ns);

/* "ports/0/latency_ns/p99.9"; NULL: there is none. */
json_t *report_fixture_at(const json_t *document, const char *path);
double report_fixture_number(const json_t *document, const char *path);

#endif
