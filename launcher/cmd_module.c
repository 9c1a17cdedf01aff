/* cmd_module.c - eisen module new NAME: a module to start from, with a config
 * that runs it and a Makefile.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "launcher/cli.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define NAME_MAX_BYTES 40
#define TEXT_MAX 16384 /* bytes of a file that we write */

/* In the texts, '@' stands for the name, "@@" for '@' itself. */

static const char worker_c[] =
	"/* @.c - a worker module: sums the numbers of each chunk.\n"
	" *\n"
	" *   make run    compiles it and runs @.json\n"
	" */\n"
	"#include <eisen.h>\n"
	"\n"
	"EISEN_MODULE(\"sums the numbers of each chunk\");\n"
	"\n"
	"bool worker_entrance(eisen_toolbox *tb);\n"
	"\n"
	"/* Called in a loop on every core, until it returns false. */\n"
	"bool worker_entrance(eisen_toolbox *tb)\n"
	"{\n"
	"\teisen_queue *queue = eisen_queue_find(tb, \"mp_input_q\");\n"
	"\tint64_t factor = json_integer_value(json_object_get(eisen_kwargs(tb), \"factor\"));\n"
	"\tint64_t number, sum = 0;\n"
	"\teisen_chunk *chunk;\n"
	"\n"
	"\tif (eisen_take(tb, queue, -1, &chunk) != EISEN_CHUNK)\n"
	"\t\treturn false; /* no more will come */\n"
	"\twhile (eisen_row_int(chunk, &number))\n"
	"\t\tsum += number * factor;\n"
	"\teisen_result(tb, chunk, json_integer(sum)); /* also ends the chunk */\n"
	"\treturn true;\n"
	"}\n";

static const char worker_json[] =
	"{\n"
	"  \"//\": \"The module @: the sum of each 100 of the numbers 1 to 1000, doubled.\",\n"
	"  \"PROCS_MAX\": 2,\n"
	"\n"
	"  \"//feeders\": \"Rows, and how many of them are a chunk.\",\n"
	"  \"feeders\": [{\"generator\": {\"range\": [1, 1001]}}],\n"
	"  \"ROWS_MAX\": 100,\n"
	"\n"
	"  \"worker_modules\": [{\"WORKER_PATH\": \"./@.so\", \"WORKER_REF\": "
	"\"worker_entrance\"}],\n"
	"\n"
	"  \"//kwargs\": \"What the module reads with eisen_kwargs().\",\n"
	"  \"kwargs\": {\"factor\": 2},\n"
	"\n"
	"  \"RESULTS_STORE\": true,\n"
	"  \"RESULTS_DICT_PRINT\": true,\n"
	"  \"RESULT_LABEL\": \"@\",\n"
	"  \"status\": {\"port\": 0}\n"
	"}\n";

static const char app_c[] =
	"/* @.c - an app: answers HTTP requests.\n"
	" *\n"
	" *   make run    compiles it and runs @.json\n"
	" */\n"
	"#include <eisen.h>\n"
	"#include <errno.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"\n"
	"EISEN_MODULE(\"greets, and counts how often\");\n"
	"\n"
	"struct state { /* of one server; only its own thread uses it */\n"
	"\tunsigned port;\n"
	"\tint greetings;\n"
	"};\n"
	"\n"
	"static int open_server(eisen_toolbox *tb, const struct eisen_server *server, void "
	"**state)\n"
	"{\n"
	"\tstruct state *s = calloc(1, sizeof(*s));\n"
	"\n"
	"\tif (s == NULL)\n"
	"\t\treturn -ENOMEM;\n"
	"\ts->port = server->port;\n"
	"\teisen_print(tb, \"%s serves port %u\", eisen_worker_name(tb), server->port);\n"
	"\t*state = s;\n"
	"\treturn 0;\n"
	"}\n"
	"\n"
	"static void handle(void *state, const eisen_request *request, eisen_reply *reply)\n"
	"{\n"
	"\tstruct state *s = state;\n"
	"\n"
	"\tif (strcmp(eisen_request_path(request), \"/\") == 0)\n"
	"\t\teisen_reply_json(reply, json_pack(\"{s:s, s:i, s:i}\", \"hello\", \"@\", \"port\",\n"
	"\t\t\t\t\t\t  (int)s->port, \"greetings\", ++s->greetings));\n"
	"\telse\n"
	"\t\teisen_reply_status(reply, 404);\n"
	"}\n"
	"\n"
	"extern const eisen_app app; /* the name that a config's \"entry\" has by default */\n"
	"\n"
	"const eisen_app app = { .open = open_server, .handle = handle, .close = free };\n";

static const char app_json[] =
	"{\n"
	"  \"//\": \"The app of the module @ on two ports of each of two workers.\",\n"
	"  \"PROCS_MAX\": 2,\n"
	"\n"
	"  \"port_groups\": {\n"
	"    \"blue\": {\"START_SEQUENCE_NUM\": \"all\", \"ports\": \"11000-11003\",\n"
	"             \"app\": {\"kind\": \"module\", \"path\": \"./@.so\"}}\n"
	"  },\n"
	"  \"status\": {\"port\": 0}\n"
	"}\n";

/* A worker's results are kept, and those of the run before it are in the way. */
#define MAKEFILE(options) \
	"@.so: @.c\n" \
	"\t@@pkg-config --print-errors --exists eisen || { echo 'Set PKG_CONFIG_PATH to " \
	"PREFIX/lib/pkgconfig of the eisen that is installed, or to the build tree, which PATH " \
	"needs too.' >&2; exit 1; }\n" \
	"\t$(CC) -shared -fPIC -O2 -g -Wall -Wextra $$(pkg-config --cflags eisen) $(CFLAGS) " \
	"$< -o $@\n" \
	"run: @.so ; eisen run " options "@.json\n" \
	"clean: ; rm -f @.so\n" \
	".PHONY: run clean\n"

struct module_args {
	const char *verb, *name;
	bool app;
};

static const struct argp_option options[] = {
	{ "app", 'a', NULL, 0, "An app that answers HTTP requests, instead of a worker", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct module_args *args = state->input;

	switch (key) {
	case 'a':
		args->app = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			args->verb = arg;
		else if (state->arg_num == 1)
			args->name = arg;
		else
			argp_error(state, "one NAME only");
		return 0;
	case ARGP_KEY_END:
		if (args->verb == NULL || strcmp(args->verb, "new") != 0 || args->name == NULL)
			argp_error(state, "want: new NAME");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "new NAME",
	.doc = "Write NAME.c, a module to start from, NAME.json, a config that runs it, and a "
	       "Makefile, into this folder. Nothing that exists is overwritten."
	       "\vExamples:\n"
	       "  eisen module new primes && make run\n"
	       "  eisen module new --app greeter && make run\n\n"
	       "eisen-module(7) and docs/modules.md say how to write one.",
};

/* It becomes the name of files, and of nothing in C. */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len <= NAME_MAX_BYTES && isalpha((unsigned char)name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		       len;
}

/* A '@' before the name's place in a Makefile is "$@". */
static void fill(struct buf *text, const char *template, const char *name)
{
	for (const char *p = template; *p != '\0'; p++) {
		if (*p != '@' || (p != template && p[-1] == '$'))
			buf_add(text, p, 1);
		else if (p[1] == '@')
			buf_add(text, p++, 1);
		else
			buf_adds(text, name);
	}
}

static int write_file(const char *file, const char *template, const char *name)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);
	AUTO_CLOSE int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int r = fd < 0 ? -errno : 0;

	fill(&text, template, name);
	if (r == 0)
		r = text.failed ? -ENOMEM : fd_write_all(fd, buf_text(&text), text.len);
	if (r == 0)
		return CLI_OK;
	cli_error("%s: %s", file, strerror(-r));
	return CLI_FAILED;
}

static int write_all(const struct module_args *args)
{
	char source[NAME_MAX_BYTES + 8], config[NAME_MAX_BYTES + 8];
	const struct {
		const char *name, *text;
	} files[] = { { source, args->app ? app_c : worker_c },
		      { config, args->app ? app_json : worker_json },
		      { "Makefile", args->app ? MAKEFILE("") : MAKEFILE("--fresh ") } };
	AUTO_BUF struct buf said = BUF_INIT(TEXT_MAX);
	int r = CLI_OK;

	snprintf(source, sizeof(source), "%s.c", args->name);
	snprintf(config, sizeof(config), "%s.json", args->name);
	for (size_t i = 0; i < ARRAY_SIZE(files) && r == CLI_OK; i++) {
		if (access(files[i].name, F_OK) < 0)
			continue;
		cli_error("%s exists already; nothing was written", files[i].name);
		r = CLI_FAILED;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files) && r == CLI_OK; i++)
		r = write_file(files[i].name, files[i].text, args->name);
	if (r != CLI_OK)
		return r;
	buf_addf(&said, "%s, %s and Makefile written. Next: make run\n", source, config);
	return cli_print(&said);
}

int cmd_module(int argc, char **argv)
{
	struct module_args args = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (is_name(args.name))
		return write_all(&args);
	cli_error("'%s' is no name for a module: want a letter, then letters, digits, '_' and '-', "
		  "at most %d",
		  args.name, NAME_MAX_BYTES);
	return CLI_USAGE;
}
