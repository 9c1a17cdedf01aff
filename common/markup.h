/* markup.h - what all our HTML pages need of text. */
#ifndef COMMON_MARKUP_H
#define COMMON_MARKUP_H

struct buf;

/* Text for between tags and for quoted attributes. */
void markup_escape(struct buf *page, const char *text);

/* The hue, 0..359, of a name that is no colour's: the same on every page. */
unsigned markup_hue(const char *name);

#endif
