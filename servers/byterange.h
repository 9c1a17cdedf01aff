/* byterange.h - the Range header (RFC 9110, 14.1.2 and 14.2). */
#ifndef SERVERS_BYTERANGE_H
#define SERVERS_BYTERANGE_H

#include <stddef.h>
#include <stdint.h>

#define BYTERANGE_MAX 16 /* parts of one reply */

struct byterange {
	uint64_t first, last; /* both within the file, first <= last */
};

enum byterange_result {
	BYTERANGE_WHOLE,         /* no usable Range: answer 200 */
	BYTERANGE_PARTS,         /* 206 */
	BYTERANGE_UNSATISFIABLE, /* 416 */
};

struct byterange_set {
	size_t count;
	struct byterange part[BYTERANGE_MAX];
};

/* header: the value, NULL: none. A unit other than "bytes", or a syntax error
 * anywhere, makes the header as good as absent. What overlaps or lies closer
 * together than a part's own header takes is one part, in the order in which
 * its first byte was asked for (15.3.7.2). More ranges than BYTERANGE_MAX, also
 * before they are joined, are answered with the whole file: so many are an
 * attack or a mistake (14.2). *ret is set only for BYTERANGE_PARTS. */
enum byterange_result byterange_parse(const char *header, uint64_t size, struct byterange_set *ret);

#endif
