/* input.h - a file, standard input or a pipe as a window of bytes.
 *
 * The window is what has been read and not been used: the user looks for the
 * end of a line or record in it, asks for more when there is none, and moves
 * on with input_consume(). What is compressed with gzip (by its first bytes)
 * is unpacked; a byte order mark of UTF-8 at the beginning is left out.
 * A regular file must stay as it is: one that has other size or mtime at its
 * end than when it was opened is an error, since a later run over it would
 * not see the same rows. One thread.
 */
#ifndef WORK_INPUT_H
#define WORK_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct buf;
struct error;
struct gunzip;

#define INPUT_STDIN "-"
#define INPUT_WINDOW_BYTES_MAX (4u << 20)

struct input {
	char *name; /* owned; for messages */
	int fd;     /* owned, but for standard input's */
	bool regular;
	int64_t bytes;         /* of the file, when it was opened; regular files only */
	struct timespec mtime; /* likewise */
	bool begun;            /* gzip and a mark have been looked for */
	bool ended;
	struct gunzip *gunzip; /* owned; NULL: not compressed */
	char *data;            /* owned */
	size_t cap, start, end;
};

/* path "-" is standard input. May block on a FIFO. */
int input_open(struct input *in, const char *path, struct error *e);

/* Takes fd over. No gzip and no mark are looked for. */
int input_attach(struct input *in, int fd, const char *name, struct error *e);

void input_release(struct input *in);

static inline const char *input_window(const struct input *in, size_t *ret_len)
{
	*ret_len = in->end - in->start;
	return in->data + in->start;
}

static inline void input_consume(struct input *in, size_t bytes)
{
	in->start += bytes;
}

/* Read more behind the window; it may move. 1: there is more, 0: the end, also
 * when asked again, -errno: the text does not say what is read. The window is
 * at most INPUT_WINDOW_BYTES_MAX: not to be called when it is that large. */
int input_more(struct input *in, struct error *e);

/* Name, size and mtime, appended; for generator_fingerprint(). */
void input_fingerprint(const struct input *in, struct buf *ret);

#endif
