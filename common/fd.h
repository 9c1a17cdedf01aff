/* fd.h - file descriptors: flags, limits, and what a child may keep. */
#ifndef COMMON_FD_H
#define COMMON_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;

/* Set or clear O_NONBLOCK / FD_CLOEXEC. 0 or -errno. */
int fd_set_nonblock(int fd, bool on);
int fd_set_cloexec(int fd, bool on);

/* Close every descriptor >= 3 that is not among keep[0..n). keep is sorted in
 * place. Uses close_range(2), one call per gap; falls back to /proc/self/fd.
 * For a child between fork and its role, while single-threaded. */
void fd_close_except(int *keep, size_t n);

/* Open /dev/null on those of 0, 1 and 2 that are closed, so that no socket or
 * file of ours gets a number that others write to. 0 or -errno. First thing
 * in a program. */
int fd_ensure_standard(void);

/* Raise RLIMIT_NOFILE to at least need (soft up to hard, hard too where we
 * may). The error says which limit is in the way. */
int fd_raise_limit(uint64_t need, struct error *e);

/* Write all of it, through EINTR and short writes. 0 or -errno. For blocking
 * descriptors. */
int fd_write_all(int fd, const void *bytes, size_t len);

/* Append the whole file to ret; -EFBIG when it is larger than ret's max. */
int fd_read_file(const char *path, struct buf *ret, struct error *e);
int fd_read_all(int fd, struct buf *ret);

#endif
