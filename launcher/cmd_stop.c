/* cmd_stop.c - eisen stop [NAME]: ask for a stop and wait for it. */
#include "common/error.h"
#include "common/number.h"
#include "launcher/cli.h"
#include "launcher/client.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#define STOP_TIMEOUT_S 60

struct stop_args {
	struct cli_instance instance;
	int timeout_s;
};

static const struct argp_option options[] = {
	{ "timeout", 't', "SECONDS", 0, "Wait so long for the end (default 60)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct stop_args *args = state->input;
	uint64_t seconds;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->instance;
		return 0;
	case 't':
		if (!number_parse(arg, 0, INT_MAX / 1000, &seconds))
			argp_error(state, "--timeout wants seconds, got '%s'", arg);
		args->timeout_s = (int)seconds;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &cli_instance_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Stop a running instance: requests under way are answered, for at most its "
	       "drain_ms, then it ends. Without NAME, the only one that runs."
	       "\vExamples:\n"
	       "  eisen stop\n"
	       "  eisen stop site\n\n"
	       "Exit status: 0 when it is gone, 1 when there is none or it did not end in time.",
	.children = children,
};

static int wait_for_end(int pid_fd, const struct stop_args *args, const char *name, pid_t pid)
{
	struct pollfd p = { .fd = pid_fd, .events = POLLIN };

	if (poll(&p, 1, args->timeout_s * 1000) == 1)
		return CLI_OK;
	cli_error("'%s' did not end within %d s; 'kill %d' kills what is left of it", name,
		  args->timeout_s, (int)pid);
	return CLI_FAILED;
}

int cmd_stop(int argc, char **argv)
{
	struct stop_args args = { .timeout_s = STOP_TIMEOUT_S };
	AUTO_CLOSE int pid_fd = -1;
	json_auto_t *reply = NULL;
	struct error e = { 0 };
	struct rundir rd;
	pid_t pid;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	status = cli_find(&args.instance, &rd, &pid);
	if (status != CLI_OK)
		return status;
	/* Before the call, so that the number cannot be another's by then. */
	pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid_fd < 0) {
		cli_error("pid %d: %s", (int)pid, strerror(errno));
		return CLI_FAILED;
	}
	if (client_call(&rd, "POST", "/api/stop", &reply, &e) < 0) {
		cli_error("%s; 'kill %d' stops it as well", e.text, (int)pid);
		return CLI_FAILED;
	}
	return wait_for_end(pid_fd, &args, rd.name, pid);
}
