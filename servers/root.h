/* root.h - files beneath a directory, and nothing else.
 *
 * Whatever the name, and whoever changes the tree meanwhile: what is opened
 * lies beneath the root. openat2(2) sees to that in the kernel; where it is
 * missing we walk, one component after the other, and resolve links ourselves.
 */
#ifndef SERVERS_ROOT_H
#define SERVERS_ROOT_H

#include <stdbool.h>

struct error;
struct root;
struct stat;

enum root_links {
	ROOT_LINKS_BENEATH, /* symbolic links are followed within the root */
	ROOT_LINKS_NONE,    /* they are not followed */
};

/* Any number of threads may use a root at once, but for root_renew() and root_free().
 * 0 or -errno, *ret then left alone. */
int root_open(const char *dir, enum root_links links, struct root **ret, struct error *e);
void root_free(struct root *root); /* NULL is fine */

/* Look at dir again, as a site may be put in place by renaming its directory or a link to
 * it. True: it is another directory now, which the root goes on with. When there is none,
 * or as long as it is the same, the root stays as it was; no other thread uses it. */
bool root_renew(struct root *root);

/* Open a regular file or a directory for reading, never blocking, with no side
 * effect on what else there may be. path: relative, at best as target_decode() makes
 * it; "" is the root. The descriptor, which is the caller's, with *ret set; or -errno,
 * *ret left alone:
 * -ENOENT    not there, or neither file nor directory
 * -EACCES    no permission
 * -EXDEV     it would lead out of the root: "..", a leading '/', a link with one
 * -ELOOP     too many links, or a link where none is followed
 * -ENOTDIR, -ENAMETOOLONG, -EMFILE, -ENFILE, -ENOMEM */
int root_file(const struct root *root, const char *path, struct stat *ret);

/* The same without opening it: reading it may still be forbidden. 0 or -errno. */
int root_stat(const struct root *root, const char *path, struct stat *ret);

/* For tests: walk even where openat2(2) is there. */
void root_force_walk(bool walk);

#endif
