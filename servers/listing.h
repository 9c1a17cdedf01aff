/* listing.h - what a folder holds, as a page or as JSON.
 *
 * Read from the disk each time it is made: what can be served of it, so no link that leads
 * out of the root. Names are harmless whatever they are.
 */
#ifndef SERVERS_LISTING_H
#define SERVERS_LISTING_H

#include <stdbool.h>

struct buf;
struct root;

#define LISTING_ENTRIES_MAX 10000     /* what is beyond is told, not shown */
#define LISTING_BYTES_MAX (64u << 20) /* of a listing, for the caller's buffer */

enum listing_sort { LISTING_NAME, LISTING_SIZE, LISTING_MODIFIED };

struct listing_options { /* { 0 }: by name, ascending, HTML, no dotfiles */
	enum listing_sort sort;
	bool descending;
	bool dotfiles; /* names that begin with '.' as well */
	bool json;     /* [{"name", "type", "size", "modified"}, …] */
};

/* Take sort=name|size|modified and order=asc|desc from a query, as it was
 * sent; what it does not say stays as it is. NULL: no query. */
void listing_options_parse(const char *query, struct listing_options *options);

/* Append the listing of the folder path beneath root to ret. path as
 * target_decode() makes it, "" is the root; its URL ends with a '/'. Folders
 * come first, names as people count ("a9" before "a10"). 0; -errno as
 * root_file() has it; -ENOTDIR; -ENOMEM, also when ret is full. */
int listing_make(const struct root *root, const char *path, const struct listing_options *options,
		 struct buf *ret);

#endif
