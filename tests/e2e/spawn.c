/* spawn.c - see spawn.h. */
#include "tests/e2e/spawn.h"

#include "common/cc.h"
#include "tests/e2e/await.h"
#include "tests/e2e/harness.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void set_environment(const struct spawn *spawn)
{
	for (int i = 0; i < SPAWN_ENV_MAX && spawn->env[i] != NULL; i++) {
		if (strchr(spawn->env[i], '=') != NULL)
			putenv((char *)spawn->env[i]);
		else
			unsetenv(spawn->env[i]);
	}
	if (spawn->mark != NULL)
		setenv(KERNEL_MARK_NAME, spawn->mark, 1);
	if (spawn->notify != NULL)
		setenv("NOTIFY_SOCKET", spawn->notify, 1);
	else
		unsetenv("NOTIFY_SOCKET");
}

static void ATTR_NORETURN become(const struct spawn *spawn, const char *program, pid_t test)
{
	const char *argv[HARNESS_ARGS_MAX + 8] = { "eisen" };
	const struct rlimit no_core = { 0, 0 };
	sigset_t none;

	for (size_t i = 0; spawn->args[i] != NULL && i + 2 < ARRAY_SIZE(argv); i++)
		argv[i + 1] = spawn->args[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL); /* ignored in a shell's background */
	signal(SIGHUP, SIG_DFL);
	dup2(spawn->in_fd, STDIN_FILENO);
	dup2(spawn->out_fd, STDOUT_FILENO);
	dup2(spawn->err_fd, STDERR_FILENO);
	set_environment(spawn);
	setrlimit(RLIMIT_CORE, &no_core); /* tests kill in many ways */
	if (spawn->prepare != NULL)
		spawn->prepare();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == test)
		execv(program, (char **)argv);
	_exit(126);
}

pid_t spawn_program(const struct spawn *spawn, int *ret_pid_fd)
{
	const char *program = harness_program();
	pid_t test = getpid();
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become(spawn, program, test);
	*ret_pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	ck_assert_int_ge(*ret_pid_fd, 0);
	return pid;
}

int spawn_wait(pid_t pid, int pid_fd)
{
	int status;

	ck_assert_msg(await_readable(&pid_fd, 1, await_deadline(AWAIT_MS)) == 0,
		      "pid %d does not end", (int)pid);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(pid_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
