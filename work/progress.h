/* progress.h - from counts over time: percent, rate, time left.
 *
 * The seed's INFO_ENABLE, INFO_THREAD_MAX and PERF_HEADER_ETA. Pure: the
 * caller brings the time. The rate is that of the last seconds, so that it
 * follows what happens now; the time left follows from it.
 */
#ifndef WORK_PROGRESS_H
#define WORK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define PROGRESS_SAMPLES 32
#define PROGRESS_SAMPLE_NS UINT64_C(250000000) /* apart at least: 8 s are looked at */

struct progress_sample {
	uint64_t ns, done;
};

struct progress {
	uint64_t total;      /* rows in all; 0: unknown */
	uint64_t begun_ns;   /* when the first one was seen */
	uint64_t first_done; /* by then */
	struct progress_sample now;
	struct progress_sample samples[PROGRESS_SAMPLES]; /* a ring of older ones */
	size_t next, count;
};

/* What can be said; unknown until there is something to tell it from. */
struct progress_figures {
	uint64_t done, total; /* total 0: unknown */
	double percent;       /* 0..100; < 0: unknown */
	double rate;          /* rows a second; < 0: unknown */
	double left_s;        /* seconds to go; < 0: unknown */
	double elapsed_s;
};

void progress_init(struct progress *p, uint64_t done, uint64_t now_ns);

/* How far it is now. total may change (a second feeder); 0: unknown. A count
 * or a time that goes back is taken for no progress. */
void progress_update(struct progress *p, uint64_t done, uint64_t total, uint64_t now_ns);

void progress_figures(const struct progress *p, struct progress_figures *ret);

/* "42.0 %, 4,200 of 10,000 rows, 1.20 k/s, 4.8 s left" */
void progress_line(const struct progress *p, struct buf *ret);

/* The same for a terminal, at most columns wide: "primes ████▌     42 % 1.20
 * k/s 4.8 s", with less and less of it where there is little room. No line's
 * end, no control bytes. utf8 false: "[####  ]". */
void progress_bar(const struct progress *p, const char *label, unsigned columns, bool utf8,
		  struct buf *ret);

/* "850 ms", "4.8 s", "3 min 10 s", "2 h 5 min", "4 d 3 h" */
void progress_time(double seconds, struct buf *ret);

#endif
