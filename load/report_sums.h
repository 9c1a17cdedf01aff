/* report_sums.h - what follows from a run's numbers: sums, shares, who was the limit.
 *
 * Computed once, for the document and for its warnings.
 */
#ifndef LOAD_REPORT_SUMS_H
#define LOAD_REPORT_SUMS_H

#include "load/stats.h"

#include <jansson.h>
#include <stdbool.h>

struct report_input;

struct report_worker_sum {
	struct load_target_stats stats; /* of its ports that no other worker has */
	bool shares;                    /* a port of it is another worker's as well */
	size_t ports;
	double requests; /* of the measured time that it answered; of a port that is
			  * shared its share of server_requests */
};

struct report_sums { /* counts as those of input */
	const struct report_input *input;
	double measured_s;
	struct load_target_stats total;
	struct load_target_stats *groups;
	size_t *group_ports;
	struct histogram service;
	struct report_worker_sum *workers;
	double server_cpu_ns; /* of all workers that have a port; NAN: not known */
	double cores_share;   /* how busy their cores were with them: mean; NAN: not known */
	double imbalance;     /* the most requests of one by their mean; NAN: none has a port */
	bool rate_missed;     /* open loop: more than 1 % below it */
	bool engine_limit;
};

/* -ENOMEM; release it in any case. */
int report_sums_init(struct report_sums *ret, const struct report_input *input);
void report_sums_release(struct report_sums *s);

/* Sentences that say what the numbers do not mean. A new reference, NULL: no
 * memory. In report_warn.c. */
json_t *report_warnings(const struct report_sums *s);

#endif
