/* html_impl.h - the parts of the page, of html*.c alone.
 *
 * Each writes a section of a report; those with series bound their points, so
 * that the page's size does not grow with how long the load was.
 */
#ifndef LOAD_HTML_IMPL_H
#define LOAD_HTML_IMPL_H

#include "load/html_plot.h"

#include <jansson.h>

struct buf;

#define HTML_POINTS_MAX 240 /* of a line over time */

/* html_style.c */
void html_style(struct buf *page);
/* The colours of a report's groups, for what is inside of #id. */
void html_group_styles(struct buf *page, const json_t *report, const char *id);
/* The class of a group by its place in "groups". */
void html_group_colour(char ret[8], size_t index);
/* Its place by its name; SIZE_MAX: there is none such. */
size_t html_group_index(const json_t *report, const char *name);

/* html_tables.c */
void html_groups(struct buf *page, const json_t *report);
void html_outcomes(struct buf *page, const json_t *report);
void html_method(struct buf *page, const json_t *report);

/* html_latency.c */
void html_latency(struct buf *page, const json_t *report);
void html_latency_layouts(struct buf *page, const json_t *layouts);

/* html_rate.c */
void html_rate(struct buf *page, const json_t *report);

/* html_heat.c: the ports as maps and as a table. */
void html_ports(struct buf *page, const json_t *report);
/* A row of cells; classes "h0" to "h6", by at (0..1). */
void html_heat_class(char ret[4], double at);

/* html_cpu.c: the workers as a table, their processor time as a plot. */
void html_workers(struct buf *page, const json_t *report);

/* html_compare.c: the verdicts and what they rest on. */
void html_verdict(struct buf *page, const json_t *document);
void html_comparisons(struct buf *page, const json_t *document);

#endif
