/* work_run.h - the work of a run, as the manager sees it: until it is done.
 *
 *   feeding and working ──▶ storing ──▶ ended
 *     all feeders done,       │           the collector has stored
 *     all workers done        │           everything and has ended
 *                             └ mp_output_q and the dead letters are closed
 *
 * At a stop midway the feeders end at once, the workers when they have
 * finished what they lease, the collector when it has stored what is finished.
 */
#ifndef LAUNCHER_WORK_RUN_H
#define LAUNCHER_WORK_RUN_H

#include "launcher/child.h"
#include "queues/queue.h"

struct manager_options;

enum work_phase {
	WORK_NONE, /* there is no work in this config */
	WORK_RUNNING,
	WORK_STORING,
	WORK_ENDED,
};

struct work_run {
	const struct manager_options *options; /* borrowed, as is all of it */
	struct queues *queues;
	struct child *workers, *feeders, *collector;
	size_t worker_count, feeder_count;
	enum work_phase phase;
	bool feeder_failed;
	bool left; /* all workers were done before the feeders */
};

/* children: the slots', then room for the feeders' and the collector's, which
 * are made. Only with work. */
void work_run_init(struct work_run *w, const struct manager_options *options, struct queues *queues,
		   struct child_host *host, struct child *children);

/* After a child's change. True: with it all work has ended. */
bool work_run_changed(struct work_run *w);

/* Then: why it has ended, in words. Static. */
const char *work_run_end(const struct work_run *w);

/* At a stop, again and again: true when nobody who works is left. */
bool work_run_gone(struct work_run *w);

/* How the chunks stand, when nobody moves them any more: a line of the log for
 * each queue. The exit status: CLI_OK, or CLI_LOST when a chunk is missing, dead
 * or not done, or a feeder has not given all its rows. */
int work_run_account(const struct work_run *w);

/* Print the results as the config has it. Blocks as long as the reader does;
 * text goes to write. 0, also when nobody reads any more (-EPIPE); -errno when
 * they could not be printed whole, which is told with where they are. */
typedef int work_write_fn(void *arg, const char *text, size_t len);
int work_run_print(const struct work_run *w, work_write_fn *write, void *arg);

#endif
