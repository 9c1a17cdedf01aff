/* results_lock.c - see results_lock.h. */
#include "work/results_lock.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"
#include "work/results_read.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define TRIES 100 /* each fails only when another process released it just then */

static bool read_pid(int fd, uint64_t *ret)
{
	char text[24] = "";
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number_parse(text, 1, INT32_MAX, ret);
}

static int in_use(int fd, const char *path, struct error *e)
{
	uint64_t pid;

	if (!read_pid(fd, &pid))
		return error_set(e, EBUSY, "%s: another run writes to it", path);
	return error_set(e, EBUSY,
			 "%s: the run of pid %" PRIu64
			 " writes to it; stop that one, or set another results_db",
			 path, pid);
}

/* Does the name still lead to what was locked? */
static bool is_current(int fd, const char *path)
{
	struct stat locked, named;

	return fstat(fd, &locked) == 0 && stat(path, &named) == 0 &&
	       locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

static void write_pid(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* For people only: without it the message names no pid. */
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return;
}

/* 0: locked, -EAGAIN: it vanished meanwhile. */
static int try_lock(const char *lock_path, const char *path, int *ret_fd, struct error *e)
{
	AUTO_CLOSE int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return error_errno(e, errno, "%s", lock_path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? in_use(fd, path, e)
					    : error_errno(e, errno, "%s: flock", lock_path);
	if (!is_current(fd, lock_path))
		return error_set(e, EAGAIN, "%s: vanishes while it is locked", lock_path);
	write_pid(fd);
	*ret_fd = take_fd(&fd);
	return 0;
}

int results_lock_take(struct results_lock *ret, const char *path, struct error *e)
{
	AUTO_FREE char *lock_path = NULL;
	int err = -EAGAIN, fd = -1;

	if (asprintf(&lock_path, "%s-lock", path) < 0) {
		lock_path = NULL;
		return error_set(e, ENOMEM, "out of memory");
	}
	for (int i = 0; i < TRIES && err == -EAGAIN; i++)
		err = try_lock(lock_path, path, &fd, e);
	if (err < 0)
		return err;
	*ret = (struct results_lock) { .path = take_ptr(lock_path), .fd = fd };
	return 0;
}

void results_lock_release(struct results_lock *lock)
{
	if (lock->fd < 0)
		return;
	/* In this order: whoever opens the name from now on makes a new file. */
	unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	*lock = (struct results_lock) { .fd = -1 };
}

/* There, and no zombie that waits to be reaped (proc(5), /proc/pid/stat). */
static bool is_alive(pid_t pid)
{
	char path[40], text[512] = "";
	AUTO_CLOSE int fd = -1;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	end = strrchr(text, ')'); /* of its name */
	return end != NULL && strncmp(end, ") Z", 3) != 0 && strncmp(end, ") X", 3) != 0;
}

pid_t results_writer(const char *path)
{
	AUTO_FREE char *lock_path = NULL;
	AUTO_CLOSE int fd = -1;
	uint64_t pid;

	if (asprintf(&lock_path, "%s-lock", path) < 0) {
		lock_path = NULL;
		return 0;
	}
	fd = open(lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !read_pid(fd, &pid))
		return 0;
	return is_alive((pid_t)pid) ? (pid_t)pid : 0;
}
