/* cmd_queues.c - eisen queues [NAME]: how the chunks of each queue stand. */
#include "common/buf.h"
#include "common/error.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/table.h"
#include "launcher/watch.h"

struct queues_args {
	struct cli_instance instance;
	bool json;
	int watch_s; /* 0: once */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print the document of /api/queues", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Show it anew every SECONDS (1), with rates, until Ctrl-C or its end", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct queues_args *args = state->input;

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
	.doc = "Show the queues of a running instance: how many chunks wait, are worked on, done "
	       "and dead, and whether that is all that were given out. Without NAME, the only one "
	       "that runs. Exit status: 3 when a ticket is missing or a chunk failed for good."
	       "\vExamples:\n"
	       "  eisen queues --watch\n"
	       "  eisen queues --json primes | jq '.[] | {name, missing}'",
	.children = children,
};

/* Of the whole status, so that it says whose queues they are. */
static void show(const json_t *status, const json_t *before, double seconds, bool colour,
		 struct buf *ret)
{
	table_head(status, ret);
	table_queues(json_object_get(status, "queues"), json_object_get(before, "queues"), seconds,
		     colour, ret);
}

static int show_once(const struct rundir *rd, bool json)
{
	AUTO_BUF struct buf text = BUF_INIT(WATCH_TEXT_MAX);
	const char *path = json ? "/api/queues" : "/api/status";
	json_auto_t *doc = NULL;
	struct error e = { 0 };
	const json_t *queues;
	int status;

	if (client_call(rd, "GET", path, &doc, &e) < 0) {
		cli_error("%s", e.text);
		return CLI_FAILED;
	}
	queues = json ? doc : json_object_get(doc, "queues");
	if (!json)
		show(doc, NULL, 0, table_wants_colour(STDOUT_FILENO), &text);
	status = json ? cli_print_json(doc) : cli_print(&text);
	return status == CLI_OK && table_queues_lost(queues) ? CLI_LOST : status;
}

int cmd_queues(int argc, char **argv)
{
	struct queues_args args = { 0 };
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
	return args.watch_s > 0 ? watch_run(&rd, pid, "/api/status", args.watch_s, show)
				: show_once(&rd, args.json);
}
