/* cmd_plan.c - eisen plan [FILE]: the whole map, without starting anything. */
#include "common/buf.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/layout.h"
#include "launcher/table.h"
#include "portmap/listen.h"
#include "portmap/plan.h"

static const struct argp argp = {
	.options = layout_args_options,
	.parser = layout_args_parse,
	.args_doc = "[FILE|DIR]",
	.doc = "Show which worker (START_SEQUENCE_NUM) gets which port group, core, address and "
	       "ports, as 'eisen run' will map them for the same arguments."
	       "\vExamples:\n"
	       "  eisen plan\n"
	       "  eisen plan --json site.json | jq '.workers[0].servers[].url'",
	.children = layout_children,
};

static int print_plan(const struct plan *plan, bool json)
{
	AUTO_BUF struct buf text = BUF_INIT(64u << 20);
	json_auto_t *doc = NULL;

	if (json) {
		doc = plan_json(plan);
		return cli_print_json(doc);
	}
	table_plan(plan, table_wants_colour(STDOUT_FILENO), &text);
	return cli_print(&text);
}

int cmd_plan(int argc, char **argv)
{
	struct layout_args args = { .source = LAYOUT_SOURCE_DEFAULT };
	struct problems problems = { 0 };
	struct layout layout;
	int status = CLI_USAGE;
	bool fine;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	fine = layout_load(&args.source, &layout, &problems);
	if (fine)
		listeners_preflight(layout.plan, &problems);
	cli_print_problems(&problems, layout_source_name(&args.source));
	if (fine) {
		status = print_plan(layout.plan, args.json);
		layout_release(&layout);
	}
	problems_release(&problems);
	return status;
}
