/* static_cache.h - what is known of the paths that were asked for.
 *
 * By the path as it was sent: a hit costs one look-up, no decoding and no
 * system call. What is known is looked at anew once a second at most, when it
 * is asked for; so a change on disk is seen within a second.
 *
 * Bounded in entries, their names, descriptors and bytes; the longest unused one goes. MHD
 * counts references: a reply that is being sent keeps what it needs.
 */
#ifndef SERVERS_STATIC_CACHE_H
#define SERVERS_STATIC_CACHE_H

#include "servers/listing.h"
#include "servers/static_file.h"

#include <stddef.h>
#include <time.h>

struct board_cell;
struct static_site;

/* A folder's listing, good for the second in which it was made. */
struct static_listing {
	time_t made;
	struct listing_options options;
	struct reply_body body;
};

struct static_resource {
	struct static_resource *next;          /* in its bucket */
	struct static_resource *newer, *older; /* in order of use */
	char *raw;                             /* owned: the path as sent */
	uint64_t hash;
	time_t checked;
	struct board_cell *cell; /* counts its bytes */
	enum static_kind kind;
	char *path; /* owned, as struct static_found has it */
	struct file_id id[ENCODING_COUNT];
	struct static_file files[ENCODING_COUNT];
	struct static_listing *listing; /* owned; NULL: none is kept */
};

struct static_cache {
	struct static_resource **buckets; /* owned; NULL: nothing was asked for yet */
	struct static_resource *newest, *oldest;
	size_t count, name_bytes, fd_count, bytes;
	size_t bytes_max;
	uint64_t seed; /* of the hash */
};

void static_cache_init(struct static_cache *cache, size_t bytes_max);
void static_cache_release(struct static_cache *cache);

/* What raw stands for, as of this second or less than one before. Borrowed
 * until the next call. NULL: no memory. */
struct static_resource *static_cache_find(struct static_site *site, const char *raw, time_t now,
					  struct board_cell *cell);

/* Close the descriptors that are only kept for later, but keep's (NULL: all).
 * For when the system has no more. */
void static_cache_shed(struct static_cache *cache, const struct static_resource *keep);

/* Keep a listing with the resource, in place of the one before; its body is
 * taken over. The one that is kept; NULL: no memory, and the body is released. */
struct static_listing *static_cache_keep(struct static_site *site, struct static_resource *resource,
					 const struct static_listing *listing);

/* A resource of kind STATIC_FILE in one of its encodings, opened when it is
 * first wanted. 0 or -errno. Borrowed like the resource. */
int static_cache_file(struct static_site *site, struct static_resource *resource,
		      enum encoding encoding, struct board_cell *cell, struct static_file **ret);

#endif
