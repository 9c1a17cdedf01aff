/* process.c - see process.h. */
#include "launcher/process.h"

#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"
#include "launcher/config.h"
#include "launcher/forkserver.h"
#include "launcher/heritage.h"
#include "launcher/role.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The child's ends of its pipes. */
struct child_ends {
	int report, out, err;
};

static void close_ends(struct child_ends *c)
{
	auto_close(&c->report);
	auto_close(&c->out);
	auto_close(&c->err);
}

static int make_pipe(int *ret_read, int *ret_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fd_set_nonblock(ends[0], true);
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

static int make_pipes(struct process *p, struct child_ends *c)
{
	int r = make_pipe(&p->report_fd, &c->report);

	if (r == 0)
		r = make_pipe(&p->out_fd, &c->out);
	if (r == 0)
		r = make_pipe(&p->err_fd, &c->err);
	return r;
}

static void name_process(const struct heritage *h)
{
	char name[32];

	if (h->role == ROLE_WORKER)
		snprintf(name, sizeof(name), "eisen:%d", h->slot);
	else
		snprintf(name, sizeof(name), "eisen:%s", role_name(h->role));
	prctl(PR_SET_NAME, name);
}

static void die_with(pid_t manager)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != manager)
		_exit(1);
}

static bool reads_stdin(const struct heritage *h)
{
	return h->role == ROLE_FEEDER &&
	       config_feeder_reads_stdin(&h->config->work.feeders[h->feeder]);
}

/* 0, 1, 2 and the heritage; everything else is closed. */
static int keep_heritage(const struct heritage *h, const struct child_ends *c, int **ret_keep,
			 size_t *ret_count)
{
	int *keep = malloc(heritage_fd_count(h) * sizeof(*keep));
	int in = reads_stdin(h) ? STDIN_FILENO : open("/dev/null", O_RDWR | O_CLOEXEC);

	if (keep == NULL || in < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(c->out, STDOUT_FILENO) < 0 || dup2(c->err, STDERR_FILENO) < 0) {
		free(keep);
		return -1;
	}
	*ret_count = heritage_fds(h, keep);
	*ret_keep = keep;
	fd_close_except(keep, *ret_count);
	return 0;
}

static void ATTR_NORETURN exec_anew(const struct heritage *h, const int *keep, size_t count)
{
	struct error e = { 0 };
	char option[32], role[32];
	int fd = heritage_write(h, &e);

	if (fd >= 0) {
		char *argv[] = { (char *)"eisen", option, role, NULL };

		for (size_t i = 0; i < count; i++)
			fd_set_cloexec(keep[i], false);
		snprintf(option, sizeof(option), "--heritage=%d", fd);
		snprintf(role, sizeof(role), h->slot >= 0 ? "%s-%d" : "%s", role_name(h->role),
			 h->slot);
		execv("/proc/self/exe", argv);
		error_errno(&e, errno, "exec of eisen anew, /proc/self/exe");
	}
	log_open(h->log_level, NULL, NULL);
	log_error("%s", e.text);
	_exit(127);
}

static void ATTR_NORETURN run_child(struct heritage *h, const struct child_ends *c)
{
	int *keep;
	size_t count;
	int status;

	die_with(h->manager_pid);
	if (keep_heritage(h, c, &keep, &count) < 0) {
		dprintf(c->err, "<3>cannot set up its descriptors: %s\n", strerror(errno));
		_exit(127);
	}
	if (h->config->start_method == CONFIG_SPAWN)
		exec_anew(h, keep, count);
	free(keep);
	name_process(h);
	status = role_run(h);
	exit(status);
}

static int open_pid_fd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int make_process(struct heritage *h, const struct child_ends *c, pid_t *ret, struct error *e)
{
	if (h->role == ROLE_WORKER && h->forkserver != NULL)
		return forkserver_fork(h->forkserver, h, c->out, c->err, ret, e);
	*ret = fork();
	if (*ret == 0)
		run_child(h, c);
	return *ret < 0 ? error_errno(e, errno, "fork") : 0;
}

static int watch_process(pid_t pid, int *ret, struct error *e)
{
	*ret = open_pid_fd(pid);
	if (*ret >= 0)
		return 0;
	error_errno(e, errno, "pidfd_open");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -e->code;
}

int process_start(struct heritage *h, struct process *ret, struct error *e)
{
	struct process p = PROCESS_NONE;
	struct child_ends c = { -1, -1, -1 };
	int r = make_pipes(&p, &c);

	if (r < 0) {
		error_set(e, -r, "%s", strerror(-r));
	} else {
		h->manager_pid = getpid();
		h->report_fd = c.report;
		r = make_process(h, &c, &p.pid, e);
	}
	close_ends(&c);
	if (r == 0)
		r = watch_process(p.pid, &p.pid_fd, e);
	if (r < 0) {
		process_close(&p);
		return error_prefix(e, "cannot start %s", role_name(h->role));
	}
	*ret = p;
	return 0;
}

void process_close(struct process *p)
{
	const struct process none = PROCESS_NONE;

	auto_close(&p->pid_fd);
	auto_close(&p->report_fd);
	auto_close(&p->out_fd);
	auto_close(&p->err_fd);
	*p = none;
}

int process_main(const char *fd_text)
{
	struct heritage *h;
	struct error e = { 0 };
	uint64_t fd;
	int status;

	log_open(LOG_LEVEL_INFO, NULL, NULL);
	if (!number_parse(fd_text, 3, INT_MAX, &fd)) {
		log_error("--heritage is for eisen's own use: start it with 'eisen run'");
		return 2;
	}
	if (heritage_read((int)fd, &h, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	die_with(h->manager_pid);
	name_process(h);
	status = role_run(h);
	heritage_free(h);
	return status;
}
