/* layout.c - see layout.h. */
#include "launcher/layout.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"
#include "launcher/config.h"
#include "launcher/folder.h"
#include "launcher/work_spec.h"
#include "portmap/plan.h"

#include <string.h>

enum { OPT_BASE_PORT = 256, OPT_IP, OPT_STATUS_PORT };

#define DEMO_PORTS_ABOVE 4005 /* the first one: green's last */

static const struct argp_option options[] = {
	{ "base-port", OPT_BASE_PORT, "PORT", 0,
	  "The demo's first port; its groups are at PORT, PORT+3000 and PORT+4000. Of a folder: "
	  "its "
	  "port (default 8080, or the next free one)",
	  1 },
	{ "ip", OPT_IP, "ADDRESS", 0, "The demo's or the folder's address (default 127.0.0.1)", 1 },
	{ "status-port", OPT_STATUS_PORT, "PORT", 0,
	  "The status endpoint's port instead of the config's; 0: any free one", 1 },
	{ 0 },
};

static int parse_port(struct argp_state *state, const char *arg, unsigned min)
{
	uint64_t port;

	if (!number_parse(arg, min, 65535, &port))
		argp_error(state, "'%s' is not a port within %u..65535", arg, min);
	return (int)port;
}

/* What goes with what, once all is known. */
static void check_source(struct layout_source *source, struct argp_state *state)
{
	source->folder = source->file != NULL && folder_is_one(source->file);
	if (source->file == NULL && source->base_port > 65535 - DEMO_PORTS_ABOVE)
		argp_error(state, "--base-port wants at most %d, got %d", 65535 - DEMO_PORTS_ABOVE,
			   source->base_port);
	if (source->file != NULL && !source->folder &&
	    (source->ip != NULL || source->base_port != 0))
		argp_error(state,
			   "--ip and --base-port are for the demo and for a folder; edit "
			   "port_groups in %s",
			   source->file);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct layout_source *source = state->input;

	switch (key) {
	case OPT_BASE_PORT:
		source->base_port = parse_port(state, arg, 1);
		return 0;
	case OPT_IP:
		source->ip = arg;
		return 0;
	case OPT_STATUS_PORT:
		source->status_port = parse_port(state, arg, 0);
		return 0;
	case ARGP_KEY_ARG:
		if (source->file != NULL)
			argp_error(state, "one FILE or DIR only, got '%s' and '%s'", source->file,
				   arg);
		source->file = arg;
		return 0;
	case ARGP_KEY_END:
		check_source(source, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp source_argp = { .options = options, .parser = parse };
const struct argp_child layout_children[] = { { &source_argp, 0, NULL, 0 }, { 0 } };

const struct argp_option layout_args_options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};

error_t layout_args_parse(int key, char *arg ATTR_UNUSED, struct argp_state *state)
{
	struct layout_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->source;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const char *layout_source_name(const struct layout_source *source)
{
	return source->file != NULL ? source->file : "demo";
}

static struct config *load_config(const struct layout_source *source, struct problems *p)
{
	const struct config_origin demo = { "/", source->status_port };
	AUTO_FREE char *text = NULL;

	if (source->folder)
		return folder_config(source, p);
	if (source->file != NULL)
		return config_load(source->file, source->status_port, p);
	text = config_demo_text(source->ip != NULL ? source->ip : "127.0.0.1",
				source->base_port != 0 ? (unsigned)source->base_port
						       : CONFIG_DEMO_PORT);
	if (text == NULL) {
		problems_error(p, "", "out of memory");
		return NULL;
	}
	return config_from_text(text, strlen(text), &demo, p);
}

/* The config has read it to its end. */
static void check_stdin(const struct layout_source *source, const struct config *config,
			struct problems *p)
{
	char at[FIELDS_PATH_BYTES], base[FIELDS_PATH_BYTES];

	if (source->file == NULL || strcmp(source->file, "-") != 0)
		return;
	for (size_t i = 0; i < config->work.feeder_count; i++) {
		if (!config_feeder_reads_stdin(&config->work.feeders[i]))
			continue;
		fields_path_index(base, sizeof(base), "feeders", i);
		fields_path_key(at, sizeof(at), base, "generator");
		problems_error(p, at, "the config comes from standard input, so nothing else can");
	}
}

bool layout_load(const struct layout_source *source, struct layout *ret, struct problems *p)
{
	struct layout layout = { 0 };
	struct plan_input input;
	struct error e = { 0 };

	layout.config = load_config(source, p);
	if (layout.config == NULL)
		return false;
	check_stdin(source, layout.config, p);
	config_plan_input(layout.config, &input);
	if (cpus_detect(&layout.cpus, NULL, NULL, &e) < 0)
		problems_error(p, "", "%s", e.text);
	else
		layout.plan = plan_make(&input, &layout.cpus, p);
	if (layout.plan != NULL)
		work_spec_check(layout.config, layout.plan, p);
	if (layout.plan == NULL || p->errors > 0) {
		layout_release(&layout);
		return false;
	}
	*ret = layout;
	return true;
}

void layout_release(struct layout *layout)
{
	plan_free(layout->plan);
	config_free(layout->config);
	cpus_release(&layout->cpus);
}
