/* html_cpu.c - the workers: a table, and their share of a core over time.
 *
 * A few are lines; many are rows of cells, as lines could not be told apart.
 */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"

#include <math.h>

#define HEIGHT 200
#define ROWS_MAX 256
#define ROW_CELLS 60

struct load {
	double mean, low, high;
	size_t count; /* samples */
};

static double sample(const json_t *samples, size_t i)
{
	double value = json_number_value(json_array_get(samples, i));

	return isfinite(value) && value > 0 ? fmin(value, 1e6) : 0;
}

static struct load load_of(const json_t *worker)
{
	const json_t *samples = json_object_get(worker, "cpu");
	struct load l = { .low = INFINITY, .count = json_array_size(samples) };

	for (size_t i = 0; i < l.count; i++) {
		l.mean += sample(samples, i) / (double)l.count;
		l.low = fmin(l.low, sample(samples, i));
		l.high = fmax(l.high, sample(samples, i));
	}
	return l;
}

/* The samples as at most max means of neighbours; how many. */
static size_t means_of(const json_t *worker, double sample_s, size_t max, struct html_point *ret)
{
	const json_t *samples = json_object_get(worker, "cpu");
	size_t count = json_array_size(samples), each = (count + max - 1) / max, n = 0;

	for (size_t from = 0; from < count; from += each) {
		size_t to = MIN(from + each, count);

		ret[n] = (struct html_point) { (double)(from + to) / 2 * sample_s, 0 };
		for (size_t i = from; i < to; i++)
			ret[n].y += sample(samples, i) / (double)(to - from);
		n++;
	}
	return n;
}

/* Lines -------------------------------------------------------------------- */

struct lines {
	struct html_series series[HTML_SERIES_MAX];
	char names[HTML_SERIES_MAX][32];
	double ends[HTML_SERIES_MAX];
	struct html_point points[HTML_SERIES_MAX][HTML_POINTS_MAX];
	size_t counts[HTML_SERIES_MAX];
	size_t count;
	double end_s, high;
};

static void read_lines(struct lines *l, const json_t *workers, double sample_s)
{
	const json_t *worker;
	size_t i;

	json_array_foreach(workers, i, worker)
	{
		size_t n = means_of(worker, sample_s, HTML_POINTS_MAX, l->points[i]);

		snprintf(l->names[i], sizeof(l->names[i]), "worker %.0f",
			 html_number(worker, "START_SEQUENCE_NUM"));
		l->series[i] = (struct html_series) { l->names[i], "", (unsigned)i };
		snprintf(l->series[i].colour, sizeof(l->series[i].colour), "p%u", (unsigned)i);
		l->counts[i] = n;
		l->ends[i] = n > 0 ? l->points[i][n - 1].y : 0;
		l->end_s = fmax(l->end_s, sample_s * (double)load_of(worker).count);
		l->high = fmax(l->high, load_of(worker).high);
		l->count++;
	}
}

/* Marks now and then along a line, so that it is known where lines cross. */
static void add_marks(const struct html_plot *plot, const struct lines *l, size_t i)
{
	size_t step = MAX(l->counts[i] / 8, 1);

	for (size_t k = step / 2; k < l->counts[i]; k += step)
		html_plot_marks(plot, &l->series[i], &l->points[i][k], 1);
}

static void draw_lines(struct buf *page, const struct lines *l, const char *label)
{
	struct html_plot plot = { page,
				  { HTML_LINEAR, HTML_SECONDS, 0, l->end_s },
				  html_scale_for(HTML_SHARE, 0, fmax(1, l->high)),
				  HEIGHT,
				  "time",
				  "share of a core" };

	html_legend(page, l->series, l->count);
	html_plot_begin(&plot, label);
	for (size_t i = 0; i < l->count; i++)
		html_plot_line(&plot, &l->series[i], l->points[i], l->counts[i]);
	for (size_t i = 0; i < l->count; i++)
		add_marks(&plot, l, i);
	html_plot_names(&plot, l->series, l->ends, l->count);
	html_plot_end(&plot);
}

static void add_numbers(struct buf *page, const struct lines *l)
{
	AUTO_BUF struct buf heads = BUF_INIT(1024);

	buf_adds(&heads, "<time");
	for (size_t i = 0; i < l->count; i++)
		buf_addf(&heads, "|%s", l->names[i]);
	buf_adds(page, "<details><summary>The numbers</summary>");
	html_table_begin(page, "Share of a core over time", buf_text(&heads));
	for (size_t k = 0; k < l->counts[0]; k++) {
		buf_adds(page, "<tr><th scope=row>");
		html_add(page, HTML_SECONDS, l->points[0][k].x);
		buf_adds(page, "</th>");
		for (size_t i = 0; i < l->count; i++) {
			buf_adds(page, "<td>");
			html_add(page, HTML_SHARE, l->points[i][k].y);
			buf_adds(page, "</td>");
		}
		buf_adds(page, "</tr>\n");
	}
	html_table_end(page);
	buf_adds(page, "</details>\n");
}

static void add_lines(struct buf *page, const json_t *workers, double sample_s)
{
	AUTO_FREE struct lines *l = calloc(1, sizeof(*l));
	AUTO_BUF struct buf label = BUF_INIT(2048);

	if (l == NULL) {
		page->failed = true;
		return;
	}
	read_lines(l, workers, sample_s);
	buf_adds(&label, "Share of a core over time, means:");
	for (size_t i = 0; i < l->count; i++) {
		buf_addf(&label, "%s %s ", i > 0 ? ";" : "", l->names[i]);
		html_add(&label, HTML_SHARE, load_of(json_array_get(workers, i)).mean);
	}
	draw_lines(page, l, buf_text(&label));
	add_numbers(page, l);
}

/* Rows --------------------------------------------------------------------- */

static void add_row(struct buf *page, const json_t *worker, double sample_s)
{
	struct html_point means[ROW_CELLS];
	size_t count = means_of(worker, sample_s, ROW_CELLS, means);
	struct load load = load_of(worker);
	char class[4];

	buf_addf(page, "<div class=\"cells one\"><p>worker %.0f <small>mean ",
		 html_number(worker, "START_SEQUENCE_NUM"));
	html_add(page, HTML_SHARE, load.mean);
	buf_addf(page,
		 "</small></p><svg class=\"map cool\" role=img preserveAspectRatio=none "
		 "viewBox=\"0 0 %d 9\" aria-label=\"Share of a core over time: ",
		 10 * ROW_CELLS);
	html_add(page, HTML_SHARE, load.low);
	buf_adds(page, " to ");
	html_add(page, HTML_SHARE, load.high);
	buf_adds(page, "\">");
	for (size_t i = 0; i < count; i++) {
		html_heat_class(class, means[i].y);
		buf_addf(page, "<g class=%s><rect x=%.1f width=%.1f height=9 /></g>", class,
			 10.0 * ROW_CELLS * (double)i / (double)count,
			 10.0 * ROW_CELLS / (double)count);
	}
	buf_adds(page, "</svg></div>\n");
}

static void add_rows(struct buf *page, const json_t *workers, double sample_s)
{
	const json_t *worker;
	size_t i;

	buf_adds(page, "<p>From left to right is time; the darker (on a dark page: the brighter), "
		       "the busier, up to a whole core.</p>");
	json_array_foreach(workers, i, worker)
	{
		if (i == ROWS_MAX) {
			buf_addf(page, "<p>And %zu workers more.</p>",
				 json_array_size(workers) - i);
			break;
		}
		add_row(page, worker, sample_s);
	}
}

/* The table ---------------------------------------------------------------- */

static void add_worker(struct buf *page, const json_t *report, const json_t *worker)
{
	const char *group = html_string(worker, "group");
	struct load load = load_of(worker);
	char colour[8], name[32];

	html_group_colour(colour, html_group_index(report, group));
	snprintf(name, sizeof(name), "%.0f", html_number(worker, "START_SEQUENCE_NUM"));
	html_row(page, colour, name);
	buf_adds(page, "<td class=t>");
	html_text(page, group);
	buf_adds(page, "</td>");
	html_cell(page, HTML_COUNT, worker, "core");
	buf_adds(page, "<td>");
	html_add(page, HTML_SHARE, load.mean);
	buf_adds(page, "</td>");
	html_cell(page, HTML_US, worker, "cpu_us_per_request");
	html_cell(page, HTML_BYTES, worker, "rss_bytes");
	html_cell(page, HTML_COUNT, worker, "restarts");
	html_cell(page, HTML_COUNT, worker, "server_requests");
	html_cell(page, HTML_COUNT, worker, "requests");
	html_cell(page, HTML_RATE, worker, "rate");
	html_cell(page, HTML_COUNT, json_object_get(worker, "errors"), "total");
	html_percentile_cells(page, html_latency_of(worker), false);
	buf_adds(page, "</tr>\n");
}

static void add_table(struct buf *page, const json_t *report, const json_t *workers)
{
	html_table_begin(page, "Workers",
			 "<worker|<group|core|busy|CPU per request|RSS|restarts|"
			 "server's count|requests|per second|errors|" HTML_PERCENTILE_HEADS);
	for (size_t i = 0; i < MIN(json_array_size(workers), ROWS_MAX); i++)
		add_worker(page, report, json_array_get(workers, i));
	html_table_end(page);
	if (!json_is_number(json_object_get(report, "imbalance")))
		return;
	buf_adds(page, "<p>Imbalance: the busiest worker had ");
	html_datum(page, HTML_RATIO, report, "imbalance");
	buf_adds(page, " times the mean of all workers' requests.</p>\n");
}

void html_workers(struct buf *page, const json_t *report)
{
	const json_t *workers = json_object_get(report, "workers");
	double sample_s = html_number(report, "sample_s");
	size_t count = json_array_size(workers);

	if (count == 0) {
		buf_adds(page, "<p>The servers are not ours: nothing is known of their "
			       "processes.</p>\n");
		return;
	}
	add_table(page, report, workers);
	if (sample_s <= 0 ||
	    json_array_size(json_object_get(json_array_get(workers, 0), "cpu")) == 0)
		return;
	buf_adds(page, "<figure class=named><figcaption><b>How busy each worker was, as a share "
		       "of a core.</b> A worker near 100\xc2\xa0% is the limit of its ports."
		       "</figcaption>");
	if (count <= HTML_SERIES_MAX)
		add_lines(page, workers, sample_s);
	else
		add_rows(page, workers, sample_s);
	buf_adds(page, "</figure>\n");
}
