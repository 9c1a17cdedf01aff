/* main.c - eisen COMMAND …: find the command and run it. */
#include "common/fd.h"
#include "common/fields.h"
#include "launcher/cli.h"
#include "launcher/forkserver.h"
#include "launcher/process.h"

#include <signal.h>
#include <string.h>

struct command {
	const char *name;
	cli_command_fn *run;
	const char *summary;
};

static const struct command commands[] = {
	{ "run", cmd_run, "start the servers of a config, a folder, or the demo, and stay" },
	{ "check", cmd_check, "say all that is wrong with a config" },
	{ "plan", cmd_plan, "show which worker serves which ports, without starting" },
	{ "status", cmd_status, "show a running instance; --watch keeps showing it" },
	{ "queues", cmd_queues, "show the queues of a running instance, and what is missing" },
	{ "results", cmd_results, "print the results of a run, as text, JSON or CSV" },
	{ "load", cmd_load,
	  "drive a layout's servers and report what they did, or compare layouts" },
	{ "stop", cmd_stop, "stop a running instance" },
	{ "init", cmd_init, "write a commented config to start from" },
	{ "examples", cmd_examples, "list the example configs, or run one" },
	{ "module", cmd_module, "write a module of your own to start from" },
	{ "version", cmd_version, "show the version and the libraries in use" },
};

static void print_usage(FILE *out)
{
	fprintf(out, "Usage: eisen COMMAND [OPTION...] [ARG...]\n"
		     "Launch many small HTTP servers across the cores of this machine.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nExamples:\n"
		     "  eisen run                 the demo: 18 servers in three colour groups\n"
		     "  eisen run public          a folder as a site, on every core\n"
		     "  eisen init site.json      a config of your own\n"
		     "  eisen run site.json\n"
		     "  eisen status --watch\n"
		     "  eisen load site.json      how much it serves, and how fast\n\n"
		     "'eisen COMMAND --help' says more; eisen(1) and eisen.json(5) say it all.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static const char *nearest_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	return fields_nearest(name, names);
}

static int unknown_command(const char *name)
{
	const char *near = nearest_command(name);

	if (near != NULL)
		cli_error("no command '%s'; did you mean '%s'?", name, near);
	else
		cli_error("no command '%s'; 'eisen --help' lists them", name);
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	static const char heritage[] = "--heritage=", forkserver[] = "--forkserver=";
	const struct command *command;
	int r = fd_ensure_standard();
	char name[64];

	if (r < 0) {
		cli_error("/dev/null: %s", strerror(-r));
		return CLI_FAILED;
	}
	signal(SIGXFSZ, SIG_IGN); /* a limit of a file's size is write(2)'s to tell */
	argp_err_exit_status = CLI_USAGE;
	if (argc > 1 && strncmp(argv[1], heritage, strlen(heritage)) == 0)
		return process_main(argv[1] + strlen(heritage));
	if (argc > 1 && strncmp(argv[1], forkserver, strlen(forkserver)) == 0)
		return forkserver_main(argv[1] + strlen(forkserver));
	if (argc < 2) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		argv[1] = (char *)"version";
	command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	snprintf(name, sizeof(name), "eisen %s", command->name);
	argv[1] = name;
	return command->run(argc - 1, argv + 1);
}
