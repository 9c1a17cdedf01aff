/* cmd_status.c - eisen status [NAME]: once, or live with --watch. */
#include "launcher/cli.h"
#include "launcher/table.h"
#include "launcher/watch.h"

static const struct argp argp = {
	.args_doc = "[NAME]",
	.doc = "Show a running instance: its workers, their state, ports and counts, its queues "
	       "and feeders, and the last deaths. Without NAME, the only one that runs."
	       "\vExamples:\n"
	       "  eisen status --watch\n"
	       "  eisen status --json site | jq '.workers[].pid'",
	.children = watch_children,
};

int cmd_status(int argc, char **argv)
{
	static const struct watch_view view = { .path = "/api/status",
						.json_path = "/api/status",
						.show = table_status };

	return watch_command(argc, argv, &argp, &view);
}
