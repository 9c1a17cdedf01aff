/* document.h - a config as a document: read from a file, parsed as JSON. */
#ifndef LAUNCHER_DOCUMENT_H
#define LAUNCHER_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

struct buf;
struct problems;

/* Append the whole of file ("-": stdin) to ret, at most ret's max. False when
 * a problem was reported. */
bool document_read(const char *file, struct buf *ret, struct problems *p);

/* The directory that the file is in, absolute; for "-" the current one. To be
 * freed; NULL when a problem was reported. */
char *document_dir(const char *file, struct problems *p);

/* New reference, of any type; NULL when a problem was reported, with line and
 * column. A byte order mark in front is skipped (RFC 8259, 8.1). */
json_t *document_parse(const char *text, size_t len, struct problems *p);

#endif
