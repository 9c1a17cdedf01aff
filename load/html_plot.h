/* html_plot.h - axes, lines and marks as SVG.
 *
 * A plot is as wide as its place and as high as it says; text keeps its size.
 * So x is in shares of the width, y in pixels: lines are drawn in a box of
 * HTML_PLOT_WIDTH by height that is stretched, marks and texts are placed in
 * it by percent. Nothing that is drawn leaves the box or is no number.
 */
#ifndef LOAD_HTML_PLOT_H
#define LOAD_HTML_PLOT_H

#include "load/html_text.h"

#include <stdbool.h>
#include <stddef.h>

#define HTML_PLOT_WIDTH 1000
#define HTML_SERIES_MAX 8 /* lines of a plot: more cannot be told apart */
#define HTML_TICKS_MAX 16

enum html_scale_kind {
	HTML_LINEAR,
	HTML_LOG,
	HTML_PERCENTILE, /* 1 / (1 - p) on a logarithmic axis, 100 at its end */
};

struct html_scale {
	enum html_scale_kind kind;
	enum html_unit unit;
	double low, high; /* low < high; of LOG: above 0; of PERCENTILE not used */
};

/* LINEAR from 0, or LOG where the values are far apart; its ends are round. */
struct html_scale html_scale_for(enum html_unit unit, double low, double high);

/* 0..1, whatever the value is. */
double html_scale_at(const struct html_scale *scale, double value);

struct html_tick {
	double at;  /* 0..1 */
	bool minor; /* left out where there is little room */
	char text[HTML_NUMBER_BYTES];
};

/* How many there are, in ascending order. */
size_t html_scale_ticks(const struct html_scale *scale, struct html_tick ret[HTML_TICKS_MAX]);

struct html_plot {
	struct buf *page;
	struct html_scale x, y;
	unsigned height; /* px, of the box */
	const char *x_title, *y_title;
};

struct html_point {
	double x, y; /* values on the scales */
};

struct html_series {
	const char *name;
	char colour[8]; /* class: html_group_colour(), or "p0" to "p7" */
	unsigned style; /* < HTML_SERIES_MAX: dashes and marks */
};

/* label: what it shows, for who does not see it; hostile. */
void html_plot_begin(const struct html_plot *p, const char *label);
void html_plot_end(const struct html_plot *p);

void html_plot_line(const struct html_plot *p, const struct html_series *s,
		    const struct html_point *points, size_t count);
/* Filled, down to the axis. */
void html_plot_area(const struct html_plot *p, const char *colour, const struct html_point *points,
		    size_t count);
/* A stroke from the axis to the top at each x, and a dot on it. */
void html_plot_alarms(const struct html_plot *p, const struct html_point *points, size_t count);
void html_plot_marks(const struct html_plot *p, const struct html_series *s,
		     const struct html_point *points, size_t count);
/* Each series' name at the right of where it ends (its y), none over another. */
void html_plot_names(const struct html_plot *p, const struct html_series *s, const double *ends,
		     size_t count);

/* Above a plot: each line's dashes, mark and name. */
void html_legend(struct buf *page, const struct html_series *s, size_t count);

#endif
