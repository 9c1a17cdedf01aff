/* html_compare.c - layouts against each other: the verdict, and what it rests on. */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"
#include "load/compare.h"

#include <math.h>
#include <string.h>

#define RATIO_MAX 1000
#define END_MIN 1.05 /* the plot's right end, a ratio; the left is 1 / it */
#define END_MAX 1.5  /* beyond, small differences could not be seen: an arrow says it goes on */

struct metric {
	const json_t *json;
	const char *name;
	enum html_unit unit;
	double ratio, low, high; /* > 0; known: the three are there */
	bool known;
};

static const json_t *layout_of(const json_t *document, const json_t *comparison, const char *key)
{
	json_int_t at = json_integer_value(json_object_get(comparison, key));

	return json_array_get(json_object_get(document, "layouts"), at < 0 ? 0 : (size_t)at);
}

static enum html_unit unit_of(const char *metric)
{
	if (strcmp(metric, "rate") == 0)
		return HTML_RATE;
	if (metric[0] == 'p')
		return HTML_NS;
	return strncmp(metric, "cpu", 3) == 0 ? HTML_US : HTML_COUNT;
}

static double bounded_ratio(const json_t *metric, const char *key)
{
	return fmax(1.0 / RATIO_MAX, fmin(html_number(metric, key), RATIO_MAX));
}

static struct metric read_metric(const json_t *json)
{
	struct metric m = { .json = json, .name = html_string(json, "name") };

	m.unit = unit_of(m.name);
	m.known = html_number(json, "ratio") > 0 && html_number(json, "low") > 0 &&
		  html_number(json, "high") > 0;
	if (m.known) {
		m.ratio = bounded_ratio(json, "ratio");
		m.low = bounded_ratio(json, "low");
		m.high = bounded_ratio(json, "high");
	}
	return m;
}

/* The verdict -------------------------------------------------------------- */

void html_verdict(struct buf *page, const json_t *document)
{
	const json_t *comparison, *comparisons = json_object_get(document, "comparisons");
	const json_t *first = json_array_get(comparisons, 0);
	size_t i, count = json_array_size(comparisons);

	buf_adds(page, "<h1>");
	if (count == 1)
		html_text(page, html_string(layout_of(document, first, "b"), "name"));
	else
		buf_addf(page, "%zu layouts", count);
	buf_adds(page, " against ");
	html_text(page, html_string(layout_of(document, first, "a"), "name"));
	buf_adds(page, "</h1><ul class=verdicts>");
	json_array_foreach(comparisons, i, comparison)
	{
		buf_adds(page, "<li>");
		html_sentence(page, html_string(comparison, "text"));
		buf_adds(page, "</li>\n");
	}
	buf_adds(page, "</ul>\n");
}

/* The ratios --------------------------------------------------------------- */

/* As far below 1 as above. */
static double ends_of(const json_t *metrics)
{
	double end = END_MIN;
	const json_t *json;
	size_t i;

	json_array_foreach(metrics, i, json)
	{
		struct metric m = read_metric(json);

		if (m.known)
			end = fmax(end, fmax(1 / m.low, m.high));
	}
	return fmin(pow(end, 1.1), END_MAX);
}

static double at_of(double ratio, double end)
{
	return 100 * fmax(0, fmin(0.5 + log(ratio) / log(end) / 2, 1));
}

static void add_ratio_label(struct buf *page, const struct metric *m)
{
	buf_adds(page, "ratio ");
	html_add(page, HTML_RATIO, m->ratio);
	buf_adds(page, ", with 99 % certainty between ");
	html_add(page, HTML_RATIO, m->low);
	buf_adds(page, " and ");
	html_add(page, HTML_RATIO, m->high);
}

/* Where it goes on beyond the plot's ends. */
static void add_arrows(struct buf *page, const struct metric *m, double end)
{
	if (m->low < 1 / end)
		buf_adds(page, "<svg x=0 y=12><path class=\"mark p0\" d=\"M-2 0l9-5v10z\"/></svg>");
	if (m->high > end)
		buf_adds(page, "<svg x=\"100%\" y=12><path class=\"mark p0\" d=\"M2 "
			       "0l-9-5v10z\"/></svg>");
}

static void add_interval(struct buf *page, const struct metric *m, double end)
{
	buf_adds(page, "<td class=forest><svg class=plot role=img height=24 aria-label=\"");
	add_ratio_label(page, m);
	buf_addf(page,
		 "\"><rect class=margin x=\"%.2f%%\" y=0 height=24 width=\"%.2f%%\" />"
		 "<line class=even x1=\"50%%\" x2=\"50%%\" y1=0 y2=24 />",
		 at_of(1 - COMPARE_MARGIN, end),
		 at_of(1 + COMPARE_MARGIN, end) - at_of(1 - COMPARE_MARGIN, end));
	buf_addf(page, "<line class=\"line p0\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=12 y2=12 />",
		 at_of(m->low, end), at_of(m->high, end));
	add_arrows(page, m, end);
	buf_addf(page,
		 "<svg x=\"%.2f%%\" y=12><path class=\"mark p0\" d=\"M0-6L6 0 0 6-6 0z\"/></svg>"
		 "</svg></td>",
		 at_of(m->ratio, end));
}

/* Which way is better depends on what it is. */
static const char *tone_of(const struct metric *m, const char *verdict)
{
	bool higher = strcmp(verdict, "higher") == 0, rate = strcmp(m->name, "rate") == 0;

	if (strcmp(verdict, "failed rounds") == 0 || strcmp(verdict, "too noisy") == 0)
		return "warn";
	if (!higher && strcmp(verdict, "lower") != 0)
		return "muted";
	return higher == rate ? "good" : "bad";
}

static void add_metric(struct buf *page, const struct metric *m, double end)
{
	const char *verdict = html_string(m->json, "verdict");
	const char *tone = tone_of(m, verdict);

	html_row(page, "", m->unit == HTML_US ? "server CPU per request" : m->name);
	html_cell(page, m->unit, m->json, "a");
	html_cell(page, m->unit, m->json, "b");
	html_cell(page, HTML_RATIO, m->json, "ratio");
	buf_adds(page, "<td>");
	if (m->known) {
		html_datum(page, HTML_RATIO, m->json, "low");
		buf_adds(page, " to ");
		html_datum(page, HTML_RATIO, m->json, "high");
		buf_adds(page, "</td>");
		add_interval(page, m, end);
	} else
		buf_adds(page, "\xe2\x80\x93</td><td>\xe2\x80\x93</td>");
	buf_addf(page, "<td class=\"t %s\">", tone);
	html_text(page, verdict);
	buf_adds(page, strcmp(tone, "good") == 0  ? ": better</td></tr>\n"
		       : strcmp(tone, "bad") == 0 ? ": worse</td></tr>\n"
						  : "</td></tr>\n");
}

static void add_comparison(struct buf *page, const json_t *document, const json_t *comparison)
{
	const json_t *json, *metrics = json_object_get(comparison, "metrics");
	AUTO_BUF struct buf label = BUF_INIT(4 * HTML_TEXT_MAX);
	AUTO_BUF struct buf heads = BUF_INIT(512);
	double end = ends_of(metrics);
	size_t i;

	buf_addf(&label, "b: %s, against a: %s",
		 html_string(layout_of(document, comparison, "b"), "name"),
		 html_string(layout_of(document, comparison, "a"), "name"));
	buf_adds(&heads, "<metric|a|b|b / a|99 % interval|^");
	html_add(&heads, HTML_RATIO, 1 / end);
	buf_adds(&heads, " \xe2\x86\x90 b is less \xc2\xb7 even \xc2\xb7 b is more "
			 "\xe2\x86\x92 ");
	html_add(&heads, HTML_RATIO, end);
	buf_adds(&heads, "|<b is");
	html_table_begin(page, buf_text(&label), buf_text(&heads));
	json_array_foreach(metrics, i, json)
	{
		struct metric m = read_metric(json);

		add_metric(page, &m, end);
	}
	html_table_end(page);
}

/* Side by side ------------------------------------------------------------- */

static void add_layout(struct buf *page, const json_t *layout, size_t i)
{
	const json_t *total = json_object_get(layout, "total");
	char colour[8];

	snprintf(colour, sizeof(colour), "p%u", (unsigned)(i % HTML_SERIES_MAX));
	html_row(page, colour, html_string(layout, "name"));
	buf_addf(page, "<td>%zu</td><td>%zu</td>",
		 json_array_size(json_object_get(layout, "workers")),
		 json_array_size(json_object_get(layout, "ports")));
	html_cell(page, HTML_COUNT, total, "requests");
	html_cell(page, HTML_RATE, total, "rate");
	html_cell(page, HTML_COUNT, json_object_get(total, "errors"), "total");
	html_percentile_cells(page, html_latency_of(total), false);
	html_cell(page, HTML_US, layout, "server_cpu_us_per_request");
	html_cell(page, HTML_RATIO, layout, "imbalance");
	buf_adds(page, "</tr>\n");
}

void html_comparisons(struct buf *page, const json_t *document)
{
	const json_t *item, *comparisons = json_object_get(document, "comparisons");
	const json_t *layouts = json_object_get(document, "layouts");
	size_t i;

	buf_adds(page, "<p class=text>Each ratio is of pairs of rounds that ran one after the "
		       "other; the line "
		       "is where it lies with 99\xc2\xa0% certainty. A difference is one when the "
		       "whole line is beyond the grey band, 1\xc2\xa0% to both sides of even; a "
		       "line that is not, and longer than from 1 to 2, tells nothing.</p>");
	json_array_foreach(comparisons, i, item) add_comparison(page, document, item);
	buf_adds(page, "<h3>Side by side, all rounds together</h3>");
	html_table_begin(page, "Layouts",
			 "<layout|workers|ports|requests|per second|errors|" HTML_PERCENTILE_HEADS
			 "|CPU per request|imbalance");
	json_array_foreach(layouts, i, item) add_layout(page, item, i);
	html_table_end(page);
}
