/* program.c - see program.h. */
#include "work/program.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static volatile sig_atomic_t last; /* pid; 0: none */

#define STATUS_NOT_RUN 127 /* of a child that could not become the program */

/* A program expects the signals of a shell, not those of a feeder. */
static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Returns with errno only. */
static void become(char *const argv[], const char *dir, pid_t parent, int out, int report)
{
	int keep[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, report }, null;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it has died before the kernel knew of our wish */
		_exit(STATUS_NOT_RUN);
	reset_signals();
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		return;
	fd_close_except(keep, ARRAY_SIZE(keep));
	if (dir != NULL && chdir(dir) < 0)
		return;
	execvp(argv[0], argv);
}

/* 0: it runs. -errno: it could not be run; the child is gone then. */
static int read_report(int report, pid_t pid)
{
	int code = 0;
	ssize_t n = TEMP_FAILURE_RETRY(read(report, &code, sizeof(code)));

	if (n == 0)
		return 0;
	last = 0;
	TEMP_FAILURE_RETRY(waitpid(pid, NULL, 0));
	return n == (ssize_t)sizeof(code) ? -code : -EIO;
}

int program_start(char *const argv[], const char *dir, struct program *ret, int *ret_fd,
		  struct error *e)
{
	AUTO_CLOSE int out = -1, out_child = -1, report = -1, report_child = -1;
	pid_t parent = getpid(), pid;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(e, errno, "pipe");
	out = ends[0];
	out_child = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(e, errno, "pipe");
	report = ends[0];
	report_child = ends[1];
	pid = fork();
	if (pid < 0)
		return error_errno(e, errno, "fork");
	if (pid == 0) {
		become(argv, dir, parent, out_child, report_child);
		r = errno;
		fd_write_all(report_child, &r, sizeof(r));
		_exit(STATUS_NOT_RUN);
	}
	setpgid(pid, pid); /* whoever of us two is first */
	last = pid;
	close(take_fd(&report_child));
	r = read_report(report, pid);
	if (r < 0)
		return error_errno(e, -r, "%s cannot be run", argv[0]);
	ret->pid = pid;
	*ret_fd = take_fd(&out);
	return 0;
}

int program_wait(struct program *p, struct error *e)
{
	int status;

	if (p->pid == 0)
		return 0;
	if (TEMP_FAILURE_RETRY(waitpid(p->pid, &status, 0)) < 0)
		return error_errno(e, errno, "waitpid");
	p->pid = last = 0;
	if (WIFSIGNALED(status))
		return error_set(e, ECANCELED, "it was killed by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return error_set(e, ECANCELED, "it ended with exit status %d", WEXITSTATUS(status));
	return 0;
}

void program_kill(struct program *p)
{
	if (p->pid == 0)
		return;
	kill(-p->pid, SIGKILL);
	TEMP_FAILURE_RETRY(waitpid(p->pid, NULL, 0));
	p->pid = last = 0;
}

void program_kill_last(void)
{
	if (last > 0)
		kill(-last, SIGKILL);
}
