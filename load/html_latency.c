/* html_latency.c - how long requests took, by percentile.
 *
 * Out of the histograms: the axis is 1 / (1 - p), logarithmic, as plots of
 * HdrHistogram have it, so that the slowest one in ten thousand takes as much
 * room as the slowest tenth.
 */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/histogram.h"

#include <math.h>

#define HEIGHT 300
#define DECADES 5
#define STEPS 40 /* of a decade */
#define POINTS (DECADES * STEPS + 1)

static const double marked[] = { 50, 90, 99, 99.9, 99.99, 100 };

struct curve {
	struct html_series series;
	const json_t *latency;            /* "latency_ns" */
	struct html_point points[POINTS]; /* x: percent */
	struct html_point marks[ARRAY_SIZE(marked)];
	size_t count; /* 0: nothing was answered */
	size_t mark_count;
};

struct curves {
	struct curve of[HTML_SERIES_MAX];
	size_t count;
	size_t left_out; /* groups */
};

/* A point where the line turns: what is on it already is left out. */
static void add_point(struct curve *c, double percent, double ns)
{
	struct html_point *points = c->points;
	size_t n = c->count;

	if (n >= 2 && points[n - 1].y == ns && points[n - 2].y == ns)
		points[n - 1].x = percent;
	else
		c->points[c->count++] = (struct html_point) { percent, ns };
}

static void read_histogram(struct curve *c, const struct histogram *h)
{
	for (size_t i = 0; i < POINTS; i++) {
		double percent = i + 1 < POINTS ? 100 - 100 * pow(10, -(double)i / STEPS) : 100;

		add_point(c, percent, (double)histogram_percentile(h, percent));
	}
	for (size_t i = 0; i < ARRAY_SIZE(marked); i++)
		c->marks[c->mark_count++] =
			(struct html_point) { marked[i],
					      (double)histogram_percentile(h, marked[i]) };
}

/* of: what has "latency_ns" and "histogram". */
static void add_curve(struct curves *all, const json_t *of, const char *name, const char *colour)
{
	struct curve *c = &all->of[all->count];
	struct histogram h = { 0 };
	struct error e = { 0 };

	if (all->count == HTML_SERIES_MAX) {
		all->left_out++;
		return;
	}
	c->series.name = name;
	c->series.style = (unsigned)all->count;
	snprintf(c->series.colour, sizeof(c->series.colour), "%s", colour);
	c->latency = json_object_get(of, "latency_ns");
	if (histogram_from_json(&h, json_object_get(of, "histogram"), &e) == 0 && h.count > 0) {
		read_histogram(c, &h);
		all->count++;
	}
	histogram_release(&h);
}

static struct html_scale scale_of(const struct curves *all)
{
	double low = INFINITY, high = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct curve *c = &all->of[i];

		/* What is below the first percentile is seldom worth a decade. */
		low = fmin(low, fmax(c->points[0].y, 1000));
		high = fmax(high, c->points[c->count - 1].y);
	}
	return html_scale_for(HTML_NS, low, high);
}

static void draw(struct buf *page, const struct curves *all, const char *label)
{
	struct html_plot plot = { page,   { .kind = HTML_PERCENTILE }, scale_of(all),
				  HEIGHT, "percentile of requests",    "latency" };
	struct html_series series[HTML_SERIES_MAX];
	double ends[HTML_SERIES_MAX];

	for (size_t i = 0; i < all->count; i++) {
		series[i] = all->of[i].series;
		ends[i] = all->of[i].points[all->of[i].count - 1].y;
	}
	if (all->count > 1)
		html_legend(page, series, all->count);
	html_plot_begin(&plot, label);
	for (size_t i = 0; i < all->count; i++)
		html_plot_line(&plot, &series[i], all->of[i].points, all->of[i].count);
	for (size_t i = 0; i < all->count; i++)
		html_plot_marks(&plot, &series[i], all->of[i].marks, all->of[i].mark_count);
	html_plot_names(&plot, series, ends, all->count);
	html_plot_end(&plot);
}

static void add_numbers(struct buf *page, const struct curves *all, const char *label)
{
	buf_adds(page, "<details><summary>The numbers</summary>");
	html_table_begin(page, label, "<line|0 (min)|50|90|99|99.9|99.99|100 (max)|mean");
	for (size_t i = 0; i < all->count; i++) {
		const struct curve *c = &all->of[i];

		html_row(page, c->series.colour, c->series.name);
		html_cell(page, HTML_NS, c->latency, "min");
		html_percentile_cells(page, c->latency, false);
		html_cell(page, HTML_NS, c->latency, "mean");
		buf_adds(page, "</tr>\n");
	}
	html_table_end(page);
	buf_adds(page, "</details>\n");
}

/* "…: blue: p50 1 ms, p99 2 ms, max 3 ms; …" */
static void describe(struct buf *ret, const struct curves *all, const char *what)
{
	buf_adds(ret, what);
	for (size_t i = 0; i < all->count; i++) {
		const struct curve *c = &all->of[i];

		buf_addf(ret, "%s %.40s: p50 ", i > 0 ? ";" : ":", c->series.name);
		html_add(ret, HTML_NS, html_number(c->latency, "p50"));
		buf_adds(ret, ", p99 ");
		html_add(ret, HTML_NS, html_number(c->latency, "p99"));
		buf_adds(ret, ", max ");
		html_add(ret, HTML_NS, html_number(c->latency, "max"));
	}
}

static void add_figure(struct buf *page, const struct curves *all, const char *what,
		       const char *caption)
{
	AUTO_BUF struct buf label = BUF_INIT(4096);

	if (all->count == 0)
		return;
	describe(&label, all, what);
	buf_addf(page, "<figure class=named><figcaption>%s", caption);
	if (all->left_out > 0)
		buf_addf(page, " %zu more are in the table of groups only.", all->left_out);
	buf_adds(page, "</figcaption>");
	draw(page, all, buf_text(&label));
	add_numbers(page, all, what);
	buf_adds(page, "</figure>\n");
}

/* In an open loop: what the wait before sending hides. */
static void add_service(struct buf *page, const json_t *report)
{
	AUTO_FREE struct curves *all = calloc(1, sizeof(*all));
	const json_t *service = json_object_get(report, "service");

	if (all == NULL)
		page->failed = true;
	if (all == NULL || !json_is_object(service))
		return;
	add_curve(all, json_object_get(report, "total"), "from when due", "p0");
	add_curve(all, service, "from when sent", "p1");
	add_figure(page, all, "Latency by percentile, from when due and from when sent",
		   "<b>All requests, from when each was due and from when it was sent.</b> Where "
		   "the two part, requests stood in line: who measures from the sending alone "
		   "(service time) does not see it.");
}

static void add_groups(struct buf *page, const json_t *report)
{
	AUTO_FREE struct curves *all = calloc(1, sizeof(*all));
	const json_t *group, *groups = json_object_get(report, "groups");
	size_t i;

	if (all == NULL) {
		page->failed = true;
		return;
	}
	add_curve(all, json_object_get(report, "total"), "all", "ink");
	json_array_foreach(groups, i, group)
	{
		char colour[8];

		html_group_colour(colour, i);
		if (json_array_size(groups) > 1) /* else it is all */
			add_curve(all, group, html_string(group, "name"), colour);
	}
	add_figure(page, all, "Latency by percentile",
		   "<b>How long requests took.</b> At 99, one in a hundred took longer than "
		   "the line says; at 99.99, one in ten thousand.");
}

void html_latency(struct buf *page, const json_t *report)
{
	add_service(page, report);
	add_groups(page, report);
}

void html_latency_layouts(struct buf *page, const json_t *layouts)
{
	AUTO_FREE struct curves *all = calloc(1, sizeof(*all));
	const json_t *layout;
	size_t i;

	if (all == NULL) {
		page->failed = true;
		return;
	}
	json_array_foreach(layouts, i, layout)
	{
		char colour[8];

		snprintf(colour, sizeof(colour), "p%zu", i % HTML_SERIES_MAX);
		add_curve(all, json_object_get(layout, "total"), html_string(layout, "name"),
			  colour);
	}
	add_figure(page, all, "Latency by percentile, by layout",
		   "<b>How long requests took, all rounds together.</b>");
}
