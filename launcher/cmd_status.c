/* cmd_status.c - eisen status [NAME]: once, or live with --watch. */
#include "common/buf.h"
#include "common/error.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/table.h"
#include "launcher/watch.h"

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

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->instance;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case 'w':
		if (!watch_parse(arg, &args->watch_s))
			argp_error(state, "--watch wants seconds within 1..%d, got '%s'",
				   WATCH_SECONDS_MAX, arg);
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
	.doc = "Show a running instance: its workers, their state, ports and counts, its queues "
	       "and feeders, and the last deaths. Without NAME, the only one that runs."
	       "\vExamples:\n"
	       "  eisen status --watch\n"
	       "  eisen status --json site | jq '.workers[].pid'",
	.children = children,
};

static int show_once(const struct rundir *rd, bool json)
{
	AUTO_BUF struct buf text = BUF_INIT(WATCH_TEXT_MAX);
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
	return args.watch_s > 0 ? watch_run(&rd, pid, "/api/status", args.watch_s, table_status)
				: show_once(&rd, args.json);
}
