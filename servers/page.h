/* page.h - what our small HTML pages share: the frame, colours. */
#ifndef SERVERS_PAGE_H
#define SERVERS_PAGE_H

struct buf;

/* Up to the open main element, title escaped; css: more rules, or NULL. */
void page_begin(struct buf *page, const char *title, const char *css);
void page_end(struct buf *page);

/* A CSS colour for a group: its name where it is one that shows on light and
 * dark, else a hue picked by the name's hash. */
void page_colour(struct buf *page, const char *group);

#endif
