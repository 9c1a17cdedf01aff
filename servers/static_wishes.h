/* static_wishes.h - the headers of a request that matter to a file.
 *
 * Found in one walk instead of seven look-ups. Values are the request's own
 * texts where that will do, so that nothing is copied for what browsers send.
 */
#ifndef SERVERS_STATIC_WISHES_H
#define SERVERS_STATIC_WISHES_H

#include "common/buf.h"
#include "servers/conditional.h"

struct request;

#define STATIC_WISHES 7

struct static_wishes {
	struct conditions conditions;
	const char *range, *accept_encoding; /* NULL: not there */
	size_t copy_count;
	struct static_wish_copy {
		const char **of; /* what points to the text */
		struct buf text; /* owned */
	} copies[STATIC_WISHES];
};

/* Blanks behind a value are taken off (RFC 9110, 5.5), several lines of a name
 * are one list (5.2): what may come once only is then malformed, and counts as
 * such. *ret is made, and is to be released. */
void static_wishes_find(const struct request *request, struct static_wishes *ret);
void static_wishes_release(struct static_wishes *wishes);

#endif
