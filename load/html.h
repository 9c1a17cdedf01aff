/* html.h - a report or a comparison as one page that needs nothing else.
 *
 * Plots are SVG made here: latency by percentile, rate over time, a heat map of
 * the ports, processor time per worker. No script, no outside host; light and
 * dark by the reader's setting, readable on a phone; every plot has its
 * numbers as text as well.
 */
#ifndef LOAD_HTML_H
#define LOAD_HTML_H

#include <jansson.h>

struct buf;

#define HTML_BYTES_MAX (64u << 20)

/* In the first 512 bytes of every page: by it a file is known as one of ours. */
#define HTML_MARK "<meta name=\"generator\" content=\"eisen load\">"

/* document: passed report_check(). Errors stay in the buffer. */
void html_write(const json_t *document, struct buf *ret);

#endif
