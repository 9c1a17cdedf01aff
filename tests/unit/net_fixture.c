/* net_fixture.c - see net_fixture.h. */
#include "tests/unit/net_fixture.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "portmap/address.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

#define NOBODY 65534

struct net_ip net_ip(unsigned variant)
{
	unsigned pid = (unsigned)getpid();
	struct net_ip ret;

	snprintf(ret.text, sizeof(ret.text), "127.%u.%u.%u",
		 1 + (pid >> 16) % 64 + 64 * (variant % 3), (pid >> 8) % 256, pid % 256);
	return ret;
}

unsigned net_free_port(int family)
{
	struct sockaddr_in6 a = { .sin6_family = (sa_family_t)family };
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(a);
	AUTO_CLOSE int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin6_port);
}

void net_plan_make(struct plan_fixture *f, const char *config, size_t cores)
{
	AUTO_BUF struct buf b = BUF_INIT(1 << 20);
	const char *mark;

	for (; (mark = strstr(config, "IP")) != NULL; config = mark + 2) {
		buf_add(&b, config, (size_t)(mark - config));
		buf_adds(&b, net_ip(0).text);
	}
	buf_adds(&b, config);
	plan_fixture_make(f, buf_text(&b), cores);
}

int net_bind(const struct address *a, bool reuse_port)
{
	AUTO_CLOSE int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	if (reuse_port)
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	return bind(fd, &a->any, a->len) < 0 ? -errno : take_fd(&fd);
}

int net_listen(const struct address *a, bool reuse_port)
{
	AUTO_CLOSE int fd = net_bind(a, reuse_port);

	if (fd < 0)
		return fd;
	return listen(fd, 10) < 0 ? -errno : take_fd(&fd);
}

int net_connect_begin(const struct address *a)
{
	AUTO_CLOSE int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, &a->any, a->len) < 0 && errno != EINPROGRESS)
		return -errno;
	return take_fd(&fd);
}

static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	ck_assert_int_eq(poll(&p, 1, -1), 1);
}

int net_connect(const struct address *a)
{
	AUTO_CLOSE int fd = net_connect_begin(a);
	socklen_t len = sizeof(int);
	int error;

	if (fd < 0)
		return fd;
	wait_for(fd, POLLOUT);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
	if (error != 0)
		return -error;
	ck_assert_int_eq(fd_set_nonblock(fd, false), 0);
	return take_fd(&fd);
}

int net_accept(int listening)
{
	int fd;

	wait_for(listening, POLLIN);
	fd = accept(listening, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	return fd;
}

bool net_is_connecting(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_state == TCP_SYN_SENT;
}

const char *net_why_no_ipv6(void)
{
	struct address a;
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address_from_ip(&a, "::1", 0, NULL);
	return fd >= 0 && bind(fd, &a.any, a.len) == 0 ? NULL : "::1 is not here";
}

size_t net_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

void net_as_nobody(void (*body)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	pid = check_fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
		ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
		body(arg);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
