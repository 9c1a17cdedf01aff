/* fd.c - see fd.h. */
#include "common/fd.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int fd_flag(int fd, int get, int set, int flag, bool on)
{
	int flags = fcntl(fd, get);

	if (flags < 0)
		return -errno;
	flags = on ? flags | flag : flags & ~flag;
	return fcntl(fd, set, flags) < 0 ? -errno : 0;
}

int fd_set_nonblock(int fd, bool on)
{
	return fd_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int fd_set_cloexec(int fd, bool on)
{
	return fd_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

static int int_compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Kernels before 5.9 and sandboxes without close_range(2). */
static void fd_close_listed(unsigned first, unsigned last)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		uint64_t fd;

		if (number_parse(entry->d_name, first, MIN(last, INT_MAX), &fd) &&
		    (int)fd != dirfd(dir))
			close((int)fd);
	}
	closedir(dir);
}

static void fd_close_gap(unsigned first, unsigned last)
{
	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	fd_close_listed(first, last);
}

void fd_close_except(int *keep, size_t n)
{
	unsigned next = 3;

	if (n > 0)
		qsort(keep, n, sizeof(*keep), int_compare);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)next)
			continue;
		fd_close_gap(next, (unsigned)keep[i] - 1);
		next = (unsigned)keep[i] + 1;
	}
	fd_close_gap(next, UINT_MAX);
}

int fd_ensure_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		fd_set_cloexec(fd, false);
	return 0;
}

int fd_raise_limit(uint64_t need, struct error *e)
{
	struct rlimit want, have;

	if (getrlimit(RLIMIT_NOFILE, &have) < 0)
		return error_errno(e, errno, "getrlimit(RLIMIT_NOFILE)");
	if (have.rlim_cur >= need)
		return 0;
	want.rlim_cur = need;
	want.rlim_max = MAX(have.rlim_max, (rlim_t)need);
	if (setrlimit(RLIMIT_NOFILE, &want) == 0)
		return 0;
	return error_set(e, EMFILE,
			 "%llu file descriptors are needed, the limit is %llu: raise it with "
			 "'ulimit -Hn %llu' or LimitNOFILE=",
			 (unsigned long long)need, (unsigned long long)have.rlim_max,
			 (unsigned long long)need);
}

int fd_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_all(int fd, struct buf *ret)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		buf_add(ret, chunk, (size_t)n);
		if (ret->failed)
			return -EFBIG;
	}
}

int fd_read_file(const char *path, struct buf *ret, struct error *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	r = fd_read_all(fd, ret);
	if (r < 0)
		return error_errno(e, -r, "%s", path);
	return 0;
}
