/* multipart.c - see multipart.h. */
#include "servers/multipart.h"

#include "common/cc.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

static int make_boundary(char ret[MULTIPART_BOUNDARY_BYTES])
{
	uint64_t random[2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	snprintf(ret, MULTIPART_BOUNDARY_BYTES, "%016llx%016llx", (unsigned long long)random[0],
		 (unsigned long long)random[1]);
	return 0;
}

int multipart_layout(struct multipart *ret, const struct byterange_set *set, uint64_t size,
		     const char *type)
{
	int r = make_boundary(ret->boundary);

	if (r < 0)
		return r;
	ret->total = 0;
	ret->count = set->count;
	for (size_t i = 0; i < set->count; i++) {
		const struct byterange *range = &set->part[i];
		int n = snprintf(ret->part[i].head, MULTIPART_HEAD_BYTES,
				 "\r\n--%s\r\nContent-Type: %s\r\nContent-Range: bytes "
				 "%llu-%llu/%llu\r\n\r\n",
				 ret->boundary, type, (unsigned long long)range->first,
				 (unsigned long long)range->last, (unsigned long long)size);

		if (n < 0 || n >= MULTIPART_HEAD_BYTES)
			return -EOVERFLOW;
		ret->part[i].range = *range;
		ret->part[i].begin = ret->total;
		ret->part[i].head_len = (size_t)n;
		if (__builtin_add_overflow(ret->total, (uint64_t)n, &ret->total) ||
		    __builtin_add_overflow(ret->total, range->last - range->first + 1, &ret->total))
			return -EOVERFLOW;
	}
	snprintf(ret->tail, sizeof(ret->tail), "\r\n--%s--\r\n", ret->boundary);
	ret->tail_len = strlen(ret->tail);
	return __builtin_add_overflow(ret->total, ret->tail_len, &ret->total) ? -EOVERFLOW : 0;
}

static ssize_t read_source(const struct multipart_source *source, uint64_t offset, char *ret,
			   size_t n)
{
	ssize_t got;

	if (source->data != NULL) {
		memcpy(ret, source->data + offset, n);
		return (ssize_t)n;
	}
	got = pread(source->fd, ret, n, (off_t)offset);
	if (got < 0)
		return -errno;
	return got > 0 ? got : -ESTALE;
}

static ssize_t copy_text(const char *text, size_t len, uint64_t skip, char *ret, size_t max)
{
	size_t n = MIN(len - (size_t)skip, max);

	memcpy(ret, text + skip, n);
	return (ssize_t)n;
}

ssize_t multipart_read(const struct multipart *m, const struct multipart_source *source,
		       uint64_t pos, char *ret, size_t max)
{
	size_t i = m->count;
	uint64_t in;

	if (pos >= m->total)
		return 0;
	if (pos >= m->total - m->tail_len)
		return copy_text(m->tail, m->tail_len, pos - (m->total - m->tail_len), ret, max);
	while (m->part[i - 1].begin > pos)
		i--;
	in = pos - m->part[i - 1].begin;
	if (in < m->part[i - 1].head_len)
		return copy_text(m->part[i - 1].head, m->part[i - 1].head_len, in, ret, max);
	in += m->part[i - 1].range.first - m->part[i - 1].head_len;
	return read_source(source, in, ret,
			   (size_t)MIN(m->part[i - 1].range.last - in + 1, (uint64_t)max));
}
