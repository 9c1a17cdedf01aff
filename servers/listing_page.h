/* listing_page.h - how a listing is written; for listing.c. */
#ifndef SERVERS_LISTING_PAGE_H
#define SERVERS_LISTING_PAGE_H

#include "servers/listing.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct listing_entry {
	char *name; /* owned */
	bool folder;
	uint64_t size; /* bytes */
	time_t modified;
};

struct listing {
	const char *path; /* borrowed */
	const struct listing_options *options;
	struct listing_entry *entries; /* owned, in order */
	size_t count;
	bool cut; /* there are more */
};

void listing_html(const struct listing *l, struct buf *ret);
void listing_json(const struct listing *l, struct buf *ret);

#endif
