/* floor.c - the cheapest HTTP server there can be, as the bench's floor.
 *
 *   floor PORT
 *
 * epoll, one recv(2), one send(2) of a fixed reply for each request; nothing
 * is parsed, so a request has to arrive in one piece.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

static const char reply[] = "HTTP/1.1 200 OK\r\n"
			    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
			    "Content-Type: text/plain\r\n"
			    "Content-Length: 5\r\n\r\nhello";

static int listen_on(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, SOMAXCONN) < 0) {
		perror("floor");
		exit(1);
	}
	return fd;
}

static void watch(int epoll, int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take_all(int epoll, int listener)
{
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		watch(epoll, fd, EPOLLIN | EPOLLET);
	}
}

static void answer(int fd)
{
	char request[8192];

	if (recv(fd, request, sizeof(request), 0) <= 0)
		close(fd);
	else if (send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL) < 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	unsigned port;
	int epoll, listener;

	if (argc != 2 || sscanf(argv[1], "%u", &port) != 1) {
		fputs("usage: floor PORT\n", stderr);
		return 2;
	}
	listener = listen_on(port);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(epoll, listener, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				take_all(epoll, listener);
			else
				answer(events[i].data.fd);
		}
	}
}
