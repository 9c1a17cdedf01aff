/* root.c - see root.h. */
#include "servers/root.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"
#include "servers/root_walk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define RACES_MAX 32 /* tries while somebody renames in the tree */

struct root {
	int fd;    /* O_PATH: a directory that may be entered need not be readable */
	char *dir; /* owned */
	enum root_links links;
	bool walk; /* openat2(2) is not to be had: an old kernel, or a filter that forbids it */
};

static atomic_bool walk_only;

void root_force_walk(bool walk)
{
	atomic_store(&walk_only, walk);
}

static int try_openat2(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (root->links == ROOT_LINKS_NONE ? (uint64_t)RESOLVE_NO_SYMLINKS : 0),
	};
	long fd = syscall(SYS_openat2, root->fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static bool lacks_openat2(const struct root *root)
{
	AUTO_CLOSE int fd = try_openat2(root, ".", O_PATH | O_CLOEXEC);

	return fd == -ENOSYS || fd == -EPERM;
}

static int open_dir(const char *dir)
{
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int root_open(const char *dir, enum root_links links, struct root **ret, struct error *e)
{
	AUTO_CLOSE int fd = open_dir(dir);
	AUTO_FREE char *copy = NULL;
	struct root *root;

	if (fd < 0)
		return error_errno(e, errno, "cannot serve %s", dir);
	copy = strdup(dir);
	root = copy != NULL ? malloc(sizeof(*root)) : NULL;
	if (root == NULL)
		return error_set(e, ENOMEM, "out of memory");
	*root = (struct root) { .fd = take_fd(&fd), .dir = take_ptr(copy), .links = links };
	root->walk = lacks_openat2(root);
	*ret = root;
	return 0;
}

void root_free(struct root *root)
{
	if (root == NULL)
		return;
	close(root->fd);
	free(root->dir);
	free(root);
}

/* As long as we hold it, no other directory gets its number. */
bool root_renew(struct root *root)
{
	AUTO_CLOSE int fd = -1;
	struct stat old, now;

	if (stat(root->dir, &now) < 0 || fstat(root->fd, &old) < 0 ||
	    (old.st_dev == now.st_dev && old.st_ino == now.st_ino))
		return false;
	fd = open_dir(root->dir);
	if (fd < 0)
		return false;
	close(root->fd);
	root->fd = take_fd(&fd);
	return true;
}

/* EAGAIN: a rename or mount somewhere meanwhile; the kernel cannot tell whether ".."
 * in a link still leads beneath the root. The walk always can. */
static int open_beneath(const struct root *root, const char *path, int flags)
{
	bool walk = root->walk || atomic_load_explicit(&walk_only, memory_order_relaxed);
	int fd = -EAGAIN;

	if (path[0] == '\0')
		path = ".";
	for (int i = 0; i < RACES_MAX && fd == -EAGAIN && !walk; i++)
		fd = try_openat2(root, path, flags);
	if (fd == -EAGAIN)
		fd = root_walk(root->fd, path, flags, root->links == ROOT_LINKS_BENEATH);
	return fd;
}

static bool servable(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

int root_stat(const struct root *root, const char *path, struct stat *ret)
{
	AUTO_CLOSE int fd = open_beneath(root, path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!servable(&st))
		return -ENOENT;
	*ret = st;
	return 0;
}

/* O_NONBLOCK: a FIFO opens at once, and is let go without having been read. A
 * device may mind being opened at all: only a file that was none a moment
 * before is opened. */
int root_file(const struct root *root, const char *path, struct stat *ret)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;
	int r = root_stat(root, path, &st);

	if (r < 0)
		return r;
	fd = open_beneath(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd == -ENXIO || fd == -ENODEV ? -ENOENT : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!servable(&st))
		return -ENOENT;
	*ret = st;
	return take_fd(&fd);
}
