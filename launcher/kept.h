/* kept.h - servers that keep a row ("work" of an app).
 *
 * Each takes one row of its queue, and serves it for as long as the slot
 * lives: a respawned worker finds the rows of the one before it. Those that
 * have none yet take it beside the serving, on a thread per queue, so that a
 * worker is ready without them; who connects meanwhile waits in the accept
 * queue. When the queue is at its end, the ports that got none are closed; a
 * worker that serves nothing then ends.
 *
 *   kept_new ─▶ kept_add … ─▶ kept_start ─▶ serving_run ─▶ kept_stop ─▶
 *   serving_free ─▶ kept_free
 */
#ifndef LAUNCHER_KEPT_H
#define LAUNCHER_KEPT_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct kept;
struct plan;
struct plan_slot;
struct problems;
struct queues;
struct server_options;
struct serving;
struct site;

/* The name of the queue that servers[server] keeps a row of; NULL: none. */
const char *kept_queue_name(const struct plan *plan, size_t server);

/* Both are borrowed for its life; count: servers that will be added at most. */
int kept_new(struct queues *queues, struct serving *serving, size_t count, struct kept **ret,
	     struct error *e);

/* number tells the server from the slot's others, and is the same after a
 * respawn. It is opened now if it has a row, else when it gets one; the row is
 * put into *site, which options->site points to. */
int kept_add(struct kept *k, const char *queue, unsigned number, int threads, struct site *site,
	     const struct server_options *options, struct error *e);

/* Begin to take rows. */
int kept_start(struct kept *k, struct error *e);

/* Give up waiting for them. NULL is fine. */
void kept_stop(struct kept *k);

/* The servers are gone by then. NULL is fine. */
void kept_free(struct kept *k);

#endif
