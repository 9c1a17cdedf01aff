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
	int fd;
	enum root_links links;
};

static atomic_bool walk_only; /* openat2(2) is not to be had, or not wanted */

void root_force_walk(bool walk)
{
	atomic_store(&walk_only, walk);
}

int root_open(const char *dir, enum root_links links, struct root **ret, struct error *e)
{
	struct root *root = malloc(sizeof(*root));

	if (root == NULL)
		return error_set(e, ENOMEM, "out of memory");
	root->links = links;
	root->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		int code = errno;

		free(root);
		return error_set(e, code, "cannot serve %s: %s", dir, strerror(code));
	}
	*ret = root;
	return 0;
}

void root_free(struct root *root)
{
	if (root == NULL)
		return;
	close(root->fd);
	free(root);
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

/* EAGAIN: a rename or mount meanwhile; the kernel cannot tell whether ".."
 * still leads beneath the root. */
static int open_beneath(const struct root *root, const char *path, int flags)
{
	int fd = -EAGAIN;

	if (path[0] == '\0')
		path = ".";
	for (int i = 0; i < RACES_MAX && fd == -EAGAIN && !atomic_load(&walk_only); i++)
		fd = try_openat2(root, path, flags);
	if (fd == -ENOSYS || fd == -EPERM) /* an old kernel, or a filter that does not know it */
		atomic_store(&walk_only, true);
	if (atomic_load(&walk_only))
		return root_walk(root->fd, path, flags, root->links == ROOT_LINKS_BENEATH);
	return fd == -EAGAIN ? -ENOENT : fd;
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
