/* child.h - one supervised process: its states, its pipes, its next try.
 *
 * The child lives on the manager's loop. Its host, the manager, is told of
 * every change and decides about the whole; the child decides about itself:
 * started at once after a death that was no fault, after a back-off
 * otherwise, killed when it is too slow to start or to stop.
 */
#ifndef LAUNCHER_CHILD_H
#define LAUNCHER_CHILD_H

#include "common/log.h"
#include "launcher/backoff.h"
#include "launcher/heritage.h"
#include "launcher/lines.h"
#include "launcher/process.h"
#include "launcher/recovery.h"
#include "launcher/state.h"

#include <ev.h>
#include <stdint.h>

struct board;
struct board_process;
struct child;
struct deaths;
struct queues;

#define CHILD_NAME_BYTES 72
#define CHILD_WHY_BYTES 64
#define CHILD_KILL_AFTER_MS 250 /* beyond drain_ms, which the child keeps itself */

/* What all children share; borrowed. */
struct child_host {
	struct ev_loop *loop;
	const struct heritage *heritage; /* role, slot and report_fd are the child's */
	struct board *board;
	struct deaths *deaths;
	struct queues *queues; /* NULL: there is no work */
	bool stopping;         /* whoever dies now stays down */
	bool gives_up;         /* for a child that is never ready: see giving_up.h */
	bool worker_was_ready; /* one of them, once */
	unsigned killed;       /* children that did not stop by themselves */

	/* state is the new one already. */
	void (*changed)(void *arg, struct child *child, enum slot_state old);
	/* A line of its standard output. */
	void (*out_line)(void *arg, struct child *child, const char *text);
	/* A line of its standard error. */
	void (*line)(void *arg, struct child *child, enum log_level level, const char *text);
	/* REPORT_STOP of the status role. */
	void (*asked_stop)(void *arg);
	/* REPORT_FAILED; failed is set already. */
	void (*failed)(void *arg, struct child *child);
	/* It was never ready, and is not to be tried again; how its last process died. */
	void (*gave_up)(void *arg, struct child *child, const char *how);
	/* Before a death is judged: is there a signal that asks for a stop? */
	void (*look)(void *arg);
	void *arg;
};

struct child {
	struct child_host *host; /* borrowed */
	enum role role;
	int slot;                    /* -1: no worker */
	int feeder;                  /* -1: no feeder */
	unsigned owner;              /* its number in the queues */
	char name[CHILD_NAME_BYTES]; /* "worker-0", "status", "feeder:mp_input_q" */
	enum slot_state state;
	struct process process;
	struct backoff backoff;
	struct lines out, err;
	ev_io exit_watch, report_watch, out_watch, err_watch;
	ev_timer timer;                /* start time-out, back-off or drain deadline, by state */
	struct board_process *shown;   /* its place on the board */
	uint64_t started_ns, ready_ns; /* of this process; 0: not */
	uint64_t died_ns;              /* of the one before; 0: none */
	bool asked;                    /* we asked it to stop, */
	bool ending;                   /* or somebody else did */
	bool later;                    /* it said that its task has to wait */
	char why[CHILD_WHY_BYTES];     /* what it is to be killed for; "": nothing */
	enum recovery_guilt guilt;     /* then */
	bool failed;                   /* it said that it cannot do its task, */
	bool finished;                 /* or that it has done it */
};

/* index: START_SEQUENCE_NUM of a worker, the feeder's of a feeder. */
void child_init(struct child *c, struct child_host *host, enum role role, int index);

void child_start(struct child *c);

/* Ask it to finish and exit; it has drain_ms. */
void child_stop(struct child *c);

/* It has nothing left to do, and is not started again; its process, if there is
 * one, is asked to end. */
void child_dismiss(struct child *c);

/* It will end by itself, but has only drain_ms left for that. */
void child_expect_end(struct child *c);

/* Have it open its access log anew. One that is not ready yet does so then:
 * the signal is blocked from before its start. */
void child_reopen_log(struct child *c);

/* At once. */
void child_kill(struct child *c);

/* At once, for something it did: that is what its chunks fail by. */
void child_kill_for(struct child *c, enum recovery_guilt guilt, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

/* child_stop(); and child_kill_for() when drain_ms are not enough. Then the
 * next one is started. */
void child_renew(struct child *c, enum recovery_guilt guilt, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

/* Is there a process, in whatever state? */
bool child_is_alive(const struct child *c);

void child_release(struct child *c);

#endif
