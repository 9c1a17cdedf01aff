/* cmd_check.c - eisen check FILE: all that is wrong with a config. */
#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/config.h"
#include "launcher/layout.h"
#include "launcher/manager.h"
#include "launcher/prepare.h"
#include "launcher/text.h"
#include "portmap/listen.h"
#include "portmap/plan.h"
#include "servers/accesslog.h"

static const struct argp argp = {
	.options = layout_args_options,
	.parser = layout_args_parse,
	.args_doc = "[FILE|DIR]",
	.doc = "Read FILE (the demo without one) as 'eisen run' would and report every error and "
	       "warning at once. Nothing is bound or started; what feeders read is "
	       "opened once."
	       "\vExamples:\n"
	       "  eisen check site.json\n"
	       "  eisen check --json site.json\n\n"
	       "Exit status: 0 fine, perhaps with warnings; 2 with an error.",
	.children = layout_children,
};

static json_t *problems_json(const struct problems *p, bool warnings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->kept; i++)
		if (p->list[i].warning == warnings)
			json_array_append_new(list, json_pack("{s:s, s:s}", "path", p->list[i].path,
							      "text", p->list[i].text));
	return list;
}

static int print_json(const struct problems *p)
{
	json_auto_t *doc = json_pack("{s:b, s:o, s:o}", "ok", p->errors == 0, "errors",
				     problems_json(p, false), "warnings", problems_json(p, true));

	return cli_print_json(doc);
}

static int print_summary(const struct layout_args *args, const struct layout *layout)
{
	const struct plan *plan = layout->plan;
	AUTO_BUF struct buf text = BUF_INIT(4096);

	buf_addf(&text, "%s: fine: %zu worker%s, %zu server%s, %zu port group%s\n",
		 layout_source_name(&args->source), plan->slot_count, text_plural(plan->slot_count),
		 plan->served_count, text_plural(plan->served_count), plan->input.group_count,
		 text_plural(plan->input.group_count));
	return cli_print(&text);
}

static void check_log(const struct config *config, struct problems *p)
{
	const char *log = config->access_log.file;
	struct error e = { 0 };

	if (log != NULL && accesslog_check(log, &e) < 0)
		problems_warning(p, "access_log", "%s; as it is, nothing will start", e.text);
}

/* What they read may come later; the config is fine. */
static void check_feeders(const struct config *config, struct problems *p)
{
	const struct manager_options options = { .config = config };
	struct prepared prepared = { 0 };
	struct problems found = { 0 };

	if (config->work.feeder_count == 0)
		return;
	if (prepare(&options, &prepared, &found))
		prepared_release(&prepared);
	for (size_t i = 0; i < found.kept; i++)
		problems_warning(p, found.list[i].path, "%s; as it is, nothing will start",
				 found.list[i].text);
	problems_release(&found);
}

int cmd_check(int argc, char **argv)
{
	struct layout_args args = { .source = LAYOUT_SOURCE_DEFAULT };
	struct problems problems = { 0 };
	struct layout layout;
	int status = CLI_OK;
	bool fine;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	fine = layout_load(&args.source, &layout, &problems);
	if (fine) {
		listeners_preflight(layout.plan, &problems);
		check_log(layout.config, &problems);
		check_feeders(layout.config, &problems);
	}
	if (args.json)
		status = print_json(&problems);
	else
		cli_print_problems(&problems, layout_source_name(&args.source));
	if (fine && !args.json)
		status = print_summary(&args, &layout);
	if (fine)
		layout_release(&layout);
	fine = fine && problems.errors == 0;
	problems_release(&problems);
	return fine ? status : CLI_USAGE;
}
