/* printer.c - see printer.h. */
#include "launcher/printer.h"

#include "common/clock.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define DROPPED_LINE_BYTES 128

/* A description of our own, so that O_NONBLOCK is ours alone. */
static int reopen_nonblocking(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool fd_ready(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, timeout_ms) == 1 && (p.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
}

/* Like write(2), never waiting: -EAGAIN instead. */
static ssize_t write_some(const struct printer *p, const char *text, size_t len)
{
	ssize_t n;

	if (p->socket) {
		n = send(p->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else if (p->owned) {
		n = write(p->fd, text, len);
	} else {
		/* A blocking pipe that polls writable has PIPE_BUF bytes free. */
		if (!fd_ready(p->fd, 0))
			return -EAGAIN;
		n = write(p->fd, text, MIN(len, (size_t)PIPE_BUF));
	}
	return n < 0 ? -errno : n;
}

/* A file that cannot grow now may be able to later. */
static bool is_lack_of_room(int code)
{
	return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

/* Write from text what goes; returns how much did. */
static size_t write_ready(struct printer *p, const char *text, size_t len)
{
	size_t done = 0;

	p->no_room = 0;
	while (done < len && !p->dead && p->no_room == 0) {
		ssize_t n = write_some(p, text + done, len - done);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN || n == 0)
			break;
		if (n < 0 && is_lack_of_room((int)-n))
			p->no_room = (int)-n;
		else if (n < 0)
			p->dead = true; /* EPIPE, EIO: nobody will read it */
		else
			done += (size_t)n;
	}
	return done;
}

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

static size_t format_dropped(const struct printer *p, char *ret, size_t size)
{
	return (size_t)snprintf(ret, size, "%seisen: %llu lines dropped: %s\n", p->cut ? "\n" : "",
				(unsigned long long)(p->dropped - p->dropped_told),
				p->dropped_for != 0 ? strerror(p->dropped_for)
						    : "nobody read the output");
}

static void tell_dropped(struct printer *p)
{
	char line[DROPPED_LINE_BYTES];
	size_t len;

	if (p->dropped == p->dropped_told || p->dead)
		return;
	len = format_dropped(p, line, sizeof(line));
	buf_add(&p->waiting, line, len);
	if (p->waiting.failed)
		p->waiting.failed = false; /* next time */
	else
		p->dropped_told = p->dropped;
}

/* Nobody says when a file can grow again: each write tries, and begins with
 * what was lost. */
static bool has_room_again(struct printer *p)
{
	char line[DROPPED_LINE_BYTES];
	size_t len = format_dropped(p, line, sizeof(line));

	if (write_ready(p, line, len) < len)
		return false;
	p->dropped_told = p->dropped;
	p->dropped_for = 0;
	p->cut = false;
	return true;
}

/* From text, of which done was written. */
static void drop_rest(struct printer *p, const char *text, size_t len, size_t done)
{
	p->dropped += count_lines(text + done, len - done);
	p->dropped_for = p->no_room;
	p->cut = p->cut || (done > 0 && text[done - 1] != '\n');
}

static void drain_waiting(struct printer *p)
{
	buf_consume(&p->waiting, write_ready(p, buf_text(&p->waiting), p->waiting.len));
	if (p->waiting.len == 0)
		tell_dropped(p);
	if (p->no_room != 0)
		drop_rest(p, buf_text(&p->waiting), p->waiting.len, 0);
	if (p->dead || p->no_room != 0)
		buf_clear(&p->waiting);
	if (p->waiting.len == 0)
		ev_io_stop(p->loop, &p->watcher);
	else
		ev_io_start(p->loop, &p->watcher);
}

static void on_writable(struct ev_loop *loop ATTR_UNUSED, ev_io *w, int revents ATTR_UNUSED)
{
	drain_waiting(w->data);
}

void printer_init(struct printer *p, struct ev_loop *loop, int fd)
{
	struct stat st;

	*p = (struct printer) { .loop = loop, .fd = fd, .waiting = BUF_INIT(PRINTER_BUFFER_BYTES) };
	p->terminal = isatty(fd) == 1;
	if (fstat(fd, &st) < 0) {
		p->dead = true;
	} else if (S_ISSOCK(st.st_mode)) {
		p->socket = true;
	} else if (S_ISFIFO(st.st_mode) || p->terminal) {
		int own = reopen_nonblocking(fd);

		if (own >= 0) {
			p->fd = own;
			p->owned = true;
		}
	}
	ev_io_init(&p->watcher, on_writable, p->fd, EV_WRITE);
	p->watcher.data = p;
}

void printer_write(struct printer *p, const char *text, size_t len)
{
	size_t done = 0;

	if (p->dead)
		p->dropped += count_lines(text, len);
	if (p->dead || len == 0)
		return;
	if (p->waiting.len == 0 && (p->dropped_for == 0 || has_room_again(p)))
		done = write_ready(p, text, len);
	if (p->no_room != 0)
		drop_rest(p, text, len, done);
	if (p->no_room != 0 || done == len)
		return;
	/* The rest of a line that was begun has its place kept free. */
	if (done == 0 && p->waiting.len + len > PRINTER_BUFFER_BYTES / 2) {
		p->dropped += count_lines(text, len);
		return;
	}
	buf_add(&p->waiting, text + done, len - done);
	if (p->waiting.failed) {
		p->waiting.failed = false;
		p->dropped += count_lines(text + done, len - done);
	}
	drain_waiting(p);
}

void printer_flush(struct printer *p, int timeout_ms)
{
	uint64_t end = clock_mono_ns() + (uint64_t)timeout_ms * CLOCK_NS_PER_MS;

	while (p->waiting.len > 0 && !p->dead) {
		uint64_t now = clock_mono_ns();

		if (now >= end || !fd_ready(p->fd, (int)((end - now) / CLOCK_NS_PER_MS) + 1))
			break;
		drain_waiting(p);
	}
}

void printer_release(struct printer *p)
{
	ev_io_stop(p->loop, &p->watcher);
	buf_release(&p->waiting);
	if (p->owned)
		close(p->fd);
}
