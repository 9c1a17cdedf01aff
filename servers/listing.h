/* listing.h - what a folder holds, as a page or as JSON. */
#ifndef SERVERS_LISTING_H
#define SERVERS_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct buf;
struct root;

#define LISTING_MAX 10000            /* entries */
#define LISTING_PAGE_MAX (32u << 20) /* bytes */

enum listing_order { LISTING_NAME, LISTING_SIZE, LISTING_MODIFIED };

struct listing_entry {
	char *name; /* owned */
	uint64_t size;
	time_t modified;
	bool folder;
};

struct listing { /* { 0 } is empty */
	struct listing_entry *entries;
	size_t count;
	bool cut; /* there are more than LISTING_MAX */
};

/* Read the folder path beneath root: what can be served of it, so no link that
 * leads out, and no name that begins with '.' unless hidden is true. 0 or
 * -errno as root_file() has it. */
int listing_read(const struct root *root, const char *path, bool hidden, struct listing *ret);
void listing_release(struct listing *listing);

/* Folders come first; names as people count ("a9" before "a10"). */
void listing_sort(struct listing *listing, enum listing_order order, bool descending);

/* "name", "size", "modified"; NULL or another: by name. */
enum listing_order listing_order_find(const char *text);

/* The page of the folder path, "" for the root: a table whose heads are links
 * that sort, without script, names harmless whatever they are. */
void listing_page(const struct listing *listing, const char *path, enum listing_order order,
		  bool descending, struct buf *page);

/* [{"name", "href", "type": "file" | "folder", "size", "modified"}, …]: size in
 * bytes, modified as RFC 3339. NULL: no memory. */
json_t *listing_json(const struct listing *listing);

#endif
