/* html_text.h - a document's texts, numbers and tables on a page.
 *
 * Everything out of a document is hostile: texts are escaped and cut, numbers
 * are finite and not negative whatever the document says.
 */
#ifndef LOAD_HTML_TEXT_H
#define LOAD_HTML_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;

#define HTML_TEXT_MAX 200      /* bytes of a name that are shown */
#define HTML_SENTENCE_MAX 4096 /* and of what says something */
#define HTML_NUMBER_BYTES 32

enum html_unit {
	HTML_NS,      /* nanoseconds: "412 µs" */
	HTML_US,      /* microseconds, the same */
	HTML_SECONDS, /* "10 s" */
	HTML_COUNT,   /* "1,234,567" */
	HTML_SHORT,   /* "1.23 M" */
	HTML_RATE,    /* per second: "1,234", "12.3" */
	HTML_SHARE,   /* 0..1: "12.3 %" */
	HTML_BYTES,   /* "12.3 MiB" */
	HTML_RATIO,   /* "1.034" */
};

/* Of a member: 0 and "" where it is not there or something else. */
double html_number(const json_t *object, const char *key);
const char *html_string(const json_t *object, const char *key);

/* Three digits at least; value is finite. */
void html_format(char ret[HTML_NUMBER_BYTES], enum html_unit unit, double value);

/* Escaped, one harmless line, cut to HTML_TEXT_MAX, HTML_SENTENCE_MAX or max bytes. */
void html_text(struct buf *page, const char *text);
void html_sentence(struct buf *page, const char *text);
void html_cut_text(struct buf *page, const char *text, size_t max);
void html_add(struct buf *page, enum html_unit unit, double value);

/* The number for people, and as it is for programs: a data element; a dash
 * when the member is null or not there. */
void html_datum(struct buf *page, enum html_unit unit, const json_t *object, const char *key);

/* A table in a box of its own that scrolls; heads: column titles, parted by
 * "|", those that begin with "<" are above texts, "^" above a plot, others above
 * numbers. The heads are ours. Rows follow: <tr> and cells. */
void html_table_begin(struct buf *page, const char *label, const char *heads);
void html_table_end(struct buf *page);

/* <td> with a number; without the data element: for tables with many rows. */
void html_cell(struct buf *page, enum html_unit unit, const json_t *object, const char *key);
void html_plain_cell(struct buf *page, enum html_unit unit, const json_t *object, const char *key);
/* A row's head; colour: class of the dot before it, "": none. */
void html_row(struct buf *page, const char *colour, const char *text);

/* "latency_ns" of what has counts; NULL: nothing was answered, and its zeros mean nothing. */
const json_t *html_latency_of(const json_t *counts);

/* Six cells out of a "latency_ns" (or NULL). */
#define HTML_PERCENTILE_HEADS "p50|p90|p99|p99.9|p99.99|max"
void html_percentile_cells(struct buf *page, const json_t *latency, bool plain);

#endif
