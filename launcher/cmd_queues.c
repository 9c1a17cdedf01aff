/* cmd_queues.c - eisen queues [NAME]: how the chunks of each queue stand. */
#include "launcher/cli.h"
#include "launcher/table.h"
#include "launcher/watch.h"

static const struct argp argp = {
	.args_doc = "[NAME]",
	.doc = "Show the queues of a running instance: how many chunks wait, are worked on, done "
	       "and dead, and whether that is all that were given out. Without NAME, the only one "
	       "that runs. Exit status: 3 when a ticket is missing or a chunk failed for good."
	       "\vExamples:\n"
	       "  eisen queues --watch\n"
	       "  eisen queues --json primes | jq '.[] | {name, missing}'",
	.children = watch_children,
};

/* Of the whole status, so that it says whose queues they are. */
static void show(const json_t *status, const json_t *before, double seconds, bool colour,
		 struct buf *ret)
{
	table_head(status, ret);
	table_queues(json_object_get(status, "queues"), json_object_get(before, "queues"), seconds,
		     colour, ret);
}

static bool is_lost(const json_t *doc)
{
	return table_queues_lost(json_is_array(doc) ? doc : json_object_get(doc, "queues"));
}

int cmd_queues(int argc, char **argv)
{
	static const struct watch_view view = {
		.path = "/api/status", .json_path = "/api/queues", .show = show, .is_lost = is_lost
	};

	return watch_command(argc, argv, &argp, &view);
}
