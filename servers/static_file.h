/* static_file.h - one representation of a file: its bytes and ready replies.
 *
 * Made once for many requests: the 200 and the 304 are shared responses whose
 * headers are all there. A small file's bytes are held in memory, since one
 * send(2) of head and body is cheapest; a larger one stays open, and goes out
 * by sendfile(2), which copies nothing.
 */
#ifndef SERVERS_STATIC_FILE_H
#define SERVERS_STATIC_FILE_H

#include "servers/byterange.h"
#include "servers/reply.h"
#include "servers/static_resolve.h"

#define STATIC_ETAG_BYTES 64
#define STATIC_PARTS 4
#define STATIC_PART_MAX 8192 /* bytes of one that is kept */

/* A short range that was asked for, ready for who asks for it again: many
 * clients want the same index of a video, of an archive, of a document. */
struct static_part {
	struct byterange range;
	struct reply_body body; /* empty: there is none yet */
};

struct static_file {
	struct file_id id; /* inode 0: not open */
	time_t modified;   /* as clients are told: not in the future (RFC 9110, 8.8.2.1) */
	enum encoding encoding;
	bool varies; /* there are others, by Accept-Encoding */
	char etag[STATIC_ETAG_BYTES];
	const char *path; /* of the file that it is, borrowed from the resource */
	char *data;       /* borrowed from the 200; NULL: not in memory */
	int fd;           /* borrowed from the 200; -1: in memory */
	struct reply_body full, not_modified;
	struct static_part parts[STATIC_PARTS]; /* of one that is not in memory */
	unsigned next_part;                     /* which is replaced next */
};

/* Open path's variant. 0 or -errno as root_file() has it; -ESTALE: it is not
 * a file any more. */
int static_file_open(const struct static_site *site, const char *path, enum encoding encoding,
		     bool varies, struct static_file *ret);
void static_file_close(struct static_file *file);

static inline uint64_t static_file_size(const struct static_file *file)
{
	return file->id.size;
}

/* The file's type as it is sent, with charset. */
void static_file_type(const struct static_site *site, const struct static_file *file,
		      char ret[256]);

/* A copy of the file for an error's page: its type and the config's headers, not to be
 * cached, without validators. Not for more than STATIC_ERROR_PAGE_MAX bytes. 0, or -errno
 * and *ret is empty. */
#define STATIC_ERROR_PAGE_MAX (1u << 20)
int static_file_error_body(const struct static_site *site, const struct static_file *file,
			   struct reply_body *ret);

/* Give a reply of ours about file all headers but Content-Type and what is
 * about ranges. 0 or -errno. */
int static_file_headers(const struct static_site *site, const struct static_file *file,
			struct reply_body *body);

/* The headers that the config has for a path, but one of the caller's own (NULL: none).
 * 0 or -errno. */
int static_rule_headers(const struct static_site *site, const char *path, const char *except,
			struct reply_body *body);

#endif
