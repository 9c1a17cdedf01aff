/* load_args.h - what the command line of eisen load asks for.
 *
 * Each value is checked as it comes, all of them together at the end, and all
 * that is wrong is told at once. Texts are borrowed from argv.
 */
#ifndef LAUNCHER_LOAD_ARGS_H
#define LAUNCHER_LOAD_ARGS_H

#include "common/buf.h"
#include "launcher/load_result.h"
#include "launcher/load_run.h"

struct problems;

#define LOAD_COMPARE_MAX 26 /* layouts, named by letters */

enum load_option { /* keys of argp; above what a short option may be */
		   LOAD_OPT_ATTACH = 256,
		   LOAD_OPT_RUN_DIR,
		   LOAD_OPT_URL,
		   LOAD_OPT_COMPARE,
		   LOAD_OPT_ROUNDS,
		   LOAD_OPT_DURATION,
		   LOAD_OPT_WARM_UP,
		   LOAD_OPT_CONNECTIONS,
		   LOAD_OPT_THREADS,
		   LOAD_OPT_RATE,
		   LOAD_OPT_TIMEOUT,
		   LOAD_OPT_CLOSE,
		   LOAD_OPT_PATH,
		   LOAD_OPT_PATHS,
		   LOAD_OPT_METHOD,
		   LOAD_OPT_HEADER,
		   LOAD_OPT_BODY,
		   LOAD_OPT_GROUPS,
		   LOAD_OPT_NAME, /* FILE, DIR or NAME: without an option in front */
};

struct load_strings {
	const char **items; /* owned; the texts are borrowed */
	size_t count;
};

struct load_args {
	struct load_source source; /* of a single load */
	struct load_wish wish;
	bool compare;
	unsigned rounds;
	struct load_result_wish result;
	/* What the above points into. */
	struct load_strings names, urls, paths, headers, groups;
	struct buf body;   /* of @FILE */
	char **listed;     /* of --paths: owned, one allocation */
	char *groups_text; /* owned; cut at its commas */
	bool own_duration, own_warm_up, own_rounds;
};

void load_args_init(struct load_args *a);

/* One option and its value; what is wrong goes to p. */
void load_args_take(struct load_args *a, enum load_option option, const char *text,
		    struct problems *p);

/* All are there. */
void load_args_finish(struct load_args *a, struct problems *p);

void load_args_release(struct load_args *a);

#endif
