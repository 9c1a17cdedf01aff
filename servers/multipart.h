/* multipart.h - several ranges in one body: multipart/byteranges (RFC 9110, 14.6). */
#ifndef SERVERS_MULTIPART_H
#define SERVERS_MULTIPART_H

#include "servers/byterange.h"

#include <sys/types.h>

#define MULTIPART_BOUNDARY_BYTES 48
#define MULTIPART_HEAD_BYTES 512

/* Where the file's bytes come from: data, or else fd. */
struct multipart_source {
	const char *data;
	int fd;
};

struct multipart {
	uint64_t total; /* bytes of the whole body */
	size_t count;
	struct {
		struct byterange range;
		uint64_t begin; /* of its head in the body */
		size_t head_len;
		char head[MULTIPART_HEAD_BYTES];
	} part[BYTERANGE_MAX];
	size_t tail_len;
	char tail[MULTIPART_BOUNDARY_BYTES + 8];
	char boundary[MULTIPART_BOUNDARY_BYTES];
};

/* Lay the body out: the ranges of a file of size bytes, whose type stands in
 * each part. No two bodies of a process have the same boundary, and no file can
 * be made to contain it: it is drawn by getrandom(2). 0, -EOVERFLOW or -errno. */
int multipart_layout(struct multipart *ret, const struct byterange_set *set, uint64_t size,
		     const char *type);

/* Copy at most max bytes of the body from pos on. How many; 0 at its end;
 * -ESTALE: the file has shrunk; -errno. */
ssize_t multipart_read(const struct multipart *m, const struct multipart_source *source,
		       uint64_t pos, char *ret, size_t max);

#endif
