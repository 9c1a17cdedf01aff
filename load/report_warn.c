/* report_warn.c - what a run's numbers do not mean, and what to do about it.
 *
 * A sentence each, for somebody who reads nothing but the table. Computed of
 * the same sums as the document, so that a merged report warns of the whole.
 */
#include "load/report_sums.h"

#include "common/buf.h"
#include "common/clock.h"
#include "load/job.h"
#include "load/report.h"
#include "load/report_json.h"

#include <inttypes.h>
#include <math.h>

#define WARNING_BYTES 1024
#define LATE_NS CLOCK_NS_PER_MS
#define REQUESTS_FEW 1000

static void ATTR_PRINTF(2, 3) add(json_t **list, const char *fmt, ...)
{
	AUTO_BUF struct buf text = BUF_INIT(WARNING_BYTES);
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	*list = report_append(*list, text.failed ? NULL : json_string(buf_text(&text)));
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void warn_interrupted(const struct report_sums *s, json_t **list)
{
	if (s->input->interrupted)
		add(list, "ended early: these are the numbers of %.1f s", s->measured_s);
}

static void warn_engine(const struct report_sums *s, json_t **list)
{
	double busy = s->input->stats->cpu_share_max * 100;

	if (s->engine_limit && isnan(s->cores_share))
		add(list,
		    "the engine may have been the limit: its busiest thread used %.0f %% of a "
		    "core; "
		    "the server may serve more than this: give the engine more --threads",
		    busy);
	else if (s->engine_limit)
		add(list,
		    "the engine was the limit: its busiest thread used %.0f %% of a core while the "
		    "workers' cores were busy to %.0f %%; the layout can serve more than this: "
		    "give "
		    "the engine more --threads, or cores of its own",
		    busy, s->cores_share * 100);
	if (s->input->engine_shares_cores)
		add(list,
		    "the engine shares cores with workers: these numbers compare layouts, they "
		    "are not the most this machine can serve");
}

static void warn_rate(const struct report_sums *s, json_t **list)
{
	double rate = s->input->job->rate;
	uint64_t unsent = s->input->stats->unsent;

	if (s->rate_missed)
		add(list,
		    "%.1f requests a second were asked for, %.1f were answered: latencies are "
		    "those "
		    "of a layout that is overrun; lower the --rate",
		    rate, (double)s->total.counts.requests / s->measured_s);
	if (unsent > 0)
		add(list,
		    "%" PRIu64 " request%s %s due and not sent, no connection being free, and %s "
		    "in no latency: lower the --rate, or take more --connections",
		    unsent, plural(unsent), unsent == 1 ? "was" : "were",
		    unsent == 1 ? "is" : "are");
}

static void warn_late(const struct report_sums *s, json_t **list)
{
	double late = (double)histogram_percentile(&s->input->stats->late, 99);

	if (s->input->job->rate > 0 && late > LATE_NS)
		add(list,
		    "the engine itself was late: 1 of 100 requests was sent %.1f ms or more after "
		    "it "
		    "was due, with a connection free; so much of the latency is not the server's: "
		    "give the engine cores of its own, or lower the --rate",
		    late / CLOCK_NS_PER_MS);
}

static void warn_errors(const struct report_sums *s, json_t **list)
{
	const struct load_counts *counts = &s->total.counts;
	uint64_t errors = load_counts_errors(counts);
	uint64_t attempts = counts->requests + errors - counts->errors[LOAD_ERROR_STATUS];
	AUTO_BUF struct buf kinds = BUF_INIT(WARNING_BYTES);

	if (errors == 0)
		return;
	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		if (counts->errors[i] > 0)
			buf_addf(&kinds, "%s%" PRIu64 " %s", kinds.len > 0 ? ", " : "",
				 counts->errors[i], load_error_name((enum load_error)i));
	}
	add(list,
	    "%" PRIu64 " error%s of %" PRIu64
	    " attempt%s: %s; latencies are those of whole replies "
	    "only",
	    errors, plural(errors), attempts, plural(attempts), buf_text(&kinds));
}

/* Ports at which the servers counted less, or more, than was answered. */
static void warn_counted(const struct report_sums *s, json_t **list)
{
	uint64_t ports[2] = { 0 }, off[2] = { 0 };

	for (size_t i = 0; i < s->input->job->target_count; i++) {
		uint64_t answered = s->input->stats->targets[i].counts.answered;
		uint64_t served = s->input->ports[i].server_requests;
		bool more = served > answered;

		if (!s->input->ports[i].counted || served == answered)
			continue;
		ports[more]++;
		off[more] += more ? served - answered : answered - served;
	}
	if (ports[0] > 0)
		add(list,
		    "on %" PRIu64 " port%s the servers counted %" PRIu64
		    " fewer requests than were "
		    "answered: a worker ended before it had counted them",
		    ports[0], plural(ports[0]), off[0]);
	if (ports[1] > 0)
		add(list,
		    "on %" PRIu64 " port%s the servers counted %" PRIu64 " more requests than were "
		    "answered: they answered others as well, or replies did not arrive whole; "
		    "processor time per request is too high by that",
		    ports[1], plural(ports[1]), off[1]);
}

static void warn_restarts(const struct report_sums *s, json_t **list)
{
	uint64_t restarts = 0, workers = 0;

	for (size_t i = 0; i < s->input->worker_count; i++) {
		restarts += s->input->workers[i].restarts;
		workers += s->input->workers[i].restarts > 0;
	}
	if (restarts > 0)
		add(list,
		    "%" PRIu64 " worker%s ended and %s started again meanwhile (%" PRIu64
		    " time%s in all): what was under way there did not arrive",
		    workers, plural(workers), workers == 1 ? "was" : "were", restarts,
		    plural(restarts));
}

static void warn_few(const struct report_sums *s, json_t **list)
{
	uint64_t requests = s->total.counts.requests, lost = s->total.latency.lost;

	if (requests < REQUESTS_FEW)
		add(list,
		    "only %" PRIu64
		    " request%s: high percentiles mean little, p99.9 needs 1000 and "
		    "p99.99 10000; measure longer",
		    requests, plural(requests));
	if (lost > 0)
		add(list, "out of memory for %" PRIu64 " latenc%s: percentiles are without %s",
		    lost, lost == 1 ? "y" : "ies", lost == 1 ? "it" : "them");
}

json_t *report_warnings(const struct report_sums *s)
{
	json_t *list = json_array();

	warn_interrupted(s, &list);
	warn_errors(s, &list);
	warn_engine(s, &list);
	warn_rate(s, &list);
	warn_late(s, &list);
	warn_counted(s, &list);
	warn_restarts(s, &list);
	warn_few(s, &list);
	return list;
}
