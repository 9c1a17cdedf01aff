/* farewell.c - see farewell.h. */
#include "servers/farewell.h"

#include "common/cc.h"
#include "servers/http_date.h"
#include "servers/loop_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define REPLY_BYTES 512
#define DROP_BYTES 16384
#define RETRY_AFTER "Retry-After: 1\r\n"

/* What is to be said and was not yet; nothing when len is 0. */
struct words {
	const char *at; /* borrowed */
	size_t len;
};

struct farewell {
	struct farewell *next;
	struct farewell **link; /* what points to this one */
	struct loop *loop;
	ev_io watch; /* its descriptor: owned */
	ev_timer timer;
	int events;     /* what it is watched for */
	bool read_shut; /* so that it is readable for ever */
	bool heard;     /* no more will come, or none that we wait for */
	size_t left;    /* bytes that may still come */
	struct words words;
	char text[]; /* of the words, when there are any */
};

static struct words compose(unsigned status, char text[REPLY_BYTES])
{
	const char *reason = MHD_get_reason_phrase_for(status);
	char date[HTTP_DATE_BYTES];
	int len;

	http_date_format(time(NULL), date);
	len = snprintf(text, REPLY_BYTES,
		       "HTTP/1.1 %u %s\r\nDate: %s\r\nConnection: close\r\n"
		       "Cache-Control: no-store\r\nContent-Type: text/plain\r\n"
		       "Content-Length: %zu\r\n%s\r\n%u %s\n",
		       status, reason, date, strlen(reason) + 5,
		       status == MHD_HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER : "", status, reason);
	return (struct words) { text, MIN((size_t)len, (size_t)REPLY_BYTES - 1) };
}

/* As much as there is room for; all of it when nobody is there to hear it. */
static void say(int fd, struct words *words)
{
	ssize_t n = send(fd, words->at, words->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		n = errno == EAGAIN || errno == EINTR ? 0 : (ssize_t)words->len;
	words->at += n;
	words->len -= (size_t)n;
}

void farewell_say(int fd, unsigned status)
{
	char text[REPLY_BYTES];
	struct words words = compose(status, text);

	say(fd, &words);
}

/* Drop what is there. False: no more will come, or none that we wait for. */
static bool drop(int fd, size_t *left)
{
	char bytes[DROP_BYTES];
	ssize_t n;

	do {
		n = recv(fd, bytes, MIN(sizeof(bytes), *left), MSG_DONTWAIT);
		if (n > 0)
			*left -= (size_t)n;
	} while (n > 0 && *left > 0);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void farewell_end(struct farewell *f)
{
	struct loop *loop = f->loop;

	ev_io_stop(loop->ev, &f->watch);
	ev_timer_stop(loop->ev, &f->timer);
	close(f->watch.fd);
	*f->link = f->next;
	if (f->next != NULL)
		f->next->link = f->link;
	free(f);
	loop->farewell_count--;
	if (loop->drain != DRAIN_NONE)
		loop_wake_http(loop); /* it may have been the last to wait for */
}

static void watch(struct farewell *f)
{
	int events = (f->words.len > 0 ? EV_WRITE : 0);

	if (!f->read_shut && !f->heard)
		events |= EV_READ;
	if (events == f->events)
		return;
	f->events = events;
	ev_io_stop(f->loop->ev, &f->watch);
	ev_io_set(&f->watch, f->watch.fd, events);
	if (events != 0)
		ev_io_start(f->loop->ev, &f->watch);
}

/* For what comes next: to send the rest, else that the client is done. */
static unsigned patience_ms(const struct farewell *f)
{
	if (f->words.len > 0)
		return FAREWELL_UNSENT_MS;
	return f->read_shut ? FAREWELL_SHUT_MS : FAREWELL_MS;
}

static void say_the_rest(struct farewell *f)
{
	say(f->watch.fd, &f->words);
	if (f->words.len > 0)
		return;
	if (!f->read_shut)
		shutdown(f->watch.fd, SHUT_WR);
	ev_timer_stop(f->loop->ev, &f->timer);
	ev_timer_set(&f->timer, patience_ms(f) / 1e3, 0.);
	ev_timer_start(f->loop->ev, &f->timer);
}

static void watch_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *io, int events)
{
	struct farewell *f = io->data;

	if ((events & EV_READ) && (f->events & EV_READ))
		f->heard = !drop(io->fd, &f->left);
	if (f->words.len > 0)
		say_the_rest(f);
	if (f->heard && f->words.len == 0)
		farewell_end(f);
	else
		watch(f);
}

static void timer_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	struct farewell *f = timer->data;

	drop(f->watch.fd, &f->left); /* unread it would be a reset */
	farewell_end(f);
}

static void farewell_begin(struct farewell *f, int fd)
{
	struct loop *loop = f->loop;

	ev_io_init(&f->watch, watch_cb, fd, 0);
	ev_timer_init(&f->timer, timer_cb, patience_ms(f) / 1e3, 0.);
	f->watch.data = f->timer.data = f;
	watch(f);
	ev_timer_start(loop->ev, &f->timer);
	f->next = loop->farewells;
	if (f->next != NULL)
		f->next->link = &f->next;
	f->link = &loop->farewells;
	loop->farewells = f;
	loop->farewell_count++;
}

/* A copy of f that lasts, with what is still to be said. NULL: there are too
 * many, or there is no memory. */
static struct farewell *keep(const struct farewell *f)
{
	struct farewell *ret = NULL;

	if (f->loop->farewell_count < FAREWELL_MAX)
		ret = malloc(sizeof(*ret) + f->words.len);
	if (ret == NULL)
		return NULL;
	*ret = *f;
	if (f->words.len > 0)
		ret->words.at = memcpy(ret->text, f->words.at, f->words.len);
	return ret;
}

void farewell_linger(struct loop *loop, int fd, unsigned status, bool read_shut)
{
	struct farewell now = { .loop = loop, .read_shut = read_shut, .left = FAREWELL_BYTES };
	struct farewell *f;
	char text[REPLY_BYTES];

	if (status != 0) {
		now.words = compose(status, text);
		say(fd, &now.words);
	}
	if (!read_shut) {
		if (now.words.len == 0)
			shutdown(fd, SHUT_WR);
		now.heard = !drop(fd, &now.left);
	}
	f = now.heard && now.words.len == 0 ? NULL : keep(&now);
	if (f != NULL)
		farewell_begin(f, fd);
	else
		close(fd);
}

void farewell_stop(struct loop *loop)
{
	while (loop->farewells != NULL)
		farewell_end(loop->farewells); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
}
