/* forkserver.h - START_METHOD "forkserver": workers forked from a clean process.
 *
 * The fork server execs eisen anew, loads the worker modules once, and forks a
 * worker for each request: a fresh address space as with spawn, without the
 * cost of exec and of loading. It forks twice and lets the process in between
 * exit, so that the worker becomes a child of the manager, its subreaper
 * (prctl(2)), who supervises it like any other. (clone(2) with CLONE_PARENT
 * would do without, but skips what pthread_atfork(3) has registered.)
 *
 *   manager ──request: descriptors──▶ fork server ──▶ (in between) ──▶ worker
 *      ▲                                                                 │
 *      └───────────────────────── becomes the parent ───────────────────┘
 *
 * A request is packets on a Unix socket: how many descriptors, then these
 * (SCM_RIGHTS) with the numbers they have in the manager; the worker has them
 * under the same. The answer is a pid, or a negative errno.
 */
#ifndef LAUNCHER_FORKSERVER_H
#define LAUNCHER_FORKSERVER_H

#include <sys/types.h>

struct error;
struct heritage;

struct forkserver { /* the manager's side */
	pid_t pid;  /* 0: none is running */
	int fd;     /* of the socket; -1 */
};

#define FORKSERVER_NONE \
	{ \
		.fd = -1 \
	}

/* Fork a worker; starts the server when there is none. out_fd and err_fd
 * become its standard output and error. Waits for start_timeout_ms at most: a
 * server that does not answer is killed, the next call starts another one. */
int forkserver_fork(struct forkserver *fs, const struct heritage *h, int out_fd, int err_fd,
		    pid_t *ret_pid, struct error *e);

/* End the server; workers stay. Fine when there is none. */
void forkserver_stop(struct forkserver *fs);

/* Reap children that are nobody's: what our children left behind becomes ours,
 * since we are the subreaper. A child of ours that has died is left alone. */
struct forkserver_known {
	int (*is_known)(void *arg, pid_t pid);
	void *arg;
};
void forkserver_reap(const struct forkserver_known *known);

/* The entry of the server: "--forkserver=SOCKET,HERITAGE". The exit status; in
 * a worker that of its role. */
int forkserver_main(const char *fds_text);

#endif
