/* scripted_server.c - see scripted_server.h. */
#include "tests/unit/scripted_server.h"

#include "common/cc.h"
#include "tests/unit/net_fixture.h"

#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#define READ_BYTES 65536

static void write_all(int fd, const char *text, int flags)
{
	size_t len = strlen(text), sent = 0;

	while (sent < len) {
		ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL | flags);

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

static void end(struct scripted_conn *c, enum script_end how)
{
	struct linger now = { .l_onoff = 1 };

	if (how == SCRIPT_KEEP)
		return;
	if (how == SCRIPT_RESET)
		ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(c->fd);
	c->fd = -1;
}

static void reply(struct scripted_server *s, struct scripted_conn *c)
{
	if (s->script.reply == NULL && s->script.end == SCRIPT_KEEP)
		return;
	if (s->script.holds && !s->released) {
		c->owed = true;
		return;
	}
	c->owed = false;
	s->replies++;
	if (s->script.reply != NULL)
		write_all(c->fd, s->script.reply, s->script.end == SCRIPT_CLOSE ? MSG_MORE : 0);
	end(c, s->script.end);
}

static void asked(struct scripted_server *s, struct scripted_conn *c)
{
	uint64_t count = ++s->requests;

	c->got = 0;
	c->blank = 0;
	if (count == s->script.stop_after)
		s->stop(s->stop_arg);
	reply(s, c);
}

static void note(struct scripted_server *s, const struct scripted_conn *c, char byte)
{
	if (s->requests < SCRIPT_LINES_MAX && c->got < SCRIPT_LINE_BYTES - 1)
		s->lines[s->requests][c->got] = byte;
}

static void take(struct scripted_server *s, struct scripted_conn *c, char byte)
{
	static const char blank[] = "\r\n\r\n";

	note(s, c, byte);
	c->got++;
	c->blank = byte == blank[c->blank] ? c->blank + 1 : byte == '\r';
	if (s->script.last != '\0' ? byte == s->script.last : c->blank == 4)
		asked(s, c);
}

static void serve(struct scripted_server *s, struct scripted_conn *c)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end(c, SCRIPT_CLOSE);
		return;
	}
	s->received += (uint64_t)n;
	for (ssize_t i = 0; i < n && c->fd >= 0; i++)
		take(s, c, bytes[i]);
}

static void admit(struct scripted_server *s)
{
	int fd = accept(s->listening, NULL, NULL);

	ck_assert_int_ge(fd, 0);
	s->accepted++;
	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++) {
		struct scripted_conn *c = &s->conns[i];

		if (c->fd >= 0)
			continue;
		*c = (struct scripted_conn) { .fd = fd };
		if (s->script.greeting != NULL)
			write_all(fd, s->script.greeting, 0);
		end(c, s->script.ends_at_once ? SCRIPT_CLOSE : SCRIPT_KEEP);
		return;
	}
	ck_abort_msg("more than %d connections", SCRIPT_CONNS_MAX);
}

static void send_extra(struct scripted_server *s)
{
	s->extra_sent = true;
	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++) {
		struct scripted_conn *c = &s->conns[i];

		if (c->fd < 0)
			continue;
		if (s->script.extra != NULL)
			write_all(c->fd, s->script.extra, 0);
		end(c, s->script.extra_end);
	}
}

static void wait_and_serve(struct scripted_server *s)
{
	struct pollfd fds[SCRIPT_CONNS_MAX + 2];
	uint64_t count;

	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++)
		fds[i] = (struct pollfd) { .fd = s->conns[i].fd, .events = POLLIN };
	fds[SCRIPT_CONNS_MAX] = (struct pollfd) { .fd = s->listening, .events = POLLIN };
	fds[SCRIPT_CONNS_MAX + 1] = (struct pollfd) { .fd = s->wake, .events = POLLIN };
	ck_assert_int_gt(poll(fds, ARRAY_SIZE(fds), -1), 0);
	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++) {
		if (s->conns[i].owed)
			reply(s, &s->conns[i]);
		else if (fds[i].revents != 0)
			serve(s, &s->conns[i]);
	}
	if (s->released && !s->extra_sent)
		send_extra(s);
	if (fds[SCRIPT_CONNS_MAX].revents != 0)
		admit(s);
	if (fds[SCRIPT_CONNS_MAX + 1].revents != 0)
		ck_assert_int_eq(read(s->wake, &count, sizeof(count)), sizeof(count));
}

static void *run(void *arg)
{
	struct scripted_server *s = arg;

	while (!s->quits)
		wait_and_serve(s);
	return NULL;
}

void scripted_server_start(struct scripted_server *s, const struct script *script,
			   const struct address *address)
{
	*s = (struct scripted_server) { .script = *script };
	if (address != NULL)
		s->address = *address;
	else
		ck_assert_int_eq(address_from_ip(&s->address, net_ip(0).text, 0, NULL), 0);
	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++)
		s->conns[i].fd = -1;
	s->listening = net_listen(&s->address, false);
	ck_assert_int_ge(s->listening, 0);
	ck_assert_int_eq(getsockname(s->listening, &s->address.any, &s->address.len), 0);
	s->wake = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(s->wake, 0);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
}

static void wake(struct scripted_server *s)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(s->wake, &one, sizeof(one)), sizeof(one));
}

void scripted_server_release(struct scripted_server *s)
{
	s->released = true;
	wake(s);
}

void scripted_server_end(struct scripted_server *s)
{
	s->quits = true;
	wake(s);
	ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
	for (size_t i = 0; i < SCRIPT_CONNS_MAX; i++)
		end(&s->conns[i], s->conns[i].fd >= 0 ? SCRIPT_CLOSE : SCRIPT_KEEP);
	close(s->listening);
	close(s->wake);
}
