/* html_plot.c - see html_plot.h. */
#include "load/html_plot.h"

#include "common/buf.h"
#include "common/cc.h"

#include <math.h>
#include <string.h>

/* px around the box, as the style sheet's padding has it; on the right is room for names. */
#define LEFT 60
#define TOP 24
#define BOTTOM 42
#define NAME_HEIGHT 17
#define NAME_BYTES 16

#define LEAST 1e-9 /* that a scale ends at or, logarithmic, begins with */
#define LINEAR_TICKS 5
#define LOG_FROM 8 /* times the lowest: as far apart are only seen on a logarithmic axis */
#define PERCENTILE_DECADES 5

/* Scales ------------------------------------------------------------------- */

static double clamp(double at)
{
	return isfinite(at) ? fmax(0, fmin(at, 1)) : 0;
}

/* The next of 1, 2, 5, 10 times a power of ten that is not below value, which is above 0. */
static double round_up(double value)
{
	double power = pow(10, floor(log10(value))), digits = value / power;

	return power * (digits <= 1.0001 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
}

static double round_down(double value)
{
	double power = pow(10, floor(log10(value))), digits = value / power;

	return power * (digits < 2 ? 1 : digits < 5 ? 2 : 5);
}

static double linear_step(double range)
{
	return round_up(range / LINEAR_TICKS);
}

struct html_scale html_scale_for(enum html_unit unit, double low, double high)
{
	struct html_scale scale = { HTML_LINEAR, unit, 0, 1 };
	double step;

	if (!isfinite(low) || !isfinite(high) || high < LEAST)
		return scale;
	if (low >= LEAST && high / low > LOG_FROM)
		return (struct html_scale) { HTML_LOG, unit, round_down(low), round_up(high) };
	step = linear_step(high);
	scale.high = step * ceil(high / step - 1e-9);
	return scale;
}

double html_scale_at(const struct html_scale *scale, double value)
{
	switch (scale->kind) {
	case HTML_LINEAR:
		return clamp((value - scale->low) / (scale->high - scale->low));
	case HTML_LOG:
		return value > 0 ? clamp(log(value / scale->low) / log(scale->high / scale->low))
				 : 0;
	default:
		return value < 100 ? clamp(-log10(1 - value / 100) / PERCENTILE_DECADES) : 1;
	}
}

/* "1.50 ms" is "1.5 ms", "10.0 ms" is "10 ms". */
static void drop_zeros(char *text)
{
	char *point = strchr(text, '.'), *end, *from;

	if (point == NULL)
		return;
	end = point + 1 + strspn(point + 1, "0123456789");
	for (from = end; from[-1] == '0'; from--)
		;
	if (from[-1] == '.')
		from--;
	memmove(from, end, strlen(end) + 1);
}

static void add_tick(const struct html_scale *scale, double value, bool minor,
		     struct html_tick ret[HTML_TICKS_MAX], size_t *count)
{
	struct html_tick *tick = &ret[*count];

	if (*count == HTML_TICKS_MAX || value > scale->high * 1.0001)
		return;
	tick->at = html_scale_at(scale, value);
	tick->minor = minor;
	html_format(tick->text, scale->unit, value);
	drop_zeros(tick->text);
	++*count;
}

static size_t linear_ticks(const struct html_scale *scale, struct html_tick ret[HTML_TICKS_MAX])
{
	double step = linear_step(scale->high - scale->low);
	size_t count = 0;

	for (size_t i = 0; i < HTML_TICKS_MAX; i++)
		add_tick(scale, scale->low + step * (double)i, i % 2 == 1, ret, &count);
	return count;
}

static size_t log_ticks(const struct html_scale *scale, struct html_tick ret[HTML_TICKS_MAX])
{
	static const double steps[] = { 1, 2, 5 };
	int first = (int)floor(log10(scale->low) + 1e-9);
	int last = (int)floor(log10(scale->high) + 1e-9);
	size_t used = last - first > 3 ? 1 : ARRAY_SIZE(steps), count = 0;

	for (int decade = first; decade <= last; decade += last - first > 10 ? 2 : 1)
		for (size_t i = 0; i < used; i++) {
			double value = pow(10, decade) * steps[i];

			if (value >= scale->low * 0.9999)
				add_tick(scale, value, i > 0, ret, &count);
		}
	return count;
}

static size_t percentile_ticks(struct html_tick ret[HTML_TICKS_MAX])
{
	static const struct html_scale scale = { .kind = HTML_PERCENTILE };
	static const struct {
		double value;
		const char *text;
	} known[] = { { 0, "0" },       { 50, "50" },       { 90, "90" },  { 99, "99" },
		      { 99.9, "99.9" }, { 99.99, "99.99" }, { 100, "100" } };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		ret[i] = (struct html_tick) { html_scale_at(&scale, known[i].value), i == 0, "" };
		snprintf(ret[i].text, sizeof(ret[i].text), "%s", known[i].text);
	}
	return ARRAY_SIZE(known);
}

size_t html_scale_ticks(const struct html_scale *scale, struct html_tick ret[HTML_TICKS_MAX])
{
	switch (scale->kind) {
	case HTML_LINEAR:
		return linear_ticks(scale, ret);
	case HTML_LOG:
		return log_ticks(scale, ret);
	default:
		return percentile_ticks(ret);
	}
}

/* The frame ---------------------------------------------------------------- */

/* px from the top */
static double y_of(const struct html_plot *p, double value)
{
	return p->height * (1 - html_scale_at(&p->y, value));
}

static double x_of(const struct html_plot *p, double value)
{
	return HTML_PLOT_WIDTH * html_scale_at(&p->x, value);
}

/* A box that is stretched to the plot's width, with a path in it. */
static void begin_path(const struct html_plot *p, const char *class)
{
	buf_addf(p->page,
		 "<svg viewBox=\"0 0 %d %u\" preserveAspectRatio=none width=\"100%%\" "
		 "height=\"%u\"><path class=\"%s\" d=\"",
		 HTML_PLOT_WIDTH, p->height, p->height, class);
}

static void end_path(const struct html_plot *p)
{
	buf_adds(p->page, "\"/></svg>\n");
}

static void add_y_axis(const struct html_plot *p)
{
	struct html_tick ticks[HTML_TICKS_MAX];
	size_t count = html_scale_ticks(&p->y, ticks);

	begin_path(p, "grid");
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "M0 %.1fH%d", p->height * (1 - ticks[i].at), HTML_PLOT_WIDTH);
	end_path(p);
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "<text class=\"y\" x=\"-8\" y=\"%.1f\">%s</text>",
			 p->height * (1 - ticks[i].at), ticks[i].text);
}

static void add_x_axis(const struct html_plot *p)
{
	struct html_tick ticks[HTML_TICKS_MAX];
	size_t count = html_scale_ticks(&p->x, ticks);

	begin_path(p, "grid");
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "M%.1f 0V%u", HTML_PLOT_WIDTH * ticks[i].at, p->height);
	end_path(p);
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "<text class=\"x%s\" x=\"%.2f%%\" y=\"%u\">%s</text>",
			 ticks[i].minor ? " m" : "", 100 * ticks[i].at, p->height + 17,
			 ticks[i].text);
}

void html_plot_begin(const struct html_plot *p, const char *label)
{
	buf_adds(p->page, "<svg class=plot role=img aria-label=\"");
	html_sentence(p->page, label);
	buf_addf(p->page, "\" height=\"%u\">\n<text class=title x=\"-%d\" y=\"-12\">%s</text>",
		 TOP + p->height + BOTTOM, LEFT, p->y_title);
	add_y_axis(p);
	add_x_axis(p);
	buf_addf(p->page, "<text class=\"title x\" x=\"50%%\" y=\"%u\">%s</text>\n", p->height + 36,
		 p->x_title);
}

void html_plot_end(const struct html_plot *p)
{
	buf_adds(p->page, "</svg>\n");
}

/* What is drawn ------------------------------------------------------------ */

static void add_points(const struct html_plot *p, const struct html_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x_of(p, points[i].x),
			 y_of(p, points[i].y));
}

void html_plot_line(const struct html_plot *p, const struct html_series *s,
		    const struct html_point *points, size_t count)
{
	char class[32];

	if (count == 0)
		return;
	snprintf(class, sizeof(class), "line d%u %s", s->style, s->colour);
	begin_path(p, class);
	add_points(p, points, count);
	if (count == 1)
		buf_adds(p->page, "h0");
	end_path(p);
}

void html_plot_area(const struct html_plot *p, const char *colour, const struct html_point *points,
		    size_t count)
{
	char class[32];

	if (count == 0)
		return;
	snprintf(class, sizeof(class), "area %s", colour);
	begin_path(p, class);
	add_points(p, points, count);
	buf_addf(p->page, "V%uH%.1fz", p->height, x_of(p, points[0].x));
	end_path(p);
}

void html_plot_alarms(const struct html_plot *p, const struct html_point *points, size_t count)
{
	if (count == 0)
		return;
	begin_path(p, "alarm");
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "M%.1f %uV0", x_of(p, points[i].x), p->height);
	end_path(p);
	begin_path(p, "alarm top");
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page, "M%.1f 0h0", x_of(p, points[i].x));
	end_path(p);
}

static const char *mark_path(unsigned style)
{
	static const char *const marks[HTML_SERIES_MAX] = {
		"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", /* disc */
		"M-3.6-3.6h7.2v7.2h-7.2z",           /* square */
		"M0-5L4.8 3.6h-9.6z",                /* triangle */
		"M0-5.2L5.2 0 0 5.2-5.2 0z",         /* diamond */
		"M0 5L4.8-3.6h-9.6z",                /* triangle, upside down */
		"M-1.6-5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4z", /* plus */
		"M-1.8-5.2h3.6v10.4h-3.6z",                                  /* bar */
		"M-4.4-4.4h8.8l-8.8 8.8h8.8z",                               /* hourglass */
	};

	return marks[style % HTML_SERIES_MAX];
}

void html_plot_marks(const struct html_plot *p, const struct html_series *s,
		     const struct html_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(p->page,
			 "<svg x=\"%.2f%%\" y=\"%.1f\"><path class=\"mark %s\" d=\"%s\"/></svg>",
			 100 * html_scale_at(&p->x, points[i].x), y_of(p, points[i].y), s->colour,
			 mark_path(s->style));
}

/* Names -------------------------------------------------------------------- */

/* By where the lines end, from the top down. */
static void sort_by_place(size_t *order, const double *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t k = i;

		for (; k > 0 && places[order[k - 1]] > places[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static void add_name(const struct html_plot *p, const struct html_series *s, double end,
		     double place)
{
	buf_addf(p->page,
		 "<svg class=name x=\"100%%\" y=\"%.1f\"><path class=\"lead %s\" d=\"M4 %.1fL12 "
		 "0\"/><path class=\"mark %s\" transform=\"translate(17)\" d=\"%s\"/>"
		 "<text x=\"26\" y=\"0\">",
		 place, s->colour, end - place, s->colour, mark_path(s->style));
	html_cut_text(p->page, s->name, NAME_BYTES);
	buf_adds(p->page, "</text></svg>\n");
}

void html_plot_names(const struct html_plot *p, const struct html_series *s, const double *ends,
		     size_t count)
{
	double at[HTML_SERIES_MAX], place[HTML_SERIES_MAX], below = p->height;
	size_t order[HTML_SERIES_MAX];

	count = MIN(count, HTML_SERIES_MAX);
	for (size_t i = 0; i < count; i++)
		at[i] = y_of(p, ends[i]);
	sort_by_place(order, at, count);
	/* Down as far as the one above wants it, then up again from the axis. */
	for (size_t i = 0; i < count; i++)
		place[i] = i == 0 ? at[order[i]] : fmax(at[order[i]], place[i - 1] + NAME_HEIGHT);
	for (size_t i = count; i-- > 0;) {
		place[i] = fmin(place[i], below);
		below = place[i] - NAME_HEIGHT;
	}
	for (size_t i = 0; i < count; i++)
		add_name(p, &s[order[i]], at[order[i]], place[i]);
}

void html_legend(struct buf *page, const struct html_series *s, size_t count)
{
	buf_adds(page, "<ul class=legend>");
	for (size_t i = 0; i < count; i++) {
		buf_addf(page,
			 "<li><svg width=36 height=12 viewBox=\"-18 -6 36 12\" aria-hidden=true>"
			 "<path class=\"line d%u %s\" d=\"M-18 0H18\"/><path class=\"mark %s\" "
			 "d=\"%s\"/></svg>",
			 s[i].style, s[i].colour, s[i].colour, mark_path(s[i].style));
		html_text(page, s[i].name);
		buf_adds(page, "</li>");
	}
	buf_adds(page, "</ul>\n");
}
