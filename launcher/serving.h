/* serving.h - the serving threads of one process.
 *
 * One shared loop for all servers that do not ask for threads of their own, a
 * loop per thread for the rest. A process with one loop runs it on its main
 * thread; with more, the main thread waits for signals beside them. Life:
 * serving_new, serving_add for each server, serving_run until SIGTERM and the
 * drain behind it, serving_free. What comes later is reserved beforehand, and
 * added by other threads while serving_run() runs.
 */
#ifndef LAUNCHER_SERVING_H
#define LAUNCHER_SERVING_H

#include <stddef.h>

struct error;
struct heritage;
struct server_options;
struct serving;

/* What a process with so many loops has open before the first connection;
 * inherited: what heritage.h hands on to it. */
size_t serving_fd_count(size_t inherited, size_t thread_count);

/* Takes the limits from the heritage's config and RLIMIT_NOFILE, which is
 * raised as far as it goes. thread_count: how many loops there will be. */
int serving_new(const struct heritage *heritage, size_t thread_count, struct serving **ret,
		struct error *e);

/* threads 0: on the shared loop, else on so many of its own; options->cell is
 * the first of max(1, threads) cells. */
int serving_add(struct serving *s, int threads, const struct server_options *options,
		struct error *e);

/* The loops of one server that is added later, or of none. */
struct serving_place {
	size_t first, count; /* 0: the shared loop */
};

/* Have the loops for a server that comes while others are served: its own
 * threads, or the shared one, which there is then without any server. */
int serving_reserve(struct serving *s, int threads, struct serving_place *ret, struct error *e);

/* serving_add() for loops that were reserved. */
int serving_add_at(struct serving *s, const struct serving_place *place,
		   const struct server_options *options, struct error *e);

/* Any thread, from when serving_run() is on its way, and the one of
 * serving_new() before: open the server and wait until it accepts. place NULL: the shared loop.
 * -ESHUTDOWN: too late. */
int serving_add_running(struct serving *s, const struct serving_place *place,
			const struct server_options *options, struct error *e);

/* Any thread: there is a reason to go on without a server (one will come); and
 * no more. Each server is one as well. When the last has gone the process says
 * that it has finished; serving_run() drains and returns. */
void serving_hold(struct serving *s);
void serving_let_go(struct serving *s);

/* Any thread: this process cannot go on; serving_run() drains and returns
 * EXIT_FAILURE. */
void serving_fail(struct serving *s);

/* Report ready, serve, open the access log anew on SIGUSR1, and on SIGTERM
 * report it and drain. The exit status. Both signals are blocked by then. */
int serving_run(struct serving *s);

/* What the main thread does while the servers serve on threads of their own. */
enum serving_beside_end {
	SERVING_BESIDE_DONE,    /* it has nothing left to do; the servers go on */
	SERVING_BESIDE_STOPPED, /* because stop() was called */
	SERVING_BESIDE_FAILED,  /* the process cannot go on */
};

struct serving_beside {
	enum serving_beside_end (*run)(void *arg);
	void (*stop)(void *arg); /* on another thread: have run() return soon */
	void *arg;
};

/* The same, with beside->run() on the calling thread. When that is done the
 * process says that it has finished; without any loop it ends. */
int serving_run_beside(struct serving *s, const struct serving_beside *beside);

void serving_free(struct serving *s);

#endif
