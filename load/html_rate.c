/* html_rate.c - what was answered over time, what failed, and the slowest. */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"

#include <math.h>

#define RATE_HEIGHT 200
#define LATENCY_HEIGHT 130

/* Neighbouring intervals as one, so that there are at most HTML_POINTS_MAX. */
struct over_time {
	size_t count;
	double step_s, end_s;
	struct html_point rate[HTML_POINTS_MAX];    /* per second */
	struct html_point latency[HTML_POINTS_MAX]; /* ns: the slowest */
	double errors[HTML_POINTS_MAX];
	struct html_point alarms[HTML_POINTS_MAX]; /* where there are errors */
	size_t alarm_count;
	double rate_low, rate_high, latency_low, latency_high, error_sum;
};

static double element(const json_t *array, size_t i)
{
	double value = json_number_value(json_array_get(array, i));

	return isfinite(value) && value > 0 ? fmin(value, 1e18) : 0;
}

static void read_one(struct over_time *t, const json_t *doc, size_t from, size_t to, double s)
{
	double begin = (double)from * s, end = fmin((double)to * s, t->end_s);
	double middle = (begin + end) / 2, requests = 0, errors = 0, slowest = 0;
	size_t at = t->count++;

	for (size_t i = from; i < to; i++) {
		requests += element(json_object_get(doc, "requests"), i);
		errors += element(json_object_get(doc, "errors"), i);
		slowest = fmax(slowest, element(json_object_get(doc, "latency_max_ns"), i));
	}
	t->rate[at] = (struct html_point) { middle, requests / (end - begin) };
	t->latency[at] = (struct html_point) { middle, slowest };
	t->errors[at] = errors;
	if (errors > 0)
		t->alarms[t->alarm_count++] = (struct html_point) { middle, 0 };
	t->error_sum += errors;
	t->rate_low = fmin(t->rate_low, t->rate[at].y);
	t->rate_high = fmax(t->rate_high, t->rate[at].y);
	if (slowest > 0)
		t->latency_low = fmin(t->latency_low, slowest);
	t->latency_high = fmax(t->latency_high, slowest);
}

/* The last interval is as long as was measured, when that is known: of rounds
 * one behind the other, and of replies that came later, it is not. */
static double end_of(size_t count, double s, double measured_s)
{
	double whole = (double)count * s, before = whole - s;

	return measured_s > before ? fmin(measured_s, whole) : whole;
}

/* A last point that is short is noise: it goes into the one before. */
static void read_series(struct over_time *t, const json_t *doc, double measured_s)
{
	size_t count = json_array_size(json_object_get(doc, "requests"));
	size_t each = (count + HTML_POINTS_MAX - 1) / HTML_POINTS_MAX;
	double s = html_number(doc, "interval_s");

	t->rate_low = t->latency_low = INFINITY;
	if (count == 0 || s < 1e-6)
		return;
	t->step_s = s * (double)each;
	t->end_s = end_of(count, s, measured_s);
	for (size_t from = 0, to; from < count; from = to) {
		to = MIN(from + each, count);
		if (t->end_s - (double)to * s < t->step_s / 2)
			to = count;
		read_one(t, doc, from, to, s);
	}
}

static struct html_scale time_scale(const struct over_time *t)
{
	return (struct html_scale) { HTML_LINEAR, HTML_SECONDS, 0, t->end_s };
}

static void describe_rate(struct buf *label, const struct over_time *t)
{
	buf_adds(label, "Requests per second over time: from ");
	html_add(label, HTML_RATE, t->rate_low);
	buf_adds(label, " to ");
	html_add(label, HTML_RATE, t->rate_high);
	buf_adds(label, "; errors in ");
	buf_addf(label, "%zu of %zu intervals", t->alarm_count, t->count);
}

static void draw_rate(struct buf *page, const struct over_time *t)
{
	AUTO_BUF struct buf label = BUF_INIT(512);
	struct html_plot plot = { page,        time_scale(t), { 0 },
				  RATE_HEIGHT, "time",        "requests per second" };
	struct html_series series = { "rate", "p0", 0 };

	plot.y = html_scale_for(HTML_SHORT, 0, t->rate_high);
	describe_rate(&label, t);
	html_plot_begin(&plot, buf_text(&label));
	html_plot_area(&plot, "p0", t->rate, t->count);
	html_plot_line(&plot, &series, t->rate, t->count);
	html_plot_alarms(&plot, t->alarms, t->alarm_count);
	html_plot_end(&plot);
}

static void draw_latency(struct buf *page, const struct over_time *t)
{
	AUTO_BUF struct buf label = BUF_INIT(512);
	struct html_plot plot = { page,           time_scale(t), { 0 },
				  LATENCY_HEIGHT, "time",        "slowest request" };
	struct html_series series = { "slowest", "p1", 0 };

	plot.y = html_scale_for(HTML_NS, t->latency_low, t->latency_high);
	buf_adds(&label, "Latency of the slowest request over time: from ");
	html_add(&label, HTML_NS, t->latency_low);
	buf_adds(&label, " to ");
	html_add(&label, HTML_NS, t->latency_high);
	html_plot_begin(&plot, buf_text(&label));
	html_plot_line(&plot, &series, t->latency, t->count);
	html_plot_end(&plot);
}

static void add_numbers(struct buf *page, const struct over_time *t)
{
	buf_adds(page, "<details><summary>The numbers</summary>");
	html_table_begin(page, "Over time", "<until|requests per second|errors|slowest");
	for (size_t i = 0; i < t->count; i++) {
		buf_adds(page, "<tr><th scope=row>");
		html_add(page, HTML_SECONDS,
			 i + 1 < t->count ? t->step_s * (double)(i + 1) : t->end_s);
		buf_adds(page, "</th><td>");
		html_add(page, HTML_RATE, t->rate[i].y);
		buf_adds(page, "</td><td>");
		html_add(page, HTML_COUNT, t->errors[i]);
		buf_adds(page, "</td><td>");
		html_add(page, HTML_NS, t->latency[i].y);
		buf_adds(page, "</td></tr>\n");
	}
	html_table_end(page);
	buf_adds(page, "</details>\n");
}

void html_rate(struct buf *page, const json_t *report)
{
	AUTO_FREE struct over_time *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		page->failed = true;
		return;
	}
	read_series(t, json_object_get(report, "over_time"), html_number(report, "measured_s"));
	if (t->count == 0)
		return;
	buf_adds(page, "<figure><figcaption><b>What was answered, and what was the "
		       "slowest, over time.</b> ");
	if (t->alarm_count > 0) {
		buf_adds(page, "<span class=bad>Red, dotted: an interval with errors (");
		html_add(page, HTML_COUNT, t->error_sum);
		buf_adds(page, " in all).</span> ");
	}
	buf_adds(page, "A point is ");
	html_add(page, HTML_SECONDS, t->step_s);
	buf_adds(page, ".</figcaption>");
	draw_rate(page, t);
	draw_latency(page, t);
	add_numbers(page, t);
	buf_adds(page, "</figure>\n");
}
