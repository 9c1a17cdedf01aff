/* tree_fixture.h - a folder with what a table says of it, gone afterwards.
 *
 *	static const struct tree_entry entries[] = {
 *		{ .path = "index.html", .content = "<h1>it</h1>", .mtime = 1000000000 },
 *		{ .path = "film.mp4", .size = 5ll << 30 },
 *		{ .path = "empty/" },
 *		{ .path = "latest", .link = "v2" },
 *		{ 0 },
 *	};
 */
#ifndef TESTS_UNIT_TREE_FIXTURE_H
#define TESTS_UNIT_TREE_FIXTURE_H

#include "tests/unit/dir_fixture.h"

#include <sys/types.h>

struct tree_entry {
	const char *path;    /* folders on its way are made; a '/' at the end: a folder */
	const char *content; /* NULL: none */
	off_t size;          /* bytes of a file; what content lacks is a hole. 0: content's */
	const char *link;    /* what a symbolic link says; NULL: it is none */
	mode_t mode;         /* 0: 0644, or 0755 of a folder */
	time_t mtime;        /* seconds; 0: now */
};

/* Make the folder with these entries, up to the one without a path. Folders may be
 * read by anybody, whatever the umask. */
void tree_fixture_init(struct dir_fixture *d, const struct tree_entry *entries);

/* The absolute path of name in it, in storage that the next call takes. */
const char *tree_fixture_path(const struct dir_fixture *d, const char *name);

#endif
