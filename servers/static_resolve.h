/* static_resolve.h - what a path stands for, as the disk has it now. */
#ifndef SERVERS_STATIC_RESOLVE_H
#define SERVERS_STATIC_RESOLVE_H

#include "servers/encoding.h"
#include "servers/target.h"

#include <stdbool.h>
#include <stdint.h>

struct stat;
struct static_site;

enum static_kind {
	STATIC_FILE,
	STATIC_FOLDER,    /* to be listed */
	STATIC_REDIRECT,  /* path is where to, from the root, encoded */
	STATIC_MISSING,   /* or hidden, or outside: nobody's business which */
	STATIC_FORBIDDEN, /* no permission */
	STATIC_MALFORMED, /* the path cannot be decoded */
	STATIC_BUSY,      /* no descriptor or memory for now */
};

/* Whether a file is the same as before. */
struct file_id {
	uint64_t device, inode, size; /* inode 0: no such file */
	int64_t modified_ns, changed_ns;
};

struct static_found {
	enum static_kind kind;
	struct file_id id[ENCODING_COUNT]; /* of a file and its variants */
	char path[TARGET_BYTES * 3];       /* beneath the root; of a redirect: see there */
};

struct file_id file_id_of(const struct stat *st);
bool file_id_equal(const struct file_id *a, const struct file_id *b);

/* What an error of root.h is to a client. */
enum static_kind static_kind_of_error(int r);

/* raw: a request's path as sent. A few stat calls. */
void static_resolve(const struct static_site *site, const char *raw, struct static_found *ret);

#endif
