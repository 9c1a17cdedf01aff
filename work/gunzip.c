/* gunzip.c - see gunzip.h. */
#include "work/gunzip.h"

#include "common/cc.h"
#include "common/error.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* windowBits of inflateInit2(): largest window, a gzip head */

struct gunzip {
	z_stream stream;
	int fd;
	bool within; /* a member; else between two */
	unsigned char in[GUNZIP_BEGUN_BYTES_MAX];
};

int gunzip_open(int fd, const char *begun, size_t len, struct gunzip **ret, struct error *e)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	assert(len <= sizeof(g->in));
	if (g == NULL || inflateInit2(&g->stream, GZIP_ONLY) != Z_OK) {
		free(g);
		return error_set(e, ENOMEM, "out of memory");
	}
	g->fd = fd;
	g->within = true;
	memcpy(g->in, begun, len);
	g->stream.next_in = g->in;
	g->stream.avail_in = (unsigned)len;
	*ret = g;
	return 0;
}

/* 1: there is input, 0: there is no more, -errno. */
static int more_input(struct gunzip *g, struct error *e)
{
	ssize_t n = TEMP_FAILURE_RETRY(read(g->fd, g->in, sizeof(g->in)));

	if (n < 0)
		return error_errno(e, errno, "read");
	g->stream.next_in = g->in;
	g->stream.avail_in = (unsigned)n;
	return n > 0;
}

/* False: there is none in the input so far. */
static bool begin_member(struct gunzip *g)
{
	while (g->stream.avail_in > 0 && *g->stream.next_in == '\0') {
		g->stream.next_in++;
		g->stream.avail_in--;
	}
	if (g->stream.avail_in == 0)
		return false;
	inflateReset(&g->stream);
	g->within = true;
	return true;
}

static int inflate_some(struct gunzip *g, struct error *e)
{
	int r = inflate(&g->stream, Z_NO_FLUSH);

	if (r == Z_STREAM_END)
		g->within = false;
	else if (r == Z_MEM_ERROR)
		return error_set(e, ENOMEM, "out of memory");
	else if (r != Z_OK && r != Z_BUF_ERROR)
		return error_set(e, EBADMSG, "the compressed data is damaged: %s",
				 g->stream.msg != NULL ? g->stream.msg : "it needs a dictionary");
	return 0;
}

ssize_t gunzip_read(struct gunzip *g, char *to, size_t len, struct error *e)
{
	unsigned bytes = (unsigned)MIN(len, (size_t)UINT_MAX);
	int r;

	g->stream.next_out = (unsigned char *)to;
	g->stream.avail_out = bytes;
	while (g->stream.avail_out == bytes) {
		if (g->stream.avail_in == 0) {
			r = more_input(g, e);
			if (r < 0)
				return r;
			if (r == 0)
				return g->within ? error_set(e, EBADMSG,
							     "the compressed data is cut short")
						 : 0;
		}
		if (!g->within && !begin_member(g))
			continue;
		r = inflate_some(g, e);
		/* What came before the damage counts; it is found again. */
		if (r < 0 && g->stream.avail_out == bytes)
			return r;
	}
	return bytes - g->stream.avail_out;
}

void gunzip_close(struct gunzip *g)
{
	if (g == NULL)
		return;
	inflateEnd(&g->stream);
	free(g);
}
