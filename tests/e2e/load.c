/* load.c - see load.h.
 *
 *   IDLE ──connect──▶ CONNECTING ──▶ ASKING ──▶ READING ──▶ THINKING
 *    ▲                                  ▲                      │
 *    └──── closed, lost or refused      └──────────────────────┘
 */
#include "tests/e2e/load.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/number.h"
#include "tests/e2e/await.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define THINK_NS (5 * CLOCK_NS_PER_MS)
#define TURN_MS 2
#define REPLY_BYTES_MAX 8192
#define EVENTS_MAX 64

enum client_state { IDLE, CONNECTING, READING, THINKING, DONE };

struct client {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} address;
	socklen_t address_len;
	enum client_state state;
	int fd; /* -1: none */
	bool keeps_alive;
	bool server_closes; /* this reply said so */
	bool asked_before;  /* on this connection */
	uint64_t next_ns;   /* THINKING, IDLE: when to go on */
	char reply[REPLY_BYTES_MAX];
	size_t len;
};

struct load {
	struct client *clients;
	size_t count;
	int epoll_fd;
	bool asking, ending;
	uint64_t turned_ns, stalled_ns;
	struct load_counts counts;
};

static void set_address(struct client *c, const char *url)
{
	char ip[INET_ADDRSTRLEN];
	unsigned port;

	if (sscanf(url, "unix:%107s", c->address.un.sun_path) == 1) {
		c->address.un.sun_family = AF_UNIX;
		c->address_len = sizeof(c->address.un);
		return;
	}
	ck_assert_int_eq(sscanf(url, "http://%15[0-9.]:%u/", ip, &port), 2);
	c->address_len = sizeof(c->address.in);
	c->address.in.sin_family = AF_INET;
	c->address.in.sin_port = htons((uint16_t)port);
	c->address.in.sin_addr.s_addr = inet_addr(ip);
}

struct load *load_new(const char *const *urls, size_t count, unsigned clients)
{
	struct load *load = calloc(1, sizeof(*load));

	load->count = count * clients;
	load->clients = calloc(load->count, sizeof(*load->clients));
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load->asking = true;
	for (size_t i = 0; i < load->count; i++) {
		set_address(&load->clients[i], urls[i % count]);
		load->clients[i].fd = -1;
		load->clients[i].keeps_alive = i / count % 2 == 0;
	}
	return load;
}

static void pause_client(struct client *c, enum client_state state)
{
	c->state = state;
	c->len = 0;
	c->next_ns = clock_mono_ns() + THINK_NS;
}

static void drop(struct load *load, struct client *c, enum client_state state)
{
	close(c->fd);
	c->fd = -1;
	load->counts.open--;
	pause_client(c, state);
}

/* While servers are being stopped nobody is let in any more: that is the end
 * of a client. ENOENT: the file of a Unix socket is gone. */
static void be_refused(struct load *load, struct client *c)
{
	if (!load->ending)
		load->counts.refused++;
	drop(load, c, load->ending ? DONE : IDLE);
}

/* The connection is over; why says how. */
static void lose(struct load *load, struct client *c, int why)
{
	if (c->asked_before && c->len == 0 && (c->state == READING || why == EPIPE))
		load->counts.raced++;
	else if (why == ECONNRESET || why == EPIPE)
		load->counts.reset++;
	else if (why == 0 && c->state == READING)
		load->counts.cut++;
	else if (why == 0)
		load->counts.closed++;
	else
		ck_abort_msg("a connection failed: %s", strerror(why));
	drop(load, c, IDLE);
}

static void watch(struct load *load, struct client *c, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .ptr = c } };

	ck_assert_int_eq(epoll_ctl(load->epoll_fd, op, c->fd, &event), 0);
}

static void ask(struct load *load, struct client *c)
{
	char request[256];
	int len = snprintf(request, sizeof(request),
			   "GET / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n%s\r\n",
			   c->keeps_alive ? "" : "Connection: close\r\n");
	ssize_t sent = send(c->fd, request, (size_t)len, MSG_NOSIGNAL);

	if (sent < 0) {
		lose(load, c, errno);
		return;
	}
	ck_assert_int_eq(sent, len);
	load->counts.sent++;
	c->asked_before = c->state == THINKING;
	c->server_closes = false;
	pause_client(c, READING);
}

static void end_connect(struct load *load, struct client *c, int failure)
{
	if (failure == ECONNREFUSED || failure == ENOENT) {
		be_refused(load, c);
	} else if (failure != 0) {
		lose(load, c, failure);
	} else {
		watch(load, c, EPOLL_CTL_MOD, EPOLLIN);
		ask(load, c);
	}
}

static void start_connect(struct load *load, struct client *c)
{
	c->fd = socket(c->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(c->fd, 0);
	load->counts.open++;
	c->state = CONNECTING;
	c->asked_before = false;
	watch(load, c, EPOLL_CTL_ADD, EPOLLOUT);
	if (connect(c->fd, &c->address.any, c->address_len) < 0 && errno != EINPROGRESS)
		end_connect(load, c, errno);
}

static int connect_failure(const struct client *c)
{
	int failure = 0;
	socklen_t len = sizeof(failure);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &len);
	return failure;
}

/* The whole length of the reply that has begun to come; 0: not known yet. */
static size_t reply_length(const struct client *c)
{
	static const char length[] = "\r\nContent-Length: ";
	const char *end = strstr(c->reply, "\r\n\r\n");
	const char *text = strcasestr(c->reply, length);
	uint64_t body;

	if (end == NULL)
		return 0;
	if (text == NULL || text > end)
		return SIZE_MAX;
	text += strlen(length);
	return number_take(&text, &body) ? (size_t)(end + 4 - c->reply) + body : SIZE_MAX;
}

static void take_reply(struct load *load, struct client *c)
{
	size_t whole = reply_length(c);

	if (whole == SIZE_MAX || c->len > whole || strncmp(c->reply, "HTTP/1.1 200 ", 13) != 0) {
		load->counts.wrong++;
		drop(load, c, IDLE);
		return;
	}
	load->counts.answered++;
	c->server_closes = strcasestr(c->reply, "\r\nConnection: close") != NULL;
	pause_client(c, THINKING);
}

static void read_reply(struct load *load, struct client *c)
{
	ssize_t n = recv(c->fd, c->reply + c->len, sizeof(c->reply) - 1 - c->len, 0);
	size_t whole;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		lose(load, c, n < 0 ? errno : 0);
		return;
	}
	c->len += (size_t)n;
	c->reply[c->len] = '\0';
	whole = reply_length(c);
	if (whole != 0 && c->len >= whole)
		take_reply(load, c);
	else
		ck_assert_uint_lt(c->len, sizeof(c->reply) - 1);
}

static void on_event(struct load *load, struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->state == CONNECTING)
		end_connect(load, c, connect_failure(c));
	else
		read_reply(load, c);
}

/* What is due without an event. */
static void go_on(struct load *load, struct client *c, uint64_t now)
{
	if (now < c->next_ns || !load->asking)
		return;
	if (c->state == IDLE)
		start_connect(load, c);
	else if (c->state == THINKING && !c->server_closes)
		ask(load, c);
}

static void turn_once(struct load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(load->epoll_fd, events, EVENTS_MAX, TURN_MS);
	uint64_t now = clock_mono_ns();

	if (load->turned_ns != 0 && now - load->turned_ns > load->stalled_ns)
		load->stalled_ns = now - load->turned_ns;
	load->turned_ns = now;
	for (int i = 0; i < count; i++)
		on_event(load, events[i].data.ptr);
	for (size_t i = 0; i < load->count; i++)
		go_on(load, &load->clients[i], now);
}

void load_turn(struct load *load, unsigned ms)
{
	uint64_t end = clock_mono_ns() + ms * CLOCK_NS_PER_MS;

	do {
		turn_once(load);
	} while (clock_mono_ns() < end);
}

void load_let_end(struct load *load)
{
	load->ending = true;
}

size_t load_left(const struct load *load)
{
	size_t left = 0;

	for (size_t i = 0; i < load->count; i++)
		left += load->clients[i].state != DONE;
	return left;
}

static bool is_reading(const struct load *load)
{
	for (size_t i = 0; i < load->count; i++)
		if (load->clients[i].state == READING || load->clients[i].state == CONNECTING)
			return true;
	return false;
}

void load_finish(struct load *load)
{
	uint64_t deadline = await_deadline(AWAIT_MS);

	load->asking = false;
	while (is_reading(load)) {
		ck_assert_msg(clock_mono_ns() < deadline, "a reply never comes");
		turn_once(load);
	}
}

struct load_counts load_counts(const struct load *load)
{
	return load->counts;
}

unsigned load_stalled_ms(const struct load *load)
{
	return (unsigned)(load->stalled_ns / CLOCK_NS_PER_MS);
}

void load_free(struct load *load)
{
	for (size_t i = 0; i < load->count; i++)
		if (load->clients[i].fd >= 0)
			close(load->clients[i].fd);
	close(load->epoll_fd);
	free(load->clients);
	free(load);
}
