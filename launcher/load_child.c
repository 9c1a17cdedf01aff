/* load_child.c - see load_child.h. */
#include "launcher/load_child.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#define NOTIFY "NOTIFY_SOCKET="

extern char **environ;

/* Ours, but for who is told that it is ready. */
static char **make_environment(char *notify)
{
	size_t count = 0, kept = 0;
	char **env;

	while (environ[count] != NULL)
		count++;
	env = calloc(count + 2, sizeof(*env));
	if (env == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], NOTIFY, strlen(NOTIFY)) != 0)
			env[kept++] = environ[i];
	env[kept] = notify;
	return env;
}

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
}

/* What is ignored stays so over an exec; SIGHUP is nohup(1)'s to say. */
static void reset_signals(void)
{
	static const int ours[] = { SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A config that comes from stdin is for it to read. */
static bool reads_stdin(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0;
}

static int open_standard(const char *file, int stderr_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDOUT_FILENO) < 0 || dup2(stderr_fd, STDERR_FILENO) < 0 ||
	    (!reads_stdin(file) && dup2(null_fd, STDIN_FILENO) < 0))
		return -errno;
	fd_close_except(NULL, 0);
	return 0;
}

static void ATTR_NORETURN run_child(pid_t parent, const char *file, char *const *args,
				    char *const *env, int stderr_fd)
{
	die_with(parent);
	setpgid(0, 0);
	reset_signals();
	if (open_standard(file, stderr_fd) == 0)
		execve("/proc/self/exe", args, env);
	dprintf(STDERR_FILENO, "eisen: cannot start 'eisen run': %s\n", strerror(errno));
	_exit(127);
}

int load_child_start(pid_t *ret, const char *run_dir, const char *file, const char *ready_name,
		     int stderr_fd, struct error *e)
{
	const char *args[] = { "eisen",         "run", "--quiet", "--run-dir", run_dir,
			       "--status-port", "0",   "--",      file,        NULL };
	AUTO_FREE char *notify = NULL;
	AUTO_FREE char **env = NULL;
	pid_t parent = getpid(), pid;

	if (asprintf(&notify, NOTIFY "%s", ready_name) < 0)
		return error_set(e, ENOMEM, "out of memory");
	env = make_environment(notify);
	if (env == NULL)
		return error_set(e, ENOMEM, "out of memory");
	fflush(NULL); /* what is not written yet is ours to write, once */
	pid = fork();
	if (pid < 0)
		return error_errno(e, errno, "fork");
	if (pid == 0)
		run_child(parent, file, (char *const *)args, env, stderr_fd);
	*ret = pid;
	return 0;
}
