/* input.c - see input.h. */
#include "work/input.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "work/gunzip.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define WINDOW_BYTES (256u << 10) /* at first: it stays in the core's own cache */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static_assert(WINDOW_BYTES > GUNZIP_BEGUN_BYTES_MAX, "what has begun fits");

/* Takes fd over, in any case. */
static int attach(struct input *in, int fd, const char *name, struct error *e)
{
	struct stat st;

	*in = (struct input) { .fd = fd, .cap = WINDOW_BYTES };
	in->name = strdup(name);
	in->data = malloc(in->cap);
	if (in->name == NULL || in->data == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "%s", name);
	if (S_ISDIR(st.st_mode))
		return error_errno(e, EISDIR, "%s", name);
	in->regular = S_ISREG(st.st_mode) && fd != STDIN_FILENO;
	in->bytes = st.st_size;
	in->mtime = st.st_mtim;
	return 0;
}

int input_open(struct input *in, const char *path, struct error *e)
{
	bool standard = strcmp(path, INPUT_STDIN) == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	r = attach(in, fd, standard ? "standard input" : path, e);
	if (r < 0)
		input_release(in);
	return r;
}

int input_attach(struct input *in, int fd, const char *name, struct error *e)
{
	int r = attach(in, fd, name, e);

	in->begun = true;
	if (r < 0)
		input_release(in);
	return r;
}

void input_release(struct input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	gunzip_close(in->gunzip);
	free(in->name);
	free(in->data);
	*in = (struct input) { .fd = -1 };
}

/* Room behind the window: what was used goes, or the whole grows. */
static int make_room(struct input *in, struct error *e)
{
	char *larger;

	if (in->start > 0) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->end < in->cap)
		return 0;
	assert(in->cap > 0 && in->cap < INPUT_WINDOW_BYTES_MAX);
	larger = realloc(in->data, in->cap * 2);
	if (larger == NULL)
		return error_set(e, ENOMEM, "out of memory");
	in->data = larger;
	in->cap *= 2;
	return 0;
}

/* A file that grows or shrinks while it is read would give other rows next time. */
static int check_unchanged(const struct input *in, struct error *e)
{
	struct stat st;

	if (!in->regular)
		return 0;
	if (fstat(in->fd, &st) < 0)
		return error_errno(e, errno, "fstat");
	if (st.st_size != in->bytes)
		return error_set(e, ESTALE,
				 "the file has changed while it was read: it had %" PRId64
				 " bytes, now it has %" PRId64,
				 in->bytes, (int64_t)st.st_size);
	if (st.st_mtim.tv_sec != in->mtime.tv_sec || st.st_mtim.tv_nsec != in->mtime.tv_nsec)
		return error_set(e, ESTALE, "the file has been written to while it was read");
	return 0;
}

static int read_some(struct input *in, struct error *e)
{
	size_t room = in->cap - in->end;
	ssize_t n;
	int r;

	if (!in->begun) /* what turns out to be compressed must fit there */
		room = MIN(room, GUNZIP_BEGUN_BYTES_MAX - in->end);
	if (in->gunzip != NULL) {
		n = gunzip_read(in->gunzip, in->data + in->end, room, e);
		if (n < 0)
			return (int)n;
	} else {
		n = TEMP_FAILURE_RETRY(read(in->fd, in->data + in->end, room));
		if (n < 0)
			return error_errno(e, errno, "read");
	}
	in->end += (size_t)n;
	if (n > 0)
		return 1;
	r = check_unchanged(in, e);
	in->ended = r == 0;
	return r;
}

/* Does the input begin with these? Reads no more than it takes to know. */
static int begins_with(struct input *in, const char *bytes, size_t len, struct error *e)
{
	while (in->end < len && !in->ended && memcmp(in->data, bytes, in->end) == 0) {
		int r = read_some(in, e);

		if (r < 0)
			return r;
	}
	return in->end >= len && memcmp(in->data, bytes, len) == 0;
}

static int begin(struct input *in, struct error *e)
{
	int r = begins_with(in, GUNZIP_MAGIC, strlen(GUNZIP_MAGIC), e);

	if (r > 0) {
		r = gunzip_open(in->fd, in->data, in->end, &in->gunzip, e);
		in->end = 0;
	}
	if (r < 0)
		return r;
	r = begins_with(in, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK), e);
	if (r > 0)
		in->start = strlen(BYTE_ORDER_MARK);
	return MIN(r, 0);
}

int input_more(struct input *in, struct error *e)
{
	int r;

	if (!in->begun) {
		r = begin(in, e);
		if (r < 0)
			return r;
		in->begun = true;
		if (in->end > in->start)
			return 1;
	}
	if (in->ended)
		return 0;
	r = make_room(in, e);
	return r < 0 ? r : read_some(in, e);
}

void input_fingerprint(const struct input *in, struct buf *ret)
{
	buf_addf(ret, " %s", in->name);
	if (in->regular)
		buf_addf(ret, " %" PRId64 " bytes, mtime %jd.%09ld", in->bytes,
			 (intmax_t)in->mtime.tv_sec, in->mtime.tv_nsec);
}
