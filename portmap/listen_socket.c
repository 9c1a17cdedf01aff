/* listen_socket.c - see listen_socket.h. */
#include "portmap/listen_socket.h"

#include "common/cc.h"
#include "portmap/address.h"
#include "portmap/holder.h"
#include "portmap/listen.h"

#include <netinet/in.h>
#include <sys/stat.h>

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int bind_to(int fd, const struct address *a)
{
	return bind(fd, &a->any, a->len) < 0 ? -errno : 0;
}

static int new_socket(int family, int *ret_fd)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* SO_REUSEADDR gets us past connections of an earlier run in TIME_WAIT, but
 * lets others in who set it as well, as long as nobody listens: for a port
 * that is bound only, it is the second choice, and off again at once. */
static int bind_free(int fd, const struct address *a)
{
	int r = bind_to(fd, a);

	if (r != -EADDRINUSE)
		return r;
	r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r == 0)
		r = bind_to(fd, a);
	if (r == 0)
		r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	return r;
}

/* The first socket of a shared port gets SO_REUSEPORT after its bind: so it
 * is bound only where nobody else is. */
static int bind_listening(int fd, const struct address *a, enum listen_kind kind)
{
	int r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r == 0 && kind == LISTEN_SHARED_NEXT)
		r = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (r == 0)
		r = bind_to(fd, a);
	if (r == 0 && kind == LISTEN_SHARED_FIRST)
		r = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (r == 0 && listen(fd, LISTEN_BACKLOG) < 0)
		r = -errno;
	return r;
}

int listen_ip(const struct address *address, enum listen_kind kind, int *ret_fd)
{
	AUTO_CLOSE int fd = -1;
	int r = new_socket(address->any.sa_family, &fd);

	if (r == 0 && address->any.sa_family == AF_INET6)
		r = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (r < 0)
		return r;
	r = kind == LISTEN_FREE ? bind_free(fd, address) : bind_listening(fd, address, kind);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* A socket file that refuses a connection: left behind, or bound by somebody
 * who does not listen (as our free ports)? */
static int replace_refusing(const struct address *a)
{
	struct holder holder;

	if (holder_find(a, &holder))
		return -EADDRINUSE;
	return unlink(a->un.sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Make way for our socket. */
static int clear_path(const struct address *a)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;
	int r;

	if (lstat(a->un.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	r = new_socket(AF_UNIX, &fd);
	if (r < 0)
		return r;
	if (connect(fd, &a->any, a->len) == 0)
		return -EADDRINUSE;
	switch (errno) {
	case ECONNREFUSED:
		return replace_refusing(a);
	case ENOENT: /* gone meanwhile */
		return 0;
	case EAGAIN:     /* its backlog is full */
	case EPROTOTYPE: /* it is no stream */
		return -EADDRINUSE;
	default:
		return -errno;
	}
}

/* The file is born with its mode: the kernel takes it from the socket, less
 * the umask. A chmod afterwards would leave a moment, and follow links. */
static int bind_unix(int fd, const struct address *a, int mode)
{
	mode_t mask;
	int r;

	if (fchmod(fd, (mode_t)mode) < 0)
		return -errno;
	mask = umask(0);
	r = bind_to(fd, a);
	umask(mask);
	return r;
}

int listen_unix(const struct address *address, int mode, enum listen_kind kind, int *ret_fd,
		struct listen_file *ret_file)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;
	int r = clear_path(address);

	if (r == 0)
		r = new_socket(AF_UNIX, &fd);
	if (r == 0)
		r = bind_unix(fd, address, mode);
	if (r < 0)
		return r;
	if (lstat(address->un.sun_path, &st) < 0)
		return -errno;
	if (kind != LISTEN_FREE && listen(fd, LISTEN_BACKLOG) < 0)
		return -errno;
	*ret_file = (struct listen_file) { .device = st.st_dev, .inode = st.st_ino };
	*ret_fd = take_fd(&fd);
	return 0;
}

void listen_file_unlink(const struct address *address, const struct listen_file *file)
{
	struct stat st;

	if (file->inode == 0 || lstat(address->un.sun_path, &st) < 0)
		return;
	if (st.st_dev == file->device && st.st_ino == file->inode)
		unlink(address->un.sun_path);
}
