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

/* Any thread, from when serving_run() is on its way: open the server and wait
 * until it accepts. place NULL: the shared loop. -ESHUTDOWN: too late. */
int serving_add_running(struct serving *s, const struct serving_place *place,
			const struct server_options *options, struct error *e);

/* Any thread: there is nothing to serve any more; serving_run() drains and
 * returns. */
void serving_finish(struct serving *s);

/* Report ready, serve, open the access log anew on SIGUSR1, and on SIGTERM
 * report it and drain. The exit status. Both signals are blocked by then. */
int serving_run(struct serving *s);

void serving_free(struct serving *s);

#endif
