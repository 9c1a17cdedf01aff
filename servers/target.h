/* target.h - a request target's path, as a name beneath a root.
 *
 * Decoded once, then taken apart: what comes out has no empty, "." or ".."
 * segment and no leading '/', so that opening it beneath a root cannot leave
 * it by its text alone.
 */
#ifndef SERVERS_TARGET_H
#define SERVERS_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_BYTES 4096 /* PATH_MAX: no longer name can be opened */

struct target {
	bool folder;  /* ends with '/', or is the root: a directory is wanted */
	bool hidden;  /* one that is left begins with '.', and is no first ".well-known" */
	bool altered; /* not in its normal form: "//", "." or ".." were taken out */
	size_t len;
	char path[TARGET_BYTES]; /* "" is the root; no '/' at either end */
};

/* raw: the path as sent, without query, beginning with '/'. Decoded is what
 * RFC 3986, 2.1 says, dot segments go as in 5.2.4. An encoded slash is a slash,
 * as in nginx and most others: a name cannot have one, and who filters by
 * prefix before us must not see another path than we do.
 * 0; -EINVAL: a malformed escape, %00, no leading '/', or above the root;
 * -ENAMETOOLONG. */
int target_decode(const char *raw, struct target *ret);

/* Write path, which may have any bytes, percent-encoded for a Location or href
 * (RFC 3986, 3.3; '/' stays). Runs of '/' become one, so that no path can be
 * taken for an authority, and "a:b" without a '/' before it has no scheme (4.2).
 * Returns false when size does not do. */
bool target_encode(const char *path, char *ret, size_t size);

#endif
