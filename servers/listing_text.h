/* listing_text.h - what the page and the JSON of a folder share. */
#ifndef SERVERS_LISTING_TEXT_H
#define SERVERS_LISTING_TEXT_H

#include "servers/listing.h"

#define LISTING_HREF_BYTES (256 * 3 + 8)
#define LISTING_TIME_BYTES 32

const char *listing_order_name(enum listing_order order);

/* As strftime(3), UTC; "" for a time that has no date. */
void listing_time(time_t t, const char *format, char ret[LISTING_TIME_BYTES])
	__attribute__((format(strftime, 2, 0)));

/* A link to the entry; false: it does not fit, which no file system's does. */
bool listing_href(const struct listing_entry *entry, char ret[LISTING_HREF_BYTES]);

#endif
