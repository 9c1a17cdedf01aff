/* cmd_examples.c - eisen examples [NAME]: list the examples, or run one. */
#include "common/buf.h"
#include "common/cc.h"
#include "launcher/cli.h"
#include "launcher/scols.h"

#include <dirent.h>
#include <string.h>

#define EXAMPLES_SUFFIX ".json"

static const char *examples_dir(void)
{
	const char *dir = getenv("EISEN_EXAMPLES_PATH");

	return dir != NULL && dir[0] != '\0' ? dir : PKGDATADIR "/examples";
}

static int is_example(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(EXAMPLES_SUFFIX);

	return len > suffix && strcmp(entry->d_name + len - suffix, EXAMPLES_SUFFIX) == 0;
}

static void example_path(char *ret, size_t size, const char *name)
{
	snprintf(ret, size, "%s/%s" EXAMPLES_SUFFIX, examples_dir(), name);
}

/* The first comment of the file says what it shows. */
static void add_example(struct scols *t, char *name)
{
	char path[4096];
	json_auto_t *doc = NULL;
	size_t row = scols_row(t);
	const char *what;

	name[strlen(name) - strlen(EXAMPLES_SUFFIX)] = '\0';
	example_path(path, sizeof(path), name);
	doc = json_load_file(path, 0, NULL);
	what = json_string_value(json_object_get(doc, "//"));
	scols_put(t, row, 0, name);
	scols_put(t, row, 1, what != NULL ? what : "");
}

static int list_examples(void)
{
	static const struct scols_column columns[] = { { "example", false }, { "shows", false } };
	AUTO_BUF struct buf text = BUF_INIT(1u << 20);
	struct dirent **entries;
	struct scols t;
	int count = scandir(examples_dir(), &entries, is_example, alphasort);

	if (count < 0) {
		cli_error("%s: %s; set EISEN_EXAMPLES_PATH to the folder of the examples",
			  examples_dir(), strerror(errno));
		return CLI_FAILED;
	}
	scols_init(&t, columns, ARRAY_SIZE(columns), false);
	for (int i = 0; i < count; i++) {
		add_example(&t, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	scols_print(&t, &text);
	buf_addf(&text, "\nRun one: eisen examples NAME. They are in %s.\n", examples_dir());
	return cli_print(&text);
}

/* eisen examples NAME OPTION... is eisen run DIR/NAME.json OPTION... */
static int run_example(int argc, char **argv)
{
	static char run_name[] = "eisen run";
	char path[4096];

	if (!rundir_name_valid(argv[1])) {
		cli_error("'%s' is no example's name; 'eisen examples' lists them", argv[1]);
		return CLI_USAGE;
	}
	example_path(path, sizeof(path), argv[1]);
	if (access(path, R_OK) < 0) {
		cli_error("no example '%s' in %s; 'eisen examples' lists them", argv[1],
			  examples_dir());
		return CLI_USAGE;
	}
	argv[0] = run_name;
	argv[1] = path;
	return cmd_run(argc, argv);
}

static const struct argp argp = {
	.args_doc = "[NAME [RUN-OPTION...]]",
	.doc = "List the example configs, or run the one called NAME, with the options of "
	       "'eisen run'."
	       "\vExamples:\n"
	       "  eisen examples\n"
	       "  eisen examples many-per-core --status-port 0",
};

int cmd_examples(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-')
		return run_example(argc, argv);
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	return list_examples();
}
