/* html_fixture.h - what each page must be, whatever was in the document. */
#ifndef TESTS_UNIT_HTML_FIXTURE_H
#define TESTS_UNIT_HTML_FIXTURE_H

#include <jansson.h>
#include <stddef.h>

struct buf;

/* tests/data/load/NAME; a new reference. */
json_t *html_document(const char *name);

/* The page of a document, well-formed as far as html_check() sees; *ret is
 * released by the caller. */
void html_render(const json_t *document, struct buf *ret);

/* Each element is closed where it must be, no attribute is there twice, each
 * number of a place or a path is finite, and nothing is loaded or run. NULL,
 * else what is wrong: until the next call. */
const char *html_check(const char *page);

size_t html_count(const char *page, const char *what);

#endif
