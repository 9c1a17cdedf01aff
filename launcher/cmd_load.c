/* cmd_load.c - eisen load [FILE|DIR]: drive a layout's servers and report what
 * they did; --compare drives several in turn.
 */
#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/load_args.h"
#include "launcher/load_check.h"
#include "launcher/load_rounds.h"
#include "launcher/load_show.h"
#include "launcher/load_stop.h"
#include "launcher/table.h"
#include "launcher/table_load.h"

#include <signal.h>
#include <string.h>

#define TABLES_MAX (64u << 20) /* bytes */
#define KINDS_MAX 4096         /* bytes: each kind of error with its count */

struct command {
	struct load_args args;
	struct problems problems; /* of the command line */
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0,
	  "What is driven (default: FILE or DIR is started, and stopped again):", 1 },
	{ "attach", LOAD_OPT_ATTACH, NULL, 0,
	  "A running instance: NAME as in 'eisen status', or the only one", 1 },
	{ "run-dir", LOAD_OPT_RUN_DIR, "DIR", 0,
	  "With --attach: the one that was started with this --run-dir", 1 },
	{ "url", LOAD_OPT_URL, "URL", 0, "Any HTTP server; again and again", 1 },
	{ "compare", LOAD_OPT_COMPARE, NULL, 0,
	  "Several layouts, in turn: which is faster, or is it noise?", 1 },
	{ "rounds", LOAD_OPT_ROUNDS, "N", 0, "With --compare: so many of each (10)", 1 },
	{ "groups", LOAD_OPT_GROUPS, "NAME,...", 0, "The ports of these port groups only", 1 },
	{ NULL, 0, NULL, 0, "How:", 2 },
	{ "duration", LOAD_OPT_DURATION, "TIME", 0,
	  "Measure so long: 500ms, 10s, 2m (10s; with --compare 2s)", 2 },
	{ "warm-up", LOAD_OPT_WARM_UP, "TIME", 0,
	  "Before it, and not in the figures (1s; with --compare 300ms)", 2 },
	{ "connections", LOAD_OPT_CONNECTIONS, "N", 0,
	  "In all (72, or the next multiple of the ports; with --compare the same for all)", 2 },
	{ "threads", LOAD_OPT_THREADS, "N", 0, "Of the load (one for each core that no worker has)",
	  2 },
	{ "rate", LOAD_OPT_RATE, "N", 0,
	  "Requests per second in all, as 500 or 18.4k, at constant intervals (open loop); without "
	  "it each connection asks again when it is answered (closed loop)",
	  2 },
	{ "timeout", LOAD_OPT_TIMEOUT, "TIME", 0, "For a whole reply (5s)", 2 },
	{ "close", LOAD_OPT_CLOSE, NULL, 0, "A new connection for each request", 2 },
	{ NULL, 0, NULL, 0, "Requests:", 3 },
	{ "path", LOAD_OPT_PATH, "PATH", 0, "Ask for it (/); several are taken in turn", 3 },
	{ "paths", LOAD_OPT_PATHS, "FILE", 0, "Paths, one a line", 3 },
	{ "method", LOAD_OPT_METHOD, "METHOD", 0, "GET, or POST when there is a body", 3 },
	{ "header", LOAD_OPT_HEADER, "NAME: VALUE", 0, "Another header; again and again", 3 },
	{ "body", LOAD_OPT_BODY, "TEXT|@FILE", 0, "Send it with each request", 3 },
	{ NULL, 0, NULL, 0, "Results:", 4 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->args.result;
		return 0;
	case ARGP_KEY_ARG:
		load_args_take(&command->args, LOAD_OPT_NAME, arg, &command->problems);
		return 0;
	default:
		if (key < LOAD_OPT_ATTACH || key >= LOAD_OPT_NAME)
			return ARGP_ERR_UNKNOWN;
		load_args_take(&command->args, (enum load_option)key, arg, &command->problems);
		return 0;
	}
}

static const struct argp_child children[] = { { &load_result_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE|DIR]\n--attach [NAME]\n--url URL...\n--compare FILE FILE...",
	.doc = "Drive every port of a layout with requests and tell what each port, group and "
	       "worker "
	       "did. Without FILE it is the demo. 'eisen load report FILE...' shows old reports."
	       "\vExamples:\n"
	       "  eisen load site.json --html out.html\n"
	       "  eisen load site.json --rate 5k --fail-if 'p99>5ms' --fail-if 'errors>0'\n"
	       "  eisen load --compare one.json six.json --rounds 20\n"
	       "  eisen load --url http://127.0.0.1:8080/ --duration 30s\n"
	       "  eisen load report out.json\n\n"
	       "Ctrl-C ends it early with a report of what was measured, a second one at once.\n\n"
	       "Exit status: 0 fine, 1 a --fail-if holds, nothing was answered, or it failed, "
	       "2 the command line or a config.",
	.children = children,
};

/* Both kinds ----------------------------------------------------------------- */

static int run_single(const struct load_args *args, int stop_fd, json_t **ret, struct error *e)
{
	struct load_show show;
	int err;

	load_show_init(&show, !args->result.quiet);
	if (!args->source.attach && args->urls.count == 0)
		load_show_start(&show, args->source.file != NULL ? args->source.file : "demo");
	err = load_run(&args->source, &args->wish, stop_fd, load_show, &show, ret, e);
	load_show_end(&show);
	return err;
}

static int run_rounds(const struct load_args *args, int stop_fd, json_t **ret, unsigned *ret_rounds,
		      struct error *e)
{
	const struct load_rounds_wish wish = {
		.files = args->names.items,
		.count = args->names.count,
		.rounds = args->rounds,
		.wish = &args->wish,
		.run = load_run,
	};
	struct load_show show;

	load_show_init(&show, !args->result.quiet);
	return load_rounds(&wish, stop_fd, &show, ret, ret_rounds, e);
}

/* False when it was told that one was driven in vain. */
static bool check_answered(const json_t *report)
{
	const json_t *total = json_object_get(report, "total");
	const json_t *errors = json_object_get(total, "errors");
	const char *name = json_string_value(json_object_get(report, "name"));
	AUTO_BUF struct buf kinds = BUF_INIT(KINDS_MAX);

	if (json_integer_value(json_object_get(total, "requests")) > 0)
		return true;
	table_load_members(errors, "total", &kinds);
	if (json_integer_value(json_object_get(errors, "total")) > 0)
		cli_error("%s: nothing was answered (%s): is the server up, and does it speak "
			  "HTTP?",
			  name, buf_text(&kinds));
	else if (json_is_true(json_object_get(report, "interrupted")))
		cli_error("%s: interrupted, and nothing was measured", name);
	else
		cli_error("%s: nothing was answered in the time that was measured: want a longer "
			  "--duration?",
			  name);
	return false;
}

/* A comparison has several. */
static bool check_all_answered(const json_t *document)
{
	const json_t *layout, *layouts = json_object_get(document, "layouts");
	bool fine = layouts != NULL || check_answered(document);
	size_t i;

	json_array_foreach(layouts, i, layout) fine = check_answered(layout) && fine;
	return fine;
}

static int run(const struct load_args *args)
{
	AUTO_BUF struct buf text = BUF_INIT(TABLES_MAX);
	bool colour = table_wants_colour(STDOUT_FILENO);
	AUTO_CLOSE int stop_fd = load_stop_open();
	json_auto_t *document = NULL;
	struct error e = { 0 };
	unsigned rounds = 0;
	int err, status;

	if (stop_fd < 0) {
		cli_error("pipe: %s", strerror(-stop_fd));
		return CLI_FAILED;
	}
	err = args->compare ? run_rounds(args, stop_fd, &document, &rounds, &e)
			    : run_single(args, stop_fd, &document, &e);
	if (err < 0)
		cli_error("%s", e.text);
	if (rounds > 0 && rounds < args->rounds)
		cli_error("%s after %u of %u rounds", err < 0 ? "ended" : "interrupted", rounds,
			  args->rounds);
	if (document == NULL)
		return err == -EINVAL ? CLI_USAGE : CLI_FAILED;
	if (args->compare)
		table_load_compare(document, true, colour, &text);
	else
		table_load(document, args->result.verbose, colour, &text);
	status = load_result(&args->result, document, &text);
	return check_all_answered(document) && err == 0 ? status : CLI_FAILED;
}

static int load(struct command *command)
{
	struct load_args *args = &command->args;

	load_args_finish(args, &command->problems);
	load_result_check(&args->result, args->names.items,
			  args->source.attach ? 0 : args->names.count, &command->problems);
	cli_print_problems(&command->problems, "load");
	if (command->problems.errors > 0 || !load_check(args))
		return CLI_USAGE;
	return run(args);
}

int cmd_load(int argc, char **argv)
{
	static char name[] = "eisen load report";
	struct command command = { 0 };
	int status;

	if (argc > 1 && strcmp(argv[1], "report") == 0) {
		argv[1] = name;
		return cmd_load_report(argc - 1, argv + 1);
	}
	load_args_init(&command.args);
	command.args.result.problems = &command.problems;
	signal(SIGPIPE, SIG_IGN); /* write(2) says it */
	argp_parse(&argp, argc, argv, 0, NULL, &command);
	status = load(&command);
	load_args_release(&command.args);
	problems_release(&command.problems);
	return status;
}
