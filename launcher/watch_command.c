/* watch_command.c - a document of an instance: once, as JSON, or live. */
#include "common/buf.h"
#include "common/error.h"
#include "common/number.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/table.h"
#include "launcher/watch.h"

struct watch_args {
	struct cli_instance instance;
	bool json;
	int watch_s; /* 0: once */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print it as JSON", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Show it anew every SECONDS (1), with rates, until Ctrl-C or its end", 0 },
	{ 0 },
};

/* The value of --watch; NULL is 1. */
static bool parse_seconds(const char *text, int *ret_seconds)
{
	uint64_t seconds = 1;

	if (text != NULL && !number_parse(text, 1, WATCH_SECONDS_MAX, &seconds))
		return false;
	*ret_seconds = (int)seconds;
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct watch_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->instance;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case 'w':
		if (!parse_seconds(arg, &args->watch_s))
			argp_error(state, "--watch wants seconds within 1..%d, got '%s'",
				   WATCH_SECONDS_MAX, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child instance_children[] = { { &cli_instance_argp, 0, NULL, 0 }, { 0 } };
static const struct argp watch_argp = {
	.options = options,
	.parser = parse,
	.children = instance_children,
};
const struct argp_child watch_children[] = { { &watch_argp, 0, NULL, 0 }, { 0 } };

static int show_once(const struct rundir *rd, bool json, const struct watch_view *view)
{
	AUTO_BUF struct buf text = BUF_INIT(WATCH_TEXT_MAX);
	json_auto_t *doc = NULL;
	struct error e = { 0 };
	int status;

	if (client_call(rd, "GET", json ? view->json_path : view->path, &doc, &e) < 0) {
		cli_error("%s", e.text);
		return CLI_FAILED;
	}
	if (!json)
		view->show(doc, NULL, 0, table_wants_colour(STDOUT_FILENO), &text);
	status = json ? cli_print_json(doc) : cli_print(&text);
	return status == CLI_OK && view->is_lost != NULL && view->is_lost(doc) ? CLI_LOST : status;
}

int watch_command(int argc, char **argv, const struct argp *argp, const struct watch_view *view)
{
	struct watch_args args = { 0 };
	struct rundir rd;
	pid_t pid;
	int status;

	argp_parse(argp, argc, argv, 0, NULL, &args);
	if (args.watch_s > 0 && args.json) {
		cli_error("--watch and --json exclude each other");
		return CLI_USAGE;
	}
	status = cli_find(&args.instance, &rd, &pid);
	if (status != CLI_OK)
		return status;
	return args.watch_s > 0 ? watch_run(&rd, pid, view->path, args.watch_s, view->show)
				: show_once(&rd, args.json, view);
}
