/* report_read.h - documents back to what they were made of, several as one.
 *
 * All of them passed report_check() and are of one layout; texts are borrowed
 * from the first. What follows from the input (rates, percentiles, imbalance,
 * warnings) is not read, it follows again.
 */
#ifndef LOAD_REPORT_READ_H
#define LOAD_REPORT_READ_H

#include "load/job.h"
#include "load/report.h"
#include "load/stats.h"

struct report_read {
	struct report_input input; /* of what is below */
	struct load_job job;
	struct load_stats stats;
	struct load_target *targets;
	struct report_port *ports;
	int *port_workers; /* of all ports, one behind the other */
	struct report_worker *workers;
	double *cpu_series;
	const char **group_names, **paths;
	int *engine_cpus;
	size_t runs_read, samples_read, intervals_read;
};

/* The counts 0, the series long enough for all runs. -ENOMEM, -EINVAL (series
 * longer than a report may have); nothing to release then. */
int report_read_init(struct report_read *ret, json_t *const *runs, size_t count, struct error *e);

/* One of those runs, in their order. */
int report_read_add(struct report_read *r, const json_t *run, struct error *e);

void report_read_release(struct report_read *r);

#endif
