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
#define OVERRUN 0.01 /* of what was due: from here it is what rate_missed is about */
#define UNSENT 0.001 /* of what was due: less is what the end cuts off */
#define SILENT_SHOWN 3
#define CONNECTIONS_MANY 20 /* of a port: one more is less than the noise */
#define URL_SHOWN 200       /* bytes */

static void ATTR_PRINTF(2, 3) add(json_t **list, const char *fmt, ...)
{
	AUTO_BUF struct buf text = BUF_INIT(WARNING_BYTES);
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	*list = report_append(*list, text.failed ? NULL : report_text(buf_text(&text)));
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

/* What would help when the engine is the limit. */
static const char *engine_remedy(const struct report_sums *s)
{
	if (s->input->job->threads >= s->input->job->target_count)
		return "there is a thread for each port, and one port is driven by one thread: "
		       "measure more ports, or give the engine cores of its own";
	return "give the engine more --threads, or cores of its own";
}

static void warn_engine(const struct report_sums *s, json_t **list)
{
	double busy = s->input->stats->cpu_share_max * 100;

	if (s->engine_limit && isnan(s->cores_share))
		add(list,
		    "the engine may have been the limit: its busiest thread used %.0f %% of a "
		    "core; the server may serve more than this: %s",
		    busy, engine_remedy(s));
	else if (s->engine_limit)
		add(list,
		    "the engine was the limit: its busiest thread used %.0f %% of a core while the "
		    "workers' cores were busy to %.0f %%; the layout can serve more than this: %s",
		    busy, s->cores_share * 100, engine_remedy(s));
	if (s->input->engine_shares_cores)
		add(list,
		    "the engine shares cores with workers: these numbers compare layouts, they "
		    "are not the most this machine can serve");
}

static bool is_silent(const struct load_counts *counts)
{
	return counts->requests == 0 && load_counts_errors(counts) > 0;
}

static void add_kinds(struct buf *text, const uint64_t errors[LOAD_ERROR_COUNT])
{
	bool any = false;

	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		if (errors[i] == 0)
			continue;
		buf_addf(text, "%s%" PRIu64 " %s", any ? ", " : "", errors[i],
			 load_error_name((enum load_error)i));
		any = true;
	}
}

/* Is it for want of speed that the rate was missed? What silent ports did not
 * answer says nothing of the others' speed; of what was not sent is theirs what
 * they were due and did not fail at. */
static bool is_overrun(const struct report_sums *s, double due)
{
	double targets = (double)s->input->job->target_count, timeouts = 0, silent = 0, failed = 0;

	for (size_t i = 0; i < s->input->job->target_count; i++) {
		const struct load_counts *counts = &s->input->stats->targets[i].counts;

		if (is_silent(counts)) {
			silent++;
			failed += (double)load_counts_errors(counts);
		} else
			timeouts += (double)counts->errors[LOAD_ERROR_TIMEOUT];
	}
	return timeouts + (double)s->input->stats->unsent -
		       fmax(0, due * silent / targets - failed) >
	       OVERRUN * due;
}

static void warn_rate(const struct report_sums *s, json_t **list)
{
	double rate = s->input->job->rate, due = rate * s->measured_s;
	uint64_t unsent = s->input->stats->unsent;

	if (s->rate_missed)
		add(list, "%.1f requests a second were asked for, %.1f were answered%s", rate,
		    (double)s->total.counts.requests / s->measured_s,
		    is_overrun(s, due) ? ": latencies are those of a layout that is overrun; lower "
					 "the --rate"
				       : ", the others failed");
	if ((double)unsent > UNSENT * due)
		add(list,
		    "%" PRIu64 " request%s %s due and not sent, no connection being free; as "
		    "latency counts how long %s waited: lower the --rate, or take more "
		    "--connections",
		    unsent, plural(unsent), unsent == 1 ? "was" : "were",
		    unsent == 1 ? "it" : "they");
}

static void add_silent_urls(const struct report_sums *s, struct buf *text, uint64_t count)
{
	uint64_t shown = 0;

	for (size_t i = 0; i < s->input->job->target_count && shown < SILENT_SHOWN; i++) {
		if (is_silent(&s->input->stats->targets[i].counts))
			buf_addf(text, "%s%.*s", shown++ > 0 ? ", " : "", URL_SHOWN,
				 s->input->ports[i].url);
	}
	if (count > shown)
		buf_addf(text, " and %" PRIu64 " more port%s", count - shown,
			 plural(count - shown));
}

/* It may be a mistake in the layout, and it is in no percentile. */
static void warn_silent(const struct report_sums *s, json_t **list)
{
	AUTO_BUF struct buf text = BUF_INIT(WARNING_BYTES);
	struct load_counts sum = { 0 };
	uint64_t count = 0;

	for (size_t i = 0; i < s->input->job->target_count; i++) {
		const struct load_counts *counts = &s->input->stats->targets[i].counts;

		if (!is_silent(counts))
			continue;
		count++;
		load_counts_add(&sum, counts);
	}
	if (count == 0)
		return;
	add_silent_urls(s, &text, count);
	buf_adds(&text, " answered nothing: ");
	add_kinds(&text, sum.errors);
	if (sum.errors[LOAD_ERROR_REFUSED] > 0)
		buf_adds(&text, count == 1 ? "; is it meant to be closed?"
					   : "; are they meant to be closed?");
	add(list, "%s", buf_text(&text));
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
	add_kinds(&kinds, counts->errors);
	add(list,
	    "%" PRIu64 " error%s of %" PRIu64
	    " attempt%s: %s; without a whole reply an attempt has no latency",
	    errors, plural(errors), attempts, plural(attempts), buf_text(&kinds));
}

/* In a closed loop a port is asked as often as it has connections. */
static void warn_uneven(const struct report_sums *s, json_t **list)
{
	const struct load_job *job = s->input->job;
	size_t each = job->target_count > 0 ? job->connections / job->target_count : 0;

	if (job->rate > 0 || each == 0 || each >= CONNECTIONS_MANY ||
	    job->connections % job->target_count == 0)
		return;
	add(list,
	    "%u connections for %zu ports: some have %zu and others %zu, so some were asked more "
	    "often than others, whatever the layout is: take a multiple of %zu",
	    job->connections, job->target_count, each + 1, each, job->target_count);
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
		add(list,
		    "out of memory for %" PRIu64
		    " latenc%s: in the percentiles %s taken to be the largest",
		    lost, lost == 1 ? "y" : "ies", lost == 1 ? "it is" : "they are");
}

json_t *report_warnings(const struct report_sums *s)
{
	json_t *list = json_array();

	warn_interrupted(s, &list);
	warn_errors(s, &list);
	warn_silent(s, &list);
	warn_engine(s, &list);
	warn_uneven(s, &list);
	warn_rate(s, &list);
	warn_late(s, &list);
	warn_counted(s, &list);
	warn_restarts(s, &list);
	warn_few(s, &list);
	return list;
}
