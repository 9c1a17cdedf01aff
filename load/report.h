/* report.h - a run as one document, the source of table, HTML and comparison.
 *
 * docs/load-report.schema.json describes it. Everything that is shown is shown
 * out of this document, so that an old one can be shown again.
 */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct load_job;
struct load_stats;

#define REPORT_VERSION 1                     /* "eisen_load" */
#define REPORT_BYTES_MAX (256u << 20)        /* of a file */
#define REPORT_TEXT_MAX 16384                /* bytes of a string in it */
#define REPORT_COUNT_MAX (UINT64_C(1) << 53) /* beyond, JSON's readers are not exact */
#define REPORT_NUMBER_MAX 1e18
#define REPORT_PATHS_MAX 100 /* of those asked for, the first */
#define REPORT_WORKERS_MAX 4096
#define REPORT_WARNINGS_MAX 1000
#define REPORT_LAYOUTS_MAX 64
#define REPORT_SERIES_MAX 1200000 /* samples, or intervals: of COMPARE_ROUNDS_MAX rounds */

/* What a comparison compares. The cpu is that of the workers. */
#define REPORT_METRICS(X) \
	X(RATE, "rate") \
	X(P50, "p50") \
	X(P99, "p99") \
	X(P999, "p99.9") \
	X(CPU, "cpu_us_per_request")
#define X(id, name) REPORT_##id,
enum report_metric { REPORT_METRICS(X) REPORT_METRIC_COUNT };
#undef X
extern const char *const report_metric_names[];  /* ended by NULL */
extern const char *const report_verdict_names[]; /* by enum compare_verdict; ended by NULL */

struct report_port { /* by target */
	const char *url;
	const char *group;  /* "blue"; of --url: the URL */
	const int *workers; /* the START_SEQUENCE_NUMs that serve it; none for --url */
	size_t worker_count;
	bool counted;             /* server_requests is known */
	uint64_t server_requests; /* by the server's own counter, over the whole drive */
};

struct report_worker {
	int number; /* START_SEQUENCE_NUM */
	const char *group;
	int core;
	bool counted;             /* server_requests and restarts are known */
	uint64_t server_requests; /* of all its servers */
	uint64_t restarts;        /* meanwhile */
	uint64_t cpu_ns;          /* in the measured time; 0: not known */
	uint64_t rss_bytes;       /* at its end */
	const double *cpu_series; /* share of a core, per sample; sample_count of them */
};

struct report_input {        /* all borrowed */
	const char *name;    /* the layout's */
	const char *started; /* RFC 3339 */
	const char *version; /* of eisen */
	const struct load_job *job;
	const struct load_stats *stats;
	const char *method;
	const char *const *paths;
	size_t path_count;
	size_t body_bytes;
	const char *const *group_names;  /* job->group_count of them */
	const struct report_port *ports; /* job->target_count of them */
	const struct report_worker *workers;
	size_t worker_count;
	double sample_s; /* between two samples of cpu_series */
	size_t sample_count;
	bool interrupted;
	bool engine_shares_cores; /* with workers */
	const int *engine_cpus;   /* what it was pinned to; none: not pinned */
	size_t engine_cpu_count;
	uint64_t engine_memory_bytes; /* RSS of the process at the end */
};

/* A new reference; NULL: no memory. Warnings are in it (the engine was the
 * limit, it shares cores, the servers counted otherwise, unsent, …). */
json_t *report_make(const struct report_input *input);

/* Rounds of the same layout as one: counts added, histograms merged, series one
 * behind the other, all else as it follows from that (a processor time that is
 * not known of one round is not known). runs passed report_check(). -EINVAL:
 * they are not of one layout, or were not driven alike. *ret: a new reference. */
int report_merge(json_t *const *runs, size_t count, json_t **ret, struct error *e);

/* Is it a report, or a comparison, of a version that we know, with everything
 * in it that is shown? Files are hostile input: checked once, here. */
int report_check(const json_t *document, struct error *e);

/* Each layout against the first: {"eisen_load_compare": 1, "layouts": [merged
 * report …], "rounds": n, "comparisons": [{"a": 0, "b": 1, "metrics": [{"name",
 * "a", "b", "ratio", "low", "high", "rounds", "verdict"}], "primary", "verdict",
 * "text": "no difference: …"}]}. A metric's rounds are the pairs that its ratio
 * is of; a round without a reply is in none and makes the verdict "failed
 * rounds". The text says as well what was not driven alike. Layouts of the same name are told
 * apart: "demo (2)". The primary metric is the rate in a closed loop, the p99 in an open one. runs:
 * [layout][round], layout_count * round_count of them, that passed report_check(); round i of each
 * is a pair. *ret: a new reference. */
int report_compare(json_t *const *runs, size_t layout_count, size_t round_count, json_t **ret,
		   struct error *e);

#endif
