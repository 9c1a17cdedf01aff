/* job.h - what is driven, and how: one description for engine and report. */
#ifndef LOAD_JOB_H
#define LOAD_JOB_H

#include "portmap/address.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_request;

#define LOAD_TARGETS_MAX 65536
#define LOAD_CONNECTIONS_MAX 100000
#define LOAD_THREADS_MAX 64
#define LOAD_RATE_MAX 10000000
#define LOAD_DURATION_MAX_S 86400
#define LOAD_INTERVALS_MAX 1200 /* of the time series: duration / interval */

struct load_target {
	struct address address;
	char host[ADDRESS_TEXT_BYTES]; /* the Host header's value */
	uint32_t group;                /* < job.group_count */
};

struct load_job { /* borrowed, and not changed, while it is driven */
	const struct load_target *targets;
	size_t target_count;
	size_t group_count;
	const struct load_request *request;
	unsigned connections; /* in all, shared out evenly: at least one a target */
	unsigned threads;     /* at most one a target */
	double rate;          /* requests per second in all; 0: closed loop */
	bool close;           /* a connection for each request */
	uint64_t warm_up_ns, duration_ns;
	uint64_t timeout_ns;  /* of a connect, of a request; with close of both in one */
	uint64_t interval_ns; /* of the time series; duration / interval <= LOAD_INTERVALS_MAX */
	const cpu_set_t *pin; /* one set a thread, or NULL */
};

#endif
