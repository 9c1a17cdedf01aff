/* cmd_results.c - eisen results [FILE]: what a run found, from its database.
 *
 * The file is read as it is, whether the instance runs or not; a running one
 * is asked for no more than where it is.
 */
#include "common/buf.h"
#include "common/error.h"
#include "common/number.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/client.h"
#include "launcher/config.h"
#include "launcher/results_gone.h"
#include "launcher/results_show.h"

#include <signal.h>
#include <string.h>

enum { OPT_RUN_DIR = 256, OPT_CSV, OPT_MISSING };

struct results_args {
	struct cli_instance instance;
	const char *file;  /* a database, or a config; NULL: the instance's */
	const char *queue; /* NULL: all */
	uint64_t from, limit;
	enum results_form form;
	bool missing;
};

static const struct argp_option options[] = {
	{ "queue", 'q', "QUEUE", 0, "Of this queue only (default: all)", 0 },
	{ "after", 'a', "TICKET", 0, "Of tickets above it: 7 or _TID_7", 0 },
	{ "limit", 'l', "N", 0, "At most N of each queue", 0 },
	{ "json", 'j', NULL, 0, "Print JSON: {QUEUE: [[TICKET, VALUE], ...], ...}", 0 },
	{ "csv", OPT_CSV, NULL, 0, "Print CSV (RFC 4180): queue, ticket, value", 0 },
	{ "missing", OPT_MISSING, NULL, 0,
	  "Print which tickets are not there, and why, instead of the results", 0 },
	{ "name", 'n', "NAME", 0, "The running instance, or the --name that FILE was run with", 1 },
	{ "run-dir", OPT_RUN_DIR, "DIR", 0,
	  "The running instance that was started with this --run-dir", 1 },
	{ 0 },
};

static void take_after(const char *text, struct argp_state *state, struct results_args *args)
{
	const char *number = strncmp(text, "_TID_", 5) == 0 ? text + 5 : text;

	if (!number_parse(number, 0, RESULTS_TICKETS - 1, &args->from))
		argp_error(state, "--after wants a ticket as 7 or _TID_7, got '%s'", text);
	args->from++;
}

static void take_form(enum results_form form, struct argp_state *state, struct results_args *args)
{
	if (args->form != RESULTS_TEXT && args->form != form)
		argp_error(state, "--json and --csv exclude each other");
	args->form = form;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct results_args *args = state->input;

	switch (key) {
	case 'q':
		args->queue = arg;
		return 0;
	case 'a':
		take_after(arg, state, args);
		return 0;
	case 'l':
		if (!number_parse(arg, 1, RESULTS_TICKETS, &args->limit))
			argp_error(state, "--limit wants a number from 1 on, got '%s'", arg);
		return 0;
	case 'j':
	case OPT_CSV:
		take_form(key == 'j' ? RESULTS_JSON : RESULTS_CSV, state, args);
		return 0;
	case OPT_MISSING:
		args->missing = true;
		return 0;
	case 'n':
		if (!rundir_name_valid(arg))
			argp_error(state, "'%s' is no instance's name", arg);
		args->instance.name = arg;
		return 0;
	case OPT_RUN_DIR:
		args->instance.run_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file != NULL)
			argp_error(state, "one FILE only, got '%s' and '%s'", args->file, arg);
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->missing && args->form == RESULTS_CSV)
			argp_error(state, "--missing prints lines or --json, no --csv");
		if (args->file != NULL && args->instance.run_dir != NULL)
			argp_error(state, "either FILE or --run-dir");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE]",
	.doc = "Show the results of a run: FILE is its database, or its config, whose database is "
	       "meant; without FILE, the running instance's. Exit status: 3 when a ticket is "
	       "missing, was not given out, or failed for good."
	       "\vExamples:\n"
	       "  eisen results primes.json\n"
	       "  eisen results --queue mp_input_q --after 99 --limit 10 primes.results.db\n"
	       "  eisen results --csv primes.json > primes.csv\n"
	       "  eisen results --missing primes.json",
};

/* Where it is --------------------------------------------------------------- */

static bool is_database(const char *file)
{
	static const char magic[] = "SQLite format 3"; /* with its NUL: sqlite.org/fileformat */
	char head[sizeof(magic)] = "";
	FILE *f = fopen(file, "re");
	size_t len = f != NULL ? fread(head, 1, sizeof(head), f) : 0;

	if (f != NULL)
		fclose(f);
	return len == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0;
}

/* As 'eisen run' of this config would have it. */
static int of_config(const struct results_args *args, char **ret)
{
	struct problems problems = { 0 };
	struct config *config = config_load(args->file, -1, &problems);
	char name[RUNDIR_NAME_MAX + 1];

	cli_print_problems(&problems, args->file);
	problems_release(&problems);
	if (config == NULL)
		return CLI_USAGE;
	rundir_name_from_file(name, sizeof(name), args->file);
	*ret = config_results_path(config,
				   args->instance.name != NULL ? args->instance.name : name);
	config_free(config);
	if (*ret != NULL)
		return CLI_OK;
	cli_error("out of memory");
	return CLI_FAILED;
}

static int of_instance(const struct results_args *args, char **ret)
{
	json_auto_t *status = NULL;
	struct error e = { 0 };
	const char *path;
	struct rundir rd;
	pid_t pid;
	int r = cli_find(&args->instance, &rd, &pid);

	if (r != CLI_OK) {
		cli_error("name the database or the config: eisen results FILE");
		return r;
	}
	if (client_call(&rd, "GET", "/api/status", &status, &e) < 0) {
		cli_error("%s", e.text);
		return CLI_FAILED;
	}
	path = json_string_value(json_object_get(json_object_get(status, "results"), "db"));
	if (path == NULL) {
		cli_error("'%s' keeps no results: set RESULTS_STORE to true in its config",
			  rd.name);
		return CLI_FAILED;
	}
	*ret = strdup(path);
	return *ret != NULL ? CLI_OK : CLI_FAILED;
}

static int find_path(const struct results_args *args, char **ret)
{
	if (args->file == NULL)
		return of_instance(args, ret);
	if (access(args->file, R_OK) < 0) {
		cli_error("%s: %s", args->file, strerror(errno));
		return CLI_FAILED;
	}
	if (!is_database(args->file))
		return of_config(args, ret);
	*ret = strdup(args->file);
	return *ret != NULL ? CLI_OK : CLI_FAILED;
}

/* What is in it ------------------------------------------------------------- */

struct queues {
	struct results_stored list[RESULTS_QUEUES_MAX];
	size_t count;
};

static int add_queue(void *arg, const struct results_stored *queue)
{
	struct queues *queues = arg;

	if (queues->count < RESULTS_QUEUES_MAX)
		queues->list[queues->count++] = *queue;
	return 0;
}

static int find_queues(struct results_reader *r, const char *name, struct queues *ret,
		       struct error *e)
{
	ret->count = name != NULL;
	return name != NULL ? results_find_queue(r, name, &ret->list[0], e)
			    : results_each_queue(r, add_queue, ret, e);
}

/* -EPIPE: nobody reads any more, which is no error of ours. */
static int write_out(void *arg, const char *bytes, size_t len)
{
	return fwrite(bytes, 1, len, arg) == len ? 0 : -errno;
}

/* On standard error, so that it is no part of the results. While a run writes,
 * all may come yet. */
static int tell_gone(struct results_reader *r, const struct queues *queues, pid_t writer,
		     bool quiet, int *ret_status, struct error *e)
{
	AUTO_BUF struct buf text = BUF_INIT(1u << 20);
	bool lost = false;
	int err = 0;

	for (size_t i = 0; err == 0 && i < queues->count; i++) {
		struct results_gone gone;

		err = results_gone(r, &queues->list[i], &gone, e);
		if (err == 0 && !quiet && writer == 0)
			err = results_gone_tell(r, &queues->list[i], &gone, &text, e);
		lost = lost || (err == 0 && gone.dead > 0) ||
		       (err == 0 && writer == 0 && gone.missing + gone.undone > 0);
	}
	if (writer != 0)
		cli_error("the run of pid %d is still writing: what is not there may come",
			  (int)writer);
	fputs(buf_text(&text), stderr);
	*ret_status = lost ? CLI_LOST : CLI_OK;
	return err;
}

static int show(struct results_reader *r, const struct results_args *args,
		const struct queues *queues, bool live, struct error *e)
{
	const struct results_wish wish = { .queues = queues->list,
					   .count = queues->count,
					   .from = args->from,
					   .limit = args->limit,
					   .form = args->form };
	int err;

	if (args->missing)
		err = results_gone_list(r, queues->list, queues->count, args->form == RESULTS_JSON,
					live, write_out, stdout, e);
	else
		err = results_show(r, &wish, write_out, stdout, e);
	if (err == 0 && fflush(stdout) != 0)
		err = -errno;
	if (err < 0 && e->code == 0)
		error_errno(e, -err, "cannot write the output");
	return err;
}

static int show_all(const struct results_args *args, const char *path)
{
	static struct queues queues; /* large */
	struct results_reader *r = NULL;
	struct error e = { 0 };
	int status = CLI_OK;
	pid_t writer = results_writer(path); /* before it is read: an end makes it complete */
	int err = results_reader_open(&r, path, &e);

	if (err == 0)
		err = find_queues(r, args->queue, &queues, &e);
	if (err == 0)
		err = show(r, args, &queues, writer != 0, &e);
	if (err == 0)
		err = tell_gone(r, &queues, writer, args->missing, &status, &e);
	results_reader_close(r);
	if (err == 0 || err == -EPIPE)
		return status;
	cli_error("%s", e.text);
	return CLI_FAILED;
}

int cmd_results(int argc, char **argv)
{
	struct results_args args = { 0 };
	AUTO_FREE char *path = NULL;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	signal(SIGPIPE, SIG_IGN); /* write(2) says it */
	status = find_path(&args, &path);
	return status == CLI_OK ? show_all(&args, path) : status;
}
