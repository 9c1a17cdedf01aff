/* html_tables.c - the groups, what came back, and how it was measured. */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"

#include <string.h>

#define ROWS_MAX 1024
#define PATHS_SHOWN 5

/* Groups ------------------------------------------------------------------- */

static void add_counts(struct buf *page, const json_t *of)
{
	html_cell(page, HTML_COUNT, of, "requests");
	html_cell(page, HTML_RATE, of, "rate");
	html_cell(page, HTML_COUNT, json_object_get(of, "errors"), "total");
	html_percentile_cells(page, html_latency_of(of), false);
	html_cell(page, HTML_NS, html_latency_of(of), "mean");
	html_cell(page, HTML_BYTES, of, "bytes");
	buf_adds(page, "</tr>\n");
}

static void add_total(struct buf *page, const json_t *report)
{
	buf_addf(page, "<tr class=sum><th scope=row>all</th><td>%zu</td>",
		 json_array_size(json_object_get(report, "ports")));
	add_counts(page, json_object_get(report, "total"));
}

void html_groups(struct buf *page, const json_t *report)
{
	const json_t *group, *groups = json_object_get(report, "groups");
	size_t i;

	html_table_begin(page, "Port groups",
			 "<group|ports|requests|per second|errors|" HTML_PERCENTILE_HEADS
			 "|mean|body bytes");
	json_array_foreach(groups, i, group)
	{
		char colour[8];

		if (i == ROWS_MAX)
			break;
		html_group_colour(colour, i);
		html_row(page, colour, html_string(group, "name"));
		html_cell(page, HTML_COUNT, group, "ports");
		add_counts(page, group);
	}
	add_total(page, report);
	html_table_end(page);
	if (json_array_size(groups) > ROWS_MAX)
		buf_addf(page, "<p>The first %d of %zu groups; the JSON report has all.</p>\n",
			 ROWS_MAX, json_array_size(groups));
}

/* Outcomes ----------------------------------------------------------------- */

static void add_outcome(struct buf *page, const char *kind, const char *what, const json_t *of)
{
	if (html_number(of, kind) <= 0)
		return;
	html_row(page, "", kind);
	buf_addf(page, "<td class=t>%s</td>", what);
	html_cell(page, HTML_COUNT, of, kind);
	buf_adds(page, "</tr>\n");
}

void html_outcomes(struct buf *page, const json_t *report)
{
	static const struct {
		const char *kind, *what;
	} known[] = {
		{ "1xx", "replies" },
		{ "2xx", "replies: it worked" },
		{ "3xx", "replies: elsewhere, or not changed" },
		{ "4xx", "replies: our request was wrong" },
		{ "5xx", "replies: the server failed" },
		{ "other", "replies with a status of none of these" },
		{ "refused", "no connection could be opened" },
		{ "reset", "the connection was reset before the whole reply" },
		{ "closed", "the connection was closed before the whole reply" },
		{ "timeout", "no whole reply in time" },
		{ "malformed", "what came was no HTTP response" },
		{ "unexpected", "bytes came that nobody asked for" },
		{ "local", "our own: no local port or descriptor was free" },
	};
	const json_t *total = json_object_get(report, "total");

	html_table_begin(page, "What came back", "<kind|<what it is|how often");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		add_outcome(page, known[i].kind, known[i].what, json_object_get(total, "status"));
		add_outcome(page, known[i].kind, known[i].what, json_object_get(total, "errors"));
	}
	html_table_end(page);
}

/* How it was measured ------------------------------------------------------ */

static void begin_fact(struct buf *page, const char *name)
{
	buf_addf(page, "<tr><th scope=row class=wide>%s</th><td class=wide>", name);
}

static void end_fact(struct buf *page)
{
	buf_adds(page, "</td></tr>\n");
}

static void add_fact(struct buf *page, const char *name, enum html_unit unit, const json_t *of,
		     const char *key)
{
	begin_fact(page, name);
	html_datum(page, unit, of, key);
	end_fact(page);
}

static void add_text_fact(struct buf *page, const char *name, const char *text)
{
	begin_fact(page, name);
	html_text(page, text);
	end_fact(page);
}

static void add_requests(struct buf *page, const json_t *settings)
{
	const json_t *path, *paths = json_object_get(settings, "paths");
	double count = html_number(settings, "path_count");
	size_t i;

	begin_fact(page, "requests");
	html_text(page, html_string(settings, "method"));
	json_array_foreach(paths, i, path)
	{
		if (i == PATHS_SHOWN)
			break;
		buf_adds(page, " <code>");
		html_cut_text(page, json_string_value(path) != NULL ? json_string_value(path) : "",
			      100);
		buf_adds(page, "</code>");
	}
	if (count > PATHS_SHOWN)
		buf_addf(page, " and %.0f more", count - PATHS_SHOWN);
	if (html_number(settings, "body_bytes") > 0) {
		buf_adds(page, ", a body of ");
		html_add(page, HTML_BYTES, html_number(settings, "body_bytes"));
	}
	end_fact(page);
}

static void add_settings(struct buf *page, const json_t *report)
{
	const json_t *settings = json_object_get(report, "settings");

	begin_fact(page, "loop");
	if (strcmp(html_string(settings, "mode"), "open") == 0) {
		buf_adds(page, "open: ");
		html_datum(page, HTML_RATE, settings, "rate");
		buf_adds(page, " requests per second, whatever the servers do; latency counts from "
			       "when a request was due");
	} else
		buf_adds(page, "closed: each connection asks again as soon as it is answered");
	end_fact(page);
	add_requests(page, settings);
	begin_fact(page, "connections");
	html_datum(page, HTML_COUNT, settings, "connections");
	buf_adds(page, json_is_true(json_object_get(settings, "close")) ? ", one for each request"
									: ", kept open");
	end_fact(page);
	add_fact(page, "connections opened", HTML_COUNT, json_object_get(report, "total"),
		 "connects");
	add_fact(page, "measured", HTML_SECONDS, report, "measured_s");
	add_fact(page, "warm-up before, left out", HTML_SECONDS, settings, "warm_up_s");
	add_fact(page, "time-out", HTML_SECONDS, settings, "timeout_s");
	if (html_number(report, "unsent") > 0)
		add_fact(page, "due, but not sent", HTML_COUNT, report, "unsent");
}

static void add_cpus(struct buf *page, const json_t *engine)
{
	const json_t *cpu, *cpus = json_object_get(engine, "cpus");
	size_t i;

	begin_fact(page, "engine's cores");
	if (json_array_size(cpus) == 0)
		buf_adds(page, "any");
	json_array_foreach(cpus, i, cpu)
		buf_addf(page, "%s%lld", i > 0 ? ", " : "", (long long)json_integer_value(cpu));
	if (json_is_true(json_object_get(engine, "shares_cores")))
		buf_adds(page, "; <span class=warn>shared with workers</span>");
	end_fact(page);
}

/* A thread that waits for its core does not look busy, and of a server whose
 * processor time is not known nobody can say who waited for whom. */
static const char *limit_text(const json_t *report)
{
	const json_t *engine = json_object_get(report, "engine");

	if (json_is_true(json_object_get(engine, "limit")))
		return "<span class=bad>it was the limit</span>";
	if (json_is_true(json_object_get(engine, "shares_cores")))
		return "whether it was the limit is not known: it shares cores";
	if (!json_is_number(json_object_get(report, "server_cpu_us_per_request")))
		return "whether it was the limit is not known: nothing is known of the server";
	return "not the limit";
}

static void add_engine(struct buf *page, const json_t *report)
{
	const json_t *engine = json_object_get(report, "engine");
	const json_t *late = json_object_get(engine, "late_ns");

	add_fact(page, "engine's threads", HTML_COUNT, engine, "threads");
	add_cpus(page, engine);
	begin_fact(page, "engine's busiest thread");
	html_datum(page, HTML_SHARE, engine, "cpu_share");
	buf_addf(page, " of a core: %s", limit_text(report));
	end_fact(page);
	add_fact(page, "engine's CPU per request", HTML_US, engine, "cpu_us_per_request");
	add_fact(page, "engine's memory", HTML_BYTES, engine, "memory_bytes");
	if (!json_is_object(late))
		return;
	begin_fact(page, "sent late by the engine itself");
	buf_adds(page, "p50 ");
	html_datum(page, HTML_NS, late, "p50");
	buf_adds(page, ", p99 ");
	html_datum(page, HTML_NS, late, "p99");
	buf_adds(page, ", at most ");
	html_datum(page, HTML_NS, late, "max");
	end_fact(page);
}

void html_method(struct buf *page, const json_t *report)
{
	html_table_begin(page, "How it was measured", "<what|<value");
	add_settings(page, report);
	add_engine(page, report);
	add_text_fact(page, "started", html_string(report, "started"));
	add_text_fact(page, "eisen", html_string(report, "version"));
	html_table_end(page);
}
