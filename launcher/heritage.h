/* heritage.h - all that a child inherits from the manager, and nothing else.
 *
 * A forked child gets this struct as it stands. A spawned one (START_METHOD
 * "spawn") execs eisen anew and reads it from a memfd: the config's text, the
 * cores and the descriptors' numbers; from those it computes the same plan.
 * One that the fork server forked reads the same ("forkserver").
 * Either way the descriptors below, 0, 1 and 2 are the only ones open.
 *
 *   0       /dev/null; a feeder that reads it has the manager's
 *   1, 2    pipes to the manager, which prints them in whole lines; a line on
 *           2 may begin with "<N>", its level (sd-daemon(3))
 *   report  pipe to the manager, one byte an event: enum report
 *   region  the shared memfd
 *   listen  the listening sockets of the slot's servers, and where there are
 *           modules those of its group's free ports
 *   status, control   the status role's listening sockets
 *   events  event descriptors of the queues, where there is work
 *   tools   the sealed memfds, for workers
 */
#ifndef LAUNCHER_HERITAGE_H
#define LAUNCHER_HERITAGE_H

#include "common/log.h"
#include "queues/catalogue.h"
#include "queues/region.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct config;
struct cpus;
struct error;
struct forkserver;
struct plan;

#define ROLES(X) \
	X(WORKER, "worker") \
	X(STATUS, "status") \
	X(FEEDER, "feeder") \
	X(COLLECTOR, "collector")
#define X(id, name) ROLE_##id,
enum role { ROLES(X) };
#undef X

const char *role_name(enum role role);

/* What a child says on its report pipe. */
enum report {
	REPORT_READY = 'R',    /* its servers accept */
	REPORT_FINISHED = 'F', /* nothing left to do; it will exit */
	REPORT_ENDING = 'E',   /* it got SIGTERM and finishes what it has */
	REPORT_STOP = 'S',     /* status only: somebody asked for a stop */
	REPORT_LATER = 'L',    /* what it needs cannot be had now; another one may have it */
	REPORT_FAILED = 'X',   /* it cannot do its task, and another one could not either */
};

struct heritage {
	enum role role;
	int slot;   /* START_SEQUENCE_NUM; -1: no worker */
	int feeder; /* index into the config's; -1: no feeder */
	bool again; /* a process in its place has died before */
	pid_t manager_pid;
	struct forkserver *forkserver; /* the manager's; NULL: workers come another way */
	enum log_level log_level;
	const char *name; /* of the instance */
	const struct config *config;
	const struct plan *plan;
	const struct cpus *cpus;
	struct region region;
	int report_fd;
	int *listen_fds; /* by index into the plan's servers[]; -1: not ours */
	int status_fd;   /* -1: not ours */
	int control_fd;  /* -1: not ours */

	unsigned owner;                   /* its number in the queues; 0: there are none */
	int event_fds[QUEUES_EVENTS_MAX]; /* as queues_attach() wants them; -1: none */
	const int *tool_fds;              /* in the order of the config's tools; NULL: not ours */
	const char *spill_dir;            /* for payload.h */
	const char *results_db;           /* absolute; NULL: results are not kept */
	bool resume;                      /* feeders leave out what is in it */
	const json_t *feeders;            /* as in prepare.h */
};

/* The descriptors that h hands on: at most heritage_fd_count(h) into ret;
 * returns how many. */
size_t heritage_fd_count(const struct heritage *h);
size_t heritage_fds(const struct heritage *h, int *ret);

/* For spawn: write h into a memfd (not close-on-exec) and return it, or
 * -errno; read it back in the new image, which takes fd over. What is read
 * lives until the process ends. */
int heritage_write(const struct heritage *h, struct error *e);
int heritage_read(int fd, struct heritage **ret, struct error *e);
void heritage_free(struct heritage *h);

/* For the fork server, which needs no more than the config (to be freed). Takes
 * fd over. */
int heritage_read_config(int fd, struct config **ret, pid_t *ret_manager_pid, struct error *e);

/* Send one report. */
void heritage_report(const struct heritage *h, enum report report);

#endif
