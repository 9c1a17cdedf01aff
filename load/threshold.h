/* threshold.h - "p99>5ms": what must not be, checked on a report.
 *
 * METRIC OP VALUE[UNIT], blanks between them allowed. OP: > >= < <=, true means
 * failed. VALUE: decimal digits, perhaps with a point. Metrics: p50 p90 p99
 * p99.9 p99.99 max mean (us, ms, s; a unit is wanted), rate, requests, errors (a
 * number of attempts that failed; or with % the share of all attempts, and there
 * what was due and never sent is one that failed), cpu (per request: us), rss (of the
 * largest worker: KiB, MiB, GiB), imbalance.
 */
#ifndef LOAD_THRESHOLD_H
#define LOAD_THRESHOLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct error;

#define THRESHOLD_TEXT_BYTES 64
#define THRESHOLDS_MAX 64

struct threshold {
	char text[THRESHOLD_TEXT_BYTES]; /* as it was given */
	int metric;                      /* of threshold.c */
	int op;
	bool percent;
	double value; /* in the report's unit; percent: 0..100 */
};

/* -EINVAL with words that say what is wanted; *ret is set on success only. */
int threshold_parse(struct threshold *ret, const char *text, struct error *e);

/* Is it crossed by the report? A metric that the report does not have (CPU of
 * a server that is not ours, latency when nothing was answered, memory of a
 * worker that is gone) is crossed too: nothing must pass unseen. Of a
 * comparison: is it crossed by any of its layouts? *ret_value: what was seen,
 * in the unit of value, of several the worst; NAN when nothing was. The
 * document passed report_check(); whatever it is, nothing breaks. */
bool threshold_crossed(const struct threshold *t, const json_t *report, double *ret_value);

/* What was seen, for people: "7.3 ms", "0.2 %", "not known". */
void threshold_show(const struct threshold *t, double value, char *ret, size_t size);

#endif
