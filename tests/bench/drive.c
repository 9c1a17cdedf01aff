/* drive.c - keep an HTTP server busy, at little cost of our own.
 *
 *   drive IP FIRST_PORT PORTS PATH CONNECTIONS SECONDS
 *
 * Keep-alive connections, spread over PORTS consecutive ports, each with one
 * GET under way. The length of the first response is taken for all. Prints the
 * number of requests and of bytes in a response; what they cost is read from
 * the server's process by the bench.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define TURNS_PER_LOOK 16 /* at the clock */

struct target {
	const char *ip, *path;
	unsigned port, ports, connections;
	double seconds;
};

static char request[1024];
static int request_len;
static size_t response_len;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ask(int fd)
{
	if (send(fd, request, (size_t)request_len, MSG_NOSIGNAL) != request_len)
		die("send");
}

static int open_connection(const struct target *t, unsigned i)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)(t->port + i % t->ports)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (inet_pton(AF_INET, t->ip, &a.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* The bytes of one whole response, by its Content-Length. */
static size_t measure(int fd)
{
	static char text[1 << 16];
	size_t got = 0, want = 0;

	ask(fd);
	while (want == 0 || got < want) {
		ssize_t n = recv(fd, text + got, sizeof(text) - 1 - got, 0);
		unsigned long long body;
		char *end, *length;

		if (n <= 0)
			die("first response");
		got += (size_t)n;
		text[got] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\ncontent-length:");
		if (want > 0 || end == NULL)
			continue;
		if (length == NULL || sscanf(length + 17, "%llu", &body) != 1)
			die("no Content-Length");
		want = (size_t)(end + 4 - text) + body;
	}
	return want;
}

static unsigned long long drive(int epoll, size_t *got, double seconds)
{
	static char text[1 << 16];
	struct epoll_event events[EVENTS];
	unsigned long long done = 0;
	double end = now() + seconds;

	for (unsigned turn = 1;; turn++) {
		int n = epoll_wait(epoll, events, EVENTS, 100);

		if ((turn % TURNS_PER_LOOK == 0 || n == 0) && now() > end)
			return done;
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			ssize_t r = recv(fd, text, sizeof(text), MSG_DONTWAIT);

			if (r == 0 || (r < 0 && errno != EAGAIN))
				die("connection");
			if (r > 0)
				got[fd] += (size_t)r;
			if (got[fd] < response_len)
				continue;
			got[fd] -= response_len;
			done++;
			ask(fd);
		}
	}
}

int main(int argc, char **argv)
{
	struct target t = { .ip = argc > 1 ? argv[1] : "", .path = argc > 4 ? argv[4] : "" };
	int epoll = epoll_create1(EPOLL_CLOEXEC), last = 0, *fds;
	size_t *got;

	if (argc != 7 || sscanf(argv[2], "%u", &t.port) != 1 ||
	    sscanf(argv[3], "%u", &t.ports) != 1 || t.ports == 0 ||
	    sscanf(argv[5], "%u", &t.connections) != 1 || sscanf(argv[6], "%lf", &t.seconds) != 1) {
		fputs("usage: drive IP FIRST_PORT PORTS PATH CONNECTIONS SECONDS\n", stderr);
		return 2;
	}
	request_len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
			       t.path, t.ip);
	fds = calloc(t.connections, sizeof(*fds));
	for (unsigned i = 0; i < t.connections; i++) {
		struct epoll_event e = { .events = EPOLLIN };

		fds[i] = e.data.fd = open_connection(&t, i);
		last = fds[i] > last ? fds[i] : last;
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
	}
	got = calloc((size_t)last + 1, sizeof(*got));
	response_len = measure(fds[0]);
	for (unsigned i = 0; i < t.connections; i++)
		ask(fds[i]);
	printf("%llu %zu\n", drive(epoll, got, t.seconds), response_len);
	return 0;
}
