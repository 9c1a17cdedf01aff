/* process.h - make a child: fork, or fork and exec (START_METHOD).
 *
 * The child dies with the manager (PR_SET_PDEATHSIG, prctl(2), and a look at
 * getppid() for a manager that died before), keeps the descriptors of
 * heritage.h alone, and runs its role. Only while single-threaded.
 */
#ifndef LAUNCHER_PROCESS_H
#define LAUNCHER_PROCESS_H

#include <sys/types.h>

struct error;
struct heritage;

struct process { /* the manager's ends; all close-on-exec, non-blocking */
	pid_t pid;
	int pid_fd;    /* readable when it has died, pidfd_open(2) */
	int report_fd; /* enum report, one byte each */
	int out_fd, err_fd;
};

#define PROCESS_NONE \
	{ \
		.pid_fd = -1, .report_fd = -1, .out_fd = -1, .err_fd = -1 \
	}

/* heritage->report_fd is filled in for the child. 0 or -errno. */
int process_start(struct heritage *heritage, struct process *ret, struct error *e);
void process_close(struct process *p);

/* The entry of a spawned child: "--heritage=FD". The exit status. */
int process_main(const char *fd_text);

#endif
