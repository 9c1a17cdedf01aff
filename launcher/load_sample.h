/* load_sample.h - processor time of the workers, over the measured time.
 *
 * A process's clock is read directly (clock_getcpuclockid(3)), so that looking
 * costs the servers nothing; the instance is asked only when one has gone, for
 * who has taken its place. What a killed worker used since it was last looked
 * at is not seen.
 */
#ifndef LAUNCHER_LOAD_SAMPLE_H
#define LAUNCHER_LOAD_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct load_layout;
struct report_worker;

struct load_sample_worker {
	int number;       /* START_SEQUENCE_NUM */
	pid_t pid;        /* 0: none now */
	uint64_t cpu_ns;  /* its clock when it was read last */
	uint64_t read_ns; /* when; 0: never */
	uint64_t used_ns; /* since the beginning */
	size_t filled;    /* of series */
	double *series;   /* share of a core, by sample; part of load_samples.shares */
};

struct load_samples {
	struct load_sample_worker *workers; /* owned; as those of the layout */
	size_t worker_count;
	double *shares; /* owned: worker_count * count_max */
	uint64_t from_ns, to_ns, period_ns;
	size_t count_max;
	size_t taken;  /* looks so far: the first begins the first sample */
	bool complete; /* the last look was at the end */
	bool gone;     /* a process was not there: load_samples_find() */
};

/* From from_ns (CLOCK_MONOTONIC) on, for duration_ns, as many samples of
 * period_ns as are whole in it; workers: of /api/workers, for their pids. */
int load_samples_init(struct load_samples *s, const struct load_layout *l, const json_t *workers,
		      uint64_t from_ns, uint64_t duration_ns, uint64_t period_ns, struct error *e);

/* When to look next, UINT64_MAX: no more. */
uint64_t load_samples_next(const struct load_samples *s);

/* Look, at or after that time, or at the end of a run that ends earlier. Late
 * is no harm: what was used meanwhile is spread over the samples missed. */
void load_samples_take(struct load_samples *s, uint64_t now_ns);

/* The pids of /api/workers, asked again: a new process began from nothing. */
void load_samples_find(struct load_samples *s, const json_t *workers);

/* Samples that are whole. */
size_t load_samples_count(const struct load_samples *s);

/* cpu_ns, cpu_series and, as it is now, rss_bytes of the layout's workers. The
 * series stay ours. */
void load_samples_report(const struct load_samples *s, struct report_worker *ret);

void load_samples_release(struct load_samples *s);

/* Resident memory of a process, 0: not known. proc(5). */
uint64_t load_sample_rss(pid_t pid);

#endif
