/* cli.c - see cli.h. */
#include "launcher/cli.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"

#include <stdarg.h>
#include <string.h>

enum { OPT_RUN_DIR = 256 };

static const struct argp_option instance_options[] = {
	{ "name", 'n', "NAME", 0, "The instance: its --name, else its config file's name", 1 },
	{ "run-dir", OPT_RUN_DIR, "DIR", 0, "The instance that was started with this --run-dir",
	  1 },
	{ 0 },
};

static void set_name(struct cli_instance *instance, const char *name, struct argp_state *state)
{
	if (instance->name != NULL)
		argp_error(state, "one NAME only, got '%s' and '%s'", instance->name, name);
	if (!rundir_name_valid(name))
		argp_error(state, "'%s' is no instance's name", name);
	instance->name = name;
}

static error_t parse_instance(int key, char *arg, struct argp_state *state)
{
	struct cli_instance *instance = state->input;

	switch (key) {
	case 'n':
	case ARGP_KEY_ARG:
		set_name(instance, arg, state);
		return 0;
	case OPT_RUN_DIR:
		instance->run_dir = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_instance_argp = { .options = instance_options, .parser = parse_instance };

int cli_find(const struct cli_instance *instance, struct rundir *ret, pid_t *ret_pid)
{
	struct error e = { 0 };

	if (rundir_find(ret, instance->run_dir, instance->name, ret_pid, &e) == 0)
		return CLI_OK;
	cli_error("%s", e.text);
	return CLI_FAILED;
}

void cli_print_problems(const struct problems *p, const char *source)
{
	AUTO_BUF struct buf text = BUF_INIT(1u << 20);
	char prefix[300];

	snprintf(prefix, sizeof(prefix), "eisen: %s", source);
	problems_format(p, prefix, &text);
	fputs(buf_text(&text), stderr);
}

void cli_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("eisen: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	cli_error("cannot write the output: %s", strerror(errno));
	return CLI_FAILED;
}

int cli_print(const struct buf *text)
{
	if (text->failed) {
		cli_error("out of memory");
		return CLI_FAILED;
	}
	fwrite(buf_text(text), 1, text->len, stdout);
	return finish_output();
}

int cli_print_json(const json_t *value)
{
	AUTO_FREE char *text = value != NULL ? json_dumps(value, JSON_INDENT(2)) : NULL;

	if (text == NULL) {
		cli_error("out of memory");
		return CLI_FAILED;
	}
	puts(text);
	return finish_output();
}
