/* root_walk.c - see root_walk.h.
 *
 * The directories from the root down to where we are stay open, so that ".."
 * in a link is the one above by our own count, wherever the directory has been
 * moved to meanwhile. No component is opened but by O_NOFOLLOW.
 */
#include "servers/root_walk.h"

#include "common/cc.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64
#define LINKS_MAX 40 /* as the kernel's own */

struct walk {
	int dirs[DEPTH_MAX + 1]; /* [0] is the root, which is borrowed */
	size_t depth;
	unsigned links;
	bool follow;
	char rest[2 * PATH_MAX]; /* what is still to go */
};

static int up(struct walk *w)
{
	if (w->depth == 0)
		return -EXDEV;
	close(w->dirs[w->depth--]);
	return 0;
}

static int down(struct walk *w, int fd)
{
	if (w->depth == DEPTH_MAX) {
		close(fd);
		return -ENAMETOOLONG;
	}
	w->dirs[++w->depth] = fd;
	return 0;
}

/* Take the first component off the rest; false: there is none. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1], int *ret_error)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");

	*ret_error = n > NAME_MAX ? -ENAMETOOLONG : 0;
	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, from, n);
	name[n] = '\0';
	from += n;
	memmove(w->rest, from, strlen(from) + 1);
	return true;
}

/* Text comes before the rest, which is empty or begins with a '/'. */
static int put_first(struct walk *w, const char *text, size_t len)
{
	size_t rest = strlen(w->rest);

	if (len + rest >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len, w->rest, rest + 1);
	memcpy(w->rest, text, len);
	return 0;
}

/* fd is a link: go where it leads. */
static int enter_link(struct walk *w, int fd)
{
	char target[PATH_MAX];
	ssize_t len;

	if (!w->follow || ++w->links > LINKS_MAX)
		return -ELOOP;
	len = readlinkat(fd, "", target, sizeof(target));
	if (len < 0)
		return -errno;
	if (len == 0)
		return -ENOENT;
	return target[0] == '/' ? -EXDEV : put_first(w, target, (size_t)len);
}

static bool at_end(const struct walk *w)
{
	return w->rest[strspn(w->rest, "/")] == '\0';
}

/* *fd is the last component, and no link; *ret_fd gets it, opened with flags. When
 * somebody has put a link in its place meanwhile, the walk goes on there. */
static int open_last(struct walk *w, const char *name, int flags, int *fd, int *ret_fd)
{
	if ((flags & O_PATH) != 0) {
		*ret_fd = take_fd(fd);
		return 0;
	}
	*ret_fd = openat(w->dirs[w->depth], name, flags | O_NOFOLLOW);
	if (*ret_fd >= 0)
		return 0;
	if (errno != ELOOP || ++w->links > LINKS_MAX)
		return -errno;
	return put_first(w, name, strlen(name));
}

/* One component further; *ret_fd is set when it was the last. */
static int step(struct walk *w, const char *name, int flags, int *ret_fd)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return up(w);
	fd = openat(w->dirs[w->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return enter_link(w, fd);
	if (!S_ISDIR(st.st_mode) && w->rest[0] == '/') /* "file/" is none either */
		return -ENOTDIR;
	return at_end(w) ? open_last(w, name, flags, &fd, ret_fd) : down(w, take_fd(&fd));
}

/* It ended with "." or "..": the directory that we are in. */
static int open_here(const struct walk *w, int flags)
{
	int fd = openat(w->dirs[w->depth], ".", flags);

	return fd < 0 ? -errno : fd;
}

int root_walk(int root_fd, const char *path, int flags, bool follow)
{
	struct walk w = { .dirs = { root_fd }, .follow = follow };
	char name[NAME_MAX + 1];
	int r = 0, fd = -1;

	if (path[0] == '/')
		return -EXDEV;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	while (r == 0 && fd < 0 && next_name(&w, name, &r))
		r = step(&w, name, flags, &fd);
	if (r == 0 && fd < 0)
		r = fd = open_here(&w, flags);
	while (w.depth > 0)
		up(&w);
	return r < 0 ? r : fd;
}
