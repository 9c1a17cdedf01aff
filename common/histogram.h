/* histogram.h - how often each value came, to three significant digits.
 *
 * Log-linear, as HdrHistogram has it (G. Tene): values below 2048 have a
 * bucket each, each doubling above has 1024 of them, so a value is off by less
 * than one in a thousand. Buckets are in pages that are allocated when one of
 * them is first needed, and counts take 16 bits until they pass them: a
 * histogram costs what its spread is, not its range, and thousands of them fit
 * in memory.
 *
 * A zeroed struct is an empty histogram. No memory for a page: the value is
 * in count, min, max and sum, and counted in lost. Not thread-safe.
 */
#ifndef COMMON_HISTOGRAM_H
#define COMMON_HISTOGRAM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct histogram_page; /* of histogram.c */

/* As nanoseconds: 73 minutes. What is above is in the bucket of this. */
#define HISTOGRAM_VALUE_MAX ((UINT64_C(1) << 42) - 1)
#define HISTOGRAM_EXACT 2048 /* values below have a bucket each */
#define HISTOGRAM_BUCKETS (HISTOGRAM_EXACT + 31 * 1024)
#define HISTOGRAM_PAGE_BUCKETS 64
#define HISTOGRAM_PAGES (HISTOGRAM_BUCKETS / HISTOGRAM_PAGE_BUCKETS)
#define HISTOGRAM_COUNT_MAX (UINT64_C(1) << 50) /* of one that is read; sums of 16000 such fit */

struct histogram {
	uint64_t count;
	uint64_t min, max; /* exact; of count 0: 0 */
	double sum;
	uint64_t lost; /* values without a bucket, for want of memory; also in count */
	/* Owned: HISTOGRAM_PAGES pointers, each NULL or a page. NULL at first. */
	struct histogram_page **pages;
};

void histogram_add(struct histogram *h, uint64_t value);
void histogram_add_many(struct histogram *h, uint64_t value, uint64_t times);

/* All of from into h. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/* The least value that percent (0..100) of all values are not above, as the
 * highest value of its bucket, at most max; 0 when empty. Lost values are
 * taken to be the largest: what is not known is not shown as fast. */
uint64_t histogram_percentile(const struct histogram *h, double percent);
double histogram_mean(const struct histogram *h); /* 0 when empty */

/* Bytes that it holds beside the struct. */
size_t histogram_memory(const struct histogram *h);

/* Each bucket that is not empty, in ascending order: lowest and highest value of it. */
typedef void histogram_visit_fn(uint64_t low, uint64_t high, uint64_t count, void *arg);
void histogram_each(const struct histogram *h, histogram_visit_fn *visit, void *arg);

/* {"min", "max", "sum", "buckets": "gap:count gap:count …"}: gap is how many
 * buckets are skipped since the last one named; "lost" as well when it is not
 * 0. A new reference; NULL: no memory. Back again: h is empty before, and after
 * an error; -EINVAL with words for what is no such thing or contradicts itself,
 * -ENOMEM. The input may be hostile: nothing overflows, memory is bounded by
 * the range of a histogram. */
json_t *histogram_json(const struct histogram *h);
int histogram_from_json(struct histogram *h, const json_t *value, struct error *e);

void histogram_release(struct histogram *h);

#endif
