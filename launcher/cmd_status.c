/* cmd_status.c - eisen status [NAME]: once, or live with --watch. */
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

#define STATUS_TEXT_MAX (64u << 20) /* bytes */
#define STATUS_END_MS 1000          /* the manager ends after its status role */

struct status_args {
	struct cli_instance instance;
	bool json;
	int watch_s; /* 0: once */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print the document of /api/status", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Show it anew every SECONDS (1), with rates, until Ctrl-C or its end", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct status_args *args = state->input;
	uint64_t seconds = 1;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->instance;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case 'w':
		if (arg != NULL && !number_parse(arg, 1, 3600, &seconds))
			argp_error(state, "--watch wants seconds within 1..3600, got '%s'", arg);
		args->watch_s = (int)seconds;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &cli_instance_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Show a running instance: its workers, their state, ports and counts, and the last "
	       "deaths. Without NAME, the only one that runs."
	       "\vExamples:\n"
	       "  eisen status --watch\n"
	       "  eisen status --json site | jq '.workers[].pid'",
	.children = children,
};

static int show_once(const struct rundir *rd, bool json)
{
	AUTO_BUF struct buf text = BUF_INIT(STATUS_TEXT_MAX);
	json_auto_t *doc = NULL;
	struct error e = { 0 };

	if (client_call(rd, "GET", "/api/status", &doc, &e) < 0) {
		cli_error("%s", e.text);
		return CLI_FAILED;
	}
	if (json)
		return cli_print_json(doc);
	table_status(doc, NULL, 0, table_wants_colour(STDOUT_FILENO), &text);
	return cli_print(&text);
}

/* Watching ----------------------------------------------------------------- */

struct watch {
	const struct rundir *rd;
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
	AUTO_BUF struct buf screen = BUF_INIT(2 * STATUS_TEXT_MAX);
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

	if (w->before != NULL && poll(&p, 1, STATUS_END_MS) == 1) {
		printf("'%s' has ended\n", w->rd->name);
		return CLI_OK;
	}
	cli_error("%s", e->text);
	return CLI_FAILED;
}

static int show_next(struct watch *w, bool *ret_over)
{
	AUTO_BUF struct buf text = BUF_INIT(STATUS_TEXT_MAX);
	uint64_t now = clock_mono_ns();
	struct error e = { 0 };
	json_t *doc;

	if (client_call(w->rd, "GET", "/api/status", &doc, &e) < 0) {
		*ret_over = true;
		return tell_end(w, &e);
	}
	table_status(doc, w->before, (double)(now - w->before_ns) / 1e9,
		     table_wants_colour(STDOUT_FILENO), &text);
	json_decref(w->before);
	w->before = doc;
	w->before_ns = now;
	return draw(&text);
}

static int watch(const struct rundir *rd, pid_t pid, int seconds)
{
	AUTO_CLOSE int signal_fd = open_signals();
	AUTO_CLOSE int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	struct watch w = { .rd = rd, .pid_fd = pid_fd };
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

int cmd_status(int argc, char **argv)
{
	struct status_args args = { 0 };
	struct rundir rd;
	pid_t pid;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.watch_s > 0 && args.json) {
		cli_error("--watch and --json exclude each other");
		return CLI_USAGE;
	}
	status = cli_find(&args.instance, &rd, &pid);
	if (status != CLI_OK)
		return status;
	return args.watch_s > 0 ? watch(&rd, pid, args.watch_s) : show_once(&rd, args.json);
}
