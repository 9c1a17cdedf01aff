/* forkserver.c - the manager's side; see forkserver.h. */
#include "launcher/forkserver.h"

#include "common/error.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "launcher/forkserver_wire.h"
#include "launcher/heritage.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void ATTR_NORETURN become_server(const struct heritage *h, int socket_fd)
{
	struct error e = { 0 };
	char option[48], name[] = "forkserver";
	char *argv[] = { (char *)"eisen", option, name, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int keep[2] = { socket_fd, heritage_write(h, &e) };

	snprintf(option, sizeof(option), "--forkserver=%d,%d", keep[0], keep[1]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != h->manager_pid || keep[1] < 0 || null < 0)
		_exit(127);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	fd_close_except(keep, ARRAY_SIZE(keep));
	fd_set_cloexec(keep[0], false);
	fd_set_cloexec(keep[1], false);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int start(struct forkserver *fs, const struct heritage *h, struct error *e)
{
	struct heritage mine = *h;
	int ends[2];

	/* Orphans of children are ours from now on. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_errno(e, errno, "socketpair");
	mine.manager_pid = getpid();
	fs->pid = fork();
	if (fs->pid == 0)
		become_server(&mine, ends[1]);
	close(ends[1]);
	if (fs->pid < 0) {
		fs->pid = 0;
		close(ends[0]);
		return error_errno(e, errno, "fork");
	}
	fs->fd = ends[0];
	return 0;
}

void forkserver_stop(struct forkserver *fs)
{
	if (fs->pid == 0)
		return;
	close(fs->fd);
	kill(fs->pid, SIGKILL);
	waitpid(fs->pid, NULL, 0);
	*fs = (struct forkserver)FORKSERVER_NONE;
}

static int await_answer(const struct forkserver *fs, int timeout_ms, pid_t *ret_pid,
			struct error *e)
{
	struct pollfd p = { .fd = fs->fd, .events = POLLIN };
	int answer = 0;

	if (poll(&p, 1, timeout_ms) <= 0)
		return error_set(e, ETIMEDOUT, "the fork server does not answer");
	if (recv(fs->fd, &answer, sizeof(answer), 0) != sizeof(answer))
		return error_set(e, ECHILD, "the fork server died");
	if (answer <= 0)
		return error_errno(e, -answer, "the fork server cannot fork");
	*ret_pid = answer;
	return 0;
}

static int request(struct forkserver *fs, const struct heritage *h, int out_fd, int err_fd,
		   pid_t *ret_pid, struct error *e)
{
	size_t count = FORKSERVER_OWN_FDS + heritage_fd_count(h);
	AUTO_FREE int *fds = malloc(count * sizeof(*fds));
	int doc = heritage_write(h, e);
	int r;

	if (doc < 0)
		return doc;
	if (fds == NULL) {
		close(doc);
		return error_set(e, ENOMEM, "out of memory");
	}
	fds[0] = doc;
	fds[1] = out_fd;
	fds[2] = err_fd;
	count = FORKSERVER_OWN_FDS + heritage_fds(h, fds + FORKSERVER_OWN_FDS);
	r = forkserver_send(fs->fd, fds, count);
	close(doc);
	if (r < 0)
		return error_errno(e, -r, "the fork server takes no request");
	return await_answer(fs, h->config->start_timeout_ms, ret_pid, e);
}

int forkserver_fork(struct forkserver *fs, const struct heritage *h, int out_fd, int err_fd,
		    pid_t *ret_pid, struct error *e)
{
	int r = fs->pid == 0 ? start(fs, h, e) : 0;

	if (r == 0)
		r = request(fs, h, out_fd, err_fd, ret_pid, e);
	if (r < 0)
		forkserver_stop(fs);
	return r;
}

void forkserver_reap(const struct forkserver_known *known)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    known->is_known(known->arg, info.si_pid))
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}
