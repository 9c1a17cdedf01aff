/* watch.c - see watch.h. */
#include "launcher/watch.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/table.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#define WATCH_END_MS 1000 /* the manager ends after its status role */

struct watch {
	const struct rundir *rd;
	const char *path;
	watch_show_fn *show;
	int pid_fd;     /* of the manager */
	json_t *before; /* owned: the last document; NULL: none yet */
	uint64_t before_ns;
};

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* How many lines the terminal has, above the one with the cursor. */
static size_t screen_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 3)
		return SIZE_MAX;
	return size.ws_row - 1u;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	while ((text = strchr(text, '\n')) != NULL) {
		lines++;
		text++;
	}
	return lines;
}

/* From the top-left corner; each line clears what stood there before, so
 * that nothing flickers. Nothing wraps or scrolls: it would push the rest out
 * of its place. */
static int draw(const struct buf *text)
{
	AUTO_BUF struct buf screen = BUF_INIT(2 * WATCH_TEXT_MAX);
	const char *line = buf_text(text);
	size_t left = count_lines(line), room = screen_lines();

	if (isatty(STDOUT_FILENO) != 1)
		return cli_print(text);
	if (left > room)
		room--; /* for the line that says so */
	buf_adds(&screen, "\x1b[H\x1b[?7l");
	for (; left > 0 && room > 0; left--, room--) {
		size_t len = strcspn(line, "\n");

		buf_add(&screen, line, len);
		buf_adds(&screen, "\x1b[K\n");
		line += len + 1;
	}
	if (left > 0)
		buf_addf(&screen, "(%zu more lines)\x1b[K\n", left);
	buf_adds(&screen, "\x1b[J\x1b[?7h");
	return cli_print(&screen);
}

/* It cannot be asked any more: because it has ended, or is about to? */
static int tell_end(const struct watch *w, const struct error *e)
{
	struct pollfd p = { .fd = w->pid_fd, .events = POLLIN };

	if (w->before != NULL && poll(&p, 1, WATCH_END_MS) == 1) {
		printf("'%s' has ended\n", w->rd->name);
		return CLI_OK;
	}
	cli_error("%s", e->text);
	return CLI_FAILED;
}

static int show_next(struct watch *w, bool *ret_over)
{
	AUTO_BUF struct buf text = BUF_INIT(WATCH_TEXT_MAX);
	uint64_t now = clock_mono_ns();
	struct error e = { 0 };
	json_t *doc;

	if (client_call(w->rd, "GET", w->path, &doc, &e) < 0) {
		*ret_over = true;
		return tell_end(w, &e);
	}
	w->show(doc, w->before, (double)(now - w->before_ns) / 1e9,
		table_wants_colour(STDOUT_FILENO), &text);
	json_decref(w->before);
	w->before = doc;
	w->before_ns = now;
	return draw(&text);
}

int watch_run(const struct rundir *rd, pid_t pid, const char *path, int seconds,
	      watch_show_fn *show)
{
	AUTO_CLOSE int signal_fd = open_signals();
	AUTO_CLOSE int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	struct watch w = { .rd = rd, .path = path, .show = show, .pid_fd = pid_fd };
	bool over = false;
	int status;

	if (isatty(STDOUT_FILENO) == 1)
		fputs("\x1b[2J", stdout);
	do {
		status = show_next(&w, &over);
	} while (status == CLI_OK && !over && poll(&p, 1, seconds * 1000) == 0);
	json_decref(w.before);
	return status;
}
