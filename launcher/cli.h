/* cli.h - what the commands share: exit statuses, instances, output. */
#ifndef LAUNCHER_CLI_H
#define LAUNCHER_CLI_H

#include "common/cc.h"
#include "launcher/rundir.h"

#include <argp.h>
#include <jansson.h>

struct buf;
struct problems;

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2, /* the command line or the config */
	CLI_LOST = 3,  /* a chunk is missing, dead, or was not done; rows were not read */
};

/* A command: argv[0] is "eisen NAME". Returns the exit status. */
typedef int cli_command_fn(int argc, char **argv);
cli_command_fn cmd_check, cmd_examples, cmd_init, cmd_load, cmd_load_report, cmd_module, cmd_plan,
	cmd_queues, cmd_results, cmd_run, cmd_status, cmd_stop, cmd_version;

/* Which running instance: [NAME], --name, --run-dir. */
struct cli_instance {
	const char *name, *run_dir;
};
extern const struct argp cli_instance_argp;

/* Find it or say on stderr why not; a cli_exit. */
int cli_find(const struct cli_instance *instance, struct rundir *ret, pid_t *ret_pid);

/* Print to stderr, each line behind "eisen: SOURCE: ". */
void cli_print_problems(const struct problems *p, const char *source);
void cli_error(const char *fmt, ...) ATTR_PRINTF(1, 2);

/* To stdout; CLI_FAILED when it cannot be written whole. */
int cli_print(const struct buf *text);
int cli_print_json(const json_t *value);

#endif
