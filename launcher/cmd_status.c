/* cmd_status.c - eisen status [NAME]: once, or live with --watch. */
#include "common/buf.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/table.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define STATUS_TEXT_MAX (64u << 20) /* bytes */

struct status_args {
	struct cli_instance instance;
	bool json;
	int watch_s; /* 0: once */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print the document of /api/status", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Show it anew every SECONDS (1), with rates, until Ctrl-C", 0 },
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

static int fetch(const struct rundir *rd, json_t **ret)
{
	struct error e = { 0 };

	if (client_call(rd, "GET", "/api/status", ret, &e) == 0)
		return CLI_OK;
	cli_error("%s", e.text);
	return CLI_FAILED;
}

static int show_once(const struct rundir *rd, bool json)
{
	AUTO_BUF struct buf text = BUF_INIT(STATUS_TEXT_MAX);
	json_auto_t *doc = NULL;

	if (fetch(rd, &doc) != CLI_OK)
		return CLI_FAILED;
	if (json)
		return cli_print_json(doc);
	table_status(doc, NULL, 0, table_wants_colour(STDOUT_FILENO), &text);
	return cli_print(&text);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* From the top-left corner; each line clears what stood there before, so
 * that nothing flickers. */
static int draw(const struct buf *text)
{
	AUTO_BUF struct buf screen = BUF_INIT(2 * STATUS_TEXT_MAX);
	const char *line = buf_text(text);

	if (isatty(STDOUT_FILENO) != 1)
		return cli_print(text);
	buf_adds(&screen, "\x1b[H");
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		buf_add(&screen, line, len);
		buf_adds(&screen, "\x1b[K\n");
		line += len + (line[len] == '\n');
	}
	buf_adds(&screen, "\x1b[J");
	return cli_print(&screen);
}

static int show_next(const struct rundir *rd, json_t **before, uint64_t *before_ns)
{
	AUTO_BUF struct buf text = BUF_INIT(STATUS_TEXT_MAX);
	uint64_t now = clock_mono_ns();
	json_t *doc;

	if (fetch(rd, &doc) != CLI_OK)
		return CLI_FAILED;
	table_status(doc, *before, (double)(now - *before_ns) / 1e9,
		     table_wants_colour(STDOUT_FILENO), &text);
	json_decref(*before);
	*before = doc;
	*before_ns = now;
	return draw(&text);
}

static int watch(const struct rundir *rd, int seconds)
{
	struct pollfd p = { .fd = open_signals(), .events = POLLIN };
	json_t *before = NULL;
	uint64_t before_ns = 0;
	int status;

	if (isatty(STDOUT_FILENO) == 1)
		fputs("\x1b[2J", stdout);
	do {
		status = show_next(rd, &before, &before_ns);
	} while (status == CLI_OK && poll(&p, 1, seconds * 1000) == 0);
	json_decref(before);
	if (p.fd >= 0)
		close(p.fd);
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
	return args.watch_s > 0 ? watch(&rd, args.watch_s) : show_once(&rd, args.json);
}
