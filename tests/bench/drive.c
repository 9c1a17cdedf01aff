/* drive.c - keep an HTTP server busy, at little cost of our own.
 *
 *   drive [-b] [-c] [-H LINE]... IP FIRST_PORT PORTS PATH CONNECTIONS SECONDS
 *
 * Connections, spread over PORTS consecutive ports, each with one GET under
 * way; -c: a new connection for each request. -H adds a header line, -b those
 * of a browser. The length of the first response is taken for all. Prints the
 * number of requests, the bytes of a response and its status; what they cost
 * is read from the server's process by the bench.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define TURNS_PER_LOOK 16 /* at the clock */
#define FDS_MAX 65536

struct target {
	const char *ip, *path;
	unsigned port, ports, connections;
	double seconds;
	bool closes;
};

static const char browser[] =
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
	"Accept-Language: en-US,en;q=0.5\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Cookie: theme=dark; session=0123456789abcdef0123456789abcdef\r\n"
	"Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
	"Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n";

static char request[4096];
static size_t request_len;
static size_t response_len;
static int status;
static char text[4 << 20];
static size_t got[FDS_MAX];
static unsigned slot_of[FDS_MAX];

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

static void add(const char *line)
{
	size_t len = strlen(line);

	if (len >= sizeof(request) - request_len) {
		fputs("drive: the request is too long\n", stderr);
		exit(2);
	}
	memcpy(request + request_len, line, len + 1);
	request_len += len;
}

static void ask(int fd)
{
	if (send(fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
		die("send");
}

static int open_connection(const struct target *t, unsigned i)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)(t->port + i % t->ports)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (inet_pton(AF_INET, t->ip, &a.sin_addr) != 1 || fd >= FDS_MAX ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	got[fd] = 0;
	slot_of[fd] = i;
	return fd;
}

/* The bytes of one whole response, by its Content-Length. */
static size_t measure(int fd)
{
	size_t have = 0, want = 0;

	ask(fd);
	while (want == 0 || have < want) {
		ssize_t n = recv(fd, text + have, sizeof(text) - 1 - have, 0);
		unsigned long long body = 0;
		char *end, *length;

		if (n <= 0)
			die("first response");
		have += (size_t)n;
		text[have] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (want > 0 || end == NULL)
			continue;
		*end = '\0';
		length = strcasestr(text, "\r\ncontent-length:");
		if (sscanf(text, "HTTP/1.1 %d", &status) != 1)
			die("no status");
		if (status != 304 && (length == NULL || sscanf(length + 17, "%llu", &body) != 1))
			die("no Content-Length");
		*end = '\r';
		want = (size_t)(end + 4 - text) + body;
	}
	return want;
}

static int start(int epoll, const struct target *t, unsigned i)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd = open_connection(t, i);

	e.data.fd = fd;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
	return fd;
}

/* A whole response is here: the next request. */
static void again(int epoll, const struct target *t, int fd)
{
	got[fd] -= response_len;
	if (t->closes) {
		unsigned i = slot_of[fd];

		close(fd);
		fd = start(epoll, t, i);
	}
	ask(fd);
}

static unsigned long long drive(int epoll, const struct target *t)
{
	struct epoll_event events[EVENTS];
	unsigned long long done = 0;
	double end = now() + t->seconds;

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
			done++;
			again(epoll, t, fd);
		}
	}
}

static bool parse(int argc, char **argv, struct target *t, bool *ret_browser)
{
	int option;

	while ((option = getopt(argc, argv, "bcH:")) != -1) {
		switch (option) {
		case 'b':
			*ret_browser = true;
			break;
		case 'c':
			t->closes = true;
			add("Connection: close\r\n");
			break;
		case 'H':
			add(optarg);
			add("\r\n");
			break;
		default:
			return false;
		}
	}
	argv += optind;
	if (argc - optind != 6)
		return false;
	t->ip = argv[0];
	t->path = argv[3];
	return sscanf(argv[1], "%u", &t->port) == 1 && sscanf(argv[2], "%u", &t->ports) == 1 &&
	       t->ports > 0 && sscanf(argv[4], "%u", &t->connections) == 1 && t->connections > 0 &&
	       sscanf(argv[5], "%lf", &t->seconds) == 1;
}

/* The lines from the command line stand behind the first two. */
static void complete(const struct target *t, bool as_browser)
{
	char *lines = strdup(request_len > 0 ? request : "");

	request_len = 0;
	add("GET ");
	add(t->path);
	add(" HTTP/1.1\r\nHost: ");
	add(t->ip);
	add("\r\n");
	add(as_browser ? browser : "");
	add(lines);
	add("\r\n");
	free(lines);
}

int main(int argc, char **argv)
{
	struct target t = { 0 };
	int epoll = epoll_create1(EPOLL_CLOEXEC), *fds;
	bool as_browser = false;

	if (!parse(argc, argv, &t, &as_browser)) {
		fputs("usage: drive [-b] [-c] [-H LINE]... "
		      "IP FIRST_PORT PORTS PATH CONNECTIONS SECONDS\n",
		      stderr);
		return 2;
	}
	complete(&t, as_browser);
	fds = calloc(t.connections, sizeof(*fds));
	fds[0] = open_connection(&t, 0);
	response_len = measure(fds[0]);
	close(fds[0]);
	for (unsigned i = 0; i < t.connections; i++)
		fds[i] = start(epoll, &t, i);
	for (unsigned i = 0; i < t.connections; i++)
		ask(fds[i]);
	printf("%llu %zu %d\n", drive(epoll, &t), response_len, status);
	return 0;
}
