/* html.c - see html.h. The page's frame, and what stands on top of it. */
#include "load/html.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "load/html_impl.h"
#include "load/threshold.h"

#include <string.h>

#define DETAILS_MAX 8 /* layouts of a comparison that are shown one by one */

/* Nothing may be loaded, and no script run, whatever a document says. */
#define POLICY \
	"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; " \
	"style-src 'unsafe-inline'; img-src data:\">"

static const char icon[] =
	"<svg width=32 height=32 viewBox=\"0 0 32 32\" aria-hidden=true>"
	"<rect width=32 height=32 rx=7 fill=\"#2e343d\"/>"
	"<path fill=\"#2b7de9\" d=\"M6 7h5v5h-5zM6 14h5v5h-5zM6 21h5v5h-5z\"/>"
	"<path fill=\"#e0a800\" d=\"M13.5 7h5v5h-5zM13.5 14h5v5h-5zM13.5 21h5v5h-5z\"/>"
	"<path fill=\"#2e9e4f\" d=\"M21 7h5v5h-5zM21 14h5v5h-5zM21 21h5v5h-5z\"/></svg>";

static bool is_open(const json_t *report)
{
	return strcmp(html_string(json_object_get(report, "settings"), "mode"), "open") == 0;
}

static void begin(struct buf *page, const json_t *document, const char *title)
{
	const json_t *layout, *layouts = json_object_get(document, "layouts");
	size_t i;

	buf_adds(page, "<!doctype html>\n<html lang=en><head><meta charset=utf-8>" HTML_MARK POLICY
		       "<meta name=viewport content=\"width=device-width,initial-scale=1\">"
		       "<meta name=color-scheme content=\"light dark\">"
		       "<link rel=icon href=\"data:,\"><title>");
	html_text(page, title);
	buf_adds(page, "</title>\n<style>");
	html_style(page);
	if (layouts == NULL)
		html_group_styles(page, document, "r0");
	json_array_foreach(layouts, i, layout)
	{
		char id[16];

		snprintf(id, sizeof(id), "r%u", (unsigned)i);
		html_group_styles(page, layout, id);
	}
	buf_adds(page, "</style></head>\n<body>");
}

static void begin_hero(struct buf *page, const json_t *report, const char *what)
{
	buf_addf(page, "<header class=hero><div class=wrap><p class=brand>%s %s <span>eisen ", icon,
		 what);
	html_text(page, html_string(report, "version"));
	buf_adds(page, "</span> <span>");
	html_text(page, html_string(report, "started"));
	buf_adds(page, "</span></p>\n");
}

static void end(struct buf *page)
{
	buf_adds(page, "<footer class=wrap>Made by <code>eisen load</code>. What is on this page "
		       "is in the JSON report, with the whole histograms.</footer>"
		       "</body></html>\n");
}

/* The answer --------------------------------------------------------------- */

static void add_load(struct buf *page, const json_t *report)
{
	const json_t *settings = json_object_get(report, "settings");

	if (is_open(report)) {
		html_add(page, HTML_RATE, html_number(settings, "rate"));
		buf_adds(page, " requests per second wanted (open loop): latency counts from when "
			       "a request was due.");
	} else
		buf_adds(page, "As fast as answers come (closed loop): the rate is the most they "
			       "got out of it.");
}

/* "64 connections to 18 ports of 3 groups, for 10 s. …" */
static void add_lead(struct buf *page, const json_t *report)
{
	size_t ports = json_array_size(json_object_get(report, "ports"));
	size_t groups = json_array_size(json_object_get(report, "groups"));

	buf_adds(page, "<p class=lead>");
	html_add(page, HTML_COUNT, html_number(json_object_get(report, "settings"), "connections"));
	buf_addf(page, " connections to %zu port%s of %zu group%s, for ", ports,
		 ports == 1 ? "" : "s", groups, groups == 1 ? "" : "s");
	html_add(page, HTML_SECONDS, html_number(report, "measured_s"));
	buf_adds(page, ". ");
	add_load(page, report);
	buf_adds(page, "</p>\n");
}

static void add_figure(struct buf *page, const char *name, enum html_unit unit, const json_t *of,
		       const char *key, const char *class)
{
	buf_addf(page, "<div><dt>%s</dt><dd%s%s>", name, *class != '\0' ? " class=" : "", class);
	html_datum(page, unit, of, key);
	buf_adds(page, "</dd></div>");
}

static void add_totals(struct buf *page, const json_t *report)
{
	const json_t *total = json_object_get(report, "total");
	const json_t *latency = html_latency_of(total);
	const json_t *errors = json_object_get(total, "errors");

	buf_adds(page, "<dl class=totals>");
	add_figure(page, "requests/s", HTML_RATE, total, "rate", "");
	add_figure(page, "p50", HTML_NS, latency, "p50", "");
	add_figure(page, "p99", HTML_NS, latency, "p99", "");
	add_figure(page, "p99.9", HTML_NS, latency, "p99.9", "");
	add_figure(page, "max", HTML_NS, latency, "max", "");
	add_figure(page, "errors", HTML_COUNT, errors, "total",
		   html_number(errors, "total") > 0 ? "bad" : "");
	add_figure(page, "requests", HTML_COUNT, total, "requests", "");
	if (json_is_number(json_object_get(report, "server_cpu_us_per_request")))
		add_figure(page, "CPU per request", HTML_US, report, "server_cpu_us_per_request",
			   "");
	buf_adds(page, "</dl>\n");
}

static void add_toc(struct buf *page)
{
	buf_adds(page,
		 "<nav aria-label=Contents><ul class=toc><li><a href=#latency>Latency</a></li>"
		 "<li><a href=#time>Over time</a></li><li><a href=#ports>Ports</a></li>"
		 "<li><a href=#workers>Workers</a></li><li><a href=#method>Method</a></li></ul>"
		 "</nav>\n");
}

/* What is to be known ------------------------------------------------------ */

static void add_warnings(struct buf *page, const json_t *report, int level)
{
	const json_t *warning, *warnings = json_object_get(report, "warnings");
	size_t i;

	if (json_array_size(warnings) == 0)
		return;
	buf_addf(page, "<h%d>Mind</h%d><ul class=notes>", level, level);
	json_array_foreach(warnings, i, warning)
	{
		const char *text = json_string_value(warning);

		buf_adds(page, "<li>");
		html_sentence(page, text != NULL ? text : "");
		buf_adds(page, "</li>");
	}
	buf_adds(page, "</ul>\n");
}

/* What was seen, in the unit that its text has. */
static void add_seen(struct buf *page, const json_t *threshold)
{
	double value = json_number_value(json_object_get(threshold, "value"));
	struct threshold parsed;
	struct error e = { 0 };
	char seen[64];

	if (!json_is_number(json_object_get(threshold, "value")) ||
	    threshold_parse(&parsed, html_string(threshold, "text"), &e) < 0) {
		buf_adds(page, "not known");
		return;
	}
	threshold_show(&parsed, value, seen, sizeof(seen));
	html_text(page, seen);
}

static void add_thresholds(struct buf *page, const json_t *document)
{
	const json_t *threshold, *thresholds = json_object_get(document, "thresholds");
	size_t i;

	if (json_array_size(thresholds) == 0)
		return;
	buf_adds(page, "<h2>Thresholds</h2><ul class=notes>");
	json_array_foreach(thresholds, i, threshold)
	{
		buf_adds(page, json_is_true(json_object_get(threshold, "crossed"))
				       ? "<li><b class=bad>failed</b> by <code>"
				       : "<li><b class=good>kept</b>: not <code>");
		html_text(page, html_string(threshold, "text"));
		buf_adds(page, "</code>; it was ");
		add_seen(page, threshold);
		buf_adds(page, "</li>\n");
	}
	buf_adds(page, "</ul>\n");
}

/* A report ----------------------------------------------------------------- */

static void add_sections(struct buf *page, const json_t *report)
{
	buf_adds(page, "<section id=latency><h2>Latency</h2>");
	html_groups(page, report);
	html_latency(page, report);
	buf_adds(page, "</section>\n<section id=time><h2>Over time</h2>");
	html_rate(page, report);
	buf_adds(page, "</section>\n<section id=ports><h2>Ports</h2>");
	html_ports(page, report);
	buf_adds(page, "</section>\n<section id=workers><h2>Workers</h2>");
	html_workers(page, report);
	buf_adds(page, "</section>\n<section id=method><h2>Method</h2>");
	html_method(page, report);
	html_outcomes(page, report);
	buf_adds(page, "</section>\n");
}

static void write_report(struct buf *page, const json_t *report)
{
	AUTO_BUF struct buf title = BUF_INIT(4 * HTML_TEXT_MAX);

	buf_addf(&title, "%.*s: load test", HTML_TEXT_MAX - 20, html_string(report, "name"));
	begin(page, report, buf_text(&title));
	begin_hero(page, report, "load test");
	buf_adds(page, "<h1>");
	html_text(page, html_string(report, "name"));
	buf_adds(page, "</h1>");
	add_lead(page, report);
	add_totals(page, report);
	add_toc(page);
	buf_adds(page, "</div></header>\n<main class=wrap id=r0><section>");
	add_thresholds(page, report);
	add_warnings(page, report, 2);
	buf_adds(page, "</section>");
	add_sections(page, report);
	buf_adds(page, "</main>\n");
	end(page);
}

/* A comparison ------------------------------------------------------------- */

static void add_layout(struct buf *page, const json_t *layout, size_t i)
{
	buf_addf(page, "<section id=r%zu><h2><i class=\"dot p%zu\"></i>", i, i % HTML_SERIES_MAX);
	html_text(page, html_string(layout, "name"));
	buf_adds(page, "</h2>");
	add_warnings(page, layout, 3);
	html_groups(page, layout);
	html_rate(page, layout);
	html_ports(page, layout);
	html_workers(page, layout);
	buf_adds(page, "<details><summary>How it was measured</summary>");
	html_method(page, layout);
	html_outcomes(page, layout);
	buf_adds(page, "</details></section>\n");
}

static void write_comparison(struct buf *page, const json_t *document)
{
	const json_t *layouts = json_object_get(document, "layouts");
	double rounds = html_number(document, "rounds");
	size_t i;

	begin(page, document, "Load test: layouts compared");
	begin_hero(page, json_array_get(layouts, 0), "load test, compared");
	html_verdict(page, document);
	buf_addf(page, "<p class=lead>%.0f rounds of each layout, in turns. ", rounds);
	add_load(page, json_array_get(layouts, 0));
	buf_adds(page, "</p>\n");
	buf_adds(page, "</div></header>\n<main class=wrap><section>");
	add_thresholds(page, document);
	buf_adds(page, "<h2>Ratios</h2>");
	html_comparisons(page, document);
	html_latency_layouts(page, layouts);
	buf_adds(page, "</section>\n");
	for (i = 0; i < MIN(json_array_size(layouts), DETAILS_MAX); i++)
		add_layout(page, json_array_get(layouts, i), i);
	if (json_array_size(layouts) > DETAILS_MAX)
		buf_addf(page, "<p>And %zu layouts more, in the JSON report.</p>\n",
			 json_array_size(layouts) - DETAILS_MAX);
	buf_adds(page, "</main>\n");
	end(page);
}

void html_write(const json_t *document, struct buf *ret)
{
	if (json_object_get(document, "layouts") != NULL)
		write_comparison(ret, document);
	else
		write_report(ret, document);
}
