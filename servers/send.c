/* send.c - see send.h. */
#include "servers/send.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SYS_sendfile64 /* only where it is another one */
#define SYS_sendfile64 SYS_sendfile
#endif

/* The connection whose next reply is its last, of this thread; -1: none. One
 * is enough: libmicrohttpd sends a reply right after it was queued. */
static __thread int last_fd = -1;

/* The one whose next bytes are a head before a file. */
static __thread int head_fd = -1;

void send_install(void)
{
}

void send_file_follows(int fd)
{
	head_fd = fd;
}

void send_last(int fd)
{
	last_fd = fd;
}

void send_closed(int fd)
{
	if (fd == last_fd)
		last_fd = -1;
	if (fd == head_fd)
		head_fd = -1;
}

/* A small vector of two and nothing else; its bytes, 0: not one. */
static size_t joinable(const struct msghdr *msg)
{
	size_t head, body;

	if (msg->msg_iovlen != 2 || msg->msg_controllen != 0 || msg->msg_name != NULL)
		return 0;
	head = msg->msg_iov[0].iov_len;
	body = msg->msg_iov[1].iov_len;
	return head <= SEND_JOINED_MAX && body <= SEND_JOINED_MAX - head ? head + body : 0;
}

static ssize_t send_bytes(int fd, const void *bytes, size_t len, int flags)
{
	return sendto(fd, bytes, len, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	char joined[SEND_JOINED_MAX];
	size_t len = joinable(msg);

	if (len == 0)
		return syscall(SYS_sendmsg, fd, msg, flags);
	memcpy(joined, msg->msg_iov[0].iov_base, msg->msg_iov[0].iov_len);
	memcpy(joined + msg->msg_iov[0].iov_len, msg->msg_iov[1].iov_base, msg->msg_iov[1].iov_len);
	return send_bytes(fd, joined, len, fd == last_fd ? flags | MSG_MORE : flags);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	if (fd == head_fd) {
		head_fd = -1;
		flags |= MSG_MORE;
	}
	return send_bytes(fd, bytes, len, flags);
}

/* Is there nothing behind offset, so that the file ended before its time? */
static bool has_ended(int file, const off64_t *offset)
{
	struct stat st;

	return offset != NULL && fstat(file, &st) == 0 && *offset >= st.st_size;
}

/* libmicrohttpd takes a short count for a full socket, and waits for room that
 * is there already: the shutdown is an event that it does not miss. */
ssize_t sendfile64(int fd, int file, off64_t *offset, size_t len)
{
	ssize_t n = syscall(SYS_sendfile64, fd, file, offset, len);

	if (n < 0 || (size_t)n == len)
		return n;
	if (has_ended(file, offset))
		shutdown(fd, SHUT_RDWR);
	if (n > 0)
		return n;
	errno = EBADF; /* libmicrohttpd gives up then, and closes */
	return -1;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (fd == last_fd && level == IPPROTO_TCP && name == TCP_NODELAY)
		return 0;
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}
