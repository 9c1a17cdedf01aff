/* cmd_init.c - eisen init [FILE]: write a commented config to start from. */
#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/cli.h"

#include <fcntl.h>
#include <string.h>

static const char template[] =
	"{\n"
	"  \"//\": \"An eisen config. Keys that begin with // are comments; eisen.json(5) has "
	"every key.\",\n"
	"\n"
	"  \"//PROCS_MAX\": \"Worker processes. Without it: one per usable core.\",\n"
	"  \"PROCS_MAX\": 2,\n"
	"\n"
	"  \"//port_groups\": \"A colour maps workers (START_SEQUENCE_NUM 0 to PROCS_MAX-1, a "
	"list, 0-7 or all) to ports on an address.\",\n"
	"  \"port_groups\": {\n"
	"    \"blue\":   {\"START_SEQUENCE_NUM\": 0, \"ip\": \"127.0.0.1\", \"ports\": "
	"\"11000-11002\"},\n"
	"    \"yellow\": {\"START_SEQUENCE_NUM\": 1, \"ip\": \"127.0.0.1\", \"ports\": "
	"\"14000-14002\"}\n"
	"  },\n"
	"\n"
	"  \"//servers\": \"What the groups serve. An entry may name some of a group's ports.\",\n"
	"  \"servers\": [\n"
	"    {\"group\": \"blue\",   \"app\": {\"kind\": \"hello\"}},\n"
	"    {\"group\": \"yellow\", \"app\": {\"kind\": \"hello\"}}\n"
	"  ],\n"
	"\n"
	"  \"//drain_ms\": \"At a stop, requests under way get so long to finish.\",\n"
	"  \"drain_ms\": 5000,\n"
	"\n"
	"  \"//status\": \"The status endpoint: read-only, keep it on loopback.\",\n"
	"  \"status\": {\"ip\": \"127.0.0.1\", \"port\": 12321}\n"
	"}\n";

struct init_args {
	const char *file;
	bool force;
};

static const struct argp_option options[] = {
	{ "force", 'f', NULL, 0, "Overwrite FILE", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct init_args *args = state->input;

	switch (key) {
	case 'f':
		args->force = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_error(state, "one FILE only");
		args->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE]",
	.doc = "Write a commented config to FILE (eisen.json), '-' for standard output. An "
	       "existing file is left alone unless --force."
	       "\vExamples:\n"
	       "  eisen init site.json && eisen run site.json",
};

static int write_template(const struct init_args *args)
{
	int create = args->force ? O_TRUNC : O_EXCL;
	AUTO_CLOSE int fd = open(args->file, O_WRONLY | O_CREAT | O_CLOEXEC | create, 0666);
	int r = fd < 0 ? -errno : fd_write_all(fd, template, strlen(template));

	if (r == 0) {
		AUTO_BUF struct buf text = BUF_INIT(16384);

		buf_addf(&text, "%s written. Next: eisen run %s\n", args->file, args->file);
		return cli_print(&text);
	}
	if (r == -EEXIST)
		cli_error("%s exists; --force overwrites it", args->file);
	else
		cli_error("%s: %s", args->file, strerror(-r));
	return CLI_FAILED;
}

int cmd_init(int argc, char **argv)
{
	struct init_args args = { .file = "eisen.json" };
	AUTO_BUF struct buf text = BUF_INIT(sizeof(template));

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (strcmp(args.file, "-") != 0)
		return write_template(&args);
	buf_adds(&text, template);
	return cli_print(&text);
}
