/* cmd_run.c - eisen run [FILE|DIR]: start, supervise, stay until stopped. */
#include "common/error.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/config.h"
#include "launcher/layout.h"
#include "launcher/manager.h"
#include "launcher/rundir.h"

#include <signal.h>
#include <string.h>

enum { OPT_RUN_DIR = 512, OPT_LOG_FORMAT, OPT_RESUME, OPT_FRESH, OPT_STAY, OPT_RESULTS_DB };

struct run_args {
	struct layout_source source;
	const char *name, *run_dir;
	enum log_format log_format;
	enum log_level log_level;
	enum results_mode results_mode;
	bool stay;
	const char *results_db;
};

static const struct argp_option run_options[] = {
	{ "name", 'n', "NAME", 0, "Name of this instance (default: the file's name)", 0 },
	{ "run-dir", OPT_RUN_DIR, "DIR", 0,
	  "Where pid and control.sock go (default: $XDG_RUNTIME_DIR/eisen/NAME, else "
	  "/tmp/eisen-UID/NAME)",
	  0 },
	{ "log-format", OPT_LOG_FORMAT, "text|json", 0, "Form of the log lines on stderr", 0 },
	{ "resume", OPT_RESUME, NULL, 0,
	  "Go on with the results of an earlier run: what is in them is not done again", 0 },
	{ "fresh", OPT_FRESH, NULL, 0, "Forget the results of earlier runs", 0 },
	{ "stay", OPT_STAY, NULL, 0, "Stay when all work is done, for its results to be read", 0 },
	{ "results-db", OPT_RESULTS_DB, "FILE", 0, "Keep the results, and in this file", 0 },
	{ "verbose", 'v', NULL, 0, "Log every change of state", 0 },
	{ "quiet", 'q', NULL, 0, "Log warnings and errors only", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->source;
		return 0;
	case 'n':
		if (!rundir_name_valid(arg))
			argp_error(state,
				   "--name wants letters, digits, '.', '_' and '-', at most "
				   "%d, got '%s'",
				   RUNDIR_NAME_MAX, arg);
		args->name = arg;
		return 0;
	case OPT_RUN_DIR:
		args->run_dir = arg;
		return 0;
	case OPT_LOG_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "json") != 0)
			argp_error(state, "--log-format wants text or json, got '%s'", arg);
		args->log_format = arg[0] == 'j' ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
		return 0;
	case OPT_RESUME:
	case OPT_FRESH:
		if (args->results_mode != RESULTS_NEW)
			argp_error(state, "either --resume or --fresh");
		args->results_mode = key == OPT_RESUME ? RESULTS_RESUME : RESULTS_REPLACE;
		return 0;
	case OPT_STAY:
		args->stay = true;
		return 0;
	case OPT_RESULTS_DB:
		args->results_db = arg;
		return 0;
	case 'v':
		args->log_level = LOG_LEVEL_DEBUG;
		return 0;
	case 'q':
		args->log_level = LOG_LEVEL_WARNING;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = run_options,
	.parser = parse,
	.args_doc = "[FILE|DIR]",
	.doc = "Start the servers of FILE (the demo without one), one worker process per core, "
	       "keep them up, and stay until Ctrl-C, SIGTERM or 'eisen stop'; work without "
	       "servers ends by itself. A folder DIR is served "
	       "as it is, with listings, by every core on one port."
	       "\vExamples:\n"
	       "  eisen run\n"
	       "  eisen run .\n"
	       "  eisen run public --base-port 3000\n"
	       "  eisen run --base-port 21000 --status-port 0\n"
	       "  eisen run site.json --name blue --log-format json\n"
	       "  eisen run primes.json --resume\n\n"
	       "A second signal kills what has not stopped. Exit status: 0 when all stopped by "
	       "itself, 1 when something had to be killed or died meanwhile, 2 for the command "
	       "line, the config "
	       "or a port that cannot be had, 3 when work was lost, failed for good or was not "
	       "done.",
	.children = layout_children,
};

/* Absolute, for processes that look at it; NULL: results are not kept. */
static char *results_path(const struct run_args *args, const struct config *config,
			  const struct rundir *rd)
{
	AUTO_FREE char *here = NULL;
	char *path = NULL;

	if (args->results_db != NULL && args->results_db[0] != '/') {
		here = getcwd(NULL, 0);
		if (here == NULL || asprintf(&path, "%s/%s", here, args->results_db) < 0)
			return NULL;
		return path;
	}
	return args->results_db != NULL ? strdup(args->results_db)
					: config_results_path(config, rd->name);
}

/* Results that are printed at the end and then forgotten. */
static bool are_brief(const struct run_args *args, const struct config_work *work)
{
	return args->results_db == NULL && !work->results_store &&
	       (work->results_print || work->results_dict_print);
}

static char *brief_path(const struct rundir *rd)
{
	char *path = NULL;

	return asprintf(&path, "%s/results.db", rd->path) < 0 ? NULL : path;
}

/* The database, and what SQLite and we put beside it. */
static void remove_brief(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal", "-lock" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		AUTO_FREE char *file = NULL;

		if (asprintf(&file, "%s%s", path, ends[i]) >= 0)
			unlink(file);
	}
}

/* False when that was said. */
static bool use_results(const struct run_args *args, const struct config *config,
			const struct rundir *rd, char **ret)
{
	const struct config_work *work = &config->work;
	bool kept = work->queue_count > 0 && (work->results_store || args->results_db != NULL);
	bool brief = work->queue_count > 0 && are_brief(args, work);

	if (!kept && (args->results_db != NULL || args->results_mode != RESULTS_NEW)) {
		cli_error("%s: no results are kept: want work, and \"RESULTS_STORE\": true in the "
			  "config, or --results-db",
			  layout_source_name(&args->source));
		return false;
	}
	if (!kept && !brief)
		return true;
	*ret = brief ? brief_path(rd) : results_path(args, config, rd);
	if (*ret == NULL)
		cli_error("--results-db: %s", strerror(errno));
	return *ret != NULL;
}

static int run_manager(const struct run_args *args, const struct layout *layout,
		       const struct rundir *rd, struct problems *p)
{
	AUTO_FREE char *results_db = NULL;
	bool unprinted = false;
	struct manager_options options = {
		.config = layout->config,
		.plan = layout->plan,
		.cpus = &layout->cpus,
		.rundir = rd,
		.log_format = args->log_format,
		.log_level = args->log_level,
		.folder = args->source.folder ? layout->config->base_dir : NULL,
		.results_mode = args->results_mode,
		.ret_unprinted = &unprinted,
		.stay = args->stay || layout->config->work.on_done == CONFIG_DONE_STAY,
	};
	int status;

	if (!use_results(args, layout->config, rd, &results_db))
		return CLI_USAGE;
	options.results_db = results_db;
	options.results_brief = results_db != NULL && are_brief(args, &layout->config->work);
	if (options.results_brief) /* of one that was killed */
		options.results_mode = RESULTS_REPLACE;
	cli_print_problems(p, layout_source_name(&args->source));
	problems_release(p);
	status = manager_run(&options, p);
	if (options.results_brief && !unprinted)
		remove_brief(results_db);
	if (status != MANAGER_UNUSABLE)
		return status;
	cli_print_problems(p, layout_source_name(&args->source));
	if (args->source.file == NULL)
		cli_error("the demo's ports can be moved: eisen run --base-port 21000 "
			  "--status-port 0");
	else if (args->source.folder)
		cli_error("the folder can be served on another port: --base-port PORT");
	return CLI_USAGE;
}

/* A folder by its real name, not "." or "..": "/" has none. */
static void default_name(const struct run_args *args, const struct layout *layout, char *ret,
			 size_t size)
{
	const char *from = layout_source_name(&args->source);

	if (args->source.folder)
		from = layout->config->base_dir;
	rundir_name_from_file(ret, size, strcmp(from, "/") == 0 ? "root" : from);
}

static int open_rundir(const struct run_args *args, const struct layout *layout, struct rundir *ret)
{
	char name[RUNDIR_NAME_MAX + 1];
	struct error e = { 0 };

	default_name(args, layout, name, sizeof(name));
	if (rundir_open(ret, args->run_dir, args->name != NULL ? args->name : name, &e) == 0)
		return CLI_OK;
	cli_error("%s", e.text);
	return CLI_FAILED;
}

/* The pid file is there before the manager looks at signals: a log rotation
 * at that moment must not end us. */
static void block_reopen(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int cmd_run(int argc, char **argv)
{
	struct run_args args = { .source = LAYOUT_SOURCE_DEFAULT, .log_level = LOG_LEVEL_INFO };
	struct problems problems = { 0 };
	struct layout layout;
	struct rundir rd;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (!layout_load(&args.source, &layout, &problems)) {
		cli_print_problems(&problems, layout_source_name(&args.source));
		problems_release(&problems);
		return CLI_USAGE;
	}
	block_reopen();
	status = open_rundir(&args, &layout, &rd);
	if (status == CLI_OK) {
		status = run_manager(&args, &layout, &rd, &problems);
		rundir_close(&rd);
	}
	problems_release(&problems);
	layout_release(&layout);
	return status;
}
