/* accesslog.c - see accesslog.h: the file, its buffer, and when it is written.
 *
 *   accesslog_add ─▶ buffer ──nearly full, 1 s, the end──▶ write(2)
 *
 * A write that fails drops what waits: the next try comes with the next full
 * buffer or second, not with the next line. A pipe that is full keeps what
 * waits, and new lines are dropped while there is no room. A line that a full
 * disk has cut is ended before the next one.
 */
#include "servers/accesslog.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"

#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define FLUSH_AFTER_S 1.
#define FILE_MODE 0640

struct accesslog {
	struct accesslog_options options;
	struct ev_loop *ev; /* borrowed */
	int fd;
	size_t write_max; /* bytes that one write(2) takes whole */
	char *buffer;     /* owned; whole lines */
	size_t len;
	struct accesslog_clock clock;
	ev_timer flush_timer; /* runs while something waits */
	ev_async reopen_async;
	uint64_t dropped, dropped_told; /* lines */
	int failing;                    /* errno; 0: not */
	bool cut;                       /* the file ends within a line */
};

static bool is_stdout(const char *file)
{
	return strcmp(file, ACCESSLOG_STDOUT) == 0;
}

/* Without waiting for a FIFO's reader, nor for anything later. */
static int open_file(const char *file, int create)
{
	const char *path = is_stdout(file) ? "/proc/self/fd/1" : file;
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | create,
		      FILE_MODE);

	return fd < 0 ? -errno : fd;
}

int accesslog_try(const char *file, struct error *e)
{
	AUTO_CLOSE int fd = is_stdout(file) ? -1 : open_file(file, O_CREAT);

	if (is_stdout(file))
		return 0;
	return fd >= 0 ? 0 : error_errno(e, -fd, "%s", file);
}

int accesslog_check(const char *file, struct error *e)
{
	AUTO_FREE char *folder = NULL;
	AUTO_CLOSE int fd = is_stdout(file) ? -1 : open_file(file, 0);
	const char *name;

	if (is_stdout(file) || fd >= 0)
		return 0;
	if (fd != -ENOENT)
		return error_errno(e, -fd, "%s", file);
	name = strrchr(file, '/');
	folder = name != NULL ? strndup(file, (size_t)(name - file) + 1) : strdup(".");
	if (folder == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (access(folder, W_OK | X_OK) < 0)
		return error_errno(e, errno, "%s, the folder of %s", folder, name + 1);
	return 0;
}

/* Dropped lines ------------------------------------------------------------ */

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

static void tell(struct accesslog *log, enum accesslog_event event, int code)
{
	uint64_t dropped = log->dropped - log->dropped_told;

	if (event == ACCESSLOG_DROPPED)
		log->dropped_told = log->dropped;
	if (log->options.tell != NULL)
		log->options.tell(log->options.arg, event, code, dropped);
}

static void fail(struct accesslog *log, int code)
{
	if (log->failing == 0)
		tell(log, ACCESSLOG_FAILS, code);
	log->failing = code;
}

static void succeed(struct accesslog *log)
{
	if (log->failing == 0)
		return;
	log->failing = 0;
	tell(log, ACCESSLOG_DROPPED, 0);
}

/* Writing ------------------------------------------------------------------ */

/* Whole lines from the buffer's place at, as many as one write(2) takes. */
static size_t next_piece(const struct accesslog *log, size_t at)
{
	size_t len = log->len - at;
	const char *end;

	if (len <= log->write_max)
		return len;
	end = memrchr(log->buffer + at, '\n', log->write_max);
	return (size_t)(end - (log->buffer + at)) + 1;
}

/* The file ends within a line that its own writer has dropped. */
static bool end_cut_line(struct accesslog *log)
{
	if (log->cut && write(log->fd, "\n", 1) == 1)
		log->cut = false;
	return !log->cut;
}

/* Write from the buffer's start; returns how much was written, and *ret_code
 * says why it was not all. */
static size_t write_lines(struct accesslog *log, int *ret_code)
{
	size_t done = 0;

	*ret_code = 0;
	if (!end_cut_line(log))
		*ret_code = errno;
	while (done < log->len && *ret_code == 0) {
		ssize_t n = write(log->fd, log->buffer + done, next_piece(log, done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			*ret_code = n == 0 ? EIO : errno;
	}
	return done;
}

static void keep_rest(struct accesslog *log, size_t done)
{
	log->len -= done;
	memmove(log->buffer, log->buffer + done, log->len);
}

static void drop_rest(struct accesslog *log, size_t done)
{
	log->cut = log->cut || (done > 0 && log->buffer[done - 1] != '\n');
	log->dropped += count_lines(log->buffer + done, log->len - done);
	log->len = 0;
}

void accesslog_flush(struct accesslog *log)
{
	size_t done;
	int code;

	if (log->len == 0)
		return;
	done = write_lines(log, &code);
	if (code == 0) {
		log->len = 0;
		succeed(log);
	} else if (code == EAGAIN) {
		keep_rest(log, done);
	} else {
		drop_rest(log, done);
		fail(log, code);
	}
}

static void start_timer(struct accesslog *log)
{
	if (ev_is_active(&log->flush_timer))
		return;
	ev_timer_set(&log->flush_timer, FLUSH_AFTER_S, 0.);
	ev_timer_start(log->ev, &log->flush_timer);
}

static void flush_timer_cb(struct ev_loop *ev ATTR_UNUSED, ev_timer *timer, int events ATTR_UNUSED)
{
	struct accesslog *log = timer->data;

	accesslog_flush(log);
	if (log->len > 0)
		start_timer(log); /* a full pipe */
}

void accesslog_add(struct accesslog *log, const struct accesslog_entry *entry)
{
	if (log->options.buffer_bytes - log->len < ACCESSLOG_LINE_MAX)
		accesslog_flush(log);
	if (log->options.buffer_bytes - log->len < ACCESSLOG_LINE_MAX) {
		log->dropped++;
		fail(log, EAGAIN);
		return;
	}
	log->len += accesslog_line(log->buffer + log->len, log->options.format, &log->clock,
				   clock_mono_ns(), entry);
	start_timer(log);
}

/* Life --------------------------------------------------------------------- */

static void take_file(struct accesslog *log, int fd)
{
	struct stat st;
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	auto_close(&log->fd);
	log->fd = fd;
	log->write_max = regular ? SIZE_MAX : PIPE_BUF;
	log->cut = false;
}

static void reopen_cb(struct ev_loop *ev ATTR_UNUSED, ev_async *async, int events ATTR_UNUSED)
{
	struct accesslog *log = async->data;
	int fd;

	if (is_stdout(log->options.file))
		return;
	accesslog_flush(log);
	fd = open_file(log->options.file, O_CREAT);
	if (fd < 0)
		tell(log, ACCESSLOG_NOT_REOPENED, -fd);
	else
		take_file(log, fd);
}

void accesslog_reopen(struct accesslog *log)
{
	ev_async_send(log->ev, &log->reopen_async);
}

int accesslog_new(const struct accesslog_options *options, struct ev_loop *ev,
		  struct accesslog **ret, struct error *e)
{
	struct accesslog *log = calloc(1, sizeof(*log));
	int fd;

	if (log == NULL)
		return error_set(e, ENOMEM, "access log: out of memory");
	*log = (struct accesslog) { .options = *options, .ev = ev, .fd = -1 };
	if (log->options.buffer_bytes == 0)
		log->options.buffer_bytes = ACCESSLOG_BUFFER_DEFAULT;
	log->buffer = malloc(log->options.buffer_bytes);
	fd = log->buffer != NULL ? open_file(options->file, O_CREAT) : -ENOMEM;
	if (fd < 0) {
		free(log->buffer);
		free(log);
		return error_errno(e, -fd, "access log: %s", options->file);
	}
	take_file(log, fd);
	ev_timer_init(&log->flush_timer, flush_timer_cb, 0., 0.);
	ev_async_init(&log->reopen_async, reopen_cb);
	log->flush_timer.data = log->reopen_async.data = log;
	ev_async_start(ev, &log->reopen_async);
	*ret = log;
	return 0;
}

uint64_t accesslog_dropped(const struct accesslog *log)
{
	return log->dropped;
}

void accesslog_free(struct accesslog *log)
{
	if (log == NULL)
		return;
	accesslog_flush(log);
	log->dropped += count_lines(log->buffer, log->len);
	if (log->dropped > log->dropped_told)
		tell(log, ACCESSLOG_DROPPED, 0);
	ev_timer_stop(log->ev, &log->flush_timer);
	ev_async_stop(log->ev, &log->reopen_async);
	close(log->fd);
	free(log->buffer);
	free(log);
}
