/* threshold.h - "p99>5ms": what must not be, checked on a report.
 *
 * METRIC OP VALUE[UNIT]. OP: > >= < <=, true means failed. Metrics: p50 p90
 * p99 p99.9 p99.99 max mean (us, ms, s; a unit is wanted), rate, requests,
 * errors (a number, or with % a share of all attempts), cpu (per request: us),
 * rss (of the largest worker: KiB, MiB, GiB), imbalance.
 */
#ifndef LOAD_THRESHOLD_H
#define LOAD_THRESHOLD_H

#include <jansson.h>
#include <stdbool.h>

struct error;

#define THRESHOLD_TEXT_BYTES 64
#define THRESHOLDS_MAX 64

struct threshold {
	char text[THRESHOLD_TEXT_BYTES]; /* as it was given */
	int metric;                      /* of threshold.c */
	int op;
	bool percent;
	double value; /* in the report's unit */
};

int threshold_parse(struct threshold *ret, const char *text, struct error *e);

/* Is it crossed by the report? A metric that the report does not have (CPU of
 * a server that is not ours) is crossed too: nothing must pass unseen.
 * *ret_value: what was seen, NAN when nothing was. */
bool threshold_crossed(const struct threshold *t, const json_t *report, double *ret_value);

#endif
