/* cmd_load_report.c - eisen load report FILE…: old reports, shown again or side
 * by side.
 */
#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/document.h"
#include "launcher/load_args.h"
#include "launcher/table.h"
#include "launcher/table_load.h"
#include "load/report.h"

#include <signal.h>
#include <string.h>

#define TABLES_MAX (64u << 20) /* bytes */

struct report_args {
	struct load_result_wish result;
	const char *files[LOAD_COMPARE_MAX];
	size_t count;
	struct problems problems;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->result;
		return 0;
	case ARGP_KEY_ARG:
		if (args->count == LOAD_COMPARE_MAX)
			argp_error(state, "want at most %d FILEs", LOAD_COMPARE_MAX);
		args->files[args->count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->count == 0)
			argp_error(state, "want a FILE that --json wrote");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &load_result_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Show what 'eisen load --json FILE' has written, a comparison too. Several reports "
	       "are "
	       "shown side by side, with ratios to the first."
	       "\vExamples:\n"
	       "  eisen load report out.json --html out.html\n"
	       "  eisen load report before.json after.json\n\n"
	       "Exit status: 0 fine, 1 a --fail-if holds or it failed, 2 a file is no report, or "
	       "they cannot be compared.",
	.children = children,
};

static bool is_comparison(const json_t *document)
{
	return json_object_get(document, "eisen_load_compare") != NULL;
}

/* New reference; NULL when it was told why not. */
static json_t *read_report(const char *file)
{
	AUTO_BUF struct buf text = BUF_INIT(REPORT_BYTES_MAX);
	struct problems problems = { 0 };
	struct error e = { 0 };
	json_t *document = NULL;

	if (document_read(file, &text, &problems))
		document = document_parse(buf_text(&text), text.len, &problems);
	if (document != NULL && report_check(document, &e) < 0) {
		problems_error(&problems, "", "%s", e.text);
		json_decref(document);
		document = NULL;
	}
	cli_print_problems(&problems, file);
	problems_release(&problems);
	return document;
}

/* All of them, so that each that is wrong is told. */
static bool read_all(const struct report_args *args, json_t **documents)
{
	bool fine = true;

	for (size_t i = 0; i < args->count; i++) {
		documents[i] = read_report(args->files[i]);
		if (documents[i] == NULL) {
			fine = false;
		} else if (args->count > 1 && is_comparison(documents[i])) {
			cli_error("%s: is a comparison, want a single report beside others",
				  args->files[i]);
			fine = false;
		}
	}
	return fine;
}

static int show(struct report_args *args, json_t **documents)
{
	AUTO_BUF struct buf text = BUF_INIT(TABLES_MAX);
	bool colour = table_wants_colour(STDOUT_FILENO);
	json_auto_t *document = NULL;
	struct error e = { 0 };

	if (args->count == 1) {
		document = json_incref(documents[0]);
	} else {
		int r = report_compare(documents, args->count, 1, &document, &e);

		if (r < 0) {
			cli_error("%s", e.text);
			return r == -EINVAL ? CLI_USAGE : CLI_FAILED;
		}
	}
	if (is_comparison(document))
		table_load_compare(document, false, colour, &text);
	else
		table_load(document, args->result.verbose, colour, &text);
	return load_result(&args->result, document, &text);
}

int cmd_load_report(int argc, char **argv)
{
	struct report_args args = { 0 };
	json_t *documents[LOAD_COMPARE_MAX] = { NULL };
	int status = CLI_USAGE;

	args.result.problems = &args.problems;
	signal(SIGPIPE, SIG_IGN); /* write(2) says it */
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	load_result_check(&args.result, args.files, args.count, &args.problems);
	cli_print_problems(&args.problems, "load report");
	if (args.problems.errors == 0 && read_all(&args, documents))
		status = show(&args, documents);
	for (size_t i = 0; i < args.count; i++)
		json_decref(documents[i]);
	problems_release(&args.problems);
	return status;
}
