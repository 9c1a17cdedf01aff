/* forkserver_wire.c - see forkserver_wire.h. unix(7), SCM_RIGHTS. */
#include "launcher/forkserver_wire.h"

#include "common/cc.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define FDS_PER_PACKET 200 /* SCM_MAX_FD is 253 */
#define FDS_MAX 100000

static int send_some(int fd, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_PER_PACKET * sizeof(int))];
	} control = { 0 };
	struct iovec numbers = { .iov_base = (int *)fds, /* only read */
				 .iov_len = count * sizeof(int) };
	struct msghdr message = { .msg_iov = &numbers,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int forkserver_send(int fd, const int *fds, size_t count)
{
	uint32_t total = (uint32_t)count;
	int r = send(fd, &total, sizeof(total), MSG_NOSIGNAL) < 0 ? -errno : 0;

	for (size_t i = 0; i < count && r == 0; i += FDS_PER_PACKET)
		r = send_some(fd, fds + i, MIN(count - i, (size_t)FDS_PER_PACKET));
	return r;
}

/* How many came, or -errno; more than max is none of ours. */
static ssize_t receive_some(int fd, int *fds, int *numbers, size_t max)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_PER_PACKET * sizeof(int))];
	} control = { 0 };
	int packet[FDS_PER_PACKET];
	struct iovec iov = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	size_t count;

	if (n < 0)
		return -errno;
	if (header == NULL || header->cmsg_type != SCM_RIGHTS ||
	    (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
		return -EMFILE;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count > max || (size_t)n != count * sizeof(int))
		return -EPROTO;
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	memcpy(numbers, packet, count * sizeof(int));
	return (ssize_t)count;
}

int forkserver_receive(int fd, int **ret_fds, int **ret_numbers, size_t *ret_count)
{
	AUTO_FREE int *fds = NULL, *numbers = NULL;
	uint32_t total;
	size_t count = 0;
	ssize_t n = recv(fd, &total, sizeof(total), 0);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	if (n != sizeof(total) || total < FORKSERVER_OWN_FDS || total > FDS_MAX)
		return -EPROTO;
	fds = calloc(total, sizeof(*fds));
	numbers = calloc(total, sizeof(*numbers));
	if (fds == NULL || numbers == NULL)
		return -ENOMEM;
	while (count < total) {
		n = receive_some(fd, fds + count, numbers + count, total - count);
		if (n <= 0)
			return n < 0 ? (int)n : -EPROTO;
		count += (size_t)n;
	}
	*ret_fds = fds;
	*ret_numbers = numbers;
	*ret_count = count;
	fds = numbers = NULL;
	return 1;
}

int forkserver_place(int *fds, const int *numbers, size_t count)
{
	int above = 0;

	for (size_t i = 0; i < count; i++)
		above = MAX(above, MAX(fds[i], numbers[i]) + 1);
	/* First out of the way of each other. */
	for (size_t i = 0; i < count; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, above);

		if (fd < 0)
			return -errno;
		close(fds[i]);
		fds[i] = fd;
	}
	for (size_t i = 0; i < count; i++) {
		if (dup3(fds[i], numbers[i], O_CLOEXEC) < 0)
			return -errno;
		close(fds[i]);
		fds[i] = numbers[i];
	}
	return 0;
}
