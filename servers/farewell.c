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

struct farewell {
	struct farewell *next;
	struct farewell **link; /* what points to this one */
	struct loop *loop;
	ev_io watch; /* its descriptor: owned */
	ev_timer timer;
	size_t left; /* bytes that may still come */
};

void farewell_say(int fd, unsigned status)
{
	const char *reason = MHD_get_reason_phrase_for(status);
	char date[HTTP_DATE_BYTES], text[REPLY_BYTES];
	int len;

	http_date_format(time(NULL), date);
	len = snprintf(text, sizeof(text),
		       "HTTP/1.1 %u %s\r\nDate: %s\r\nConnection: close\r\n"
		       "Cache-Control: no-store\r\nContent-Type: text/plain\r\n"
		       "Content-Length: %zu\r\n%s\r\n%u %s\n",
		       status, reason, date, strlen(reason) + 5,
		       status == MHD_HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER : "", status, reason);
	send(fd, text, MIN((size_t)len, sizeof(text) - 1), MSG_DONTWAIT | MSG_NOSIGNAL);
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

static void watch_cb(struct ev_loop *ev ATTR_UNUSED, ev_io *watch, int events ATTR_UNUSED)
{
	struct farewell *f = watch->data;

	if (!drop(watch->fd, &f->left))
		farewell_end(f);
}

static void timer_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	struct farewell *f = timer->data;

	drop(f->watch.fd, &f->left); /* unread it would be a reset */
	farewell_end(f);
}

static void farewell_begin(struct loop *loop, struct farewell *f, int fd, bool read_shut)
{
	ev_io_init(&f->watch, watch_cb, fd, EV_READ);
	ev_timer_init(&f->timer, timer_cb, (read_shut ? FAREWELL_SHUT_MS : FAREWELL_MS) / 1e3, 0.);
	f->watch.data = f->timer.data = f;
	if (!read_shut) /* which is readable for ever */
		ev_io_start(loop->ev, &f->watch);
	ev_timer_start(loop->ev, &f->timer);
	f->next = loop->farewells;
	if (f->next != NULL)
		f->next->link = &f->next;
	f->link = &loop->farewells;
	loop->farewells = f;
	loop->farewell_count++;
}

void farewell_linger(struct loop *loop, int fd, bool read_shut)
{
	struct farewell *f = NULL;
	size_t left = FAREWELL_BYTES;

	if (!read_shut) {
		shutdown(fd, SHUT_WR);
		if (!drop(fd, &left)) {
			close(fd);
			return;
		}
	}
	if (loop->farewell_count < FAREWELL_MAX)
		f = malloc(sizeof(*f));
	if (f == NULL) {
		close(fd);
		return;
	}
	*f = (struct farewell) { .loop = loop, .left = left };
	farewell_begin(loop, f, fd, read_shut);
}

void farewell_stop(struct loop *loop)
{
	while (loop->farewells != NULL)
		farewell_end(loop->farewells); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
}
